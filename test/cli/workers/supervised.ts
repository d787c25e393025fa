import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RestartPolicy } from '../../../cli/workers/restarts.js';
import { Supervisor, type SupervisorOptions } from '../../../cli/workers/supervisor.js';

export const pretendWorker = fileURLToPath(new URL('./pretend-worker.js', import.meta.url));
const quick: RestartPolicy = { initialMs: 10, maxMs: 40, deaths: 10, stableMs: 60_000 };

/** A supervisor over pretended workers, one per behaviour, and what it says. */
export class Supervised {
  readonly folder = mkdtempSync(join(tmpdir(), 'juliu-workers-'));
  readonly lines: string[] = [];
  readonly notices: string[] = [];
  readonly supervisor: Supervisor;
  readonly #watchers = new Set<() => void>();

  constructor(behaviours: readonly string[], options: Partial<SupervisorOptions> = {}) {
    const said = (list: string[], text: string): void => {
      list.push(text);
      this.#watchers.forEach((look) => look());
    };
    this.supervisor = new Supervisor({
      specs: behaviours.map((behaviour, index) => ({
        name: String(index + 1),
        args: [behaviour, join(this.folder, String(index + 1))],
      })),
      script: pretendWorker,
      silenceMs: 30_000,
      restarts: quick,
      stopMs: 30_000,
      onLine: (line) => said(this.lines, line),
      onNotice: (sentence) => said(this.notices, sentence),
      ...options,
    });
  }

  /** Resolves when so many lines or notices match. */
  async says(pattern: RegExp, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if ([...this.lines, ...this.notices].filter((line) => pattern.test(line)).length < times) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Of the lives at work, in the order they began. */
  get pids(): number[] {
    return this.lines.flatMap((line) => {
      const pid = /at work as (\d+)$/.exec(line)?.[1];
      return pid === undefined ? [] : [Number(pid)];
    });
  }

  /** Of the latest life of a worker; 0 when none is at work. */
  pidOf(name: string): number {
    const line = this.lines.findLast((text) => text.startsWith(`worker ${name}: at work as `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  leave(): void {
    this.supervisor.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
