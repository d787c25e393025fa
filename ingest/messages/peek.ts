import { isUtf8 } from 'node:buffer';
import { readIdEntry } from './column-kinds.js';
import { Kind, ObjectScanner } from './json-scan.js';
import { KeyIndex } from './key-index.js';
import { asBuffer, asWire, fromBytes, type WireText } from './wire-text.js';

/** The seller an envelope names, as the decoder would store it. */
export interface EnvelopeUser {
  /** `user_id` in canonical digits; '' when there is none that can be used. */
  readonly id: WireText;
  /** `user_nick`; '' when there is none that can be used. */
  readonly nick: WireText;
}

const NO_TEXT = asWire('');

/** What is known of a message without a user, and of a body that is no envelope. */
export const NOBODY: EnvelopeUser = Object.freeze({ id: NO_TEXT, nick: NO_TEXT });

const USER_ID = 0;
const USER_NICK = 1;
/** Jushita's keys; `taobao.tmc.messages.consume` spells these two alike. */
const FIELDS = new KeyIndex<typeof USER_ID | typeof USER_NICK>([
  ['user_id', USER_ID],
  ['user_nick', USER_NICK],
]);
/** Bytes of the shorter and the longer of the two keys, quotes included; an escaped key may have more. */
const SHORTEST_KEY = '"user_id"'.length;
const LONGEST_KEY = '"user_nick"'.length;
const LARGEST_BODY = 64 * 1024 * 1024;

/**
 * Reads the user out of an envelope and nothing else: one pass over the bytes that finds where values begin and end, no
 * decoding of the content, no row. On a body that the decoder stores, the user is the one of its `events` row, whatever
 * the order, spelling or repetition of the keys; a body that the decoder would refuse as a whole has nobody.
 * Reused from body to body.
 */
export class EnvelopePeek {
  readonly #entries = new ObjectScanner();

  user(body: Uint8Array): EnvelopeUser {
    if (body.length > LARGEST_BODY) return NOBODY;
    const bytes = asBuffer(body);
    if (!isUtf8(bytes)) return NOBODY;
    const entries = this.#entries;
    const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    if (entries.scan(bytes, fromBytes(bytes), from, bytes.length) !== 'object') return NOBODY;
    // Of duplicate keys the last counts.
    let id = -1;
    let nick = -1;
    for (let entry = entries.count - 1; entry >= 0 && (id < 0 || nick < 0); entry--) {
      const length = entries.keyEnd(entry) - entries.keyStart(entry);
      if (length !== SHORTEST_KEY && length !== LONGEST_KEY && !entries.isKeyEscaped(entry)) continue;
      const field = FIELDS.find(entries, entry);
      if (field === USER_ID && id < 0) id = entry;
      else if (field === USER_NICK && nick < 0) nick = entry;
    }
    return id < 0 && nick < 0 ? NOBODY : { id: this.#id(id), nick: this.#nick(nick) };
  }

  #id(entry: number): WireText {
    if (entry < 0) return NO_TEXT;
    const reading = readIdEntry(this.#entries, entry);
    return typeof reading === 'string' ? reading : NO_TEXT;
  }

  #nick(entry: number): WireText {
    if (entry < 0) return NO_TEXT;
    const kind = this.#entries.kind(entry);
    return kind === Kind.string || kind === Kind.number ? this.#entries.value(entry) : NO_TEXT;
  }
}
