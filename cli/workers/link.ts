import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { JuliuError } from '../../errors/juliu-error.js';
import type { PipelineState } from '../../ingest/pipeline.js';
import { isStopMessage, writeFailure, type WorkerMessage } from './messages.js';

/** A sign of life so often, ms. */
const BEAT_MS = 1_000;
/** A worker whose supervisor is gone ends within this, ms: longer than a pipeline takes to drain and its source to close. */
const ORPHAN_MS = 90_000;
/** The last words are not waited for longer than this, ms. */
const LAST_WORDS_MS = 2_000;

interface Work {
  readonly state: () => PipelineState;
  readonly registry: Registry;
}

/**
 * A worker's end of the channel to its supervisor.
 *
 * - **idle**: beats. Asked to stop, the process ends at once: nothing was received.
 * - **working**, from `watch` on: each beat carries the books and the metrics. Asked to stop, `stopped` aborts and the
 *   pipeline drains.
 * - **orphaned**, from either: the supervisor is gone. As if asked to stop, and the process kills itself when it is
 *   still there after {@link ORPHAN_MS}: no worker outlives its supervisor for long.
 *
 * Being asked again changes nothing: the whole process group may get a signal that the supervisor passes on, too.
 */
export class WorkerLink {
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #work: Work | undefined;
  /** A message on its way: a supervisor that does not read gets no second one, so that nothing piles up here. */
  #sending: Promise<void> | undefined;

  private constructor() {
    process.on('message', (message) => {
      if (isStopMessage(message)) this.requestStop();
    });
    process.once('disconnect', this.#orphaned);
    this.#timer = setInterval(this.#beat, BEAT_MS);
    this.#beat();
  }

  /** @throws JuliuError WORKER_ALONE when no supervisor started this process */
  static open(): WorkerLink {
    if (process.send === undefined) throw new JuliuError('WORKER_ALONE');
    const link = new WorkerLink();
    if (!process.connected) link.#orphaned();
    return link;
  }

  /** Aborts when the worker shall drain and end. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  readonly requestStop = (): void => {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error('The worker was asked to stop.'));
    if (this.#work === undefined) void this.ended().finally(() => process.exit(0));
  };

  /** From now on each sign of life carries the books and the metrics. */
  watch(work: Work): void {
    this.#work = work;
    this.#beat();
  }

  /** The last books, when the pipeline is over and its store and source are still to be closed. */
  async lastReport(): Promise<void> {
    await this.#written();
    await this.#report();
  }

  /** Says that the work is done, by what. */
  async ended(): Promise<void> {
    clearInterval(this.#timer);
    await this.#written();
    await this.#send({ type: 'ended', by: this.#stop.signal.aborted ? 'request' : 'source' });
  }

  /** Says what ended the work. */
  async failed(error: unknown): Promise<void> {
    clearInterval(this.#timer);
    await this.#written();
    await this.#send({ type: 'failed', failure: writeFailure(error) });
  }

  readonly #beat = (): void => {
    if (this.#sending !== undefined) return;
    this.#sending = this.#report().finally(() => (this.#sending = undefined));
  };

  /** What is on its way has left, or nobody takes it. */
  async #written(): Promise<void> {
    if (this.#sending !== undefined) await Promise.race([this.#sending, sleep(LAST_WORDS_MS)]);
  }

  async #report(): Promise<void> {
    if (this.#work === undefined) return this.#send({ type: 'beat' });
    const { state, registry } = this.#work;
    const metrics = await registry.getMetricsAsJSON();
    await this.#send({ type: 'report', state: state(), metrics });
  }

  /** Resolves when the message is written, and also when nobody can or will read it: that is the supervisor's to see. */
  async #send(message: WorkerMessage): Promise<void> {
    if (!process.connected) return;
    await new Promise<void>((resolve) => {
      const last = message.type === 'ended' || message.type === 'failed';
      const late = last ? setTimeout(resolve, LAST_WORDS_MS) : undefined;
      process.send?.(message, undefined, undefined, () => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  readonly #orphaned = (): void => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_MS).unref();
    this.requestStop();
  };
}
