import { BusinessNumbers } from './business-numbers.js';
import { type Cell, EMPTY_TEXT, KINDS, readIdEntry } from './column-kinds.js';
import type { DeadReason } from './contract.js';
import { maskEntry } from './entry-masking.js';
import { Flag, Kind, MAX_DEPTH, ObjectScanner, type ScanOutcome } from './json-scan.js';
import { escapeRawControls, quote } from './json-text.js';
import { KeyIndex } from './key-index.js';
import { SENSITIVE_FIELDS } from './masking.js';
import { digitsValue, integerText } from './digits.js';
import { NONE, OUT_OF_RANGE, type Reading, UNUSABLE } from './reading.js';
import { parseLocalTime, parseMilliseconds, PUBLISH_FROM_MS, PUBLISH_UNTIL_MS } from './times.js';
import { asWire, fromBytes, type WireText } from './wire-text.js';

/**
 * The envelope (信封) of a message: Jushita's keys, or the spelling of `taobao.tmc.messages.consume` that an ISV forwards.
 * Every other key goes to `extra`; so does a known key whose value could not be used, or that the other spelling won
 * over. Nothing of the body is lost.
 */
export interface Envelope {
  /** Canonical digits of `outgoing_id` or `id`; '' when the body has none. */
  readonly id: WireText;
  readonly topic: WireText;
  readonly appKey: Cell;
  /** Digits; '' for a message of the application itself. */
  readonly userId: WireText;
  readonly userNick: Cell | undefined;
  /** Epoch ms. */
  readonly publishTime: number;
  /** The same in digits. */
  readonly publishDigits: WireText;
  /** Index of the content among the scanner's entries; -1 when there is none. */
  readonly content: number;
  /** A JSON object. */
  readonly extra: WireText;
  /** Envelope keys whose value could not be used. */
  readonly defects: readonly string[];
}

export interface Refusal {
  readonly reason: DeadReason;
  /** At most a short token of the body, never text. */
  readonly detail: string;
  /** Canonical digits of the body's id, if it could be read; else ''. */
  readonly id: WireText;
}

const FIELD_NAMES = [
  'topic',
  'content',
  'outgoing_id',
  'id',
  'publish_time',
  'pub_time',
  'publisher_appkey',
  'pub_app_key',
  'user_id',
  'user_nick',
] as const;
type Field = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
const TOPIC = 0;
const CONTENT = 1;
const OUTGOING_ID = 2;
const ID = 3;
const PUBLISH_TIME = 4;
const PUB_TIME = 5;
const PUBLISHER_APPKEY = 6;
const PUB_APP_KEY = 7;
const USER_ID = 8;
const USER_NICK = 9;

const FIELDS = new KeyIndex(FIELD_NAMES.map((name, index) => [name, index as Field] as const));

/** Names a defect of the envelope can have; those of free text come from half surrogates that masking replaced. */
export const CARRIED_DEFECTS: ReadonlySet<string> = new Set([...FIELD_NAMES, ...SENSITIVE_FIELDS.keys()]);

const NO_EXTRA = asWire('{}');
const NO_TEXT = asWire('');

/** Reads envelopes. Reused from body to body: `entries` holds the spans of the last one. */
export class EnvelopeReader {
  readonly entries = new ObjectScanner();
  /** Entry of each known key; -1 when absent or null. */
  readonly #at = new Int32Array(FIELD_NAMES.length);
  #extra: number[] = [];
  #defects: string[] = [];

