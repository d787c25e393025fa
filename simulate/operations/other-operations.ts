import { K } from '../messages/keys.js';
import { LOGISTICS, OTHER, REFUND } from '../messages/topics.js';
import { MINUTE } from '../shanghai-time.js';
import { wire } from '../wire-text.js';
import type { OperationDraft, OperationKind } from './operation.js';

/** The seller sets the hours after which parcels count as exceptions (预警配置). */
function exceptionConfig({ random, seller, step, tells }: OperationDraft): void {
  const hours = (low: number, high: number): string => String(random.whole(low, high));
  const values = [hours(24, 72), hours(12, 24), hours(24, 48), hours(12, 48), hours(24, 72)] as const;
  step(0, (writer) => {
    writer.topic = LOGISTICS.exceptionConfig;
    writer.text(K.collectedStopWarn, values[0]);
    writer.text(K.consignDelayWarn, values[1]);
    writer.text(K.consignFakeWarn, values[2]);
    writer.text(K.deliveringStopWarn, values[3]);
    writer.id(K.sellerId, seller.id);
    writer.text(K.transportingStopWarn, values[4]);
  });
  tells((startAt) => ({
    kind: 'warning_config',
    seller_id: seller.id,
    published_at: startAt,
    collected_stop_hours: values[0],
    consign_delay_hours: values[1],
    consign_fake_hours: values[2],
    delivering_stop_hours: values[3],
    transporting_stop_hours: values[4],
  }));
}

const FOREIGN_PARCEL = wire('非平台包裹，联系电话13800003456');

function foreignParcel({ random, step }: OperationDraft): void {
  const number = random.whole(10_000_000, 99_999_999);
  step(0, (writer) => {
    writer.topic = LOGISTICS.untaobao;
    writer.text(K.content, FOREIGN_PARCEL);
    writer.text(K.msgId, `u${number}`);
  });
}

/** Marks that say no more than when they were set. */
function refundMark({ random, step }: OperationDraft): void {
  step(0, (writer, publishAt) => {
    writer.topic = REFUND.marked;
    writer.time(K.modified, Math.floor(publishAt / 1000));
  });
  if (!random.chance(0.5)) return;
  step(random.between(1, 600) * MINUTE, (writer, publishAt) => {
    writer.topic = REFUND.markCanceled;
    writer.time(K.modified, Math.floor(publishAt / 1000));
  });
}

const NOTICE = wire('版本公告：今晚00:30例行维护');
const TRACE_DESC = wire('已打印面单');

/** Topics outside the six families, among them one at app level and one whose content is no JSON at all. */
function stranger({ world, random, seller, step }: OperationDraft): void {
  const which = random.below(5);
  const number = random.whole(100_000_000, 999_999_999);
  step(0, (writer, publishAt) => {
    if (which === 0) {
      writer.topic = OTHER.authCancel;
      writer.seller = undefined;
      writer.text(K.openId, seller.openUid);
      writer.json(K.userId, seller.id);
    } else if (which === 1) {
      writer.topic = OTHER.serviceOrder;
      writer.json(K.articleCode, '"FW_GOODS-1000000"');
      writer.json(K.orderId, `30${number}`);
      writer.text(K.nick, seller.nick);
      writer.json(K.fee, '12900');
    } else if (which === 2) {
      writer.topic = OTHER.tradeTrace;
      writer.id(K.tid, world.tradeId(number, 0));
      writer.text(K.action, 'X_PRINTED');
      writer.text(K.desc, TRACE_DESC);
      writer.int(K.time, publishAt - (publishAt % 1000));
    } else if (which === 3) {
      writer.topic = OTHER.exchangeCreated;
      writer.json(K.disputeId, `1${number}00000001`);
      writer.time(K.modified, Math.floor(publishAt / 1000));
      writer.text(K.sellerNick, seller.nick);
    } else {
      writer.topic = OTHER.notice;
      writer.seller = undefined;
      writer.raw(NOTICE);
    }
  });
}

export const OTHER_OPERATIONS: readonly OperationKind[] = [
  [2, exceptionConfig],
  [1, foreignParcel],
  [2, refundMark],
  [4, stranger],
];
