import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { hooks, type BatchEvent, type InsertEvent } from '../../ingest/hooks.js';

/**
 * Where a process is killed cannot be asked afterwards, so it says beforehand where it is: each line is written
 * synchronously, at the moment, to a pipe that outlives the process.
 */
type Line =
  | readonly ['ready', offset: string]
  | readonly ['writing', batch: string, tables: string]
  | readonly ['start' | 'end', batch: string, table: string]
  | readonly ['stored' | 'acked', batch: string];

/**
 * In the process to be killed: writes each step to a file descriptor; `afterInsert` runs right after each insert. The
 * function returned says that it begins to read, and at which offset.
 */
export function reportPhases(descriptor: number, afterInsert: () => void): (offset: number) => void {
  const write = (line: Line): void => void writeSync(descriptor, `${line.join(' ')}\n`);
  subscribe(hooks.batchWriting.name, (event) => {
    const { batchId, tables } = event as BatchEvent;
    write(['writing', batchId, String(tables)]);
  });
  subscribe(hooks.insertStart.name, (event) => {
    const { batchId, table } = event as InsertEvent;
    write(['start', batchId, table]);
  });
  subscribe(hooks.insertEnd.name, (event) => {
    const { batchId, table } = event as InsertEvent;
    write(['end', batchId, table]);
    afterInsert();
  });
  subscribe(hooks.batchStored.name, (event) => write(['stored', (event as BatchEvent).batchId]));
  subscribe(hooks.batchAcked.name, (event) => write(['acked', (event as BatchEvent).batchId]));
  return (offset) => write(['ready', String(offset)]);
}

/** Where a process was when it was killed. */
export interface KillPlace {
  /** At least one insert was under way. */
  readonly insideInsert: boolean;
  /** A batch had landed in one table and had not begun to go into the next one. */
  readonly betweenTables: boolean;
  /** A batch was stored and not acknowledged. */
  readonly beforeAck: boolean;
  /** Batches acknowledged so far. */
  readonly acked: number;
}

/** In the process that kills: follows the lines of one process. */
export class PhaseFollower {
  /** Tables, inserts under way and inserts ended of each batch that is not stored. */
  readonly #batches = new Map<string, { tables: number; open: number; ended: number }>();
  #unacked = 0;
  #acked = 0;
  #rest = '';
  /** Where it began to read; undefined until it did. */
  startedAt: number | undefined;

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line.split(' ') as unknown as Line);
  }

  get place(): KillPlace {
    const batches = [...this.#batches.values()];
    return {
      insideInsert: batches.some(({ open }) => open > 0),
      betweenTables: batches.some(({ tables, open, ended }) => open === 0 && ended > 0 && ended < tables),
      beforeAck: this.#unacked > 0,
      acked: this.#acked,
    };
  }

  #take([step, batch = '', what = '']: Line): void {
    const inserts = this.#batches.get(batch) ?? { tables: 0, open: 0, ended: 0 };
    switch (step) {
      case 'ready':
        this.startedAt = Number(batch);
        break;
      case 'writing':
        this.#batches.set(batch, { ...inserts, tables: Number(what) });
        break;
      case 'start':
        this.#batches.set(batch, { ...inserts, open: inserts.open + 1 });
        break;
      case 'end':
        this.#batches.set(batch, { ...inserts, open: inserts.open - 1, ended: inserts.ended + 1 });
        break;
      case 'stored':
        this.#batches.delete(batch);
        this.#unacked++;
        break;
      case 'acked':
        this.#unacked--;
        this.#acked++;
        break;
    }
  }
}
