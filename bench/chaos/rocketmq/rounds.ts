import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../sql/store.js';
import type { Broker, TopicStats } from '../../../test/broker/broker.js';
import { generator } from '../random.js';
import type { TableDifference } from '../table-contents.js';
import { Shop, type Cargo } from './cargo.js';
import { compareWithClean } from './clean-run.js';
import { FEWEST, Fleet } from './fleet.js';
import { Ledger, type LedgerResult } from './ledger.js';
import type { AuditResult } from './offset-audit.js';
import { produceOver } from './production.js';
import {
  consumerEnvironment,
  GROUP,
  openAudit,
  readStore,
  startLedgerBroker,
  TOPIC,
  until,
  type Protocol,
  type StoreKind,
} from './setting.js';
import { StoreFront } from './store-front.js';
import { drawStrikes, letFall, type Strike } from './strikes.js';

export interface LedgerRunOptions {
  /** An empty folder; it is left to the caller. */
  readonly folder: string;
  readonly rounds: number;
  readonly seed: number;
  /**
   * Over gRPC one supervisor and its workers take messages; over remoting instances that come, go and are killed share
   * the queues, and somebody looks whether committed offsets are ever ahead of the tables. Default grpc.
   */
  readonly protocol?: Protocol;
  /** Messages of the simulator, all rounds together; a few per cent more are sent. */
  readonly messages: number;
  /** Default: strikes drawn by the seed. */
  readonly plan?: (round: number) => readonly Strike[];
  /** Messages of a round are sent over this time, and strikes fall in it, ms; default 12 s. */
  readonly roundMs?: number;
  /**
   * What was received and not acknowledged comes again after this, ms; default 15 s, at least 10 s. Over remoting it
   * comes again at once, and this is how long nothing must have come before the last round is over.
   */
  readonly leaseMs?: number;
  /** Default: every fourth round writes into the embedded store, whose owner is the supervisor that is killed. */
  readonly storeOf?: (round: number) => StoreKind;
  readonly onRound?: (round: RoundResult) => void;
  /** When it aborts, every process that was started is killed, and the run fails. */
  readonly signal?: AbortSignal;
}

export interface RoundResult {
  readonly round: number;
  readonly store: StoreKind;
  /** Messages sent, repetitions of unconfirmed sends left out. */
  readonly sent: number;
  /** Sends repeated because the broker died or refused. */
  readonly repeated: number;
  readonly strikes: readonly Strike[];
  /** Supervisors that ended though nobody killed them, and were started again. */
  readonly endedByThemselves: number;
  /** Faults of the store front, by name. */
  readonly faults: ReadonlyMap<string, number>;
  readonly ledger: LedgerResult;
  /** False when the tables did not fill up in time. */
  readonly complete: boolean;
  readonly broker: TopicStats;
  /** Only over remoting. */
  readonly offsets?: AuditResult;
  readonly books: BooksResult;
  /** Workers that outlived their supervisor for too long. */
  readonly orphans: number;
  readonly seconds: number;
}

/** The accounts of every life of the consumer, all rounds together they must be 0 but for `received`. */
export interface BooksResult {
  readonly received: number;
  /** Times the books of a living or ended consumer did not add up. */
  readonly gaps: number;
  /** Of the workers alive at the end of the round, by their metric. */
  readonly violations: number;
  /** How the last consumer ended when asked to; 0 is right. */
  readonly exit: number | string;
}

export interface LedgerRunResult {
  /** In the last one nothing had come for longer than a lease before the ledger was read. */
  readonly rounds: readonly RoundResult[];
  /** Every contract table against a clean run over the same messages. */
  readonly tables: readonly TableDifference[];
}

/** Of the one instance over gRPC. */
const WORKERS = 2;
const ROUND_MS = 12_000;
const LEASE_MS = 15_000;
/** What the broker takes, after a lease is over, to deliver again, ms. */
const REDELIVERY_MS = 5_000;
const COMPLETE_MS = 300_000;
/** When nothing has come for so many leases, what is missing is lost. */
const LEASES_IN_VAIN = 4;

