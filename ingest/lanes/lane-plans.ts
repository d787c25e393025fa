import { randomUUID } from 'node:crypto';
import { JuliuError } from '../../errors/juliu-error.js';
import { Condition } from '../condition.js';
import { systemClock, type Clock } from '../retry.js';
import { LaneHistory } from './history.js';
import { planContent, type PlannedLane } from './plan.js';
import type { PlanFacts, PlanStore } from './plan-store.js';

export interface LanePlansOptions {
  readonly plans: PlanStore;
  /** What this process is configured with; proposed when the latest plan differs. */
  readonly lanes: readonly PlannedLane[];
  /** A moved user's messages are taken by both lanes for so long, ms; see {@link LaneHistory}. */
  readonly graceMs: number;
  /** The history is read this often, ms; well below grace / 2. */
  readonly recheckMs: number;
  /** How long the broker keeps messages, ms. */
  readonly keepMs: number;
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
  /** Ms that only ever grow. The time of day may be set back; this may stand still while the machine is suspended. */
  readonly monotonic?: () => number;
  readonly onNotice?: (sentence: string) => void;
}

/** Reading and writing plans without an answer for so long has failed, ms. */
const CALL_MS = 10_000;
/** A change that waits for a lane for so many rereadings is told of. */
const READS_UNTIL_TOLD = 8;

/**
 * The plans of the lanes, kept in step with the shared store: reads the history again and again, proposes what the
 * configuration says when it changes, says which lanes of this process receive, and retires plans that a later, ready
 * one replaces.
 *
 * While the history could not be read for longer than half the grace, {@link isFresh} is false, and lanes must decide
 * about no message: they might skip one by a plan that has long been replaced.
 */
