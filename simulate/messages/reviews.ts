import type { Order } from '../orders/order.js';
import { at } from '../random.js';
import type { BodyWriter } from './body-writer.js';
import { K } from './keys.js';
import { REVIEW } from './topics.js';

/** Seconds between the writing of a review and its message. */
export const REVIEW_DELAY_SECONDS = 2;

/** Writes a negative impression (负面印象); biz_type is 0 for the review and 3 for the follow-up (追评). */
export function writeReview(order: Order, index: number, publishAt: number, writer: BodyWriter): void {
  const { facts } = order;
  const review = at(facts.reviews, index);
  const line = at(facts.lines, review.line);
  writer.topic = REVIEW.badImpression;
  writer.int(K.bizType, review.kind === 'main' ? 0 : 3);
  writer.free(K.feedback, review.feedback);
  writer.time(K.gmtModified, Math.floor(publishAt / 1000) - REVIEW_DELAY_SECONDS);
  if (review.imprWords !== '') writer.text(K.imprWords, review.imprWords);
  writer.id(K.numIid, line.item.numIid);
  writer.id(K.oid, line.oid);
  writer.text(K.sellerNick, facts.seller.nick);
  writer.id(K.tid, facts.tid);
}
