/**
 * The rule that no message is skipped by all lanes, against everything that may happen around it: a small world with a
 * clock of its own, in which processes of three lanes read, decide, crash and come back, plans change, rows of the plan
 * table are seen late, producers' clocks are wrong, and consumer groups begin with what is sent after their first receive.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LanePlans } from '../../../ingest/lanes/lane-plans.js';
import type { PlannedLane } from '../../../ingest/lanes/plan.js';
import type { EnvelopeUser } from '../../../ingest/messages/peek.js';
import { wire } from '../../../ingest/messages/wire-text.js';
import { MemoryPlans } from './memory-plans.js';

const GRACE = 100;
const USERS = ['anna', 'bert', 'carl'];

const lanes = (big: readonly string[], huge?: readonly string[]): readonly PlannedLane[] => [
  { name: 'rest', group: 'g', isDefault: true, users: [] },
  { name: 'big', group: 'g_big', isDefault: false, users: big },
  ...(huge === undefined ? [] : [{ name: 'huge', group: 'g_huge', isDefault: false, users: huge }]),
];
const CONFIGURATIONS = [
  lanes([]),
  lanes(['anna']),
  lanes(['bert', 'anna']),
  lanes(['anna'], ['bert']),
  lanes(['bert'], ['anna', 'carl']),
  lanes([], ['anna']),
];
/** Two processes share the default lane's group, as two hosts would. */
const PROCESSES = ['g', 'g', 'g_big', 'g_huge'] as const;

interface Message {
  readonly user: string;
  readonly sentAt: number;
  stored: number;
}

interface Process {
  readonly group: string;
  plans: LanePlans | undefined;
}

class World {
  now = 0;
  /** Ms by which the monotonic clock of the processes has fallen behind. */
  suspended = 0;
  readonly messages: Message[] = [];
  readonly table = new MemoryPlans(() => this.now);
  readonly processes: Process[] = PROCESSES.map((group) => ({ group, plans: undefined }));
  /** What waits in each consumer group; a group that never received has no place in the queues yet. */
  readonly waiting = new Map<string, Message[]>([['g', []]]);

  send(user: string, skew: number): void {
    const message = { user, sentAt: this.now + skew, stored: 0 };
    this.messages.push(message);
    for (const queue of this.waiting.values()) queue.push(message);
  }

  async configure(at: number, configuration: number): Promise<void> {
    const process = this.#process(at);
    const configured = CONFIGURATIONS[configuration] ?? [];
    if (process.plans !== undefined) return process.plans.change(configured);
    process.plans = await LanePlans.open({
      plans: this.table,
      lanes: configured,
      graceMs: GRACE,
      recheckMs: 1,
      keepMs: 1e9,
      monotonic: () => this.now,
      // Only the test says when the history is read.
      clock: {
        now: () => this.now + this.suspended,
        sleep: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(new Error('closed')));
          }),
      },
    });
  }

  async crash(at: number): Promise<void> {
    const process = this.#process(at);
    await process.plans?.close();
    process.plans = undefined;
  }

  async reread(at: number): Promise<void> {
    await this.#process(at).plans?.refresh();
  }

  /** Receives and decides about some of what waits. `fate` says for each whether what follows succeeds. */
  work(at: number, fates: readonly boolean[]): void {
    const { plans, group } = this.#process(at);
    if (plans?.isFresh !== true) return;
    if (!this.waiting.has(group)) this.waiting.set(group, []);
    plans.receives(group, () => true);
    const queue = this.waiting.get(group) ?? [];
    this.waiting.set(group, [
      ...queue.slice(fates.length),
      ...queue.slice(0, fates.length).filter((message, index) => {
        const takes = plans.history.takes(group, userNamed(message.user), message.sentAt);
        // Neither stored nor acknowledged: it comes again.
        if (fates[index] !== true) return true;
        if (takes) message.stored++;
        return false;
      }),
    ]);
  }

  /** Everybody runs, and goes on until nothing waits. */
  async settle(): Promise<void> {
    this.table.delay = 0;
    for (const [at, { plans }] of this.processes.entries()) if (plans === undefined) await this.configure(at, 0);
    this.now += 10 * GRACE;
    for (let round = 0; round < 4; round++) {
      for (const at of this.processes.keys()) await this.reread(at);
      for (const at of this.processes.keys()) this.work(at, new Array<boolean>(10_000).fill(true));
    }
  }

  async close(): Promise<void> {
    for (const at of this.processes.keys()) await this.crash(at);
  }

  #process(at: number): Process {
    return this.processes[at] ?? assert.fail();
  }
}

function userNamed(nick: string): EnvelopeUser {
  return { id: wire(''), nick: wire(nick) };
}

