import * as layout from './record-layout.js';
import type { Compression, StoredRecord } from './record.js';

/** Where the parts of a record lie in its buffer; the decoder has checked that they lie within it. */
export interface RecordParts {
  /** Where the record of the store begins that has the times and the queue. */
  readonly at: number;
  readonly flags: number;
  readonly bodyAt: number;
  readonly bodyEnd: number;
  readonly bodyCrc: number;
  readonly topicAt: number;
  readonly topicEnd: number;
  readonly propertiesAt: number;
  readonly propertiesEnd: number;
  readonly queueOffset: number;
}

const CODECS: readonly Compression[] = ['zlib', 'lz4', 'zstd', 'zlib'];

/** A record in the buffer of its pull. */
export class RecordView implements StoredRecord {
  readonly queueOffset: number;
  readonly fault = undefined;
  readonly #bytes: Buffer;
  readonly #parts: RecordParts;
  /** All properties as one text, once the first of them was asked for. */
  #properties: string | undefined;

  constructor(bytes: Buffer, parts: RecordParts) {
    this.#bytes = bytes;
    this.#parts = parts;
    this.queueOffset = parts.queueOffset;
  }

  get queueId(): number {
    return this.#bytes.readInt32BE(this.#parts.at + layout.QUEUE_ID_AT);
  }

  get bornAt(): number {
    return readTime(this.#bytes, this.#parts.at + layout.BORN_AT);
  }

  get storedAt(): number {
    return readTime(this.#bytes, this.#parts.at + layout.BORN_HOST_AT + bornHostBytes(this.#parts.flags));
  }

  get topic(): string {
    return this.#bytes.toString('utf8', this.#parts.topicAt, this.#parts.topicEnd);
  }

  get body(): Buffer {
    return this.#bytes.subarray(this.#parts.bodyAt, this.#parts.bodyEnd);
  }

  get bodyCrc(): number {
    return this.#parts.bodyCrc;
  }

  get compression(): Compression {
    const { flags } = this.#parts;
    if ((flags & layout.FLAG_COMPRESSED) === 0) return 'none';
    return CODECS[(flags >> layout.CODEC_SHIFT) & layout.CODEC_MASK] ?? 'zlib';
  }

  get tag(): string | undefined {
    return this.property('TAGS');
  }

  get keys(): string | undefined {
    return this.property('KEYS');
  }

  get uniqueKey(): string | undefined {
    return this.property('UNIQ_KEY');
  }

  property(name: string): string | undefined {
    const text = this.#propertyText();
    const start = valueStart(text, name);
    if (start === -1) return undefined;
    const end = text.indexOf(layout.PROPERTY_END, start);
    const value = end === -1 ? text.slice(start) : text.slice(start, end);
    // Java's reader does not see properties without a value.
    return value === '' ? undefined : value;
  }

  #propertyText(): string {
    const { propertiesAt, propertiesEnd } = this.#parts;
    return (this.#properties ??= this.#bytes.toString('utf8', propertiesAt, propertiesEnd));
  }
}

export function bornHostBytes(flags: number): number {
  return (flags & layout.FLAG_BORN_IPV6) === 0 ? layout.IPV4_HOST : layout.IPV6_HOST;
}

/** Behind the name at the start of a property; -1 when there is none of that name. */
function valueStart(text: string, name: string): number {
  const marked = name + layout.NAME_END;
  for (let at = text.indexOf(marked); at !== -1; at = text.indexOf(marked, at + 1)) {
    if (at === 0 || text[at - 1] === layout.PROPERTY_END) return at + marked.length;
  }
  return -1;
}

/** Epoch ms; what a damaged record says may be no time, and is a number all the same. */
function readTime(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
