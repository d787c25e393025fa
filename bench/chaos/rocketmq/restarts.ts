import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../../test/broker/broker.js';
import { Shop, type Cargo } from './cargo.js';
import { Fleet } from './fleet.js';
import { Ledger, type LedgerResult } from './ledger.js';
import type { AuditResult } from './offset-audit.js';
import { produceOver } from './production.js';
import {
  consumerEnvironment,
  openAudit,
  readStore,
  startLedgerBroker,
  TOPIC,
  until,
  type Protocol,
} from './setting.js';
import { StoreFront } from './store-front.js';

export interface RestartOptions {
  /** An empty folder; it is left to the caller. */
  readonly folder: string;
  readonly seed: number;
  readonly messages: number;
  readonly protocol: Protocol;
  /** The consumer is killed so often, ms, and started again at once. */
  readonly everyMs: number;
  /** Messages sent per second: how long messages are sent while the consumer is killed. */
  readonly rate: number;
  readonly onKill?: (kills: number, received: number) => void;
  /** When it aborts, every process that was started is killed, and the run fails. */
  readonly signal?: AbortSignal;
}

export interface RestartResult {
  readonly sent: number;
  readonly kills: number;
  /** Deliveries to all lives, as they last said. */
  readonly received: number;
  /** Messages that the topic has: sent ones, and those that a producer sent twice. */
  readonly produced: number;
  readonly ledger: LedgerResult;
  readonly offsets: AuditResult;
  /** Lives whose books did not add up. */
  readonly gaps: number;
  readonly exit: number | string;
  /** From the first message to the last one stored. */
  readonly seconds: number;
}

/** Messages that are made and sent at once. */
const PART = 20_000;
const BATCH = 500;
const LEASE_MS = 15_000;
const START_MS = 60_000;
/** When nothing has come for so long, what is missing is lost, ms. */
const IN_VAIN_MS = 60_000;

/**
 * Sends messages while the one process that takes them into an embedded store is killed (SIGKILL) again and again: the
 * store dies with it, in the middle of inserts. At the end the tables must have exactly the identities that were sent.
 */
export async function runRestarts(options: RestartOptions): Promise<RestartResult> {
  const { folder, seed, messages, protocol, everyMs, rate, signal } = options;
  const dataDir = join(folder, 'store');
  await mkdir(dataDir, { recursive: true });
  const broker = await startLedgerBroker(protocol, { enableBatchAck: true });
  const { audit, client } = openAudit(broker, dataDir);
  let fleet: Fleet | undefined;
  let front: StoreFront | undefined;
  const killAll = (): void => {
    fleet?.killAll();
    front?.kill();
    void broker.kill();
  };
  signal?.addEventListener('abort', killAll, { once: true });
  try {
    const environment = consumerEnvironment(protocol, broker, { leaseMs: LEASE_MS, batches: 'usual' });
    const running = (fleet = new Fleet({ workers: 1, folder, dataDir, environment }, 1));
    await until(START_MS, 'the consumer to work', () => running.works);
    const started = performance.now();
    if (protocol === 'remoting') audit.start();
    const ledger = new Ledger();
    const sending = send(broker, new Shop(seed, messages), { messages, rate, ledger });
    const kills = await killWhile(running, everyMs, sending, options.onKill);
    const { sent, produced } = await sending;
    await untilComplete(running, () => readStore(dataDir, (store) => ledger.isComplete(store)));
    const seconds = (performance.now() - started) / 1_000;
    await until(START_MS, 'the consumer', () => running.runs);
    const offsets = await audit.stop();
    const exit = await running.stop();
    fleet = undefined;
    front = await StoreFront.start(dataDir, 0);
    const result = await readStore(dataDir, (store) => ledger.compare(store));
    const { received, gaps } = running;
    return { sent, kills, received, produced, ledger: result, offsets, gaps, exit, seconds };
  } finally {
    signal?.removeEventListener('abort', killAll);
    await audit.stop();
    await client.close();
    fleet?.killAll();
    front?.kill();
    await broker.stop();
  }
}

interface Sending {
  readonly messages: number;
  readonly rate: number;
  readonly ledger: Ledger;
}

/** Sends a shop's messages at a rate; those that cannot be unpacked in sends of their own among the others. */
async function send(broker: Broker, shop: Shop, { messages, rate, ledger }: Sending) {
  const started = performance.now();
  let sent = 0;
  for (let made = 0; made < messages; made += PART) {
    const cargo = shop.take(Math.min(PART, messages - made));
    ledger.expect(cargo.expectations);
    const poison = cargo.chunks.filter(({ way }) => way === 'mislabelled');
    const readable = batches(cargo);
    const overMs = Math.max(0, started + ((sent + cargo.readable.length) / rate) * 1_000 - performance.now());
    const chunks = [...readable, ...poison];
    const { messages: now } = await produceOver(broker, TOPIC, { chunks, identities: cargo.identities }, overMs);
    sent += now;
  }
  return { sent, produced: (await broker.stats(TOPIC)).produced };
}

function batches({ readable }: Cargo) {
  return Array.from({ length: Math.ceil(readable.length / BATCH) }, (_, index) => ({
    way: 'batch' as const,
    bodies: readable.slice(index * BATCH, (index + 1) * BATCH),
  }));
}

/** Kills the consumer as often as told, while messages are sent and once more when they are. @returns how often */
async function killWhile(
  fleet: Fleet,
  everyMs: number,
  sending: Promise<unknown>,
  onKill: RestartOptions['onKill'],
): Promise<number> {
  const over = new AbortController();
  const ended = sending.finally(() => over.abort());
  ended.catch(() => undefined);
  let kills = 0;
  while (!over.signal.aborted) {
    await Promise.race([sleep(everyMs), ended]);
    if (!fleet.killInstance(0, 0)) continue;
    kills++;
    onKill?.(kills, fleet.received);
  }
  return kills;
}

/** Waits until the tables are full, or nothing comes any more: then the ledger says what is missing. */
async function untilComplete(fleet: Fleet, isComplete: () => Promise<boolean>): Promise<void> {
  for (let received = -1, since = performance.now(); performance.now() - since < IN_VAIN_MS;) {
    // The store is away while its owner is.
    if (await isComplete().catch(() => false)) return;
    if (fleet.received !== received) since = performance.now();
    received = fleet.received;
    await sleep(500);
  }
}