const at = fc.nat(PROCESSES.length - 1);
type Step = (world: World) => Promise<void> | void;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40).map((ms) => (world: World) => void (world.now += ms)) },
  { weight: 1, arbitrary: fc.nat(2 * GRACE).map((ms) => (world: World) => void (world.now += ms)) },
  {
    weight: 6,
    // Clocks of producers differ from the store's by less than half the grace.
    arbitrary: fc.tuple(fc.constantFrom(...USERS), fc.integer({ min: -GRACE / 2 + 1, max: GRACE / 2 - 1 })).map(
      ([user, skew]) =>
        (world: World) =>
          world.send(user, skew),
    ),
  },
  { weight: 6, arbitrary: at.map((process) => (world: World) => world.reread(process)) },
  {
    weight: 8,
    arbitrary: fc.tuple(at, fc.array(fc.boolean(), { minLength: 1, maxLength: 6 })).map(
      ([process, fates]) =>
        (world: World) =>
          world.work(process, fates),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(at, fc.nat(CONFIGURATIONS.length - 1)).map(
      ([process, configuration]) =>
        (world: World) =>
          world.configure(process, configuration),
    ),
  },
  { weight: 1, arbitrary: at.map((process) => (world: World) => world.crash(process)) },
  { weight: 1, arbitrary: fc.nat(3 * GRACE).map((ms) => (world: World) => void (world.table.delay = ms)) },
);

test('every message is stored by at least one lane, whatever changes, comes late, crashes or comes again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
      const world = new World();
      try {
        for (const take of steps) await take(world);
        await world.settle();
        for (const { user, sentAt, stored } of world.messages) {
          assert.ok(stored >= 1, `${user} at ${sentAt} is stored nowhere`);
        }
      } finally {
        await world.close();
      }
    }),
    { numRuns: 1000 },
  );
});

test('with no change around it, a message is stored by exactly one lane: its user’s', async () => {
  const configuration = fc.nat(CONFIGURATIONS.length - 1);
  await fc.assert(
    fc.asyncProperty(configuration, configuration, fc.array(fc.constantFrom(...USERS)), async (from, to, users) => {
      const world = new World();
      try {
        for (const index of world.processes.keys()) await world.configure(index, from);
        for (const index of world.processes.keys()) await world.configure(index, to);
        await world.settle();
        assert.equal(world.table.all.filter(({ retiredAt }) => retiredAt === undefined).length, 1);
        world.now += GRACE + 1;
        for (const user of users) world.send(user, 0);
        await world.settle();
        assert.deepEqual(
          world.messages.map(({ stored }) => stored),
          users.map(() => 1),
        );
      } finally {
        await world.close();
      }
    }),
    { numRuns: 200 },
  );
});

const [OLD, OTHER, BIG] = [0, 1, 2];

/** Anna has moved from the big lane to the others; of the two processes of the default lane, OLD has not heard of it. */
async function annaMoved(): Promise<World> {
  const world = new World();
  const rounds = async (processes: readonly number[]): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      for (const process of processes) {
        await world.reread(process);
        world.work(process, []);
      }
    }
  };
  for (const process of [OLD, OTHER, BIG]) await world.configure(process, 1);
  await rounds([OLD, OTHER, BIG]);
  world.now += 2 * GRACE;
  await rounds([OLD, OTHER, BIG]);
  await world.configure(OTHER, 0);
  await rounds([OTHER, BIG]);
  assert.equal(world.table.all.filter(({ retiredAt }) => retiredAt === undefined).length, 1);
  return world;
}

const storedIn = (world: World): number[] => world.messages.map(({ stored }) => stored);

test('a process with an old history skips what it knows to be another’s, who still takes it', async () => {
  const world = await annaMoved();
  world.now += 1;
  world.send('anna', 0);
  world.work(OLD, [true]);
  assert.deepEqual(storedIn(world), [0]);
  world.work(BIG, [true]);
  assert.deepEqual(storedIn(world), [1]);
  await world.close();
});

test('later, when the others leave it alone, it does not decide before it has read', async () => {
  const world = await annaMoved();
  world.now += GRACE + 1;
  for (const process of [OTHER, BIG]) await world.reread(process);
  world.send('anna', 0);
  world.work(BIG, [true]);
  world.work(OLD, [true]);
  assert.deepEqual(storedIn(world), [0]);
  await world.reread(OLD);
  world.work(OLD, [true]);
  assert.deepEqual(storedIn(world), [1]);
  await world.close();
});

test('a process that cannot read the plans decides about nothing once half the grace is over', async () => {
  const world = new World();
  await world.configure(0, 1);
  world.now += GRACE / 2;
  assert.equal(world.processes[0]?.plans?.isFresh, true);
  world.now += 1;
  assert.equal(world.processes[0].plans.isFresh, false);
  let waited = true;
  const fresh = world.processes[0].plans.fresh(AbortSignal.timeout(10_000)).then(() => (waited = false));
  await Promise.resolve();
  assert.equal(waited, true);
  await world.reread(0);
  await fresh;
  assert.equal(world.processes[0].plans.isFresh, true);
  await world.close();
});

test('nor does one whose machine was suspended, whose monotonic clock has stood still', async () => {
  const world = await annaMoved();
  await world.reread(OLD);
  assert.equal(world.processes[OLD]?.plans?.isFresh, true);
  world.suspended = GRACE / 2 + 1;
  assert.equal(world.processes[OLD].plans.isFresh, false);
  await world.reread(OLD);
  assert.equal(world.processes[OLD].plans.isFresh, true);
  // The time of day is set back: the other clock still says how old the plans are.
  world.suspended = -10 * GRACE;
  assert.equal(world.processes[OLD].plans.isFresh, true);
  world.now += GRACE / 2 + 1;
  assert.equal(world.processes[OLD].plans.isFresh, false);
  await world.close();
});
