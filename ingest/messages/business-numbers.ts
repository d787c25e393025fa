import type { ObjectScanner } from './json-scan.js';
import { KeyIndex } from './key-index.js';

/** Fields whose numbers belong to the business: where free text repeats one of them, it stays readable. */
const FIELDS = [
  ...['tid', 'oid', 'out_sid', 'mail_no', 'refund_id', 'redund_id', 'num_iid', 'iid', 'item_id', 'sku_id'],
  ...['fenxiao_id', 'sub_order_id', 'tc_order_id', 'tc_sub_order_id', 'purchase_id', 'out_order_id', 'order_id'],
  ...['biz_order_id', 'tb_order_id', 'logistics_id', 'alipay_no', 'excep_id', 'record_id', 'refund_order_id'],
];
const FIELD_INDEX = new KeyIndex(FIELDS.map((name, index) => [name, index] as const));

/** No number of the business is longer. Keeps hostile bodies from making every look-up long. */
const LONGEST = 64;

/** The ids, waybill and order numbers of one message, gathered when the first question is asked. */
export class BusinessNumbers {
  #entries: ObjectScanner | undefined;
  #numbers: readonly string[] | undefined;

  /** Turns to another message; undefined for one without fields. */
  of(entries: ObjectScanner | undefined): this {
    this.#entries = entries;
    this.#numbers = undefined;
    return this;
  }

  /** True when one of the numbers contains the digits. */
  readonly carries = (digits: string): boolean => {
    this.#numbers ??= gather(this.#entries);
    return this.#numbers.some((number) => number.includes(digits));
  };
}

function gather(entries: ObjectScanner | undefined): readonly string[] {
  const numbers: string[] = [];
  for (let entry = 0; entry < (entries?.count ?? 0); entry++) {
    const field = entries === undefined ? undefined : FIELD_INDEX.find(entries, entry);
    if (entries === undefined || field === undefined || entries.end(entry) - entries.start(entry) > LONGEST) continue;
    numbers[field] = entries.value(entry);
  }
  return numbers.filter((number) => number !== '');
}
