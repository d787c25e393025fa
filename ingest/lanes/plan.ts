import { wire } from '../messages/wire-text.js';
import type { EnvelopeUser } from '../messages/peek.js';

/** A lane as a plan knows it. What a lane is to messages is its consumer group; the name is for people. */
export interface PlannedLane {
  readonly name: string;
  readonly group: string;
  /** Takes everybody who is in no list. */
  readonly isDefault: boolean;
  /** Nicks and ids; ids as digits without leading zeros. */
  readonly users: readonly string[];
}

/** Who belongs to which lane. Plans have a total order, fixed when a plan is made: by `order`, then by `id`. */
export interface LanePlan {
  readonly id: string;
  readonly order: number;
  readonly lanes: readonly PlannedLane[];
}

export function comparePlans(a: LanePlan, b: LanePlan): number {
  return a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** What two plans must have alike to be one and the same: lanes, groups, users; in one order, whatever theirs. */
export function planContent(lanes: readonly PlannedLane[]): string {
  return JSON.stringify(
    lanes
      .map(({ name, group, isDefault, users }) => ({ name, group, isDefault, users: [...users].sort() }))
      .sort((a, b) => (a.group < b.group ? -1 : 1)),
  );
}

/** Finds the lane of a user in one plan: exactly one group for every message. */
export class PlanIndex {
  readonly groups: ReadonlySet<string>;
  readonly #groupOf = new Map<string, string>();
  readonly #others: string;

  constructor({ lanes }: LanePlan) {
    this.groups = new Set(lanes.map(({ group }) => group));
    this.#others = lanes.find(({ isDefault }) => isDefault)?.group ?? '';
    for (const { group, users } of lanes) for (const user of users) this.#groupOf.set(wire(user), group);
  }

  /** By id, else by nick, else the default lane's. A list may name a user either way, and messages may lack one. */
  groupOf({ id, nick }: EnvelopeUser): string {
    const byId = id === '' ? undefined : this.#groupOf.get(id);
    if (byId !== undefined) return byId;
    return (nick === '' ? undefined : this.#groupOf.get(nick)) ?? this.#others;
  }
}
