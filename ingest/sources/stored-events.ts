import type { QueryParam, Store } from '../../sql/store.js';
import { rowsOf } from '../repair/list-dead-letters.js';
import type { StoredEvent } from '../messages/codec.js';
import type { Delivery, ReceiveLimits, Source } from './source.js';

/** Which events; bounds are whole seconds (cut down to them), because copies of a message agree on no more. */
export interface EventRange {
  /** publish_time from (inclusive), epoch ms. */
  readonly from: number;
  /** publish_time to (exclusive), epoch ms. */
  readonly to: number;
  readonly topic?: string;
}

/** Keys looked at in one query; only as many events are then read as fit the limits. */
const KEYS_PER_PAGE = 10_000;

/** Place of an event among those of its topic. */
interface Key {
  /** Whole second of publish_time, epoch seconds. */
  readonly second: string;
  readonly id: string;
  readonly bytes: string;
}

/**
 * The stored events of a time range, topic by topic and in the order of the sort key, in pages bounded in bytes. Each
 * delivery's body is the event as one line of JSON ({@link storedEventOf} reads it back); nothing is acknowledged, since
 * an event stays where it is.
 */
export class StoredEventSource implements Source {
  readonly name = 'replay';
  readonly #store: Store;
  readonly #range: { readonly from: number; readonly to: number };
  #topics: string[] | undefined;
  /** Found and not delivered yet, all of the first topic, in order. */
  #keys: Key[] = [];
  #last: Key;
  readonly #start: Key;
  #returned: Delivery[] = [];

  constructor(store: Store, range: EventRange) {
    this.#store = store;
    this.#range = { from: Math.floor(range.from / 1000), to: Math.floor(range.to / 1000) };
    this.#topics = range.topic === undefined ? undefined : [range.topic];
    // No event has an empty id.
    this.#start = this.#last = { second: String(this.#range.from), id: '', bytes: '0' };
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    signal.throwIfAborted();
    if (this.#returned.length > 0) return this.#returned.splice(0, Math.max(1, limits.messages));
    this.#topics ??= await this.#findTopics(signal);
    const topic = await this.#topicWithKeys(this.#topics, signal);
    if (topic === undefined) return undefined;
    let bytes = 0;
    let count = 0;
    for (const key of this.#keys) {
      bytes += Number(key.bytes);
      if (count > 0 && (bytes > limits.bytes || count >= limits.messages)) break;
      count++;
    }
    const deliveries = await this.#load(topic, this.#keys.slice(0, count), signal);
    this.#keys.splice(0, count);
    return deliveries;
  }

  async ack(): Promise<number> {
    return Promise.resolve(0);
  }

  async nack(deliveries: readonly Delivery[]): Promise<void> {
    this.#returned.push(...deliveries);
    return Promise.resolve();
  }

  lag(): number | undefined {
    return undefined;
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }

  async #findTopics(signal: AbortSignal): Promise<string[]> {
    const rows = await rowsOf<{ topic: string }>(
      this.#store,
      `SELECT DISTINCT topic FROM juliu_store.events WHERE ${IN_RANGE} ORDER BY topic`,
      this.#bounds(this.#start.second),
      signal,
    );
    return rows.map(({ topic }) => topic);
  }

  /** The topic whose keys are at hand, after finding some where there are none. */
  async #topicWithKeys(topics: string[], signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const [topic] = topics;
      if (topic === undefined || this.#keys.length > 0) return topic;
      await this.#findKeys(topic, signal);
      if (this.#keys.length > 0) return topic;
      topics.shift();
      this.#last = this.#start;
    }
  }

  async #findKeys(topic: string, signal: AbortSignal): Promise<void> {
    this.#keys = await rowsOf<Key>(
      this.#store,
      `SELECT toString(toUnixTimestamp(publish_time)) AS second, event_id AS id,
         toString(length(content) + length(extra)) AS bytes
       FROM juliu_store.events FINAL
       WHERE topic = {topic:String} AND ${IN_RANGE}
         AND (toUnixTimestamp(publish_time), event_id) > ({from:UInt32}, {afterId:String})
       ORDER BY toStartOfSecond(publish_time), event_id
       LIMIT ${KEYS_PER_PAGE}`,
      { topic, afterId: this.#last.id, ...this.#bounds(this.#last.second) },
      signal,
    );
    this.#last = this.#keys.at(-1) ?? this.#last;
  }

  async #load(topic: string, keys: readonly Key[], signal: AbortSignal): Promise<Delivery[]> {
    const first = keys[0] ?? this.#start;
    const last = keys.at(-1) ?? first;
    const answer = await this.#store.query(
      `SELECT event_id, app_key, topic, toString(user_id) AS seller, user_nick,
         toString(toUnixTimestamp64Milli(publish_time)) AS publish_ms, content, extra, defects,
         toString(version) AS version_digits, toString(toUnixTimestamp64Milli(received_at)) AS received_ms, source, position
       FROM juliu_store.events FINAL
       WHERE topic = {topic:String} AND ${IN_RANGE}
         AND (toUnixTimestamp(publish_time), event_id) >= ({from:UInt32}, {firstId:String})
         AND (toUnixTimestamp(publish_time), event_id) <= ({lastSecond:UInt32}, {lastId:String})
       ORDER BY toStartOfSecond(publish_time), event_id`,
      {
        format: 'JSONEachRow',
        params: {
          topic,
          firstId: first.id,
          lastId: last.id,
          lastSecond: Number(last.second),
          ...this.#bounds(first.second, Number(last.second) + 1),
        },
        signal,
      },
    );
    const receivedAt = Date.now();
    return linesOf(answer).map((body, index) => ({ body, receivedAt, position: `${topic} ${keys[index]?.id ?? ''}` }));
  }

  #bounds(from: string, to = this.#range.to): Record<string, QueryParam> {
    return { from: Number(from), to };
  }
}

const IN_RANGE =
  'publish_time >= fromUnixTimestamp64Second({from:Int64}) AND publish_time < fromUnixTimestamp64Second({to:Int64})';

/** Reads a delivery of {@link StoredEventSource}. */
export function storedEventOf(body: Uint8Array): StoredEvent {
  const row = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8')) as Row;
  return {
    eventId: row.event_id,
    appKey: row.app_key,
    topic: row.topic,
    userId: row.seller,
    userNick: row.user_nick,
    publishTime: Number(row.publish_ms),
    content: row.content,
    extra: row.extra,
    defects: row.defects,
    version: row.version_digits,
    receivedAt: Number(row.received_ms),
    source: row.source,
    position: row.position,
  };
}

interface Row {
  readonly event_id: string;
  readonly app_key: string;
  readonly topic: string;
  readonly seller: string | null;
  readonly user_nick: string | null;
  readonly publish_ms: string;
  readonly content: string;
  readonly extra: string;
  readonly defects: readonly string[];
  readonly version_digits: string;
  readonly received_ms: string;
  readonly source: string;
  readonly position: string;
}

function linesOf(answer: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let from = 0; from < answer.length;) {
    const at = answer.indexOf(0x0a, from);
    const end = at < 0 ? answer.length : at;
    lines.push(answer.subarray(from, end));
    from = end + 1;
  }
  return lines;
}
