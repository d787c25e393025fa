import { Agenda, code, LifeCycle } from '../life-cycle.js';
import type { BodyWriter } from '../messages/body-writer.js';
import { at, Random, Stream, Weighted } from '../random.js';
import type { ItemTruth, TruthLine } from '../truth.js';
import { unwire, yuan } from '../wire-text.js';
import type { Item, Seller } from '../world/shops.js';
import type { World } from '../world/world.js';
import { ITEM_OPERATIONS } from './item-operations.js';
import { OTHER_OPERATIONS } from './other-operations.js';

/** Writes one message; what it says about the item's stock and status becomes true with it. */
export type Step = (writer: BodyWriter, publishAt: number) => void;

/** What a kind of operation may use to plan itself. */
export interface OperationDraft {
  readonly world: World;
  readonly random: Random;
  readonly seller: Seller;
  /** Plans a message `offset` ms after the operation begins. */
  readonly step: (offset: number, write: Step) => void;
  /** The operation takes this item off the shelves for good; nothing else may plan with it any more. */
  readonly removes: (item: Item) => void;
  /** Adds a line to the ground truth, given the instant of the operation. */
  readonly tells: (line: (startAt: number) => TruthLine) => void;
}

/** [how often, what it plans]. */
export type OperationKind = readonly [weight: number, plan: (draft: OperationDraft) => void];

const KINDS: readonly OperationKind[] = [...ITEM_OPERATIONS, ...OTHER_OPERATIONS];
const KIND_WEIGHTS = new Weighted(KINDS.map(([weight]) => weight));
const agenda = new Agenda();
const random = new Random(0, Stream.operations);

/** Plans operation `number` of a shop: edits, stock, what the platform says about items, settings, odd messages. */
export function planOperation(world: World, number: number, startAt: number): Operation {
  random.restart(world.seed, Stream.operations, number);
  const seller = at(world.shops.sellers, world.shops.bySize.index(random.unit()));
  const steps: Step[] = [];
  let removed: Item | undefined;
  const told: TruthLine[] = [];
  at(KINDS, KIND_WEIGHTS.index(random.unit()))[1]({
    world,
    random,
    seller,
    step: (offset, write) => {
      agenda.add(offset, code(1, steps.length));
      steps.push(write);
    },
    removes: (item) => {
      removed = item;
    },
    tells: (line) => {
      told.push(line(startAt));
    },
  });
  return new Operation(startAt, agenda.take(), seller, steps, removed, told);
}

/** One operation of a shop or of the platform on it: a handful of messages close together. */
export class Operation extends LifeCycle {
  private readonly seller: Seller;
  private readonly steps: readonly Step[];
  private readonly removed: Item | undefined;
  private readonly told: readonly TruthLine[];

  constructor(
    start: number,
    plan: readonly number[],
    seller: Seller,
    steps: readonly Step[],
    removed: Item | undefined,
    told: readonly TruthLine[],
  ) {
    super(start, plan);
    this.seller = seller;
    this.steps = steps;
    this.removed = removed;
    this.told = told;
  }

  override write(messageCode: number, publishAt: number, writer: BodyWriter): void {
    writer.seller = this.seller;
    at(this.steps, messageCode & 255)(writer, publishAt);
  }

  override truth(): readonly TruthLine[] {
    // All other items get their lines at the end of the history.
    return this.removed === undefined ? this.told : [...this.told, itemTruth(this.removed)];
  }
}

/** The line of an item as it stands now. */
export function itemTruth(item: Item): ItemTruth {
  return {
    kind: 'item',
    num_iid: item.numIid,
    seller_id: item.seller.id,
    title: JSON.parse(`"${unwire(item.title)}"`) as string,
    stock: item.stock,
    on_sale: item.onSale,
    deleted: item.deleted,
    last_stocks: item.said.stocks,
    last_shelf: item.said.shelf,
    changed_at: item.said.at,
    skus: item.skus.map((sku) => ({ sku_id: sku.id, price: yuan(sku.price), stock: sku.stock })),
    messages: Object.fromEntries(item.messages),
  };
}