  /** @param body valid UTF-8 */
  read(body: Buffer): Envelope | Refusal {
    const { entries } = this;
    const text = fromBytes(body);
    const from = body[0] === 0xef && text.startsWith(BYTE_ORDER_MARK) ? 3 : 0;
    const outcome = entries.scan(body, text, from, body.length);
    if (outcome !== 'object') return refuseText(outcome, text, from, entries.stoppedAt);
    this.#locate();

    const id = this.#id();
    if (id === OUT_OF_RANGE) {
      const bad = this.#readId(OUTGOING_ID) === OUT_OF_RANGE ? OUTGOING_ID : ID;
      return refuse('key_id_out_of_range', `${FIELD_NAMES[bad]} ${shortToken(this.#value(bad))}`);
    }
    const topic = this.#topic();
    if (topic === '') return refuse('no_topic', this.#describe(TOPIC), id);
    const time = this.#either(PUBLISH_TIME, PUB_TIME);
    if (time === undefined) return refuse('publish_time_missing', '', id);
    const publishTime = this.#publishTime(time);
    if (Number.isNaN(publishTime)) return refuse('publish_time_unreadable', this.#describe(time), id);
    if (publishTime < PUBLISH_FROM_MS || publishTime >= PUBLISH_UNTIL_MS) {
      return refuse('publish_time_out_of_range', `${FIELD_NAMES[time]} ${shortToken(this.#value(time))}`, id);
    }
    const appKey = this.#either(PUBLISHER_APPKEY, PUB_APP_KEY);
    return {
      id,
      topic,
      publishTime,
      publishDigits: this.#digits(time) ?? integerText(publishTime),
      appKey: (appKey === undefined ? undefined : this.#text(appKey)) ?? EMPTY_TEXT,
      userId: this.#userId(),
      userNick: this.#text(USER_NICK),
      content: this.#entry(CONTENT),
      extra: this.#extra.length === 0 ? NO_EXTRA : this.#extraObject(),
      defects: this.#defects,
    };
  }

  /** Finds the known keys. Of duplicates the last counts. */
  #locate(): void {
    const { entries } = this;
    this.#at.fill(-1);
    if (this.#extra.length > 0) this.#extra = [];
    if (this.#defects.length > 0) this.#defects = [];
    for (let entry = 0; entry < entries.count; entry++) {
      const field = FIELDS.find(entries, entry);
      if (field === undefined) this.#extra.push(entry);
      else this.#at[field] = entry;
    }
    const content = this.#entry(CONTENT);
    if (content >= 0 && entries.hasLoneSurrogate(content)) this.#defects.push('content');
  }

  #entry(field: Field): number {
    return this.#at[field] ?? -1;
  }

  #value(field: Field): WireText {
    return this.entries.value(this.#entry(field));
  }

  /** True when the field is there and neither null nor ''. */
  #says(field: Field): boolean {
    const entry = this.#entry(field);
    if (entry < 0 || this.entries.kind(entry) === Kind.null) return false;
    return this.entries.kind(entry) !== Kind.string || this.entries.end(entry) - this.entries.start(entry) > 2;
  }

  #isToken(field: Field): boolean {
    const kind = this.entries.kind(this.#entry(field));
    return kind === Kind.string || kind === Kind.number;
  }

  /** The first of two spellings that says anything; the other one is kept as extra. */
  #either(first: Field, second: Field): Field | undefined {
    if (!this.#says(first)) return this.#says(second) ? second : undefined;
    if (this.#says(second)) this.#extra.push(this.#entry(second));
    return first;
  }

  #id(): WireText | typeof OUT_OF_RANGE {
    const outgoing = this.#readId(OUTGOING_ID);
    if (outgoing === OUT_OF_RANGE) return outgoing;
    if (typeof outgoing === 'string') {
      if (this.#says(ID)) this.#extra.push(this.#entry(ID));
      return outgoing;
    }
    const id = this.#readId(ID);
    return typeof id === 'string' || id === OUT_OF_RANGE ? id : NO_TEXT;
  }

  #userId(): WireText {
    const reading = this.#readId(USER_ID);
    if (reading === OUT_OF_RANGE) this.#unusable(USER_ID);
    return typeof reading === 'string' ? reading : NO_TEXT;
  }

  /** Notes a defect when the field holds no id; what an integer outside int64 means is the caller's to say. */
  #readId(field: Field): Reading {
    const entry = this.#entry(field);
    if (entry < 0) return NONE;
    const reading = readIdEntry(this.entries, entry);
    if (reading === UNUSABLE) this.#unusable(field);
    return reading;
  }

  #topic(): WireText {
    const entry = this.#entry(TOPIC);
    if (entry < 0 || this.entries.kind(entry) !== Kind.string) return NO_TEXT;
    if (this.entries.hasLoneSurrogate(entry)) this.#defects.push('topic');
    return this.entries.value(entry);
  }

