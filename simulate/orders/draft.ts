import { code, type Agenda } from '../life-cycle.js';
import type { Random } from '../random.js';
import type { Seller } from '../world/shops.js';
import type { World } from '../world/world.js';
import { Kind, WHOLE_TRADE } from './kinds.js';
import type { OrderLine } from './order.js';
import type { Parcel } from './parcel.js';
import type { Refund } from './refund.js';
import type { Review } from './review.js';

/** Course that an order takes; decided first, everything else follows from it. */
export const FATES = [
  'usual',
  'unpaid',
  'refunded_unshipped',
  'refund_withdrawn',
  'intercepted',
  'refused_parcel',
  'returned_signed',
  'aftersale',
] as const;
export type Fate = (typeof FATES)[number];

/** The order while it is planned; instants are ms after its creation. */
export interface Draft {
  readonly world: World;
  readonly random: Random;
  readonly agenda: Agenda;
  readonly number: number;
  readonly createdAt: number;
  readonly seller: Seller;
  readonly lines: readonly OrderLine[];
  readonly perLine: boolean;
  /** A message for the whole trade beside those of the lines. */
  readonly announces: boolean;
  readonly congestion: number;
  readonly parcels: Parcel[];
  readonly refunds: Refund[];
  readonly reviews: Review[];
}

/** Plans a trade message at `offset`: one for the trade, or one per line, perhaps with one for the trade beside. */
export function plan(draft: Draft, offset: number, kind: number): void {
  if (!draft.perLine) {
    draft.agenda.add(offset, code(kind, draft.lines.length === 1 ? 0 : WHOLE_TRADE));
    return;
  }
  for (let index = 0; index < draft.lines.length; index += 1) {
    draft.agenda.add(offset + index * draft.random.below(40), code(kind, index));
  }
  if (draft.announces) draft.agenda.add(offset + draft.random.below(80), code(kind, WHOLE_TRADE));
}

/** TradeChanged comes in the same second as what changed the trade. */
export function planChanged(draft: Draft, offset: number, status: number): void {
  draft.agenda.add(offset + draft.random.below(300), code(Kind.changed, status * 8));
}
