import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { JuliuError } from '../../errors/juliu-error.js';
import { SessionPool } from '../../sql/embedded/session-pool.js';
import { openStore } from '../../sql/open-store.js';
import type { Store } from '../../sql/store.js';
import { encoded } from './store-contract.js';

/** What a test asks of a process that works with a store. */
export type Order =
  | { readonly order: 'open'; readonly dataDir: string }
  /** Only the engine, no socket: an owner that is not reachable. */
  | { readonly order: 'engine'; readonly dataDir: string }
  | { readonly order: 'command' | 'query'; readonly sql: string }
  /** Inserts batches of `rows` ids from `from` on until it is killed, and reports each acknowledged one. */
  | { readonly order: 'insert for ever'; readonly table: string; readonly from: number; readonly rows: number }
  | { readonly order: 'close' };

export interface Reply {
  readonly result?: string;
  readonly error?: { readonly code: string; readonly errorClass: string };
  /** First id of a batch that was acknowledged. */
  readonly acknowledged?: number;
}

/** A child process with a store, driven by messages. */
export class StoreProcess {
  readonly #child: ChildProcess;
  readonly acknowledged: number[] = [];
  #waiting: ((reply: Reply) => void)[] = [];

  constructor() {
    this.#child = fork(fileURLToPath(import.meta.url), ['child'], { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] });
    this.#child.on('message', (reply: Reply) => {
      if (reply.acknowledged !== undefined) this.acknowledged.push(reply.acknowledged);
      else this.#waiting.shift()?.(reply);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The result's text; rejects with the error's code. */
  async ask(order: Order): Promise<string> {
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.push(resolve);
      this.#child.once('exit', () => reject(new Error('the process has ended')));
      this.#child.send(order);
    });
    if (reply.error !== undefined) throw new Error(`${reply.error.code} ${reply.error.errorClass}`);
    return reply.result ?? '';
  }

  start(order: Order): void {
    this.#child.send(order);
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }
}

/** The child's side. */
function serveOrders(): void {
  let store: Store | undefined;
  const carryOut = async (order: Order): Promise<string> => {
    switch (order.order) {
      case 'open': {
        const opened = await openStore({ kind: 'embedded', dataDir: order.dataDir });
        ({ store } = opened);
        return opened.role;
      }
      case 'engine':
        await SessionPool.open(order.dataDir);
        return '';
      case 'command':
        await store?.command(order.sql);
        return '';
      case 'query':
        return Buffer.from((await store?.query(order.sql, { format: 'TSV' })) ?? []).toString();
      case 'insert for ever':
        for (let first = order.from; ; first += order.rows) {
          const lines = Array.from({ length: order.rows }, (_, index) => `["${first + index}"]`);
          await store?.insert(encoded(order.table, ['id'], lines));
          process.send?.({ acknowledged: first } satisfies Reply);
        }
      case 'close':
        await store?.close();
        return '';
    }
  };
  process.on('message', (order: Order) => {
    carryOut(order).then(
      (result) => process.send?.({ result } satisfies Reply),
      (error: unknown) => {
        const { code, errorClass } =
          error instanceof JuliuError ? error : { code: String(error), errorClass: 'no JuliuError' };
        process.send?.({ error: { code, errorClass } } satisfies Reply);
      },
    );
  });
  process.on('disconnect', () => process.exit());
}

if (process.argv[2] === 'child' && process.argv[1] === fileURLToPath(import.meta.url)) serveOrders();
