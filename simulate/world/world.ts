import { IdSpace } from '../ids.js';
import { at, mix32, Weighted } from '../random.js';
import { planBurst, type Burst } from '../reviews/burst.js';
import { CITIES } from './places.js';
import { ShopGroup } from './shops.js';
import type { TrafficShape } from './traffic-shape.js';

/** Lines of one order at most; ids of an order's parts are counted in blocks that hold them. */
export const MOST_LINES = 6;
const ORDER_BLOCK = 8;

/** What all life cycles of one simulation share. */
export class World {
  readonly seed: number;
  readonly shops: ShopGroup;
  readonly shape: TrafficShape;
  readonly burst: Burst | undefined;
  readonly destinations = new Weighted(CITIES.map((city) => city.weight));
  private readonly tradeIds: readonly IdSpace[];
  private readonly refundIds: IdSpace;
  private readonly recordIds: IdSpace;
  private readonly waybills: IdSpace;
  private readonly fenxiaoIds: IdSpace;
  private readonly purchaseIds: IdSpace;

  /** @param burstAt epoch ms from which one item has a defect */
  constructor(seed: number, shape: TrafficShape, burstAt?: number) {
    this.seed = seed;
    this.shape = shape;
    this.shops = new ShopGroup(seed);
    this.burst = burstAt === undefined ? undefined : planBurst(this.shops, burstAt);
    // Trade ids grew from 15 digits (2014) to 19 (2022); all lengths are still about.
    this.tradeIds = [
      new IdSpace(seed, 1, '2', 19),
      new IdSpace(seed, 2, '6', 18),
      new IdSpace(seed, 3, '5', 17),
      new IdSpace(seed, 4, '1', 16),
      new IdSpace(seed, 5, '5', 15),
    ];
    this.refundIds = new IdSpace(seed, 6, '1', 18);
    this.recordIds = new IdSpace(seed, 7, '8', 16);
    this.waybills = new IdSpace(seed, 8, '3', 13);
    this.fenxiaoIds = new IdSpace(seed, 9, '4', 14);
    this.purchaseIds = new IdSpace(seed, 10, '3', 18);
  }

  /** The id of part `slot` (0: the trade, 1–6: its lines, 7: the only line when it has an id of its own) of an order. */
  tradeId(order: number, slot: number): string {
    const style = mix32(order ^ this.seed) & 63;
    const space = style < 57 ? 0 : style < 60 ? 1 : style < 62 ? 2 : style - 59;
    return at(this.tradeIds, space).flat(order * ORDER_BLOCK + slot);
  }

  refundId(order: number, index: number): string {
    return this.refundIds.flat(order * ORDER_BLOCK + index);
  }

  recordId(order: number, index: number): string {
    return this.recordIds.flat(order * ORDER_BLOCK + index);
  }

  /** Waybill number (运单号) of a parcel with this carrier's lead. */
  waybill(order: number, parcel: number, lead: string, digits: number): string {
    return [lead, this.waybills.text(order * 4 + parcel).slice(13 - digits)].join('');
  }

  fenxiaoId(order: number, slot: number): string {
    return this.fenxiaoIds.flat(order * ORDER_BLOCK + slot);
  }

  purchaseId(purchase: number, slot: number): string {
    return this.purchaseIds.flat(purchase * 4 + slot);
  }
}