/**
 * One broker, one store, one growing ledger: in each round messages are sent while consumers, supervisors and the broker
 * are killed (SIGKILL) and the store front injects faults; then everything drains, and every message sent so far is
 * looked for.
 */
export async function runLedger(options: LedgerRunOptions): Promise<LedgerRunResult> {
  const { folder, rounds, messages, onRound } = options;
  const run = new LedgerRun(options);
  options.signal?.addEventListener('abort', () => void run.close(), { once: true });
  try {
    await run.open();
    const results: RoundResult[] = [];
    for (let round = 1; round <= rounds; round++) {
      const share = Math.floor((messages * round) / rounds) - Math.floor((messages * (round - 1)) / rounds);
      const result = await run.round(round, share);
      results.push(result);
      onRound?.(result);
    }
    return { rounds: results, tables: await run.compareWithClean(join(folder, 'clean')) };
  } finally {
    await run.close();
  }
}

class LedgerRun {
  readonly #options: LedgerRunOptions;
  readonly #shop: Shop;
  readonly #ledger = new Ledger();
  readonly #random: () => number;
  readonly #protocol: Protocol;
  readonly #leaseMs: number;
  readonly #dataDir: string;
  readonly #capture: string;
  #broker: Broker | undefined;
  #auditing: ReturnType<typeof openAudit> | undefined;
  #fleet: Fleet | undefined;
  #front: StoreFront | undefined;

  constructor(options: LedgerRunOptions) {
    this.#options = options;
    this.#shop = new Shop(options.seed, options.messages);
    this.#random = generator(options.seed + 1_000_003);
    this.#protocol = options.protocol ?? 'grpc';
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#dataDir = join(options.folder, 'store');
    this.#capture = join(options.folder, 'readable.jsonl');
  }

