import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketStore } from '../../../sql/socket/client.js';
import { socketPath } from '../../../sql/socket/socket-path.js';
import type { Store } from '../../../sql/store.js';
import { startBroker, type Broker, type TopicStats } from '../../../test/broker/broker.js';
import { contentsIn, ingest } from '../processes.js';
import { generator } from '../random.js';
import { compareContents, contentsOf, rowPrints, type RowPrint, type TableDifference } from '../table-contents.js';
import { Shop, type Cargo } from './cargo.js';
import { Keeper } from './keeper.js';
import { Ledger, type LedgerResult } from './ledger.js';
import { produceOver } from './production.js';
import { StoreFront } from './store-front.js';
import { drawStrikes, letFall, type Strike } from './strikes.js';

export interface LedgerRunOptions {
  /** An empty folder; it is left to the caller. */
  readonly folder: string;
  readonly rounds: number;
  readonly seed: number;
  /** Messages of the simulator, all rounds together; a few per cent more are sent. */
  readonly messages: number;
  /** Default: strikes drawn by the seed. */
  readonly plan?: (round: number) => readonly Strike[];
  /** Messages of a round are sent over this time, and strikes fall in it, ms; default 12 s. */
  readonly roundMs?: number;
  /** What was received and not acknowledged comes again after this, ms; default 15 s, at least 10 s. */
  readonly leaseMs?: number;
  /** Default: every fourth round writes into the embedded store, whose owner is the supervisor that is killed. */
  readonly storeOf?: (round: number) => StoreKind;
  readonly onRound?: (round: RoundResult) => void;
  /** When it aborts, every process that was started is killed, and the run fails. */
  readonly signal?: AbortSignal;
}

export type StoreKind = 'server' | 'embedded';

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

