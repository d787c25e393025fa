import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker, type Broker } from '../../test/broker/broker.js';
import type { FigurePrinter } from '../figures.js';
import { simulatedBodies, type Bodies } from './bodies.js';
import { ClientProcess, nodeScript } from './client-process.js';
import type { SoakEnd, SoakSample } from './soak-process.js';
import { mean, slope } from './statistics.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly rate: number;
}

const TOPIC = 'soak';
const GROUP = 'GID_soak';
const MIB = 2 ** 20;
/** Bodies are written ahead in files of so many seconds. */
const FILE_SECONDS = 20;
/** What the consumer has not read by then after the last message was sent is a failure. */
const CATCH_UP_MS = 300_000;
const LOOK_EVERY_MS = 2_000;
/** Messages sent and not read that count as caught up while messages keep coming: half a second's. */
const CAUGHT_UP_SECONDS = 0.5;

/** A steady stream; in the middle the broker is killed and started again. */
export async function soakBench(printer: FigurePrinter, options: SoakOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-bench-soak-'));
  const broker = await startBroker({ topics: [TOPIC], groups: [GROUP], heapMb: 1_024, longRun: true });
  let client: ClientProcess | undefined;
  try {
    const bodies = simulatedBodies(Math.round(options.minutes * 60 * options.rate));
    const samples: SoakSample[] = [];
    const ends: SoakEnd[] = [];
    const sampleMs = Math.min(60_000, (options.minutes * 60_000) / 10);
    const task = { endpoints: broker.endpoints, topic: TOPIC, group: GROUP, dataDir: join(folder, 'data'), sampleMs };
    const limit = options.minutes * 60_000 + CATCH_UP_MS + 300_000;
    client = new ClientProcess(nodeScript('./soak-process.js', task), limit, (line) => {
      const said = line as SoakSample | SoakEnd;
      if (said.kind === 'end') ends.push(said);
      else samples.push(said);
      if (said.kind === 'sample') printSample(said);
    });
    const lags = new Lags(broker, options.rate);
    const restarted = restartInTheMiddle(broker, options.minutes, lags);
    restarted.catch(() => undefined);
    const sent = await send(broker, bodies, folder, options.rate);
    await restarted;
    await lags.untilNone();
    lags.stop();
    client.finish();
    await client.ended;
    const [end] = ends;
    if (end === undefined) throw new Error('The consumer ended without its books.');
    print(printer, { samples, end, bodies, lags, sent });
  } finally {
    client?.kill();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sends everything at the rate, over the restart; returns how many sends the broker confirmed. */
async function send(broker: Broker, bodies: Bodies, folder: string, rate: number): Promise<number> {
  const path = (index: number): string => join(folder, `bodies-${index % 2}.jsonl`);
  const count = FILE_SECONDS * rate;
  let sent = 0;
  let ready = await bodies.write(path(0), count);
  for (let index = 0; ready > 0; index++) {
    const sending = broker.produceFile(TOPIC, path(index), {
      rate,
      batch: Math.max(1, Math.round(rate / 50)),
      resume: true,
      tagFromTopic: true,
    });
    sending.catch(() => undefined);
    ready = await bodies.write(path(index + 1), count);
    sent += (await sending).messages;
  }
  return sent;
}

async function restartInTheMiddle(broker: Broker, minutes: number, lags: Lags): Promise<void> {
  await sleep((minutes * 60_000) / 2);
  console.error('the broker is killed and started again');
  lags.restarted = performance.now();
  await broker.restart();
  console.error(`it is back after ${((performance.now() - lags.restarted) / 1000).toFixed(1)} s`);
}

/** Looks at what waits at the broker. */
class Lags {
  readonly #broker: Broker;
  readonly #caughtUp: number;
  readonly #timer: NodeJS.Timeout;
  /** As `performance.now()`; 0 before. */
  restarted = 0;
  /** Most that waited before the restart and after it. */
  before = 0;
  after = 0;
  /** Seconds from the kill until it had caught up. */
  caughtUpAfter: number | undefined;
  last = -1;

  constructor(broker: Broker, rate: number) {
    this.#broker = broker;
    this.#caughtUp = rate * CAUGHT_UP_SECONDS;
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), LOOK_EVERY_MS);
  }

  /** @throws Error when messages still wait after five minutes */
  async untilNone(): Promise<void> {
    const deadline = performance.now() + CATCH_UP_MS;
    for (let none = 0; none < 3; none = this.last === 0 ? none + 1 : 0) {
      if (performance.now() > deadline) throw new Error(`${this.last} messages still wait at the broker.`);
      await sleep(1_000);
      await this.#look().catch(() => undefined);
    }
    // Read is not yet stored: the last batch's age and a redelivery's lease are over by then.
    await sleep(5_000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { unread = 0 } = await this.#broker.stats(TOPIC, GROUP);
    this.last = unread;
    if (this.restarted === 0) {
      this.before = Math.max(this.before, unread);
      return;
    }
    this.after = Math.max(this.after, unread);
    if (this.caughtUpAfter === undefined && unread <= this.#caughtUp) {
      this.caughtUpAfter = (performance.now() - this.restarted) / 1000;
    }
  }
}

function printSample({ seconds, rssBytes, heapBytes, stored, loopDelayP99, loopDelayMax }: SoakSample): void {
  const memory = `rss ${Math.round(rssBytes / MIB)} MiB, heap ${Math.round(heapBytes / MIB)} MiB`;
  const delay = `loop delay p99 ${loopDelayP99.toFixed(1)} ms, max ${loopDelayMax.toFixed(0)} ms`;
  console.error(`${(seconds / 60).toFixed(1)} min: ${stored} stored, ${memory}, ${delay}`);
}

function print(
  printer: FigurePrinter,
  run: { samples: readonly SoakSample[]; end: SoakEnd; bodies: Bodies; lags: Lags; sent: number },
): void {
  const { samples, end, lags, sent } = run;
  const { ids } = run.bodies;
  const exact = (name: string, value: number, reference: number, unit: string): void =>
    printer.add({ name, value, unit, reference, passed: value === reference });
  printer.add({ name: 'soak_sent', value: sent, unit: `sends of ${ids.count} messages` });
  printer.add({ name: 'soak_received', value: end.received, unit: 'deliveries' });
  exact('soak_stored_rows', Number(end.rows), ids.count, 'events');
  exact('soak_stored_ids', Number(end.ids), ids.count, 'different ids');
  const same = end.sum === String(ids.sum) && end.xor === String(ids.xor);
  exact('soak_same_ids', same ? 1 : 0, 1, '1 = the sums over ids are those sent');
  exact('soak_accounting_gap', end.gap, 0, 'messages');
  exact('soak_violations', end.violations, 0, 'times the books did not add up');
  exact('soak_dead', end.dead, 0, 'dead letters');
  printer.add({ name: 'soak_ack_failed', value: end.ackFailed, unit: 'stored messages not acknowledged' });
  exact('soak_lag_at_end', lags.last, 0, 'messages');
  printer.add({ name: 'soak_lag_before_restart', value: lags.before, unit: 'messages at most' });
  printer.add({ name: 'soak_lag_after_restart', value: lags.after, unit: 'messages at most' });
  printer.add({ name: 'soak_caught_up_after', value: lags.caughtUpAfter ?? Number.NaN, unit: 's after the kill' });
  memory(printer, samples);
  printer.add({ name: 'soak_loop_delay_p99', value: end.loopDelayP99, unit: 'ms' });
  printer.add({ name: 'soak_loop_delay_max', value: end.loopDelayMax, unit: 'ms' });
  for (const [name, count] of Object.entries(end.counts)) {
    if (count > 0) printer.add({ name: `soak_source.${name}`, value: count, unit: 'times' });
  }
}

/** The last quarter against the second one: by then caches and pools are full. */
function memory(printer: FigurePrinter, samples: readonly SoakSample[]): void {
  const quarter = (from: number): number => {
    const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * (from + 0.25)));
    return mean(part.map(({ rssBytes }) => rssBytes)) / MIB;
  };
  const second = quarter(0.25);
  const last = quarter(0.75);
  const half = samples.slice(Math.floor(samples.length / 2));
  const perMinute = slope(half.map(({ seconds, rssBytes }) => ({ x: seconds / 60, y: rssBytes / MIB })));
  printer.add({
    name: 'soak_rss_last_quarter',
    value: Math.round(last),
    unit: 'MiB',
    reference: Math.round(second),
    ratio: second / last,
    passed: last <= second * 1.25,
  });
  printer.add({ name: 'soak_rss_slope', value: perMinute, unit: 'MiB/minute over the second half' });
}
