import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The server's process has ended while something was asked of it. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly onProgress?: ((messages: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onProgress: ((messages: number) => void) | undefined;
}

interface Answer {
  readonly ready?: true;
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
  readonly progress?: number;
}

const STDERR_KEPT = 20_000;
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** One JVM with its commands: a JSON line in, a JSON line out. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #stderr = '';
  #readyOrEnd: (error?: Error) => void = () => undefined;
  readonly #ready: Promise<void>;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    children.add(this.#child);
    this.#ready = new Promise((resolve, reject) => {
      this.#readyOrEnd = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.#ready.catch(() => undefined);
    this.#exited = new Promise((resolve) => {
      const ended = (error?: Error): void => {
        children.delete(this.#child);
        const gone = new ServerGone(`the broker's process has ended (${this.#howItEnded()})`, { cause: error });
        this.#readyOrEnd(gone);
        for (const waiting of this.#waiting.values()) waiting.reject(gone);
        this.#waiting.clear();
        resolve();
      };
      this.#child.once('error', ended);
      this.#child.once('exit', () => ended());
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-STDERR_KEPT);
    });
    if (this.#child.stdout !== null)
      createInterface(this.#child.stdout).on('line', (line) => this.#take(JSON.parse(line) as Answer));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it wrote to standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** @throws ServerGone when it ends first, Error after the timeout. */
  async ready(timeoutMs: number): Promise<void> {
    await withTimeout(this.#ready, timeoutMs, 'the broker to be ready');
  }

  /** @throws ServerGone when the process ends first, Error with the server's words or after the timeout. */
  async ask(command: Readonly<Record<string, unknown>>, options: AskOptions): Promise<unknown> {
    const id = ++this.#lastId;
    if (!this.running) throw new ServerGone(`the broker's process has ended (${this.#howItEnded()})`);
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress: options.onProgress });
    });
    const cancel = (): void => this.#write({ id: ++this.#lastId, do: 'cancel', command: id });
    options.signal?.addEventListener('abort', cancel, { once: true });
    this.#write({ ...command, id });
    if (options.signal?.aborted === true) cancel();
    try {
      return await withTimeout(answered, options.timeoutMs, `the broker to ${String(command['do'])}`);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** An orderly end; kill -9 after the timeout. */
  async shutdown(timeoutMs: number): Promise<void> {
    this.#child.stdin?.end(`${JSON.stringify({ do: 'shutdown' })}\n`);
    await withTimeout(this.#exited, timeoutMs, 'the broker to end').catch(() => this.kill());
  }

  #write(command: Readonly<Record<string, unknown>>): void {
    if (this.#child.stdin?.writable === true) this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  #take({ ready, id = 0, result, error, progress }: Answer): void {
    if (ready === true) {
      this.#readyOrEnd();
      return;
    }
    const waiting = this.#waiting.get(id);
    if (progress !== undefined) waiting?.onProgress?.(progress);
    else if (error !== undefined) waiting?.reject(new Error(error));
    else waiting?.resolve(result);
  }

  #howItEnded(): string {
    return this.#child.signalCode ?? `exit code ${this.#child.exitCode ?? 'none'}`;
  }
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    return await Promise.race([
      promise,
      once(late.signal, 'abort').then(() => {
        throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
