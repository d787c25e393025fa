import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { LanePlans } from '../../../ingest/lanes/lane-plans.js';
import { runLanes } from '../../../ingest/lanes/run-lanes.js';
import { StoredPlans } from '../../../ingest/lanes/plan-store.js';
import { lookAt, WatchedFiles } from '../../../ingest/lanes/watched-files.js';
import { rowsIn, temporaryStore } from '../real-store.js';
import { eventually } from './lane-settings.js';

const { store, close } = await temporaryStore();
after(close);
beforeEach(() => store.command('TRUNCATE TABLE juliu_store.lane_plans'));

const lanes = (users: readonly string[]) => [
  { name: 'rest', group: 'g', isDefault: true, users: [] },
  { name: 'big', group: 'g_big', isDefault: false, users },
];
const common = { graceMs: 1_000, recheckMs: 100_000, keepMs: 86_400_000 };

test('plans in the table: the time before lanes, the proposal, who receives, and what is retired', async () => {
  const first = await LanePlans.open({ ...common, plans: new StoredPlans(store), lanes: lanes(['"花店"', '1']) });
  const second = await LanePlans.open({ ...common, plans: new StoredPlans(store), lanes: lanes(['1', '"花店"']) });
  // The same lanes in another order are no change.
  assert.deepEqual(
    second.history.all.map(({ plan }) => plan.order),
    [1, 0],
  );
  assert.equal(second.history.current.length, 2);
  first.receives('g', () => true);
  await first.refresh();
  await first.refresh();
  assert.equal(first.history.current.length, 2, 'the big lane does not receive yet');
  assert.deepEqual(
    first.history.waitingFor().map(({ name }) => name),
    ['big'],
  );
  second.receives('g_big', () => true);
  await second.refresh();
  const from = Date.now();
  await first.refresh();
  await second.refresh();
  const [, origin] = second.history.all;
  assert.ok(
    origin?.retiredAt !== undefined && origin.retiredAt >= from - 1000 && origin.retiredAt <= Date.now() + 1000,
  );
  assert.deepEqual(second.history.latest?.lanes, lanes(['"花店"', '1']));
  assert.deepEqual(
    await rowsIn(
      store,
      'SELECT plan_order, what, consumer_group FROM juliu.lane_plans ORDER BY plan_order, what, consumer_group',
    ),
    [
      [0, 'attached', 'g'],
      [0, 'proposed', ''],
      [0, 'retired', ''],
      [1, 'attached', 'g'],
      [1, 'attached', 'g_big'],
      [1, 'proposed', ''],
    ],
  );
  await first.close();
  await second.close();
});

test('what was retired long ago is forgotten, the latest plan never', async () => {
  const plans = await LanePlans.open({
    ...common,
    keepMs: 0,
    graceMs: 0,
    plans: new StoredPlans(store),
    lanes: lanes(['1']),
  });
  plans.receives('g', () => true);
  plans.receives('g_big', () => true);
  await eventually('one plan is left', async () => {
    await plans.refresh();
    return plans.history.all.length === 1;
  });
  assert.equal(plans.history.latest?.order, 1);
  await plans.close();
});

test('a store that cannot be read: told once, lanes wait, and go on when it can', async () => {
  const notices: string[] = [];
  const stored = new StoredPlans(store);
  let fails = false;
  let now = 0;
  const plans = await LanePlans.open({
    ...common,
    recheckMs: 5,
    monotonic: () => now,
    lanes: lanes(['1']),
    onNotice: (sentence) => notices.push(sentence),
    plans: {
      read: (...given) =>
        fails
          ? Promise.reject(new JuliuError('STORE_UNREACHABLE', { address: 'x', detail: 'down' }))
          : stored.read(...given),
      plans: (...given) => stored.plans(...given),
      propose: (...given) => stored.propose(...given),
      attach: (...given) => stored.attach(...given),
      retire: (...given) => stored.retire(...given),
    },
  });
  assert.ok(plans.isFresh);
  fails = true;
  await eventually('it is told', () => notices.length === 1);
  assert.match(notices[0] ?? '', /^The plans of the lanes cannot be read now: The store at x cannot be reached/);
  now += 501;
  await eventually('it is told', () => notices.length === 2);
  assert.match(notices[1] ?? '', /^No lane takes messages until/);
  fails = false;
  await plans.fresh(AbortSignal.timeout(10_000));
  await eventually('it is told', () => notices.length === 3);
  assert.match(notices[2] ?? '', /can be read again/);
  await plans.close();
});

test('a file that changes, goes or comes is seen; what fails meanwhile is tried again and told once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-watch-'));
  const file = join(folder, 'users.txt');
  await writeFile(file, 'a\n');
  let content = '';
  let tries = 0;
  const errors: unknown[] = [];
  const since = await lookAt([file]);
  // Between the look and the watching.
  await writeFile(file, 'a\nb\n');
  const watched = new WatchedFiles({
    since,
    files: () => [file],
    everyMs: 5,
    onChange: async () => {
      tries++;
      content = await readFile(file, 'utf8');
    },
    onError: (error) => errors.push(error),
  });
  await eventually('the change is seen', () => content === 'a\nb\n');
  await rm(file);
  await eventually('its going is seen', () => errors.length > 0);
  const before = tries;
  await eventually('it is tried again', () => tries > before + 2);
  assert.equal(errors.length, 1);
  await writeFile(file, 'c\n');
  await eventually('its coming is seen', () => content === 'c\n');
  await watched.close();
  await rm(folder, { recursive: true });
});

test('a lane that fails stops the others, which end in order', async () => {
  const notices: string[] = [];
  const ended: string[] = [];
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const accounts = {} as Awaited<ReturnType<Parameters<typeof runLanes>[0][number]['pipeline']['run']>>;
  const failing = { name: 'big', pipeline: { run: () => Promise.reject(new Error('no more')), stop: () => undefined } };
  const other = {
    name: 'rest',
    pipeline: {
      run: async () => {
        await stopped;
        ended.push('rest');
        return accounts;
      },
      stop: () => stop(),
    },
  };
  await assert.rejects(
    runLanes([failing, other], (sentence) => notices.push(sentence)),
    /no more/,
  );
  assert.deepEqual(ended, ['rest']);
  assert.deepEqual(notices, ['Lane big has failed, the other lanes stop too. no more']);
});
