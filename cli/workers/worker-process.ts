import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { JuliuError } from '../../errors/juliu-error.js';
import type { PipelineState } from '../../ingest/pipeline.js';
import { labelled, lastSentence } from './log-lines.js';
import { isWorkerMessage, readFailure, type EndedBy, type StopMessage, type WorkerMetrics } from './messages.js';

/** What a worker process is started with. */
export interface WorkerSpec {
  /** Shown in logs, metrics and `ps`; unique among the workers of one supervisor. */
  readonly name: string;
  /** Arguments of the script. Everybody on the machine can read them: secrets go through the environment or files. */
  readonly args: readonly string[];
  /** Added to the environment of the supervisor. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface WorkerProcessOptions {
  readonly spec: WorkerSpec;
  /** The JavaScript file that is run. */
  readonly script: string;
  /** Without a message for so long it is killed, ms. */
  readonly silenceMs: number;
  /** Takes each line the worker writes, labelled. */
  readonly onLine: (line: string) => void;
}

/** How a worker process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was killed because it gave no sign of life. */
  readonly hung: boolean;
  /** Set when it ended as it should. */
  readonly by: EndedBy | undefined;
  /** What it said ended it. */
  readonly failure: JuliuError | undefined;
  /** The last thing it wrote, when it could not say what ended it. */
  readonly lastWords: string | undefined;
  /** From its start to its end, ms. */
  readonly aliveMs: number;
}

/** Looks per silence: a supervisor that slept itself (a suspended machine) sees one missed look, not a hung worker. */
const LOOKS = 4;
/** What a dead worker has written is waited for this long, ms: a process of its own may hold its output open. */
const REST_MS = 1_000;

/** One life of a worker: from the start of its process to its end. */
export class WorkerProcess {
  /** Never rejects. */
  readonly ending: Promise<Ending>;
  readonly #options: WorkerProcessOptions;
  readonly #child: ChildProcess;
  readonly #startedAt = performance.now();
  readonly #looks: NodeJS.Timeout;
  #missed = 0;
  #hung = false;
  #by: EndedBy | undefined;
  #failure: JuliuError | undefined;
  #lastSentence: string | undefined;
  #lastErrorLine: string | undefined;
  #lastLine: string | undefined;
  #state: PipelineState | undefined;
  #metrics: WorkerMetrics = [];

  constructor(options: WorkerProcessOptions) {
    const { spec, script, silenceMs } = options;
    this.#options = options;
    this.#child = fork(script, spec.args, {
      env: { ...process.env, ...spec.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.on('message', (message) => this.#heard(message));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#wrote(line));
    }
    this.#looks = setInterval(() => this.#look(), silenceMs / LOOKS);
    this.ending = this.#untilEnd();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it last reported; undefined before its pipeline was there. */
  get state(): PipelineState | undefined {
    return this.#state;
  }

  get metrics(): WorkerMetrics {
    return this.#metrics;
  }

  /** Asks it to drain and end. */
  stop(): void {
    // A worker that cannot be asked any more is about to end by itself: its channel is closed.
    if (this.#child.connected) this.#child.send({ type: 'stop' } satisfies StopMessage, () => undefined);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #heard(message: unknown): void {
    this.#missed = 0;
    if (!isWorkerMessage(message)) return;
    switch (message.type) {
      case 'beat':
        return;
      case 'report':
        this.#state = message.state;
        this.#metrics = message.metrics;
        return;
      case 'ended':
        this.#by = message.by;
        return;
      case 'failed':
        this.#failure = readFailure(message.failure);
        return;
    }
  }

  /** The sentence a worker ends on is kept, not printed: the supervisor says it with what it does about it. */
  #wrote(line: string): void {
    if (line === '') return;
    const sentence = lastSentence(line);
    this.#lastSentence = sentence ?? this.#lastSentence;
    if (sentence !== undefined) return;
    this.#lastLine = line;
    if (/error|fatal/i.test(line)) this.#lastErrorLine = line;
    this.#options.onLine(labelled(this.#options.spec.name, line));
  }

  #look(): void {
    this.#missed++;
    if (this.#missed <= LOOKS) return;
    this.#hung = true;
    this.kill();
  }

  async #untilEnd(): Promise<Ending> {
    const child = this.#child;
    const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => {
        // Of a process that could not be started; otherwise its end is still to come.
        if (child.pid !== undefined) return;
        this.#lastLine = error.message;
        resolve({ code: null, signal: null });
      });
    });
    const aliveMs = performance.now() - this.#startedAt;
    clearInterval(this.#looks);
    if (child.pid !== undefined) await this.#allRead();
    return {
      code,
      signal,
      hung: this.#hung,
      by: code === 0 ? this.#by : undefined,
      failure: this.#failure,
      // What a killed process was saying has nothing to do with its end.
      lastWords: this.#lastSentence ?? this.#lastErrorLine ?? (signal === null ? this.#lastLine : undefined),
      aliveMs,
    };
  }

  /** Its end is often known before its last lines and messages are read. */
  async #allRead(): Promise<void> {
    const child = this.#child;
    const read = [child.stdout, child.stderr].map((stream) => {
      if (stream === null || stream.closed) return Promise.resolve();
      return new Promise<void>((resolve) => stream.once('close', resolve));
    });
    if (child.connected) read.push(new Promise<void>((resolve) => child.once('disconnect', resolve)));
    let late: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all(read),
      new Promise<void>((resolve) => {
        late = setTimeout(resolve, REST_MS);
      }),
    ]);
    clearTimeout(late);
  }
}
