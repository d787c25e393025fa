import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalStore } from '../../sql/local-store.js';
import { prepareStore } from '../prepared-store.js';

export const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A working folder of its own for one test file, with the real command line in it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'juliu-cli-'));
  readonly #running = new Set<Running>();

  path(name: string): string {
    return join(this.folder, name);
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(JULIU|npm|NODE_TEST)_/.test(name));
    const env = { ...Object.fromEntries(inherited), NO_COLOR: '1', ...environment };
    const running = new Running(spawn(process.execPath, [main, ...args], { cwd: this.folder, env }));
    this.#running.add(running);
    return running;
  }

  /** Runs a command to its end. */
  async run(
    args: readonly string[],
    options: { readonly input?: string | Uint8Array; readonly environment?: Readonly<Record<string, string>> } = {},
  ): Promise<Finished> {
    const running = this.start(args, options.environment);
    running.child.stdin.on('error', () => undefined).end(options.input ?? '');
    return running.finished;
  }

  /** An empty store with its schema. */
  makeStore(name: string): Promise<string> {
    prepareStore(this.path(name));
    return Promise.resolve(name);
  }

  /**
   * Rows of a query about what is stored, asked from here and not by a command, which takes a second of CPU: of the
   * process that holds the store, or of the store itself where none does.
   */
  async rows(data: string, sql: string): Promise<Record<string, unknown>[]> {
    const store = await LocalStore.open({ dataDir: this.path(data), pool: {}, waitMs: 15_000 });
    try {
      return documents(Buffer.from(await store.query(sql)).toString());
    } finally {
      await store.close();
    }
  }

  /** Keeps the store open in a process of its own, as `start` does: the commands meanwhile go through its socket. */
  async holdStore(): Promise<void> {
    await this.start(['ingest', '--source', '-', '--json']).says(/"type":"progress"/);
  }

  /** Kills what still runs and removes the folder. */
  async leave(): Promise<void> {
    for (const running of this.#running) running.child.kill('SIGKILL');
    await Promise.all([...this.#running].map((running) => running.finished));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A command that runs while the test does something else. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';
  readonly #watchers = new Set<() => void>();

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stdout += chunk;
      this.#watchers.forEach((look) => look());
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk;
      this.#watchers.forEach((look) => look());
    });
    this.finished = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
        this.#watchers.forEach((look) => look());
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves when either output matches; rejects when the process ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
        if (found === null && this.child.exitCode === null && this.child.signalCode === null) return;
        this.#watchers.delete(look);
        if (found !== null) resolve(found);
        else reject(new Error(`ended without ${String(pattern)}\n${this.#stdout}\n${this.#stderr}`));
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** Lines of JSON. */
export function documents(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