  async open(): Promise<void> {
    await mkdir(this.#dataDir, { recursive: true });
    this.#broker = await startLedgerBroker(this.#protocol, { enableBatchAck: this.#options.seed % 2 === 0 });
    if (this.#protocol === 'remoting') this.#auditing = openAudit(this.#broker, this.#dataDir);
  }

  async round(round: number, messages: number): Promise<RoundResult> {
    const started = performance.now();
    const broker = this.#theBroker();
    const store = this.#options.storeOf?.(round) ?? (round % 4 === 0 ? 'embedded' : 'server');
    const cargo = this.#shop.take(messages);
    const { roundMs = ROUND_MS, rounds } = this.#options;
    const drawn = drawStrikes(this.#random, { protocol: this.#protocol, store, roundMs });
    const strikes = this.#options.plan?.(round) ?? drawn;
    await this.#expect(cargo);

    const fleet = await this.#consume(store, round);
    this.#front?.injectFaults(true);
    this.#auditing?.audit.start();
    const [production, hit] = await Promise.all([
      produceOver(broker, TOPIC, cargo, roundMs),
      letFall(strikes, { broker, fleet, ...(this.#front === undefined ? {} : { front: this.#front }) }),
    ]);
    this.#front?.injectFaults(false);
    const complete = await this.#untilComplete(fleet);
    if (round === rounds) await this.#untilSilent(fleet);
    const unread = await this.#untilRead();
    const offsets = await this.#auditing?.audit.stop();
    const { books, orphans, faults } = await this.#end(fleet);
    const ledger = await this.#read((reader) => this.#ledger.compare(reader));
    return {
      round,
      store,
      sent: production.messages,
      repeated: production.repeated,
      strikes: hit,
      endedByThemselves: fleet.endedByThemselves,
      faults,
      ledger,
      complete,
      broker: unread,
      ...(offsets === undefined ? {} : { offsets }),
      books,
      orphans,
      seconds: (performance.now() - started) / 1_000,
    };
  }

  compareWithClean(dataDir: string): Promise<TableDifference[]> {
    const unreadable = new Set(this.#ledger.deadFor('body_not_decompressed'));
    return this.#read((store) => compareWithClean(store, { capture: this.#capture, dataDir, unreadable }));
  }

  async close(): Promise<void> {
    this.#fleet?.killAll();
    this.#front?.kill();
    await this.#auditing?.audit.stop();
    await this.#auditing?.client.close();
    await this.#broker?.stop();
  }

  /** Before anything is sent: what a send that fails has left behind is expected, too. */
  async #expect({ expectations, readable }: Cargo): Promise<void> {
    this.#ledger.expect(expectations);
    const newline = Buffer.from('\n');
    await appendFile(this.#capture, Buffer.concat(readable.flatMap((body) => [body, newline])));
  }

  /** Starts consumers; resolves when they take messages. */
  async #consume(store: StoreKind, round: number): Promise<Fleet> {
    // The one of the round before has served the ledger.
    await this.#front?.end();
    this.#front = undefined;
    if (store === 'server') this.#front = await StoreFront.start(this.#dataDir, this.#options.seed * 1_000 + round);
    const onRemoting = this.#protocol === 'remoting';
    const task = {
      workers: onRemoting ? 1 : WORKERS,
      folder: this.#options.folder,
      ...(store === 'embedded' ? { dataDir: this.#dataDir } : {}),
      environment: consumerEnvironment(this.#protocol, this.#theBroker(), {
        leaseMs: this.#leaseMs,
        batches: 'small',
        storeUrl: this.#front?.url,
      }),
    };
    const fleet = (this.#fleet = new Fleet(task, onRemoting ? FEWEST : 1));
    await until(COMPLETE_MS, 'the consumers to work', () => fleet.works);
    return fleet;
  }

  /** Lets the consumers drain, and has the store served for reading. */
  async #end(fleet: Fleet): Promise<{ books: BooksResult; orphans: number; faults: ReadonlyMap<string, number> }> {
    await until(COMPLETE_MS, 'the consumers', () => fleet.runs);
    const violations = await fleet.violations();
    const exit = await fleet.stop();
    const orphans = await fleet.orphansGone();
    this.#fleet = undefined;
    this.#front ??= await StoreFront.start(this.#dataDir, 0);
    const faults = await this.#front.injected();
    const { received, gaps } = fleet;
    return { books: { received, gaps, violations, exit }, orphans, faults };
  }

  /** Waits until the tables are full. @returns false when they are not and nothing comes any more */
  async #untilComplete(fleet: Fleet): Promise<boolean> {
    const started = performance.now();
    for (let received = -1, since = started; performance.now() - since < LEASES_IN_VAIN * this.#leaseMs;) {
      // The embedded store is away while its owner is.
      if (await this.#read((store) => this.#ledger.isComplete(store)).catch(() => false)) return true;
      const now = fleet.received;
      if (now !== received) since = performance.now();
      if (since - started > COMPLETE_MS) return false;
      received = now;
      await sleep(1_000);
    }
    return false;
  }

  /** Lets everything come that may still come. */
  async #untilSilent(fleet: Fleet): Promise<void> {
    const silenceMs = this.#leaseMs + (this.#protocol === 'grpc' ? REDELIVERY_MS : 0);
    const started = performance.now();
    for (let received = -1, since = started; performance.now() - since < silenceMs;) {
      const now = fleet.received;
      if (now !== received) since = performance.now();
      if (since - started > COMPLETE_MS) throw new Error('messages do not stop coming');
      received = now;
      await sleep(500);
    }
  }

  /** Waits until the broker has nothing that was never received. @returns its last counts */
  async #untilRead(): Promise<TopicStats> {
    let stats = await this.#theBroker().stats(TOPIC, GROUP);
    for (const deadline = performance.now() + 30_000; stats.unread !== 0 && performance.now() < deadline;) {
      await sleep(500);
      stats = await this.#theBroker().stats(TOPIC, GROUP);
    }
    return stats;
  }

  #read<T>(reading: (store: Store) => Promise<T>): Promise<T> {
    return readStore(this.#dataDir, reading);
  }

  #theBroker(): Broker {
    if (this.#broker === undefined) throw new Error('the broker is not started');
    return this.#broker;
  }
}
