import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerClient, QueueId } from '../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { decodeRecords } from '../../../ingest/sources/rocketmq/remoting/protocol/record-decoder.js';
import type { Store } from '../../../sql/store.js';

export interface OffsetAuditOptions {
  readonly client: BrokerClient;
  readonly topic: string;
  /** The group whose offsets are looked at. */
  readonly group: string;
  /** Reads the tables as they are now; may reject while nobody serves them. */
  readonly read: <T>(reading: (store: Store) => Promise<T>) => Promise<T>;
}

export interface AuditResult {
  /** Times that all offsets were looked at, and the tables right after them. */
  readonly looks: number;
  /** Messages below a committed offset that were looked for in the tables at that moment. */
  readonly offsets: number;
  /** Looks that came to nothing: the broker or the store was away. */
  readonly failed: number;
  /** Times an offset was lower than before: the broker was killed, or a queue's last reader came late. Redelivers only. */
  readonly setBack: number;
  /** Messages whose offset was committed while they were not stored: `broker/queue/offset identity`. */
  readonly ahead: readonly string[];
}

/** What is known of one queue. */
interface Seen {
  /** Below it every message was found in the tables while the offset was committed. */
  checked: number;
  /** Identities of the messages from `checked` on. */
  identities: string[];
  committed: number;
}

const PAUSE_MS = 300;
const AUDITOR = 'GID_audit';
const LOOKED_FOR_AT_ONCE = 5_000;

/**
 * Looks over a group's shoulder: reads the topic by itself, and again and again what the group has committed and, right
 * after that, whether everything below is in the tables. Rows never leave them, so whatever was stored when the offset
 * was committed is found. Messages carry their identity as their key: nothing of what the group runs decodes a body here.
 */
export class OffsetAudit {
  readonly #options: OffsetAuditOptions;
  readonly #seen = new Map<string, Seen>();
  #found = nothingYet();
  #ended = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  constructor(options: OffsetAuditOptions) {
    this.#options = options;
  }

  /** Looks until {@link stop}. What was found below an offset once is not looked for again, also not after a new start. */
  start(): void {
    this.#found = nothingYet();
    this.#ended = new AbortController();
    this.#looking = this.#lookAlways(this.#ended.signal);
  }

  /** @returns what was found since the start */
  async stop(): Promise<AuditResult> {
    this.#ended.abort();
    await this.#looking;
    return this.#found;
  }

  /** Since the last start. */
  get found(): AuditResult {
    return this.#found;
  }

  async #lookAlways(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.look();
      } catch {
        this.#found.failed++;
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look. @throws what the broker or the store fails with: then nothing was found out */
  async look(): Promise<void> {
    const { client, topic, group } = this.#options;
    const found = this.#found;
    const route = await client.route(topic);
    if (route === undefined) throw new Error(`${topic} has no route`);
    const queues = route.queues.map((id) => {
      const address = route.brokers.get(id.brokerName)?.addresses.get(0);
      if (address === undefined) throw new Error(`${id.brokerName} has no master`);
      return { id, address, seen: this.#seenOf(id) };
    });
    // First what takes long, so that the tables are asked at once when the offsets are known.
    for (const { id, address, seen } of queues) await this.#readOn(id, address, seen, Infinity);
    const committed = await Promise.all(queues.map(({ id, address }) => client.queryOffset(address, { ...id, group })));
    const below = await Promise.all(
      queues.map(async ({ id, address, seen }, index) => {
        const offset = committed[index] ?? 0;
        await this.#readOn(id, address, seen, offset);
        return { id, seen, offset, identities: seen.identities.slice(0, Math.max(0, offset - seen.checked)) };
      }),
    );
    const stored = await this.#storedOf(below.flatMap(({ identities }) => identities));
    for (const { id, seen, offset, identities } of below) {
      for (const [index, identity] of identities.entries()) {
        if (stored.has(identity)) continue;
        found.ahead.push(`${id.brokerName}/${id.queueId}/${seen.checked + index} ${identity}`);
      }
      if (offset < seen.committed) found.setBack++;
      seen.committed = offset;
      seen.identities.splice(0, identities.length);
      seen.checked += identities.length;
      found.offsets += identities.length;
    }
    found.looks++;
  }

  /** Reads the queue to its end, or up to an offset. */
  async #readOn(id: QueueId, address: string, seen: Seen, upTo: number): Promise<void> {
    const subscription = { topic: id.topic, expression: '*', kind: 'tag', version: 1 } as const;
    for (;;) {
      const offset = seen.checked + seen.identities.length;
      if (offset >= upTo) return;
      const request = { ...id, group: AUDITOR, offset, maxMessages: 1_024, suspendMs: 0, subscription };
      const { status, records, offsetDelta } = await this.#options.client.pull(address, request);
      if (status !== 'found') return;
      for (const { keys, queueOffset } of decodeRecords(records, offset, offsetDelta)) {
        if (queueOffset !== seen.checked + seen.identities.length) continue;
        if (keys === undefined) throw new Error(`the message at offset ${queueOffset} has no key`);
        seen.identities.push(keys);
      }
    }
  }

  async #storedOf(identities: readonly string[]): Promise<ReadonlySet<string>> {
    const stored = new Set<string>();
    if (identities.length === 0) return stored;
    const sql = `SELECT event_id FROM juliu_store.events WHERE event_id IN {ids:Array(String)}
      UNION ALL SELECT identity FROM juliu_store.dead_letters WHERE identity IN {ids:Array(String)}`;
    await this.#options.read(async (store) => {
      for (let from = 0; from < identities.length; from += LOOKED_FOR_AT_ONCE) {
        const ids = identities.slice(from, from + LOOKED_FOR_AT_ONCE);
        const answer = await store.query(sql, { format: 'TSV', params: { ids }, timeoutMs: 60_000 });
        for (const line of Buffer.from(answer).toString('utf8').split('\n')) stored.add(line);
      }
    });
    return stored;
  }

  #seenOf({ brokerName, queueId }: QueueId): Seen {
    const key = `${brokerName}/${queueId}`;
    let seen = this.#seen.get(key);
    if (seen === undefined) this.#seen.set(key, (seen = { checked: 0, identities: [], committed: 0 }));
    return seen;
  }
}

function nothingYet() {
  return { looks: 0, offsets: 0, failed: 0, setBack: 0, ahead: [] as string[] };
}
