import { setTimeout as sleep } from 'node:timers/promises';
import { JuliuError, type ErrorClass } from '../../errors/juliu-error.js';
import type { CallOptions, EncodedRows, EngineProfile, Store, StoreHealth } from '../../sql/store.js';

/** One insert as the store saw it. */
export interface SeenInsert {
  readonly table: string;
  /** First value of each row. */
  readonly ids: readonly string[];
  readonly body: Uint8Array;
  /** What the bytes were when it began; the body must still be the same when it ends. */
  readonly copy: string;
  readonly landed: boolean;
  /** Time limit it came with. */
  readonly timeoutMs: number | undefined;
}

/** Decides about an insert: undefined lets it land, an error refuses it. */
export type Verdict = (insert: {
  readonly table: string;
  readonly ids: readonly string[];
  readonly rows: EncodedRows;
  /** Inserts seen before this one. */
  readonly before: number;
}) => JuliuError | undefined | Promise<JuliuError | undefined>;

export function storeError(errorClass: ErrorClass, params: Record<string, string | number> = {}): JuliuError {
  return new JuliuError(
    'STORE_REJECTED',
    { what: 'an insert', engineCode: 0, detail: errorClass, ...params },
    { errorClass },
  );
}

/** A store that does what a test says: for faults that a real one cannot be made to have on demand. */
export class ScriptedStore implements Store {
  readonly profile: EngineProfile;
  readonly inserts: SeenInsert[] = [];
  /** Most inserts at once. */
  highest = 0;
  #running = 0;
  verdict: Verdict;

  constructor(verdict: Verdict = () => undefined, insertConcurrency = 2) {
    this.verdict = verdict;
    this.profile = { kind: 'embedded', insertConcurrency, cluster: false, template: {} };
  }

  async insert(rows: EncodedRows, { signal, timeoutMs }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    const copy = Buffer.from(rows.body).toString('latin1');
    const ids = copy
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => String((JSON.parse(line) as unknown[])[0]));
    if (ids.length !== rows.rows) throw new Error(`${rows.rows} rows announced, ${ids.length} sent`);
    this.highest = Math.max(this.highest, ++this.#running);
    const before = this.inserts.length;
    const at = this.inserts.push({ table: rows.table, ids, body: rows.body, copy, landed: false, timeoutMs }) - 1;
    let onAbort = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort);
    });
    aborted.catch(() => undefined);
    try {
      await sleep(0);
      const verdict = await Promise.race([
        Promise.resolve(this.verdict({ table: rows.table, ids, rows, before })),
        aborted,
      ]);
      if (verdict !== undefined) throw verdict;
      if (Buffer.from(rows.body).toString('latin1') !== copy) throw new Error('the bytes changed during the insert');
      this.inserts[at] = { table: rows.table, ids, body: rows.body, copy, landed: true, timeoutMs };
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#running--;
    }
  }

  /** Ids that landed in a table, with repetitions. */
  landed(table: string): string[] {
    return this.inserts.filter((insert) => insert.landed && insert.table === table).flatMap(({ ids }) => ids);
  }

  query(): Promise<Uint8Array> {
    return Promise.reject(new Error('not scripted'));
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async *queryStream(): AsyncIterable<Uint8Array> {
    throw new Error('not scripted');
  }

  command(): Promise<void> {
    return Promise.reject(new Error('not scripted'));
  }

  health(): Promise<StoreHealth> {
    return Promise.resolve({ ok: true, engineVersion: '0', detail: '' });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
