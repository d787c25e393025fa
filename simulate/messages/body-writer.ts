import { shanghaiText } from '../shanghai-time.js';
import { asciiJson, epochText, jsonEscape, yuan } from '../wire-text.js';
import type { Seller } from '../world/shops.js';
import type { Topic } from './topics.js';

/**
 * A field name with all the punctuation between the value before it and its own, ready made for the eight cases: plain
 * or inside a JSON string, itself text or not, after a text or not. So a field costs two joins, whatever it is.
 */
export class Key {
  /** Index: 4 when inside a string, + 2 when its value is text, + 1 when the value before it is text. */
  readonly forms: readonly string[];
  /** The same for the first field of a content, by the first two of these cases. */
  readonly firstForms: readonly string[];

  constructor(name: string) {
    const form = (quote: string, isText: boolean, afterText: boolean): string =>
      `${afterText ? quote : ''},${quote}${name}${quote}:${isText ? quote : ''}`;
    const cases = ['"', '\\"'].flatMap((quote) => [
      form(quote, false, false),
      form(quote, false, true),
      form(quote, true, false),
      form(quote, true, true),
    ]);
    this.forms = cases;
    this.firstForms = cases.map((text, index) => (index % 2 === 0 ? text.slice(1) : ''));
  }
}

/** Of 128: bodies with content as an object, in TMC spelling, with non-ASCII characters escaped, with quoted ids. */
const OBJECT_SHARE = 18;
const TMC_SHARE = 3;
const ESCAPED_SHARE = 1;
const QUOTED_ID_SHARE = 2;

/**
 * Puts one body together: `begin`, any number of fields, `end`. All text is wire text. What varies between real bodies
 * without meaning anything (content as string or object, order of keys, spelling of the envelope, escapes) is drawn
 * from the bits given to `begin`, so that it depends on the message alone.
 */
export class BodyWriter {
  /** Set by whoever writes the content. */
  topic: Topic | undefined;
  /** The shop of the envelope; undefined for app-level messages. */
  seller: Seller | undefined;
  // Filled anew for each body; only the first `count` places are in use.
  private readonly keys: Key[] = [];
  private readonly values: string[] = [];
  /** 2 where the value of the same place is text, else 0. */
  private readonly texts: number[] = [];
  private count = 0;
  private bits = 0;
  private isObject = false;
  private isTmc = false;
  private quotesIds = false;
  private rawContent: string | undefined;

  begin(bits: number): void {
    this.count = 0;
    this.bits = bits;
    this.isTmc = ((bits >>> 7) & 127) < TMC_SHARE;
    // TMC itself documents content as a string.
    this.isObject = (bits & 127) < OBJECT_SHARE && !this.isTmc;
    this.quotesIds = ((bits >>> 25) & 127) < QUOTED_ID_SHARE;
    this.topic = undefined;
    this.seller = undefined;
    this.rawContent = undefined;
  }

  private put(key: Key, value: string, text: 0 | 2): void {
    const place = this.count++;
    this.keys[place] = key;
    this.values[place] = value;
    this.texts[place] = text;
  }

  /** An id: an unquoted integer of up to 19 digits, rarely quoted as some re-writers do. */
  id(key: Key, digits: string): void {
    this.put(key, digits, this.quotesIds ? 2 : 0);
  }

  int(key: Key, value: number): void {
    this.put(key, String(value), 0);
  }

  bool(key: Key, value: boolean): void {
    this.put(key, String(value), 0);
  }

  /** Text that holds nothing JSON would have to escape. */
  text(key: Key, value: string): void {
    this.put(key, value, 2);
  }

  /** Any text. */
  free(key: Key, value: string): void {
    const plain = jsonEscape(value);
    this.text(key, this.isObject || plain === value ? plain : jsonEscape(plain));
  }

  /** Text that is already escaped for JSON once. */
  escaped(key: Key, value: string): void {
    this.text(key, this.isObject ? value : jsonEscape(value));
  }

  /** Money in fen (分). */
  money(key: Key, fen: number): void {
    this.text(key, yuan(fen));
  }

  /** A time of TOP's content: whole seconds in UTC+8 without offset. */
  time(key: Key, epochSeconds: number): void {
    this.text(key, shanghaiText(epochSeconds));
  }