const TOPIC = 'rmq_sys_jst_12345678';
const GROUP = 'GID_ledger';
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
  readonly #leaseMs: number;
  readonly #dataDir: string;
  readonly #capture: string;
  #broker: Broker | undefined;
  #keeper: Keeper | undefined;
  #front: StoreFront | undefined;

  constructor(options: LedgerRunOptions) {
    this.#options = options;
    this.#shop = new Shop(options.seed, options.messages);
    this.#random = generator(options.seed + 1_000_003);
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#dataDir = join(options.folder, 'store');
    this.#capture = join(options.folder, 'readable.jsonl');
  }

  async open(): Promise<void> {
    await mkdir(this.#dataDir, { recursive: true });
    const enableBatchAck = this.#options.seed % 2 === 0;
    this.#broker = await startBroker({ topics: [TOPIC], groups: [GROUP], heapMb: 512, enableBatchAck });
    // A group begins behind the last message unless the broker has written down where it begins, and it keeps that in
    // memory for some seconds: killed before, it would skip what was sent meanwhile.
    await this.#broker.resetOffsets(TOPIC, GROUP, 'beginning');
    await offsetsWritten(this.#broker.home);
  }

  async round(round: number, messages: number): Promise<RoundResult> {
    const started = performance.now();
    const broker = this.#theBroker();
    const store = this.#options.storeOf?.(round) ?? (round % 4 === 0 ? 'embedded' : 'server');
    const cargo = this.#shop.take(messages);
    const { roundMs = ROUND_MS, rounds } = this.#options;
    const drawn = drawStrikes(this.#random, store, roundMs);
    const strikes = this.#options.plan?.(round) ?? drawn;
    await this.#expect(cargo);

    const keeper = await this.#consume(store, round);
    this.#front?.injectFaults(true);
    const [production, hit] = await Promise.all([
      produceOver(broker, TOPIC, cargo.chunks, roundMs),
      letFall(strikes, { broker, keeper, ...(this.#front === undefined ? {} : { front: this.#front }) }),
    ]);
    this.#front?.injectFaults(false);
    const complete = await this.#untilComplete(keeper);
    if (round === rounds) await this.#untilSilent(keeper);
    const unread = await this.#untilRead();
    const { books, orphans, faults } = await this.#end(keeper);
    const ledger = await this.#read((reader) => this.#ledger.compare(reader));
    return {
      round,
      store,
      sent: production.messages,
      repeated: production.repeated,
      strikes: hit,
      endedByThemselves: keeper.endedByThemselves,
      faults,
      ledger,
      complete,
      broker: unread,
      books,
      orphans,
      seconds: (performance.now() - started) / 1_000,
    };
  }

  /** Compares every contract table with those of one undisturbed process that reads the same messages from a file. */
  async compareWithClean(dataDir: string): Promise<TableDifference[]> {
    await ingest({ capture: this.#capture, dataDir, rows: 20_000, restart: true, pauseMs: 0 });
    const unreadable = new Set(this.#ledger.deadFor('body_not_decompressed'));
    const found = await this.#read((reader) => contentsOf(without(rowPrints(reader), unreadable)));
    return compareContents(await contentsIn(dataDir), found);
  }

  async close(): Promise<void> {
    this.#keeper?.killAll();
    this.#front?.kill();
    await this.#broker?.stop();
  }

  /** Before anything is sent: what a send that fails has left behind is expected, too. */
  async #expect({ expectations, readable }: Cargo): Promise<void> {
    this.#ledger.expect(expectations);
    const newline = Buffer.from('\n');
    await appendFile(this.#capture, Buffer.concat(readable.flatMap((body) => [body, newline])));
  }

  /** Starts consumers; resolves when they take messages. */
  async #consume(store: StoreKind, round: number): Promise<Keeper> {
    // The one of the round before has served the ledger.
    await this.#front?.end();
    this.#front = undefined;
    if (store === 'server') this.#front = await StoreFront.start(this.#dataDir, this.#options.seed * 1_000 + round);
    const keeper = new Keeper({
      workers: WORKERS,
      folder: this.#options.folder,
      ...(store === 'embedded' ? { dataDir: this.#dataDir } : {}),
      environment: {
        ...ENVIRONMENT,
        ...(this.#front === undefined ? {} : { JULIU_STORE_ENGINE: 'server', JULIU_STORE_SERVER_URL: this.#front.url }),
        JULIU_INGEST_ROCKETMQ_ENDPOINTS: this.#theBroker().endpoints,
        JULIU_INGEST_ROCKETMQ_INVISIBLE: `${this.#leaseMs}ms`,
      },
    });
    this.#keeper = keeper;
    await until(COMPLETE_MS, 'the consumers to work', () => typeof keeper.current?.last?.lag === 'number');
    return keeper;
  }

  /** Lets the consumers drain, and has the store served for reading. */
  async #end(keeper: Keeper): Promise<{ books: BooksResult; orphans: number; faults: ReadonlyMap<string, number> }> {
    await until(COMPLETE_MS, 'a consumer', () => keeper.current?.last !== undefined);
    const violations = (await keeper.current?.violations()) ?? Number.NaN;
    const exit = (await keeper.stop()) ?? 'not running';
    const orphans = await keeper.orphansGone();
    this.#keeper = undefined;
    this.#front ??= await StoreFront.start(this.#dataDir, 0);
    const faults = await this.#front.injected();
    // What a killed life said last still has to add up.
    const gaps = keeper.lives.reduce((sum, life) => sum + life.gaps, 0);
    return { books: { received: keeper.received, gaps, violations, exit }, orphans, faults };
  }

  /** Waits until the tables are full. @returns false when they are not and nothing comes any more */
  async #untilComplete(keeper: Keeper): Promise<boolean> {
    const started = performance.now();
    for (let received = -1, since = started; performance.now() - since < LEASES_IN_VAIN * this.#leaseMs;) {
      // The embedded store is away while its owner is.
      if (await this.#read((store) => this.#ledger.isComplete(store)).catch(() => false)) return true;
      const now = keeper.received;
      if (now !== received) since = performance.now();
      if (since - started > COMPLETE_MS) return false;
      received = now;
      await sleep(1_000);
    }
    return false;
  }

  /** Lets everything come that may still come. */
  async #untilSilent(keeper: Keeper): Promise<void> {
    const silenceMs = this.#leaseMs + REDELIVERY_MS;
    const started = performance.now();
    for (let received = -1, since = started; performance.now() - since < silenceMs;) {
      const now = keeper.received;
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

  /** Reads past the faults, through the folder's socket. */
  async #read<T>(reading: (store: Store) => Promise<T>): Promise<T> {
    const store = await SocketStore.connect(socketPath(this.#dataDir));
    if (store === undefined) throw new Error('nobody serves the store');
    try {
      return await reading(store);
    } finally {
      await store.close();
    }
  }

  #theBroker(): Broker {
    if (this.#broker === undefined) throw new Error('the broker is not started');
    return this.#broker;
  }
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  JULIU_INGEST_ROCKETMQ_TOPICS: TOPIC,
  JULIU_INGEST_ROCKETMQ_GROUP: GROUP,
  JULIU_INGEST_TIMEOUTS_INSERT: '8s',
  JULIU_INGEST_TIMEOUTS_ACK: '5s',
  JULIU_INGEST_RETRY_INITIAL: '100ms',
  JULIU_INGEST_RETRY_MAX: '2s',
  // Small batches: more places to be killed in.
  JULIU_INGEST_BATCH_ROWS: '500',
  JULIU_INGEST_BATCH_AGE: '300ms',
  JULIU_INGEST_WORKERS_STABLE: '5s',
  JULIU_STORE_SERVER_TIMEOUTS_REQUEST: '10s',
  JULIU_LOG_JSON: 'true',
};

async function until(ms: number, what: string, holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + ms; !holds();) {
    await sleep(100);
    if (performance.now() > deadline) throw new Error(`waited ${ms / 1_000} s for ${what}`);
  }
}

/** The broker writes consumer offsets every few seconds. */
async function offsetsWritten(home: string): Promise<void> {
  const file = join(home, 'store', 'config', 'consumerOffset.json');
  for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
    if ((await readFile(file, 'utf8').catch(() => '')).includes(`${TOPIC}@${GROUP}`)) return;
    await sleep(200);
  }
  throw new Error(`the broker has not written where ${GROUP} begins`);
}

/** Leaves out dead letters of messages that no clean run can read; the ledger has looked at them. */
async function* without(
  prints: AsyncIterable<RowPrint>,
  identities: ReadonlySet<string>,
): AsyncGenerator<RowPrint, void, undefined> {
  for await (const print of prints) {
    const [identity = ''] = print.identity.split(' ');
    if (print.table === 'dead_letters' && identities.has(identity)) continue;
    yield print;
  }
}
