import { Key } from '../messages/body-writer.js';
import { LOGISTICS, type Topic } from '../messages/topics.js';

export interface UnusableField {
  readonly name: string;
  readonly key: Key;
  /** JSON text of a value that cannot be used. */
  readonly value: string;
}

const fields = (list: readonly (readonly [name: string, value: string])[]): readonly UnusableField[] =>
  list.map(([name, value]) => ({ name, key: new Key(name), value }));

/**
 * Optional fields that a consumer reads for the topic and the simulator never fills in, so that nothing the truth
 * speaks of gets lost: money, whole numbers and ids that are none.
 */
const TRADE = fields([
  ['adjust_fee', '"abc"'],
  ['adjust_fee', '"1e999"'],
  ['adjust_fee', '"12.345"'],
  ['num', '1.5'],
  ['num', '"two"'],
  ['increment', '99999999999'],
  ['sku_num', '"many"'],
  ['sku_id', '-3'],
  ['price', '"free"'],
]);
const REFUND = fields([
  ['biz_status', '"abc"'],
  ['record_id', '-5'],
]);
const ITEM = fields([['item_type', '"x"']]);
const TRACE = fields([
  ['compensate_amount', '"much"'],
  ['compensate_amount', '"3.141"'],
]);
const FENXIAO = fields([
  ['tc_sub_order_id', '-7'],
  ['purchase_id', '"12a"'],
]);

/** An unusable field that can be added to a message of this topic, or undefined when there is none. */
export function unusableField(topic: Topic, bits: number): UnusableField | undefined {
  const list = fieldsFor(topic);
  return list[(bits >>> 8) % Math.max(1, list.length)];
}

function fieldsFor(topic: Topic): readonly UnusableField[] {
  if (topic.family === 'trade') return TRADE;
  if (topic.name.startsWith('taobao_refund_Refund')) return REFUND;
  if (topic.family === 'item' && !topic.name.endsWith('Out')) return ITEM;
  if (topic === LOGISTICS.trace) return TRACE;
  return topic.name.startsWith('taobao_fenxiao_') ? FENXIAO : [];
}