  /** A field given as JSON, for values no other method can express. */
  json(key: Key, value: string): void {
    this.put(key, this.isObject ? value : jsonEscape(value), 0);
  }

  /** Makes the content this text instead of fields: a JSON string that holds no JSON object. */
  raw(content: string): void {
    this.rawContent = content;
  }

  /** The parts of the finished body. */
  end(): BodyParts {
    const { topic, bits } = this;
    if (topic === undefined) throw new Error('a body without topic');
    let content = this.content();
    let user: UserFields = this.seller?.userFields;
    if (((bits >>> 14) & 127) < ESCAPED_SHARE) {
      // Escaped by the outer writer (\u4e2d), or already by the one of the content (\\u4e2d).
      content = asciiJson(content, this.isObject || ((bits >>> 21) & 1) === 0 ? '' : '\\');
      if (user !== undefined) user = { both: asciiJson(user.both, '') };
    }
    return { topic, user, content, tmc: this.isTmc, order: (bits >>> 22) & 7 };
  }

  private content(): string {
    if (this.rawContent !== undefined) return `"${jsonEscape(this.rawContent)}"`;
    const { keys, values, texts, bits, count } = this;
    const inString = this.isObject ? 0 : 4;
    if (count === 0) return this.isObject ? '{}' : '"{}"';
    // Key order differs between real samples of one topic.
    const shift = bits >>> 30 === 0 ? ((bits >>> 26) & 15) % count : 0;
    let place = shift;
    let text = texts[place] ?? 0;
    let content =
      (this.isObject ? '{' : '"{') + (keys[place]?.firstForms[inString + text] ?? '') + (values[place] ?? '');
    for (let index = 1; index < count; index += 1) {
      place = place + 1 === count ? 0 : place + 1;
      const afterText = text >> 1;
      text = texts[place] ?? 0;
      content = content + (keys[place]?.forms[inString + text + afterText] ?? '') + (values[place] ?? '');
    }
    return content + (ENDS[inString + text] ?? '');
  }
}

/** What closes a content, by the same cases as {@link Key.forms}. */
const ENDS: readonly string[] = ['}', '', '"}', '', '}"', '', '\\"}"', ''];

/** undefined for app-level messages. */
export type UserFields = Seller['userFields'] | undefined;

/** Everything a body is made of besides its id and time, so that copies of a message can be made from it. */
export interface BodyParts {
  readonly topic: Topic;
  readonly user: UserFields;
  /** JSON text of the content's value. */
  readonly content: string;
  readonly tmc: boolean;
  /** Which order of keys the envelope has, 0–7. */
  readonly order: number;
}

/** Puts parts into the envelope they are meant for. `outgoingId` are decimal digits, `publishAt` epoch ms. */
export function envelope(parts: BodyParts, outgoingId: string, publishAt: number): string {
  return parts.tmc ? tmcEnvelope(parts, outgoingId, publishAt) : syncEnvelope(parts, outgoingId, epochText(publishAt));
}

/** The Jushita (聚石塔) body; `when` is the JSON text of its publish time. */
export function syncEnvelope(parts: BodyParts, outgoingId: string, when: string): string {
  const { topic, user, content, order } = parts;
  const from = user === undefined ? '' : user.both;
  switch (order) {
    case 0:
      return `{${topic.topicField},"content":${content},"publish_time":${when},${from}"outgoing_id":${outgoingId},${topic.appKeyField}}`;
    case 1:
      return `{${from}${topic.topicField},"outgoing_id":${outgoingId},"publish_time":${when},${topic.appKeyField},"content":${content}}`;
    case 2:
      return `{"outgoing_id":${outgoingId},${from}"publish_time":${when},${topic.appKeyField},"content":${content},${topic.topicField}}`;
    default:
      return `{"content":${content}${topic.afterContent}${outgoingId},"publish_time":${when},${from}${topic.atEnd}`;
  }
}

/** The same message as an ISV forwards it that takes it from TMC: other names, whole seconds. */
export function tmcEnvelope({ topic, user, content }: BodyParts, id: string, publishAt: number): string {
  const from = user === undefined ? '' : user.both;
  const when = shanghaiText(Math.floor(publishAt / 1000));
  return `{${from}"content":${content},"id":${id},"pub_time":"${when}","pub_app_key":"${topic.appKey}",${topic.topicField}}`;
}
