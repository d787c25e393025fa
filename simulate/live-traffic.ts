import { planArrival } from './arrivals.js';
import { EarliestFirst } from './earliest-first.js';
import { OPERATION_SHARE, type History } from './history.js';
import type { LifeCycle } from './life-cycle.js';
import { planOperation } from './operations/operation.js';
import type { CheckedOptions } from './options.js';
import { Random, Stream } from './random.js';
import { DAY, HOUR, SECOND } from './shanghai-time.js';

/** After a longer gap between the history and the first live step, new traffic starts this long before the step. */
const LONGEST_GAP = HOUR;

/**
 * The shops after their history, in real time. Three kinds of traffic add up to the wanted rate at once and for ever:
 *
 * - what the life cycles of the history still have to come;
 * - new orders, as many as give the rate once they fill the whole of a life cycle's length;
 * - orders that would be about already if the rate had always been this one: they join in the middle (their customers
 *   subscribed today). An order whose gap between two messages is g is found inside that gap, t after the start of
 *   live mode, in proportion to the part of g longer than t; so they thin out exactly as the new ones grow up.
 *
 * Operations of the shops fill up what chance leaves free.
 */
export class LiveTraffic {
  private readonly history: History;
  private readonly random: Random;
  /** Life cycles by the time of their next message. */
  private readonly due = new EarliestFirst<LifeCycle>();
  /** Share of the wanted rate that the history's own life cycles had, for the joining orders. */
  private readonly historyRate: number;
  private readonly plannedPerArrival: number;
  private clock: number;
  private startedAt: number | undefined;
  /** Messages the rate has asked for since the start, and those made. */
  private wanted = 0;
  private made = 0;

  constructor(history: History, options: CheckedOptions) {
    this.history = history;
    this.random = new Random(options.seed, Stream.live);
    this.clock = history.endAt;
    this.historyRate = (options.messages * SECOND) / (options.days * DAY);
    this.plannedPerArrival = Math.max(1, history.profile.messages);
    for (const life of history.open) this.queue(life);
  }

  /** Makes every body due after the last step up to `now`. */
  step(rate: number, now: number): readonly Uint8Array[] {
    if (this.startedAt === undefined) {
      this.clock = Math.max(this.clock, now - LONGEST_GAP);
      this.startedAt = this.clock;
    }
    const from = this.clock;
    if (now > from) {
      this.arrive(rate, from, now, this.startedAt);
      this.fill(rate, from, now);
      this.clock = now;
    }
    const { maker } = this.history;
    const before = maker.made;
    for (let life = this.due.takeDue(now); life !== undefined; life = this.due.takeDue(now)) {
      const index = life.next;
      life.next += 1;
      maker.make(life, life.codeOf(index), life.timeOf(index));
      if (!life.finished) this.queue(life);
    }
    this.made += maker.made - before;
    maker.disturber.release(now);
    return maker.chunk.rest().flat();
  }

  /** New orders, and those that join, at random instants of (from, now]. */
  private arrive(rate: number, from: number, now: number, startedAt: number): void {
    const { random, history, plannedPerArrival } = this;
    const perSecond = (rate * (1 - OPERATION_SHARE)) / plannedPerArrival;
    const seconds = (now - from) / SECOND;
    for (let count = this.poisson(perSecond * seconds); count > 0; count -= 1) {
      this.queue(planArrival(history.world, history.arrivals++, this.instantIn(from, now)));
    }
    const joining = Math.max(0, rate - this.historyRate) / Math.max(rate, 1e-9);
    const candidates = perSecond * seconds * (plannedPerArrival - 1) * joining;
    for (let count = this.poisson(candidates); count > 0; count -= 1) {
      const instant = this.instantIn(from, now);
      const life = planArrival(history.world, history.arrivals++, instant);
      if (life.plan.length < 2) continue;
      const index = 1 + random.below(life.plan.length - 1);
      if (life.timeOf(index) - life.timeOf(index - 1) <= instant - startedAt) continue;
      life.start += instant - life.timeOf(index);
      life.first = life.next = index;
      this.queue(life);
    }
  }

  private fill(rate: number, from: number, now: number): void {
    this.wanted += (rate * (now - from)) / SECOND;
    let missing = Math.floor(this.wanted) - this.made - this.countDue(now);
    // What was missed longer ago than a minute is not made up for.
    const most = Math.ceil(rate * (60 + (now - from) / SECOND / 2));
    if (missing > most) {
      this.wanted -= missing - most;
      missing = most;
    }
    while (missing > 0) {
      const operation = planOperation(this.history.world, this.history.operations++, this.instantIn(from, now));
      for (let index = 0; index < operation.plan.length && operation.timeOf(index) <= now; index += 1) missing -= 1;
      this.queue(operation);
    }
  }

  private queue(life: LifeCycle): void {
    this.due.add(life.timeOf(life.next), life);
  }

  /** Messages due by `now` of all life cycles in the queue. */
  private countDue(now: number): number {
    let count = 0;
    this.due.visitDue(now, (life) => {
      for (let index = life.next; index < life.plan.length && life.timeOf(index) <= now; index += 1) count += 1;
    });
    return count;
  }

  /** A Poisson count: exponential gaps until the mean is used up. */
  private poisson(mean: number): number {
    let count = -1;
    for (let left = mean; left >= 0; count += 1) left -= this.random.exponential(1);
    return count;
  }

  private instantIn(from: number, now: number): number {
    return Math.floor(from) + 1 + this.random.below(Math.max(1, Math.floor(now) - Math.floor(from)));
  }
}
