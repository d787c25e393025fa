import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { StoreOrder, StoreReport } from './store-process.js';

const script = fileURLToPath(new URL('./store-process.js', import.meta.url));
const START_MS = 120_000;
const ANSWER_MS = 30_000;
const END_MS = 60_000;

/** The process that holds the store and serves it over HTTP, with faults when told. */
export class StoreFront {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(dataDir: string, seed: number): Promise<StoreFront> {
    const child = fork(script, [dataDir, String(seed)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    try {
      const ready = await said(child, 'ready', START_MS);
      return new StoreFront(child, ready.url);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  injectFaults(on: boolean): void {
    this.#order({ order: 'faults', on });
  }

  outage(ms: number): void {
    this.#order({ order: 'outage', ms });
  }

  /** The faults that were injected since the start, by name. */
  async injected(): Promise<ReadonlyMap<string, number>> {
    const counted = said(this.#child, 'counted', ANSWER_MS);
    this.#order({ order: 'count' });
    return new Map((await counted).injected);
  }

  /** Gives the folder back. */
  async end(): Promise<void> {
    const late = setTimeout(() => this.kill(), END_MS);
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#order({ order: 'end' });
    if (this.#child.exitCode === null && this.#child.signalCode === null) await gone;
    clearTimeout(late);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #order(order: StoreOrder): void {
    if (this.#child.connected) this.#child.send(order);
  }
}

/** Waits for one report. */
function said<R extends StoreReport['report']>(
  child: ChildProcess,
  report: R,
  ms: number,
): Promise<Extract<StoreReport, { readonly report: R }>> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => finish(new Error(`the store process was not ${report} within ${ms} ms`)), ms);
    const onExit = (code: number | null): void => finish(new Error(`the store process ended with ${String(code)}`));
    const onMessage = (message: unknown): void => {
      const heard = message as StoreReport;
      if (heard.report === report) finish(undefined, heard as Extract<StoreReport, { readonly report: R }>);
    };
    const finish = (error: Error | undefined, value?: Extract<StoreReport, { readonly report: R }>): void => {
      clearTimeout(late);
      child.off('exit', onExit).off('message', onMessage);
      if (value === undefined) reject(error ?? new Error('nothing was said'));
      else resolve(value);
    };
    child.on('exit', onExit).on('message', onMessage);
  });
}
