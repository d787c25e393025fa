import type { UnreadableReason } from '../../../source.js';

/** How a body is packed, by the flags of its record. */
export type Compression = 'none' | 'zlib' | 'lz4' | 'zstd';

/**
 * One message as the broker stores it: a view on the bytes it came in, of which nothing is copied. Getters decode when
 * asked, every time. A record that is kept keeps its whole read buffer (some MiB): whoever holds a body copies it.
 */
export interface StoredRecord {
  readonly queueId: number;
  /** Place in the queue. A record that cannot be decoded takes the one behind the record before it. */
  readonly queueOffset: number;
  /** Epoch ms at which the producer made it; the same for all redeliveries. */
  readonly bornAt: number;
  /** Epoch ms at which the broker stored it. */
  readonly storedAt: number;
  /** As on the wire: with the instance prefix, see `namespace.ts`. */
  readonly topic: string;
  /** As stored: see {@link compression}, and `record-body.ts` for the body as it was sent. */
  readonly body: Buffer;
  readonly compression: Compression;
  /** CRC32 of the stored body; 0 when the broker was told not to make one. */
  readonly bodyCrc: number;
  /** Property TAGS (标签); undefined when it has none. */
  readonly tag: string | undefined;
  /** Property KEYS, separated by spaces. */
  readonly keys: string | undefined;
  /** Property UNIQ_KEY: the message's id, made by the producer. */
  readonly uniqueKey: string | undefined;
  /** A property by its name (TAGS, KEYS, UNIQ_KEY, RETRY_TOPIC, RECONSUME_TIME …, and the producer's own). */
  property(name: string): string | undefined;
  /** Why it is no record that can be decoded; `body` then has its bytes, and everything else is a guess. */
  readonly fault: { readonly reason: UnreadableReason; readonly detail: string } | undefined;
}
