import { nestedText } from './column-kinds.js';
import type { BusinessNumbers } from './business-numbers.js';
import { Kind, type ObjectScanner } from './json-scan.js';
import { quote, unquote } from './json-text.js';
import { maskAddress, maskNick, maskText, type Sensitivity } from './masking.js';
import { asWire, cut, type WireText } from './wire-text.js';

/** The masked value of an entry as a JSON literal, or undefined when there is nothing to mask. */
export function maskEntry(
  entries: ObjectScanner,
  entry: number,
  sensitivity: Sensitivity,
  numbers: BusinessNumbers,
): WireText | undefined {
  switch (entries.kind(entry)) {
    case Kind.string:
    case Kind.number: {
      const value = entries.value(entry);
      const masked = maskValue(value, sensitivity, numbers);
      return masked === value ? undefined : quote(masked);
    }
    case Kind.object:
    case Kind.array: {
      const json = nestedText(entries, entry);
      const masked = maskJson(json, sensitivity, numbers);
      return masked === json ? undefined : masked;
    }
    case Kind.true:
    case Kind.false:
    case Kind.null:
      return undefined;
  }
}

/** Masks every string value inside strict JSON text, except those whose key says that they are an id. */
export function maskJson(json: WireText, sensitivity: Sensitivity, numbers: BusinessNumbers): WireText {
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
      const value = maskValue(text, sensitivity, numbers);
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

function maskValue(value: WireText, sensitivity: Sensitivity, numbers: BusinessNumbers): WireText {
  switch (sensitivity) {
    case 'nick':
      return maskNick(value);
    case 'address':
      return maskAddress(value);
    case 'text':
      return maskText(value, numbers.carries);
  }
}

/** Offset behind the string literal that opens at `at`. */
function stringEnd(json: string, at: number): number {
  let i = at + 1;
  while (json.charCodeAt(i) !== 0x22) i += json.charCodeAt(i) === 0x5c ? 2 : 1;
  return i + 1;
}
