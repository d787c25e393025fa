import type { ConsumerTask } from './consumer.js';
import { Keeper } from './keeper.js';

/** The least and the most instances of a fleet that come and go. */
export const FEWEST = 2;
export const MOST = 4;
/** One that has just begun has nothing to leave behind. */
const LEAVES_AFTER_MS = 1_000;

/** The consumers of a round: one or more instances, each kept running, which come and go when told. */
export class Fleet {
  readonly #task: ConsumerTask;
  /** Those that are to run. */
  readonly #present: Keeper[] = [];
  readonly #left: Keeper[] = [];
  /** How those ended that were asked to. */
  readonly #exits: Promise<number | NodeJS.Signals | undefined>[] = [];

  constructor(task: ConsumerTask, instances: number) {
    this.#task = task;
    for (let started = 0; started < instances; started++) this.#present.push(new Keeper(task));
  }

  /** Deliveries to all lives together, as they last said. */
  get received(): number {
    return this.#sum(({ received }) => received);
  }

  /** Lives that ended without anybody having killed them. */
  get endedByThemselves(): number {
    return this.#sum(({ endedByThemselves }) => endedByThemselves);
  }

  /** Lines of any life whose books did not add up; what a killed life said last still has to. */
  get gaps(): number {
    return this.#sum(({ lives }) => lives.reduce((sum, life) => sum + life.gaps, 0));
  }

  /** True when each instance that is to run has its broker and knows how much waits. */
  get works(): boolean {
    return this.#present.every(({ current }) => typeof current?.last?.lag === 'number');
  }

  /** True when each instance that is to run has said something. */
  get runs(): boolean {
    return this.#present.every(({ current }) => current?.last !== undefined);
  }

  /** One more instance. @returns false when there are enough */
  join(): boolean {
    if (this.#present.length >= MOST) return false;
    this.#present.push(new Keeper(this.#task));
    return true;
  }

  /** SIGTERM: one of them drains and stays away. @returns false when there are too few to miss one */
  leave(draw: number): boolean {
    const settled = this.#present.filter(({ current }) => isSettled(current));
    const keeper = pick(settled, draw);
    if (keeper === undefined || this.#present.length <= FEWEST) return false;
    this.#present.splice(this.#present.indexOf(keeper), 1);
    this.#left.push(keeper);
    this.#exits.push(keeper.stop());
    return true;
  }

  /** kill -9 of one; it is started again after a pause. @returns false when none works */
  killInstance(draw: number, pauseMs: number): boolean {
    // Only one that works has something to lose.
    const working = this.#present.filter(({ current }) => current?.last !== undefined);
    return pick(working, draw)?.killSupervisor(pauseMs) ?? false;
  }

  /** kill -9 of one of an instance's workers. @returns false when there is none */
  killWorker(draw: number): boolean {
    return this.#present[0]?.killWorker(draw) ?? false;
  }

  /** Sum of the violations that the living tell of; NaN when there is none to ask. */
  async violations(): Promise<number> {
    const told = await Promise.all(this.#present.map(async ({ current }) => current?.violations()));
    return told.reduce<number>((sum, one) => sum + (one ?? Number.NaN), 0);
  }

  /** Asks all to drain. @returns how they ended, also those that left before; 0 is right */
  async stop(): Promise<number | string> {
    const last = await Promise.all(this.#present.map((keeper) => keeper.stop()));
    const before = await Promise.all(this.#exits);
    return (
      [...last.map((exit) => exit ?? 'not running'), ...before].find((exit) => exit !== 0 && exit !== undefined) ?? 0
    );
  }

  /** Waits until no worker of any life is left. @returns those that outlived their supervisor for too long */
  async orphansGone(): Promise<number> {
    const orphans = await Promise.all(this.#all().map((keeper) => keeper.orphansGone()));
    return orphans.reduce((sum, one) => sum + one, 0);
  }

  /** For the end of the whole run: nothing is left behind. */
  killAll(): void {
    for (const keeper of this.#all()) keeper.killAll();
  }

  #all(): readonly Keeper[] {
    return [...this.#present, ...this.#left];
  }

  #sum(of: (keeper: Keeper) => number): number {
    return this.#all().reduce((sum, keeper) => sum + of(keeper), 0);
  }
}

function isSettled(life: Keeper['current']): boolean {
  return life?.last !== undefined && performance.now() - life.startedAt > LEAVES_AFTER_MS;
}

function pick<T>(list: readonly T[], draw: number): T | undefined {
  return list[Math.floor(draw * list.length)];
}
