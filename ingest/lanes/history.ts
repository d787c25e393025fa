import type { EnvelopeUser } from '../messages/peek.js';
import { comparePlans, PlanIndex, type LanePlan, type PlannedLane } from './plan.js';

/** A plan and what has become of it. */
export interface PlanRecord {
  readonly plan: LanePlan;
  /** Groups of lanes that receive and know the plan. */
  readonly attached: ReadonlySet<string>;
  /** Store's clock, epoch ms: from then on a later plan counts. The earliest, if several processes have said so. */
  readonly retiredAt: number | undefined;
}

interface Known extends PlanRecord {
  readonly index: PlanIndex;
}

/**
 * The plans as one process knows them, and the rule for every message:
 *
 * **A lane takes a message iff some plan gives the user to it, and that plan is not retired, or was retired less than
 * `grace` before the message was sent.**
 *
 * A plan is *retired*, at the store's time T, by whoever sees at T a later plan that is *ready*: each of its lanes
 * receives and knows it. (A new consumer group starts with the messages that come after its first receive; a plan that
 * counted before would give it messages it never gets.)
 *
 * Why no message is skipped by all lanes. Let it be sent at t, and q be the latest ready plan that the store showed at
 * t - grace. Nobody can have retired q before t - grace, for that takes a later one that was ready then; so for this
 * message q is in force whenever one looks, today or at a redelivery next week. Every process decides by a history that
 * is younger than grace / 2 (else it waits), so it knows q, unless clocks differ by the other half. And the group to
 * which q gives the user was receiving when the message came. What else a process knows or misses adds lanes and takes
 * none away. Hence also: with no change within `grace` exactly one lane takes a message, and two where one was moved.
 */
export class LaneHistory {
  readonly #known: readonly Known[];
  readonly #graceMs: number;

  /** @param earlier a history whose indexes are used again. */
  constructor(records: readonly PlanRecord[], graceMs: number, earlier?: LaneHistory) {
    const indexes = new Map(earlier === undefined ? [] : earlier.#known.map(({ plan, index }) => [plan.id, index]));
    this.#graceMs = graceMs;
    this.#known = records
      .map((record) => ({ ...record, index: indexes.get(record.plan.id) ?? new PlanIndex(record.plan) }))
      .sort((a, b) => comparePlans(b.plan, a.plan));
  }

  /** The latest plan, whether in force alone or not yet. */
  get latest(): LanePlan | undefined {
    return this.#known[0]?.plan;
  }

  /** Plans that are not retired, the latest first. More than one while a change is under way. */
  get current(): readonly PlanRecord[] {
    return this.#known.filter(({ retiredAt }) => retiredAt === undefined);
  }

  /** Every plan that may still count for a message, the latest first. */
  get all(): readonly PlanRecord[] {
    return this.#known;
  }

  /** @param sentAt epoch ms, the producer's; without it every plan known counts. */
  takes(group: string, user: EnvelopeUser, sentAt: number | undefined): boolean {
    for (const { retiredAt, index } of this.#known) {
      const isInForce = retiredAt === undefined || sentAt === undefined || sentAt <= retiredAt + this.#graceMs;
      if (isInForce && index.groupOf(user) === group) return true;
    }
    return false;
  }

  /** Plans to retire now: those before the latest ready one. */
  due(): LanePlan[] {
    const ready = this.#known.findIndex(isReady);
    if (ready < 0) return [];
    return this.#known
      .slice(ready + 1)
      .filter(({ retiredAt }) => retiredAt === undefined)
      .map(({ plan }) => plan);
  }

  /** Lanes of the latest plan that nobody has been seen to run since it was made. */
  waitingFor(): PlannedLane[] {
    const latest = this.#known[0];
    return latest?.plan.lanes.filter(({ group }) => !latest.attached.has(group)) ?? [];
  }

  /**
   * Lanes of earlier plans that the latest has no more: messages that only they have may still wait in their groups, so
   * they are read on for as long as the broker keeps messages.
   */
  leaving(): PlannedLane[] {
    const seen = new Set(this.#known[0]?.index.groups);
    const lanes: PlannedLane[] = [];
    for (const lane of this.#known.flatMap(({ plan }) => plan.lanes)) {
      if (seen.has(lane.group) || (lane.users.length === 0 && !lane.isDefault)) continue;
      seen.add(lane.group);
      lanes.push({ ...lane, isDefault: false });
    }
    return lanes;
  }
}

function isReady({ attached, index, retiredAt }: Known): boolean {
  // Whoever retired it has seen a later one that is ready.
  return retiredAt === undefined && [...index.groups].every((group) => attached.has(group));
}
