import type { WireText } from './wire-text.js';

export type FamilyName = 'trade' | 'refund' | 'item' | 'logistics' | 'review' | 'distribution' | 'unknown';

/** A storage table as the encoder fills it: every column an insert lists, in the order of the row's values. */
export interface TableSpec {
  /** Fully qualified, e.g. `juliu_store.trade_events`. */
  readonly name: string;
  readonly columns: readonly string[];
}

/** One JSONCompactEachRow line without the newline. Write it with `Buffer.latin1Write`. */
export interface EncodedRow {
  readonly table: TableSpec;
  readonly text: WireText;
}

/** What the source knows about a delivery. Operational: never part of an identity, a key or a version. */
export interface DeliveryMeta {
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly source: string;
  readonly position: string;
}

/** Why a message could not be stored. Stable names: they are part of the key of `dead_letters`. */
export type DeadReason =
  /** No bytes, or white space only. */
  | 'empty_body'
  | 'not_utf8'
  | 'not_json'
  /** JSON, but not an object. */
  | 'not_an_object'
  /** Nested deeper than 1,000. */
  | 'too_deep'
  /** `topic` is absent, empty or not a string. */
  | 'no_topic'
  | 'publish_time_missing'
  | 'publish_time_unreadable'
  /** Outside 2003-01-01..2100-01-01 (UTC+8). */
  | 'publish_time_out_of_range'
  /** `outgoing_id`, `id` or the topic's key id is an integer outside int64. */
  | 'key_id_out_of_range'
  /** The content of a family's topic is an array, number, boolean, or a string that is not a JSON object. */
  | 'content_unreadable'
  /** Given by the source. */
  | 'body_too_large'
  /** Given by the source. */
  | 'body_truncated'
  | 'body_corrupted'
  | 'body_not_decompressed'
  /** Given by the source; the body says which messages are missing. */
  | 'retention_gap'
  | 'offset_beyond_end'
  /** The store refused a row of it. */
  | 'store_refused';

/** The outcome of one message: stored (perhaps with defects) or dead, never both, never neither. */
export type Decoded = Stored | Dead;

export interface Stored {
  readonly kind: 'stored';
  /** `outgoing_id` (or `id`) as canonical digits, else `h:` and a 128-bit hash of the raw body. */
  readonly eventId: string;
  readonly family: FamilyName;
  readonly topic: string;
  /** Epoch ms. */
  readonly publishTime: number;
  /** Digits, or null when the message has no user. */
  readonly userId: string | null;
  /** Source field names of optional values that could not be used, sorted, distinct. */
  readonly defects: readonly string[];
  /** The events row, then the typed row if a family claims the topic. */
  readonly rows: readonly EncodedRow[];
}

export interface Dead {
  readonly kind: 'dead';
  readonly identity: string;
  readonly reason: DeadReason;
  /** Never personal data or text of the body, at most a short token such as the bad digits. */
  readonly detail: string;
  /** Its dead_letters row. */
  readonly rows: readonly [EncodedRow];
}

/** A row of `juliu_store.events` as read back for replay: the column's values, ids and version as digits. */
export interface StoredEvent {
  readonly eventId: string;
  readonly appKey: string;
  readonly topic: string;
  readonly userId: string | null;
  readonly userNick: string | null;
  /** Epoch ms. */
  readonly publishTime: number;
  readonly content: string;
  readonly extra: string;
  readonly defects: readonly string[];
  /** UInt64 as digits. */
  readonly version: string;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly source: string;
  readonly position: string;
}
