import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../../ingest/retry.js';
import type { RocketmqConnection, RocketmqSubscription } from '../../../../ingest/sources/rocketmq/options.js';
import { RocketmqSource } from '../../../../ingest/sources/rocketmq/grpc/source.js';
import type { Delivery, Source } from '../../../../ingest/sources/source.js';

export interface SourceSettings {
  readonly endpoints: string;
  readonly topics: readonly string[];
  readonly group: string;
  readonly filter?: RocketmqSubscription['filter'];
  readonly deadLetterQueue?: boolean;
  readonly concurrency?: number;
  readonly invisibleMs?: number;
  readonly prefetch?: RocketmqSubscription['prefetch'];
  readonly maxBodyBytes?: number;
  readonly requestMs?: number;
  readonly startMs?: number;
  readonly connection?: Partial<RocketmqConnection>;
  readonly clock?: Clock;
}

/** A source that keeps what it tells its operator. */
export interface OpenSource {
  readonly source: RocketmqSource;
  readonly notices: readonly string[];
}

/** Opens a source with the shortest waits a broker takes; whoever opens it closes it. */
export async function openSource(settings: SourceSettings, signal?: AbortSignal): Promise<OpenSource> {
  const { endpoints, topics, group, requestMs = 3_000, startMs = 15_000, clock } = settings;
  const notices: string[] = [];
  const source = await RocketmqSource.open(
    {
      connection: {
        endpoints,
        tls: { enabled: false },
        timeouts: { start: startMs, request: requestMs },
        ...settings.connection,
      },
      subscription: {
        topics,
        group,
        filter: settings.filter ?? { kind: 'tag', expression: '*' },
        deadLetterQueue: settings.deadLetterQueue ?? false,
        concurrency: settings.concurrency ?? 4,
        awaitMs: 5_000,
        invisibleMs: settings.invisibleMs ?? 30_000,
        prefetch: settings.prefetch ?? { messages: 2_048, bytes: 32 * 2 ** 20 },
        maxBodyBytes: settings.maxBodyBytes ?? 16 * 2 ** 20,
      },
      onNotice: (sentence) => notices.push(sentence),
      ...(clock === undefined ? {} : { clock }),
    },
    signal,
  );
  return { source, notices };
}

/** The text of a body. */
export function textOf({ body }: Delivery): string {
  return Buffer.from(body).toString();
}

export interface Taking {
  /** Ends with fewer after this, ms. */
  readonly ms?: number;
  /** Acknowledge what is taken; default true. */
  readonly ack?: boolean;
  readonly onTaken?: (deliveries: readonly Delivery[]) => void;
  /** Ends it, too. */
  readonly signal?: AbortSignal;
}

/** Takes until `enough` says so, and acknowledges each receive's messages. */
export async function takeUntil(
  source: Source,
  enough: (all: readonly Delivery[]) => boolean,
  { ms = 60_000, ack = true, onTaken, signal }: Taking = {},
): Promise<Delivery[]> {
  const all: Delivery[] = [];
  // Held here: a timeout that only AbortSignal.any knows may be collected, and then never comes (Node 20).
  const late = AbortSignal.timeout(ms);
  const over = AbortSignal.any([late, ...(signal === undefined ? [] : [signal])]);
  const isOver = (): boolean => over.aborted || late.aborted;
  while (!isOver() && !enough(all)) {
    try {
      const deliveries = (await source.receive({ messages: 10_000, bytes: 2 ** 26 }, over)) ?? [];
      all.push(...deliveries);
      onTaken?.(deliveries);
      if (ack) await source.ack(deliveries);
    } catch (error) {
      if (!isOver()) throw error;
    }
  }
  return all;
}

/** Takes until `count` different bodies with `prefix` have come; whatever else comes is taken, too. */
export async function takeDifferent(
  source: Source,
  prefix: string,
  count: number,
  taking: Taking = {},
): Promise<Set<string>> {
  const different = (all: readonly Delivery[]): Set<string> =>
    new Set(all.map(textOf).filter((text) => text.includes(prefix)));
  return different(await takeUntil(source, (all) => different(all).size >= count, taking));
}

/** Resolves when `holds()`; looks often. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await sleep(50);
  }
}

/** `count` bodies that the plain decoder stores as events, with ids that begin with `prefix`. */
export function eventBodies(prefix: string, count: number): { readonly body: string }[] {
  return Array.from({ length: count }, (_, index) => ({ body: `event ${prefix}${index}` }));
}
