import type { BodyWriter } from '../messages/body-writer.js';
import { K } from '../messages/keys.js';
import { ITEM, type Topic } from '../messages/topics.js';
import { at, type Random } from '../random.js';
import { HOUR, MINUTE, SECOND } from '../shanghai-time.js';
import { wire, yuan } from '../wire-text.js';
import { noteShelf, noteStock, STAPLES, type Item, type Sku } from '../world/shops.js';
import type { OperationDraft, OperationKind, Step } from './operation.js';

/** Documented tokens of changed_fields, the common ones first. */
const CHANGED: readonly string[] = [
  'desc',
  'title',
  'price',
  'num',
  'sku',
  'props',
  'item_img',
  'prop_img',
  'wl_description',
  'subtitle',
  'outer_id',
  'promote_status',
  'edit_shop_categories',
  'quanlity_score',
  'location',
];
/** Items a shop may have added before the oldest addition is deleted. */
const MOST_ADDED = 12;

function anyItem({ seller, random }: OperationDraft): Item {
  return at(seller.items, random.below(seller.permanentItems));
}

/** An item outside the staples, so that nothing an order relies on is ever sold out. */
function minorItem({ seller, random }: OperationDraft): Item {
  return at(seller.items, random.whole(STAPLES, seller.permanentItems - 1));
}

/** Topics that list or delist an item. */
const SHELF: ReadonlyMap<Topic, boolean> = new Map([
  [ITEM.upshelf, true],
  [ITEM.downshelf, false],
  [ITEM.punishDownshelf, false],
]);

function begin(writer: BodyWriter, topic: Topic, item: Item, publishAt: number, withNick = true): void {
  item.said.at = Math.max(item.said.at, publishAt);
  const shelf = SHELF.get(topic);
  if (shelf !== undefined) noteShelf(item, shelf, publishAt);
  writer.topic = topic;
  if (withNick) writer.text(K.nick, item.seller.nick);
  writer.id(K.numIid, item.numIid);
  item.messages.set(topic.name, (item.messages.get(topic.name) ?? 0) + 1);
}

function sayStock(writer: BodyWriter, item: Item, publishAt: number): void {
  writer.int(K.num, item.stock);
  noteStock(item, publishAt);
}

/** A message that says nothing but which item. */
function bare(topic: Topic, item: Item, effect?: () => void): Step {
  return (writer, publishAt) => {
    effect?.();
    begin(writer, topic, item, publishAt, topic !== ITEM.punishDownshelf);
  };
}

function stockChange(item: Item, sku: Sku, change: (sku: Sku) => number): Step {
  return (writer, publishAt) => {
    const increment = change(sku);
    sku.stock += increment;
    item.stock += increment;
    begin(writer, ITEM.stockChanged, item, publishAt);
    writer.text(K.changedFields, 'num,sku');
    writer.int(K.increment, increment);
    sayStock(writer, item, publishAt);
    writer.id(K.skuId, sku.id);
    writer.int(K.skuNum, sku.stock);
  };
}

function changedFields(random: Random): string {
  // Six of nine real samples carry the empty string.
  if (random.chance(0.6)) return '';
  const fields = new Set<string>();
  for (let count = random.whole(1, 4); count > 0; count -= 1) {
    fields.add(at(CHANGED, Math.floor(CHANGED.length * random.unit() * random.unit())));
  }
  return [...fields].join(',');
}

function update(item: Item, fields: string, sku?: Sku): Step {
  return (writer, publishAt) => {
    begin(writer, ITEM.update, item, publishAt);
    writer.text(K.changedFields, fields);
    if (fields.includes('title')) writer.escaped(K.title, item.title);
    if (sku !== undefined) {
      sayStock(writer, item, publishAt);
      writer.text(K.price, yuan(sku.price));
      writer.id(K.skuId, sku.id);
      writer.int(K.skuNum, sku.stock);
    }
  };
}

/** The seller's system reports the stock of some SKUs. */
function syncStock(draft: OperationDraft): void {
  const item = anyItem(draft);
  const { random } = draft;
  let offset = 0;
  for (let count = random.whole(1, 5); count > 0; count -= 1) {
    const change = random.whole(20, 300);
    const step = stockChange(item, random.pick(item.skus), () => change);
    draft.step((offset += random.whole(5, 400)), step);
  }
}

/** One edit on line: Downshelf, Update and Upshelf within a second, in varying order. */
function edit(draft: OperationDraft): void {
  const { random } = draft;
  const item = anyItem(draft);
  const steps = [
    bare(ITEM.downshelf, item, () => (item.onSale = false)),
    update(item, changedFields(random)),
    bare(ITEM.upshelf, item, () => (item.onSale = true)),
  ];
  const order = random.chance(0.55) ? [0, 1, 2] : random.chance(0.6) ? [1, 0, 2] : [0, 2, 1];
  for (const [place, index] of order.entries()) draft.step(place * random.whole(30, 300), at(steps, index));
}

/** Editing an item with many SKUs gives an update for each. */
function editSkus(draft: OperationDraft): void {
  const item = anyItem(draft);
  const fields = changedFields(draft.random);
  let offset = 0;
  for (const sku of item.skus) draft.step((offset += draft.random.whole(50, 900)), update(item, fields, sku));
}

