import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue } from '../../errors/catalogue.js';
import { JuliuError } from '../../errors/juliu-error.js';
import type { PipelineState } from '../../ingest/pipeline.js';
import type { Random } from '../../ingest/retry.js';
import { grouped } from '../terminal/progress.js';
import { closedBooks, emptyBooks, sumOfBooks } from './books.js';
import type { WorkerMetrics } from './messages.js';
import { Restarts, type RestartPolicy } from './restarts.js';
import { countersAfter, type WorkerStatus } from './worker-metrics.js';
import { WorkerProcess, type Ending, type WorkerSpec } from './worker-process.js';

export interface SupervisorOptions {
  readonly specs: readonly WorkerSpec[];
  /** The JavaScript file that every worker runs. */
  readonly script: string;
  /** A worker without a sign of life for so long is killed, ms. */
  readonly silenceMs: number;
  readonly restarts: RestartPolicy;
  /** Workers asked to stop that are still there after this are killed, ms: longer than a pipeline takes to drain. */
  readonly stopMs: number;
  /** Takes each line a worker writes, labelled. */
  readonly onLine: (line: string) => void;
  /** What an operator should know and the supervisor copes with, one sentence each. */
  readonly onNotice: (sentence: string) => void;
  readonly random?: Random;
}

/** The books of all workers. */
export interface WorkersState {
  /**
   * Of all lives. `received = stored + dead + returned + inFlight` holds: a life that was killed counts as it last
   * reported, what it held then is in `inFlight` and, apart, in `inFlightAtDeath`.
   */
  readonly sum: PipelineState;
  /** Of workers that died: never stored by them; these messages come again from the source. */
  readonly inFlightAtDeath: number;
  readonly up: number;
  readonly workers: readonly {
    readonly name: string;
    readonly books: PipelineState;
    readonly inFlightAtDeath: number;
    readonly restarts: number;
  }[];
}

/** A worker through all of its lives. */
interface Place {
  readonly spec: WorkerSpec;
  life: WorkerProcess | undefined;
  formerBooks: PipelineState;
  formerCounters: WorkerMetrics;
  inFlightAtDeath: number;
  restarts: number;
}

