import { nestedText } from './column-kinds.js';
import type { BusinessNumbers } from './business-numbers.js';
import { Kind, ObjectScanner } from './json-scan.js';
import { quote, unquote } from './json-text.js';
import { maskAddress, maskNick, maskText, SENSITIVE_FIELDS, type Sensitivity } from './masking.js';
import { asWire, cut, toBytes, type WireText } from './wire-text.js';

/**
 * The masked value of an entry as a JSON literal, or undefined when there is nothing to mask. A field without a
 * sensitivity is looked into when it is nested: its members have names of their own.
 */
export function maskEntry(
  entries: ObjectScanner,
  entry: number,
  sensitivity: Sensitivity | undefined,
  numbers: BusinessNumbers,
): WireText | undefined {
  switch (entries.kind(entry)) {
    case Kind.string:
    case Kind.number: {
      if (sensitivity === undefined) return undefined;
      const value = entries.value(entry);
      const masked = maskValue(value, sensitivity, numbers);
      return masked === value ? undefined : quote(masked);
    }
    case Kind.object:
    case Kind.array: {
      const json = nestedText(entries, entry);
      const masked = maskJson(json, sensitivity, numbers, entries.key(entry));
      return masked === json ? undefined : masked;
    }
    case Kind.true:
    case Kind.false:
    case Kind.null:
      return undefined;
  }
}

/** How a value inside nested JSON is masked. */
interface Role {
  /** Of strings. */
  readonly strings: Sensitivity | undefined;
  /** Of numbers: of fields that are sensitive by their own name. A number in a text field's JSON may be an id. */
  readonly numbers: Sensitivity | undefined;
  /** What members inherit whose own name says nothing. */
  readonly members: Sensitivity | undefined;
  /** A person (收件人, 买家): the member `name` is a name. */
  readonly isPerson: boolean;
}

/** An object or array that is open. */
interface Container {
  readonly isObject: boolean;
  readonly role: Role;
}

/**
 * Masks values inside JSON text: members by their own name, wherever they are; strings whose name says nothing as
 * `sensitivity`, except those whose key says that they are an id.
 *
 * @param json valid JSON, no deeper than the scanner lets pass
 * @param name the name of the field that holds it
 */
export function maskJson(
  json: WireText,
  sensitivity: Sensitivity | undefined,
  numbers: BusinessNumbers,
  name = '',
): WireText {
  const open: Container[] = [];
  let container: Container | undefined;
  let role: Role = {
    strings: sensitivity,
    numbers: sensitivity,
    members: sensitivity,
    isPerson: PERSON.test(name),
  };
  let isKey = false;
  let masked = '';
  let kept = 0;
  const put = (start: number, end: number, value: WireText, into: Sensitivity): void => {
    const replacement = maskValue(value, into, numbers);
    if (replacement === value) return;
    masked += json.slice(kept, start) + quote(replacement);
    kept = end;
  };
  for (let at = 0; at < json.length;) {
    const char = json.charAt(at);
    if (char === '{' || char === '[') {
      container = { isObject: char === '{', role };
      open.push(container);
      isKey = container.isObject;
      at++;
    } else if (char === '}' || char === ']') {
      open.pop();
      container = open.at(-1);
      at++;
    } else if (char === ',') {
      isKey = container?.isObject === true;
      // The elements of an array are what the array is; a member's role comes with its key.
      if (!isKey && container !== undefined) role = container.role;
      at++;
    } else if (char === '"') {
      const end = stringEnd(json, at);
      if (isKey) {
        role = roleOf(unquote(cut(json, at, end)), container?.role ?? role);
        isKey = false;
      } else if (role.strings !== undefined) put(at, end, unquote(cut(json, at, end)), role.strings);
      at = end;
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      const end = numberEnd(json, at);
      if (role.numbers !== undefined) put(at, end, cut(json, at, end), role.numbers);
      at = end;
    } else at++;
  }
  return kept === 0 ? json : asWire(masked + json.slice(kept));
}

/** Nested JSON is not always spelled as the platform spells its fields (receiverName). */
const plainName = (name: string): string => name.replaceAll('_', '').toLowerCase();

const BY_NAME: ReadonlyMap<string, Sensitivity> = new Map(
  [...SENSITIVE_FIELDS].map(([name, sensitivity]) => [plainName(name), sensitivity]),
);
const ID_KEY = /(?:^|_)(?:id|no|sid|tid|oid|sn|code)$|(?:Id|No|Sid|Code)$/;
const PERSON = /^(?:receiver|buyer|consignee|recipient|addressee|contact)s?(?:_?info)?$/i;
const PERSON_NAME = /^(?:name|nick|fullname|realname)$/;

function roleOf(key: string, parent: Role): Role {
  const name = plainName(key);
  const own = BY_NAME.get(name) ?? (parent.isPerson && PERSON_NAME.test(name) ? 'nick' : undefined);
  return {
    strings: own ?? (ID_KEY.test(key) ? undefined : parent.members),
    numbers: own,
    members: own ?? parent.members,
    isPerson: PERSON.test(key),
  };
}

function maskValue(value: WireText, sensitivity: Sensitivity, numbers: BusinessNumbers): WireText {
  switch (sensitivity) {
    case 'nick':
      return maskNick(value);
    case 'address':
      return maskAddress(value);
    case 'text':
      return value.startsWith('{') || value.startsWith('[')
        ? maskDocument(value, numbers)
        : maskText(value, numbers.carries);
  }
}

const scanner = new ObjectScanner();

/**
 * Text that may be a JSON document itself (`trade_details` is documented as a String): its members by their names, then
 * the whole as text. Until nothing changes, because either may change what the other sees. Nests as often as quotes can
 * be escaped within the size of a body, which is some 25 times.
 */
function maskDocument(text: WireText, numbers: BusinessNumbers): WireText {
  for (;;) {
    const before = text;
    const outcome = scanner.scan(toBytes(text), text, 0, text.length);
    if (outcome === 'object' || outcome === 'other_json') text = maskJson(text, 'text', numbers);
    text = maskText(text, numbers.carries);
    if (text === before) return text;
  }
}

/** Offset behind the string literal that opens at `at`. */
function stringEnd(json: string, at: number): number {
  let i = at + 1;
  while (json.charCodeAt(i) !== 0x22) i += json.charCodeAt(i) === 0x5c ? 2 : 1;
  return i + 1;
}

/** Offset behind the number that begins at `at`. */
function numberEnd(json: string, at: number): number {
  let i = at + 1;
  while (i < json.length && /[0-9.eE+-]/.test(json.charAt(i))) i++;
  return i;
}