/** Sold out, taken off the shelves by the platform, filled up and put back hours later. */
function sellOut(draft: OperationDraft): void {
  const { random } = draft;
  const item = minorItem(draft);
  let offset = 0;
  for (const sku of item.skus) {
    draft.step(
      (offset += random.whole(100, 5000)),
      stockChange(item, sku, ({ stock }) => -stock),
    );
    draft.step((offset += random.whole(5, 60)), (writer, publishAt) => {
      begin(writer, ITEM.skuZeroStock, item, publishAt);
      sayStock(writer, item, publishAt);
      writer.id(K.skuId, sku.id);
      writer.int(K.skuNum, sku.stock);
    });
  }
  draft.step((offset += 40), (writer, publishAt) => {
    begin(writer, ITEM.zeroStock, item, publishAt);
    sayStock(writer, item, publishAt);
  });
  draft.step(
    (offset += 60),
    bare(ITEM.downshelf, item, () => (item.onSale = false)),
  );
  offset += random.between(1, 30) * HOUR;
  for (const sku of item.skus) {
    const filled = random.whole(50, 800);
    draft.step(
      (offset += random.whole(50, 500)),
      stockChange(item, sku, () => filled),
    );
  }
  draft.step(
    offset + 20 * SECOND,
    bare(ITEM.upshelf, item, () => (item.onSale = true)),
  );
}

function add(draft: OperationDraft): void {
  const { world, seller, random } = draft;
  const item = world.shops.addItem(seller, random);
  draft.step(0, (writer, publishAt) => {
    begin(writer, ITEM.add, item, publishAt);
    sayStock(writer, item, publishAt);
    writer.text(K.price, yuan(at(item.skus, 0).price));
    writer.escaped(K.title, item.title);
  });
  draft.step(random.whole(100, 900), bare(ITEM.upshelf, item));
  if (seller.items.length <= seller.permanentItems + MOST_ADDED) return;
  const old = seller.items[seller.permanentItems];
  if (old === undefined || old === item) return;
  // It leaves the list now, so that no other operation deletes it too.
  seller.items.splice(seller.permanentItems, 1);
  draft.removes(old);
  const removal = random.between(1, 20) * MINUTE;
  draft.step(
    removal - SECOND,
    bare(ITEM.downshelf, old, () => (old.onSale = false)),
  );
  draft.step(
    removal,
    bare(random.chance(0.9) ? ITEM.remove : ITEM.punishDelete, old, () => (old.deleted = true)),
  );
}

function recommend(draft: OperationDraft): void {
  const item = anyItem(draft);
  draft.step(0, bare(ITEM.recommendAdd, item));
  if (draft.random.chance(0.6)) {
    draft.step(draft.random.between(1, 40) * HOUR, (writer, publishAt) => {
      begin(writer, ITEM.recommendDelete, item, publishAt);
      writer.escaped(K.title, item.title);
    });
  }
}

/** The platform's verdicts. Some come at app level, without a shop in the envelope. */
function punish(draft: OperationDraft): void {
  const item = minorItem(draft);
  const appLevel = draft.random.chance(0.5);
  draft.step(0, (writer, publishAt) => {
    if (appLevel) writer.seller = undefined;
    bare(ITEM.punishDownshelf, item, () => (item.onSale = false))(writer, publishAt);
  });
  if (draft.random.chance(0.3)) draft.step(2 * SECOND, bare(ITEM.punishCc, item));
  draft.step(
    draft.random.between(2, 30) * HOUR,
    bare(ITEM.upshelf, item, () => (item.onSale = true)),
  );
}

const AUDIT_MESSAGE = wire('主图含有违禁词，请修改后重新提交');

function audit(draft: OperationDraft): void {
  const item = anyItem(draft);
  const passed = draft.random.chance(0.8);
  const trace = draft.random.whole(100_000, 999_999);
  draft.step(0, (writer, publishAt) => {
    item.said.at = Math.max(item.said.at, publishAt);
    writer.topic = ITEM.auditResult;
    writer.bool(K.auditResult, passed);
    writer.text(K.detailUrl, `https://item.example.com/audit/${trace}`);
    writer.id(K.itemId, item.numIid);
    if (!passed) writer.text(K.message, AUDIT_MESSAGE);
    writer.text(K.traceId, `t${trace}`);
    writer.text(K.userNick, item.seller.nick);
    item.messages.set(ITEM.auditResult.name, (item.messages.get(ITEM.auditResult.name) ?? 0) + 1);
  });
}

function notices(draft: OperationDraft): void {
  const item = anyItem(draft);
  const which = draft.random.below(3);
  const number = draft.random.whole(100_000, 999_999);
  draft.step(0, (writer, publishAt) => {
    if (which === 0) {
      writer.topic = ITEM.offlineNotice;
      writer.id(K.numIid, item.numIid);
      writer.text(K.skuId, at(item.skus, 0).id);
    } else if (which === 1) {
      writer.topic = ITEM.distributeEdit;
      writer.text(K.bizType, 'TB_DISTRIBUTE');
      writer.text(K.messageType, 'EDIT');
      writer.text(K.msgId, `m${number}`);
      writer.text(K.platformItemId, item.numIid);
    } else {
      writer.topic = ITEM.reserveCard;
      writer.text(K.tbOrderId, draft.world.tradeId(number, 0));
      return;
    }
    item.said.at = Math.max(item.said.at, publishAt);
    item.messages.set(writer.topic.name, (item.messages.get(writer.topic.name) ?? 0) + 1);
  });
}

export const ITEM_OPERATIONS: readonly OperationKind[] = [
  [30, syncStock],
  [22, edit],
  [10, editSkus],
  [4, sellOut],
  [5, add],
  [4, recommend],
  [2, punish],
  [3, audit],
  [3, notices],
];