/**
 * Keeps worker processes running. Each worker by itself is
 *
 * - **up**: its process runs and gives signs of life.
 * - **waiting**, from *up*: it died (an exit status other than 0, a signal, an end nobody asked for) or hung and was
 *   killed. It is up again after a wait that doubles from death to death; a life of `stableMs` forgets former deaths.
 * - **done**, from *up*: its source has no more messages.
 *
 * and all of them together are
 *
 * - **running**: until every worker is done; `run` resolves.
 * - **stopping**: by `stop`, or because a worker cannot go on: it refused its configuration or the store (an error of
 *   class `fatal` in a life shorter than `stableMs`, which every other worker would meet too), or died too often in a
 *   row. All are asked to drain, nobody is started again, and who is still there after `stopMs` is killed. A broker that
 *   cannot be reached is such a refusal only until a first worker has worked: later it is away, and the others wait.
 * - **stopped**: no process is left. `run` resolves, or rejects with what made it stop or what kept a worker from
 *   draining.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #places: readonly Place[];
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | undefined;
  #killer: NodeJS.Timeout | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#places = options.specs.map((spec) => ({
      spec,
      life: undefined,
      formerBooks: emptyBooks,
      formerCounters: [],
      inFlightAtDeath: 0,
      restarts: 0,
    }));
  }

  /**
   * Starts the workers; resolves when none is left and none shall be.
   * @throws JuliuError what a worker said it cannot go on with; WORKER_DIES; WORKER_KILLED
   */
  async run(): Promise<void> {
    const keeping = this.#places.map((place) => this.#keep(place).catch((error: unknown) => this.#fail(error)));
    await Promise.all(keeping);
    clearTimeout(this.#killer);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Lets the workers drain; {@link run} settles within `stopMs` or little more. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error('The supervisor was asked to stop.'));
    for (const { life } of this.#places) life?.stop();
    const { stopMs } = this.#options;
    this.#killer = setTimeout(() => {
      for (const { spec, life } of this.#places) {
        if (life === undefined) continue;
        this.#failure ??= { error: new JuliuError('WORKER_KILLED', { worker: spec.name, seconds: stopMs / 1_000 }) };
        life.kill();
      }
    }, stopMs);
  }

  /** Kills the workers now: for a process that itself ends at once. */
  kill(): void {
    for (const { life } of this.#places) life?.kill();
  }

  snapshot(): WorkersState {
    const workers = this.#places.map(({ spec, life, formerBooks, inFlightAtDeath, restarts }) => ({
      name: spec.name,
      books: sumOfBooks([formerBooks, ...(life?.state === undefined ? [] : [life.state])]),
      inFlightAtDeath,
      restarts,
    }));
    return {
      sum: sumOfBooks(workers.map(({ books }) => books)),
      inFlightAtDeath: workers.reduce((sum, worker) => sum + worker.inFlightAtDeath, 0),
      up: this.#places.filter(({ life }) => life !== undefined).length,
      workers,
    };
  }

  /** For a WorkersRegistry. */
  statuses(): readonly WorkerStatus[] {
    return this.#places.map(({ spec, life, formerCounters, inFlightAtDeath, restarts }) => ({
      worker: spec.name,
      up: life !== undefined,
      restarts,
      inFlightAtDeath,
      metrics: life?.metrics ?? [],
      former: formerCounters,
    }));
  }

  /** One worker, life after life. */
  async #keep(place: Place): Promise<void> {
    const { restarts: policy, random, onNotice } = this.#options;
    const { signal } = this.#stop;
    const restarts = new Restarts(policy, random);
    while (!this.#isStopping()) {
      const { ending, held } = await this.#live(place);
      if (ending.by === 'source') return;
      const { name } = place.spec;
      if (ending.aliveMs < policy.stableMs) throwIfRefused(ending, this.#hasWorked());
      if (this.#isStopping()) {
        // Whoever was to drain and could not says why, as a single process would.
        if (ending.failure !== undefined) throw ending.failure;
        if (ending.by === undefined) onNotice(`Worker ${name} ${story(ending, held)}`);
        return;
      }
      const waitMs = restarts.died(ending.aliveMs);
      if (waitMs === undefined) {
        const { deaths, stableMs } = policy;
        throw new JuliuError('WORKER_DIES', {
          worker: name,
          deaths,
          seconds: stableMs / 1_000,
          detail: story(ending, held),
        });
      }
      onNotice(`Worker ${name} ${story(ending, held)} It is started again in ${(waitMs / 1_000).toFixed(1)} s.`);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (!this.#isStopping()) place.restarts++;
    }
  }

  /** One life, and the messages it had in flight at its end. Its books and counters are the place's when this resolves. */
  async #live(place: Place): Promise<{ readonly ending: Ending; readonly held: number }> {
    const { script, silenceMs, onLine } = this.#options;
    const { spec } = place;
    const life = new WorkerProcess({ spec, script, silenceMs, onLine });
    place.life = life;
    const ending = await life.ending;
    const counters = await countersAfter(place.formerCounters, life.metrics);
    // From here to the end in one turn of the event loop: who reads the books never sees a life twice or not at all.
    place.life = undefined;
    place.formerCounters = counters;
    if (life.state === undefined) return { ending, held: 0 };
    const held = life.state.inFlight;
    place.formerBooks = sumOfBooks([place.formerBooks, closedBooks(life.state)]);
    place.inFlightAtDeath += held;
    return { ending, held };
  }

  /** Some life has reported its books: what its start needed was there. */
  #hasWorked(): boolean {
    return this.#places.some(({ life, formerBooks }) => life?.state !== undefined || formerBooks !== emptyBooks);
  }

  #isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }
}

/**
 * @param hasWorked a start has succeeded before, so that what passes by itself (class `retry`, which only the start of
 * a source calls fatal) is waited for
 * @throws what every worker would meet alike: starting again cannot help. A defect may be this one life's bad luck.
 */
function throwIfRefused({ failure, code, lastWords }: Ending, hasWorked: boolean): void {
  if (failure?.errorClass === 'fatal' && failure.code !== 'INTERNAL') {
    if (!hasWorked || catalogue[failure.code].errorClass !== 'retry') throw failure;
  }
  if (failure === undefined && code === 2)
    throw new JuliuError('USAGE', { detail: lastWords ?? 'A worker exited with 2.' });
}

/** What became of a process, as the rest of a sentence and perhaps more of them. */
function story({ code, signal, hung, by, failure, lastWords }: Ending, held: number): string {
  const words = failure?.message ?? lastWords;
  const detail = words === undefined ? '' : ` ${/[.!?]$/.test(words) ? words : `${words}.`}`;
  const lost = held === 0 ? '' : ` The ${grouped(held)} messages it held come again from the source.`;
  if (hung) return `gave no sign of life and was killed.${detail}${lost}`;
  if (by === 'request') return 'was stopped from outside.';
  if (signal !== null) return `was ended by ${signal}.${detail}${lost}`;
  if (code === null) return `could not be started.${detail}`;
  return `ended with status ${code}.${detail}${lost}`;
}
