import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '../../../../../../ingest/retry.js';
import type { RocketmqConnection } from '../../../../../../ingest/sources/rocketmq/options.js';
import type {
  RemotingOptions,
  RemotingSubscription,
} from '../../../../../../ingest/sources/rocketmq/remoting/consumer/options.js';
import type {
  BrokerClient,
  BrokerRequestHandlers,
} from '../../../../../../ingest/sources/rocketmq/remoting/connection/broker-client.js';
import { RemotingSource } from '../../../../../../ingest/sources/rocketmq/remoting/source.js';
import type { Delivery } from '../../../../../../ingest/sources/source.js';

export interface RemotingSettings extends Partial<RemotingSubscription> {
  /** Name servers. */
  readonly endpoints?: string;
  readonly topics: readonly string[];
  readonly group: string;
  readonly connection?: Partial<RocketmqConnection>;
  readonly connect?: (handlers: BrokerRequestHandlers) => BrokerClient;
  readonly clock?: Clock;
}

/** A source that keeps what it tells its operator. */
export interface OpenRemoting {
  readonly source: RemotingSource;
  readonly notices: readonly string[];
}

/** Opens a source that begins at the earliest message; whoever opens it closes it. */
export async function openRemoting(settings: RemotingSettings): Promise<OpenRemoting> {
  const { connect, clock } = settings;
  const notices: string[] = [];
  const source = await RemotingSource.open({
    ...optionsOf(settings),
    onNotice: (sentence) => notices.push(sentence),
    ...(connect === undefined ? {} : { connect }),
    ...(clock === undefined ? {} : { clock }),
  });
  return { source, notices };
}

/** Settings with everything that a test does not care about. */
export function optionsOf(settings: RemotingSettings): RemotingOptions {
  const { endpoints = 'nowhere:1', connection, ...subscription } = settings;
  return {
    connection: { endpoints, tls: { enabled: false }, timeouts: { start: 15_000, request: 3_000 }, ...connection },
    subscription: {
      filter: { kind: 'tag', expression: '*' },
      awaitMs: 1_000,
      prefetch: { messages: 2_048, bytes: 32 * 2 ** 20 },
      maxBodyBytes: 16 * 2 ** 20,
      mode: { kind: 'clustering' },
      begin: { kind: 'earliest' },
      unacknowledged: 100_000,
      bodies: 'together',
      ...subscription,
    },
  };
}

/** Time that passes so many times as fast: heartbeats and routes are due every 30 s. */
export function fastClock(times: number): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}

export interface Taking {
  /** Ends with fewer after this, ms. */
  readonly ms?: number;
  /** Acknowledge what is taken; default true. */
  readonly ack?: boolean;
  /** Most messages of one receive. */
  readonly messages?: number;
}

/** Takes until `enough` says so, and acknowledges each receive's messages. */
export async function takeUntil(
  source: RemotingSource,
  enough: (all: readonly Delivery[]) => boolean,
  { ms = 30_000, ack = true, messages = 10_000 }: Taking = {},
): Promise<Delivery[]> {
  const all: Delivery[] = [];
  const over = AbortSignal.timeout(ms);
  const isOver = (): boolean => over.aborted;
  while (!isOver() && !enough(all)) {
    try {
      const deliveries = await source.receive({ messages, bytes: 2 ** 26 }, over);
      all.push(...deliveries);
      if (ack) await source.ack(deliveries);
    } catch (error) {
      if (!isOver()) throw error;
    }
  }
  return all;
}

/** Takes `count` messages or what comes within the time. */
export function take(source: RemotingSource, count: number, taking: Taking = {}): Promise<Delivery[]> {
  return takeUntil(source, (all) => all.length >= count, taking);
}

/** Everything that comes within the time; for what must not come. */
export function takeFor(source: RemotingSource, ms: number, taking: Omit<Taking, 'ms'> = {}): Promise<Delivery[]> {
  return takeUntil(source, () => false, { ...taking, ms });
}

export function textOf({ body }: Pick<Delivery, 'body'>): string {
  return Buffer.from(body).toString();
}

export function textsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(textOf).sort();
}

/** `prefix0` … `prefix<count−1>`, as sorted texts. */
export function texts(prefix: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(from + index)}`).sort();
}

/** Resolves when `holds()`; looks often. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await sleep(20);
  }
}
