import { at } from '../random.js';
import type { Item, ShopGroup } from '../world/shops.js';
import { complaint } from './complaint.js';

/** A defect that one item has from some moment on (批次问题): most who rate it then complain of the same thing. */
export interface Burst {
  readonly item: Item;
  /** Epoch ms; whoever rates the item from then on may speak of it. */
  readonly from: number;
}

/** Share of the ratings of the faulty item that are complaints. */
export const COMPLAIN_OF_BURST = 0.7;

/** What they complain of; no other review uses these sentences. */
export const BURST_COMPLAINT = complaint(
  'product',
  '气味',
  '异味大',
  '刚拆开异味就很大|这次收到的异味特别重，上一批没有|{物}异味太大，晾了{天}天还在',
  '拆开那一下，我把家里的窗都推开了|过了{次}遍水，睡觉前还是得把它拎到楼道里',
);

/** The item with the most orders of the second biggest shop: many enough to be seen, not so many that nothing else is. */
export function planBurst(shops: ShopGroup, from: number): Burst {
  return { item: at(at(shops.sellers, 1).items, 0), from };
}
