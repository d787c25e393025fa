import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, isAlive, type ConsumerTask } from './consumer.js';

/** What a service manager waits before it starts again what ended by itself, ms. */
const RESTART_MS = 1_000;
/** A worker that lost its supervisor kills itself after 40 s at the latest. */
const ORPHAN_MS = 50_000;

/** Keeps a consumer running as a service manager does, and kills it when told. */
export class Keeper {
  current: Consumer | undefined;
  readonly lives: Consumer[] = [];
  /** Lives that ended without anybody having killed them. */
  endedByThemselves = 0;
  readonly #task: ConsumerTask;
  readonly #pids = new Set<number>();
  readonly #keeping: Promise<void>;
  readonly #looks: NodeJS.Timeout;
  #stopping = false;
  #pauseMs: number | undefined;

  constructor(task: ConsumerTask) {
    this.#task = task;
    this.#keeping = this.#keep();
    this.#looks = setInterval(() => this.current?.workers.forEach((pid) => this.#pids.add(pid)), 100);
  }

  /** Deliveries to all lives together, as they last said. */
  get received(): number {
    return this.lives.reduce((sum, { last }) => sum + (last?.received ?? 0), 0);
  }

  /** kill -9 of the supervisor; it is started again after a pause. @returns false when there is none */
  killSupervisor(pauseMs: number): boolean {
    if (this.current?.alive !== true) return false;
    this.current.workers.forEach((pid) => this.#pids.add(pid));
    this.#pauseMs = pauseMs;
    this.current.kill();
    return true;
  }

  /** kill -9 of one of the workers. @returns false when there is none */
  killWorker(draw: number): boolean {
    const workers = this.current?.workers ?? [];
    const pid = workers[Math.floor(draw * workers.length)];
    if (pid === undefined) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  }

  /** Asks the last life to drain. @returns how it ended; undefined when none ran */
  async stop(): Promise<number | NodeJS.Signals | undefined> {
    this.#stopping = true;
    const last = this.current;
    last?.askToStop();
    await this.#keeping;
    clearInterval(this.#looks);
    const ended = await last?.ended;
    return ended?.signal ?? ended?.code ?? undefined;
  }

  /** Waits until no worker of any life is left. @returns those that outlive their supervisor for too long, killed now */
  async orphansGone(): Promise<number> {
    const until = performance.now() + ORPHAN_MS;
    const left = (): number[] => [...this.#pids].filter(isAlive);
    while (left().length > 0 && performance.now() < until) await sleep(100);
    const late = left();
    for (const pid of late) process.kill(pid, 'SIGKILL');
    return late.length;
  }

  /** For the end of the whole run: nothing is left behind. */
  killAll(): void {
    this.#stopping = true;
    clearInterval(this.#looks);
    this.current?.kill();
    for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }

  async #keep(): Promise<void> {
    while (!this.#isStopping()) {
      const life = await Consumer.start(this.#task);
      this.lives.push(life);
      this.current = life;
      // Asked to stop while the process was being started.
      if (this.#isStopping()) life.askToStop();
      await life.ended;
      this.current = undefined;
      if (this.#isStopping()) return;
      const pause = this.#pauseMs ?? RESTART_MS;
      if (this.#pauseMs === undefined) this.endedByThemselves++;
      this.#pauseMs = undefined;
      await sleep(pause);
    }
  }

  #isStopping(): boolean {
    return this.#stopping;
  }
}