  /** Epoch ms of a number, its digits quoted, or TMC's local text; NaN if it is none of these. */
  #publishTime(field: Field): number {
    if (!this.#isToken(field)) return NaN;
    const { entries } = this;
    const entry = this.#entry(field);
    if (entries.kind(entry) === Kind.string && (entries.valueFlags(entry) & Flag.escaped) === 0) {
      const seconds = parseLocalTime(entries.bytes, entries.start(entry) + 1, entries.end(entry) - 1);
      if (!Number.isNaN(seconds)) return seconds * 1000;
    }
    if ((entries.valueFlags(entry) & Flag.digits) !== 0) {
      return digitsValue(entries.bytes, entries.start(entry), entries.end(entry));
    }
    return parseMilliseconds(entries.value(entry));
  }

  /** The field's own digits when it is a plain number. */
  #digits(field: Field): WireText | undefined {
    const entry = this.#entry(field);
    return (this.entries.valueFlags(entry) & Flag.digits) === 0 ? undefined : this.entries.literal(entry);
  }

  /** A string or number as a text cell; undefined when empty or unusable. */
  #text(field: Field): Cell | undefined {
    if (!this.#says(field)) return undefined;
    if (!this.#isToken(field)) {
      this.#unusable(field);
      return undefined;
    }
    const entry = this.#entry(field);
    if (this.entries.hasLoneSurrogate(entry)) this.#defects.push(FIELD_NAMES[field]);
    const cell = KINDS.text.read(this.entries, entry);
    return typeof cell === 'string' ? cell : undefined;
  }

  #unusable(field: Field): void {
    this.#defects.push(FIELD_NAMES[field]);
    this.#extra.push(this.#entry(field));
  }

  /** Where a field is no usable token: what it is instead, without its text. */
  #describe(field: Field): string {
    const entry = this.#entry(field);
    const name = FIELD_NAMES[field];
    if (entry < 0) return `${name} is absent`;
    const kind = KIND_NAMES[this.entries.kind(entry)];
    return this.#isToken(field) ? `${name} is a ${kind} of ${this.#value(field).length} bytes` : `${name} is ${kind}`;
  }

  /** The extra entries in the order of the body, sensitive ones masked; of duplicate keys the last. */
  #extraObject(): WireText {
    const { entries } = this;
    const numbers = new BusinessNumbers().of(entries);
    const last = new Map<string, WireText>();
    for (const entry of this.#extra.sort((a, b) => a - b)) {
      const key = entries.key(entry);
      const masked = maskEntry(entries, entry, SENSITIVE_FIELDS.get(key), numbers);
      const isRaw = (entries.valueFlags(entry) & Flag.rawControl) !== 0;
      const value = masked ?? (isRaw ? escapeRawControls(entries.literal(entry)) : entries.literal(entry));
      last.set(key, asWire(`${quote(key)}:${value}`));
    }
    return asWire(`{${[...last.values()].join(',')}}`);
  }
}

const BYTE_ORDER_MARK = '\xef\xbb\xbf';
const KIND_NAMES = ['string', 'number', 'an object', 'an array', 'true', 'false', 'null'] as const;

function refuse(reason: DeadReason, detail: string, id: WireText = NO_TEXT): Refusal {
  return { reason, detail, id };
}

function refuseText(outcome: ScanOutcome, text: WireText, from: number, stoppedAt: number): Refusal {
  if (outcome === 'too_deep') return refuse('too_deep', `nested deeper than ${MAX_DEPTH}`);
  if (outcome === 'other_json') return refuse('not_an_object', '');
  if (/^[ \t\r\n]*$/.test(text.slice(from))) return refuse('empty_body', `${text.length} bytes`);
  return refuse('not_json', `at byte ${from + stoppedAt} of ${text.length}`);
}

/** A number or time for people, at most 40 characters; anything that is not one is left out. */
export function shortToken(token: string): string {
  return /^[-0-9][-0-9.:eE+ ]{0,39}$/.test(token) ? token : `(${token.length} characters)`;
}
