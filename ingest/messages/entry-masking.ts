import { nestedText } from './column-kinds.js';
import { Kind, type ObjectScanner } from './json-scan.js';
import { quote, unquote } from './json-text.js';
import { maskAddress, maskNick, maskText, type Sensitivity } from './masking.js';
import { asWire, cut, type WireText } from './wire-text.js';

/** Fields whose numbers belong to the business: where free text repeats one of them, it stays readable. */
const BUSINESS_NUMBERS: readonly string[] = [
  ...['tid', 'oid', 'out_sid', 'mail_no', 'refund_id', 'redund_id', 'num_iid', 'iid', 'item_id', 'sku_id'],
  ...['fenxiao_id', 'sub_order_id', 'tc_order_id', 'tc_sub_order_id', 'purchase_id', 'out_order_id', 'order_id'],
  ...['biz_order_id', 'tb_order_id', 'logistics_id', 'alipay_no', 'excep_id', 'record_id', 'refund_order_id'],
];

/** The masked value of an entry as a JSON literal, or undefined when there is nothing to mask. */
export function maskEntry(entries: ObjectScanner, entry: number, sensitivity: Sensitivity): WireText | undefined {
  switch (entries.kind(entry)) {
    case Kind.string:
    case Kind.number: {
      const value = entries.value(entry);
      const masked = maskValue(value, sensitivity, entries);
      return masked === value ? undefined : quote(masked);
    }
    case Kind.object:
    case Kind.array: {
      const json = nestedText(entries, entry);
      const masked = maskJson(json, sensitivity, entries);
      return masked === json ? undefined : masked;
    }
    case Kind.true:
    case Kind.false:
    case Kind.null:
      return undefined;
  }
}

/** Masks every string value inside strict JSON text, except those whose key says that they are an id. */
export function maskJson(json: WireText, sensitivity: Sensitivity, entries: ObjectScanner): WireText {
  let masked = '';
  let kept = 0;
  let key = '';
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at)) {
    const end = stringEnd(json, at);
    const literal = cut(json, at, end);
    if (/^[ \t\r\n]*:/.test(json.slice(end, end + 64))) {
      key = literal.slice(1, -1);
    } else if (!ID_KEY.test(key)) {
      const text = unquote(literal);
      const value = maskValue(text, sensitivity, entries);
      if (value !== text) {
        masked += json.slice(kept, at) + quote(value);
        kept = end;
      }
    }
    at = end;
  }
  return kept === 0 ? json : asWire(masked + json.slice(kept));
}

const ID_KEY = /(?:^|_)(?:id|no|sid|tid|oid|sn|code)$|(?:Id|No|Sid|Code)$/;

function maskValue(value: WireText, sensitivity: Sensitivity, entries: ObjectScanner): WireText {
  switch (sensitivity) {
    case 'nick':
      return maskNick(value);
    case 'address':
      return maskAddress(value);
    case 'text':
      return maskText(value, (digits) => carriesNumber(entries, digits));
  }
}

/** True when one of the message's own ids, waybill or order numbers contains the digits. */
function carriesNumber(entries: ObjectScanner, digits: string): boolean {
  for (let entry = 0; entry < entries.count; entry++) {
    if (BUSINESS_NUMBERS.includes(entries.key(entry)) && entries.value(entry).includes(digits)) return true;
  }
  return false;
}

/** Offset behind the string literal that opens at `at`. */
function stringEnd(json: string, at: number): number {
  let i = at + 1;
  while (json.charCodeAt(i) !== 0x22) i += json.charCodeAt(i) === 0x5c ? 2 : 1;
  return i + 1;
}
