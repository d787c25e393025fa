import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../cli/main.js', import.meta.url));

export interface ConsumerTask {
  /** 1: the process itself takes messages. */
  readonly workers: number;
  /** Working folder; logs go to `consumer.log` in it. */
  readonly folder: string;
  /** An embedded store's data folder; absent with a server store. */
  readonly dataDir?: string;
  /** Configuration (`JULIU_…`). */
  readonly environment: Readonly<Record<string, string>>;
}

/** A line of `juliu ingest --json`. */
export interface Books {
  readonly type: string;
  readonly received: number;
  readonly stored: number;
  readonly dead: number;
  readonly in_flight: number;
  readonly in_flight_at_death: number;
  readonly lag?: number | null;
  /** Only in the summary. */
  readonly returned?: number;
}

/** One life of `juliu ingest --source rocketmq`. */
export class Consumer {
  readonly startedAt = performance.now();
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Lines whose books did not add up. */
  gaps = 0;
  last: Books | undefined;
  #asked = false;
  readonly #child: ChildProcess;
  readonly #metricsPort: number;

  private constructor(child: ChildProcess, metricsPort: number) {
    this.#child = child;
    this.#metricsPort = metricsPort;
    const { stdout } = child;
    const read = new Promise<void>((resolve) => {
      createInterface({ input: stdout ?? Readable.from([]) })
        .on('line', (line) => this.#heard(line))
        .once('close', resolve);
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        // Workers that outlive a killed supervisor do not hold its output, but nothing depends on that here.
        void Promise.race([read, sleep(1_000)]).then(() => resolve({ code, signal }));
      });
    });
  }

  static async start({ workers, folder, dataDir, environment }: ConsumerTask): Promise<Consumer> {
    const metricsPort = await freePort();
    const inherited = Object.entries(process.env).filter(([name]) => !/^(JULIU|npm|NODE_TEST)_/.test(name));
    const log = openSync(`${folder}/consumer.log`, 'a');
    const args = ['ingest', '--source', 'rocketmq', '--workers', String(workers), '--json'];
    if (dataDir !== undefined) args.push('--data', dataDir);
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { ...Object.fromEntries(inherited), ...environment, JULIU_METRICS_PORT: String(metricsPort) },
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    return new Consumer(child, metricsPort);
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its worker processes, as Linux knows them. */
  get workers(): number[] {
    if (!this.alive) return [];
    const pid = String(this.#child.pid);
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  askToStop(): void {
    this.#asked = true;
    this.#child.kill('SIGTERM');
  }

  /** Sum of `juliu_ingest_violations_total` over its workers; undefined when there is no such metric. */
  async violations(): Promise<number | undefined> {
    const answer = await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`, {
      signal: AbortSignal.timeout(10_000),
    });
    const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('juliu_ingest_violations_total{'));
    return lines.length === 0 ? undefined : lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  #heard(line: string): void {
    let books: Books;
    try {
      books = JSON.parse(line) as Books;
    } catch {
      // The last line of a killed process.
      return;
    }
    if (books.type !== 'progress' && books.type !== 'summary') return;
    this.last = books;
    // While it drains, `returned` is told by the summary only.
    if (this.#asked && books.type === 'progress') return;
    if (books.received !== books.stored + books.dead + books.in_flight + (books.returned ?? 0)) this.gaps++;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie is dead: nobody may have waited for it yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
