import { type Cell, EMPTY_TEXT, KINDS } from './column-kinds.js';
import type { DeadReason } from './decoded.js';
import { maskEntry } from './entry-masking.js';
import { readId } from './ids.js';
import { Flag, Kind, MAX_DEPTH, ObjectScanner } from './json-scan.js';
import { escapeRawControls, quote } from './json-text.js';
import { SENSITIVE_FIELDS } from './masking.js';
import { NONE, OUT_OF_RANGE, type Reading, UNUSABLE } from './reading.js';
import { parsePublishTime, PUBLISH_FROM_MS, UNTIL_MS } from './times.js';
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

const FIELDS = [
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
type Field = (typeof FIELDS)[number];

/** Names a defect of the envelope can have; those of free text come from half surrogates that masking replaced. */
export const CARRIED_DEFECTS: ReadonlySet<string> = new Set([...FIELDS, ...SENSITIVE_FIELDS.keys()]);

const FIELD_OF_KEY: ReadonlyMap<string, number> = new Map(FIELDS.map((name, index) => [name, index]));
const indexOf = Object.fromEntries(FIELDS.map((name, index) => [name, index])) as Record<Field, number>;
const NO_EXTRA = asWire('{}');
const NO_TEXT = asWire('');

/** Reads envelopes. Reused from body to body: `entries` holds the spans of the last one. */
export class EnvelopeReader {
  readonly entries = new ObjectScanner();
  /** Entry of each known key; -1 when absent. */
  readonly #at = new Int32Array(FIELDS.length);
  #extra: number[] = [];
  #defects: string[] = [];

  /** @param body valid UTF-8 */
  read(body: Buffer): Envelope | Refusal {
    const { entries } = this;
    const text = fromBytes(body);
    const from = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
    const outcome = entries.scan(body, text, from, body.length);
    if (outcome !== 'object') return refuseText(outcome, text, from, entries.stoppedAt);
    this.#locate();

    const id = this.#id();
    if (id === OUT_OF_RANGE) {
      const bad = readId(this.#value('outgoing_id')) === OUT_OF_RANGE ? 'outgoing_id' : 'id';
      return refuse('key_id_out_of_range', `${bad} ${shortToken(this.#value(bad))}`);
    }
    const topic = this.#topic();
    if (topic === '') return refuse('no_topic', this.#describe('topic'), id);
    const time = this.#either('publish_time', 'pub_time');
    if (time === undefined) return refuse('publish_time_missing', '', id);
    const publishTime = this.#isScalar(time) ? parsePublishTime(this.#value(time)) : NaN;
    if (Number.isNaN(publishTime)) return refuse('publish_time_unreadable', this.#describe(time), id);
    if (publishTime < PUBLISH_FROM_MS || publishTime >= UNTIL_MS) {
      return refuse('publish_time_out_of_range', `${time} ${shortToken(this.#value(time))}`, id);
    }
    const appKeyField = this.#either('publisher_appkey', 'pub_app_key');
    return {
      id,
      topic,
      publishTime,
      appKey: (appKeyField === undefined ? undefined : this.#text(appKeyField)) ?? EMPTY_TEXT,
      userId: this.#optionalId('user_id'),
      userNick: this.#text('user_nick'),
      content: this.#entry('content'),
      extra: this.#extraObject(),
      defects: this.#defects,
    };
  }

  /** Finds the known keys, from the last entry to the first, because of duplicates the last counts. */
  #locate(): void {
    const { entries } = this;
    this.#at.fill(-1);
    if (this.#extra.length > 0) this.#extra = [];
    if (this.#defects.length > 0) this.#defects = [];
    for (let entry = entries.count - 1; entry >= 0; entry--) {
      const field = FIELD_OF_KEY.get(entries.key(entry));
      if (field === undefined) this.#extra.push(entry);
      else if (this.#at[field] === -1) this.#at[field] = entry;
    }
    const content = this.#entry('content');
    if (content >= 0 && entries.hasLoneSurrogate(content)) this.#defects.push('content');
  }

  #entry(field: Field): number {
    return this.#at[indexOf[field]] ?? -1;
  }

  #value(field: Field): WireText {
    const entry = this.#entry(field);
    return entry < 0 ? NO_TEXT : this.entries.value(entry);
  }

  #isScalar(field: Field): boolean {
    const entry = this.#entry(field);
    return entry >= 0 && (this.entries.kind(entry) === Kind.string || this.entries.kind(entry) === Kind.number);
  }

  /** The first of two spellings that is present and neither null nor ''; the other one is kept as extra. */
  #either(first: Field, second: Field): Field | undefined {
    const used = this.#says(first) ? first : this.#says(second) ? second : undefined;
    if (used === first && this.#says(second)) this.#extra.push(this.#entry(second));
    return used;
  }

  #says(field: Field): boolean {
    const entry = this.#entry(field);
    if (entry < 0 || this.entries.kind(entry) === Kind.null) return false;
    return this.entries.kind(entry) !== Kind.string || this.entries.end(entry) - this.entries.start(entry) > 2;
  }

  #id(): WireText | typeof OUT_OF_RANGE {
    const outgoing = this.#readId('outgoing_id');
    if (outgoing === OUT_OF_RANGE) return outgoing;
    if (typeof outgoing === 'string') {
      if (this.#says('id')) this.#extra.push(this.#entry('id'));
      return outgoing;
    }
    const id = this.#readId('id');
    return typeof id === 'string' || id === OUT_OF_RANGE ? id : NO_TEXT;
  }

  #optionalId(field: Field): WireText {
    const reading = this.#readId(field);
    if (reading === OUT_OF_RANGE) this.#unusable(field);
    return typeof reading === 'string' ? reading : NO_TEXT;
  }

  /** Notes a defect when the field holds no id; what an integer outside int64 means is the caller's to say. */
  #readId(field: Field): Reading {
    const entry = this.#entry(field);
    if (entry < 0 || this.entries.kind(entry) === Kind.null) return NONE;
    const reading = this.#isScalar(field) ? readId(this.entries.value(entry)) : UNUSABLE;
    if (reading === UNUSABLE) this.#unusable(field);
    return reading;
  }

  #topic(): WireText {
    const entry = this.#entry('topic');
    if (entry < 0 || this.entries.kind(entry) !== Kind.string) return NO_TEXT;
    if (this.entries.hasLoneSurrogate(entry)) this.#defects.push('topic');
    return this.entries.value(entry);
  }

  /** A string or number as a text cell; undefined when empty or unusable. */
  #text(field: Field): Cell | undefined {
    const entry = this.#entry(field);
    if (entry < 0 || this.entries.kind(entry) === Kind.null) return undefined;
    if (!this.#isScalar(field)) {
      this.#unusable(field);
      return undefined;
    }
    if (this.entries.hasLoneSurrogate(entry)) this.#defects.push(field);
    const cell = KINDS.text.read(this.entries, entry);
    return typeof cell === 'string' && cell !== EMPTY_TEXT ? cell : undefined;
  }

  #unusable(field: Field): void {
    this.#defects.push(field);
    this.#extra.push(this.#entry(field));
  }

  /** Where a field is no usable token: what it is instead, without its text. */
  #describe(field: Field): string {
    const entry = this.#entry(field);
    if (entry < 0) return `${field} is absent`;
    const kind = KIND_NAMES[this.entries.kind(entry)];
    return kind === 'string' || kind === 'number'
      ? `${field} is a ${kind} of ${this.#value(field).length} bytes`
      : `${field} is ${kind}`;
  }

  #extraObject(): WireText {
    if (this.#extra.length === 0) return NO_EXTRA;
    const { entries } = this;
    const last = new Map<string, WireText>();
    for (const entry of this.#extra.sort((a, b) => a - b)) {
      const key = entries.key(entry);
      const sensitivity = SENSITIVE_FIELDS.get(key);
      const masked = sensitivity === undefined ? undefined : maskEntry(entries, entry, sensitivity);
      const raw = (entries.valueFlags(entry) & Flag.rawControl) !== 0;
      const value = masked ?? (raw ? escapeRawControls(entries.literal(entry)) : entries.literal(entry));
      last.set(key, asWire(`${quote(key)}:${value}`));
    }
    return asWire(`{${[...last.values()].join(',')}}`);
  }
}

const KIND_NAMES = ['string', 'number', 'an object', 'an array', 'true', 'false', 'null'] as const;

function refuse(reason: DeadReason, detail: string, id: WireText = NO_TEXT): Refusal {
  return { reason, detail, id };
}

function refuseText(outcome: string, text: WireText, from: number, stoppedAt: number): Refusal {
  if (outcome === 'too_deep') return refuse('too_deep', `nested deeper than ${MAX_DEPTH}`);
  if (outcome === 'other_json') return refuse('not_an_object', '');
  if (/^[ \t\r\n]*$/.test(text.slice(from))) return refuse('empty_body', `${text.length} bytes`);
  return refuse('not_json', `at byte ${from + stoppedAt} of ${text.length}`);
}

/** A number or time for people, at most 40 characters; anything that is not one is left out. */
export function shortToken(token: string): string {
  return /^[-0-9][-0-9.:eE+ ]{0,39}$/.test(token) ? token : `(${token.length} characters)`;
}