export class LanePlans {
  readonly #options: Required<LanePlansOptions>;
  readonly #stop = new AbortController();
  readonly #changed = new Condition();
  /** Groups this process receives for, and whether all brokers have answered yet. */
  readonly #receiving = new Map<string, () => boolean>();
  #history: LaneHistory;
  #wanted: readonly PlannedLane[] | undefined;
  /** When the last read that succeeded began, by both clocks. */
  #readAt = { monotonic: -Infinity, wall: -Infinity };
  #failing = false;
  #stale = false;
  #readsSinceChange = 0;
  #refreshing: Promise<void> = Promise.resolve();
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: LanePlansOptions) {
    this.#options = {
      clock: systemClock,
      monotonic: () => performance.now(),
      onNotice: () => undefined,
      ...options,
    };
    this.#history = new LaneHistory([], options.graceMs);
    this.#wanted = options.lanes;
  }

  /**
   * Reads the history and proposes the configured lanes.
   * @throws JuliuError of the store, when it cannot be read or written now
   */
  static async open(options: LanePlansOptions): Promise<LanePlans> {
    const plans = new LanePlans(options);
    await plans.refresh();
    plans.#loop = plans.#keepFresh();
    return plans;
  }

  get history(): LaneHistory {
    return this.#history;
  }

  /** False also while no plan is known at all. */
  get isFresh(): boolean {
    const { monotonic, clock, graceMs } = this.#options;
    const age = Math.max(monotonic() - this.#readAt.monotonic, clock.now() - this.#readAt.wall);
    return this.#history.latest !== undefined && age <= graceMs / 2;
  }

  /** Waits until decisions may be made. */
  fresh(signal: AbortSignal): Promise<void> {
    return this.#changed.until(() => this.isFresh, signal);
  }

  /**
   * This process runs the lane of a group. `has` is asked now and then, and is true from when every broker of every topic
   * has answered a receive of the group: only then it has a place in all queues, and misses nothing sent from then on.
   */
  receives(group: string, has: () => boolean): void {
    this.#receiving.set(group, has);
  }

  /** The configuration has changed. Proposed at once, or at the next rereading that succeeds. */
  async change(lanes: readonly PlannedLane[]): Promise<void> {
    this.#wanted = lanes;
    await this.refresh();
  }

  /** Reads the history now. One at a time; a call while one runs waits for it and reads again. */
  refresh(): Promise<void> {
    const next = this.#refreshing.catch(() => undefined).then(() => this.#refresh());
    this.#refreshing = next;
    return next;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('The lanes are closed.'));
    await this.#loop;
    await this.#refreshing.catch(() => undefined);
  }

  async #keepFresh(): Promise<void> {
    const { clock, recheckMs, onNotice } = this.#options;
    const { signal } = this.#stop;
    const over = (): boolean => signal.aborted;
    for (;;) {
      await clock.sleep(recheckMs, signal).catch(() => undefined);
      if (over()) return;
      try {
        await this.refresh();
        if (this.#failing) onNotice('The plans of the lanes can be read again; lanes go on taking messages.');
        this.#failing = this.#stale = false;
      } catch (error) {
        if (over()) return;
        const detail = error instanceof Error ? error.message : String(error);
        if (!this.#failing) onNotice(`The plans of the lanes cannot be read now: ${detail} It is tried again.`);
        this.#failing = true;
        if (!this.#stale && !this.isFresh) {
          this.#stale = true;
          onNotice(
            'No lane takes messages until the plans of the lanes can be read: they may have changed long enough ago to skip a message by mistake.',
          );
        }
      }
    }
  }

  async #refresh(): Promise<void> {
    const { plans } = this.#options;
    let facts = await this.#read();
    const wanted = this.#wanted;
    if (wanted !== undefined) {
      if (await this.#propose(wanted)) facts = await this.#read();
      if (this.#wanted === wanted) this.#wanted = undefined;
    }
    // A plan that is not in the history yet cannot be among these: `facts` and the history are of one read.
    for (const plan of facts.plans) {
      if (plan.retiredAt !== undefined) continue;
      const lanes = this.#history.current.find((record) => record.plan.id === plan.id)?.plan.lanes ?? [];
      const attaching = lanes
        .map(({ group }) => group)
        .filter((group) => this.#receiving.get(group)?.() === true && !plan.attached.includes(group));
      if (attaching.length > 0) await plans.attach(plan, attaching, this.#call());
    }
    const due = this.#history.due();
    if (due.length > 0) await plans.retire(due, facts.at, this.#call());
    this.#tellWhenWaiting();
  }

  async #read(): Promise<{ readonly at: number; readonly plans: readonly PlanFacts[] }> {
    const { plans, graceMs, keepMs, monotonic, clock } = this.#options;
    const began = { monotonic: monotonic(), wall: clock.now() };
    const facts = await plans.read(keepMs + graceMs, this.#call());
    const known = new Map(this.#history.all.map(({ plan }) => [plan.id, plan]));
    const unknown = facts.plans.map(({ id }) => id).filter((id) => !known.has(id));
    if (unknown.length > 0) {
      for (const plan of await plans.plans(unknown, this.#call())) known.set(plan.id, plan);
    }
    const records = facts.plans.map(({ id, attached, retiredAt }) => {
      const plan = known.get(id);
      if (plan === undefined) throw new JuliuError('INTERNAL', { detail: `lane plan ${id} has no lanes` });
      return { plan, attached: new Set(attached), retiredAt };
    });
    const before = this.#history.latest?.id;
    this.#history = new LaneHistory(records, graceMs, this.#history);
    this.#readAt = began;
    const { latest } = this.#history;
    if (before !== latest?.id) this.#readsSinceChange = 0;
    if (before !== undefined && latest !== undefined && before !== latest.id) this.#tellChange(latest.lanes);
    this.#changed.notify();
    return facts;
  }

  /** True when something was proposed. */
  async #propose(lanes: readonly PlannedLane[]): Promise<boolean> {
    const { plans } = this.#options;
    const { latest } = this.#history;
    if (latest !== undefined && planContent(latest.lanes) === planContent(lanes)) return false;
    let order = (latest?.order ?? 0) + 1;
    if (latest === undefined) {
      // Before there were lanes, the default lane's group took everything; some of it may still wait there.
      const others = lanes.filter(({ isDefault }) => isDefault);
      const origin = others.map((lane) => ({ ...lane, users: [] }));
      await plans.propose({ id: randomUUID(), order: 0, lanes: origin }, this.#call());
      order = 1;
    }
    await plans.propose({ id: randomUUID(), order, lanes }, this.#call());
    return true;
  }

  #tellChange(lanes: readonly PlannedLane[]): void {
    const { onNotice, graceMs } = this.#options;
    const parts = lanes.map(({ name, isDefault, users }) =>
      isDefault ? `${name} everybody else` : `${name} ${users.length} users`,
    );
    const seconds = Math.round(graceMs / 1000);
    onNotice(`The lanes have changed: ${parts.join(', ')}. Moved users are in both lanes for ${seconds} s more.`);
  }

  #tellWhenWaiting(): void {
    const { onNotice } = this.#options;
    const waiting = this.#history.waitingFor();
    this.#readsSinceChange++;
    if (waiting.length === 0 || this.#readsSinceChange !== READS_UNTIL_TOLD) return;
    const names = waiting.map(({ name, group }) => `${name} (${group})`).join(', ');
    onNotice(
      `The change of the lanes is not complete: no process receives for ${names}. Until one does, moved users stay in their old lanes too.`,
    );
  }

  #call(): { readonly timeoutMs: number; readonly signal: AbortSignal } {
    return { timeoutMs: CALL_MS, signal: this.#stop.signal };
  }
}
