import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveLanes, type LaneSettings } from '../../config/lanes.js';
import { loadConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problems.js';

const folder = mkdtempSync(join(tmpdir(), 'juliu-lanes-'));

function lanesOf(yaml: string): readonly LaneSettings[] | undefined {
  const file = join(folder, 'juliu.yaml');
  writeFileSync(file, yaml);
  return resolveLanes(loadConfig({ file, directory: folder, environment: {} }).config.ingest, folder);
}

/** Problems as `key | value | cure`. */
function problemsOf(lanes: string): string[] {
  try {
    lanesOf(`ingest:\n  lanes:\n${lanes.replace(/^/gm, '    ')}`);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map(({ key, value, cure }) => `${key} | ${value} | ${cure}`);
  }
  return [];
}

test('without lanes there are none', () => {
  assert.equal(lanesOf('ingest: {}'), undefined);
});

test('a lane has its own settings, else those of ingest; the default lane keeps the group', () => {
  writeFileSync(join(folder, 'users.txt'), '# our largest\n旗舰店\n\n 2200000000123 \n');
  const lanes = lanesOf(`
ingest:
  batch: { rows: 1000, age: 2s }
  rocketmq: { group: GID_shop }
  lanes:
    - name: big
      users: [00042, 大客户]
      usersFile: users.txt
      batch: { age: 200ms }
      inFlight: { bytes: 8MiB }
      concurrency: 2
      concurrentBatches: 1
      process: true
    - { name: refunds, filter: taobao_refund_RefundCreated, group: GID_x }
    - { name: rest, default: true }
`);
  assert.deepEqual(
    lanes?.map(({ name, group, isDefault, takesAll }) => ({ name, group, isDefault, takesAll })),
    [
      { name: 'big', group: 'GID_shop_big', isDefault: false, takesAll: false },
      { name: 'refunds', group: 'GID_x', isDefault: false, takesAll: true },
      { name: 'rest', group: 'GID_shop', isDefault: true, takesAll: false },
    ],
  );
  const [big, , rest] = lanes;
  // YAML reads 00042 as a number.
  assert.deepEqual(big?.users, ['42', '大客户', '旗舰店', '2200000000123']);
  assert.deepEqual(big.batch, { rows: 1000, bytes: 64 * 2 ** 20, ageMs: 200 });
  assert.deepEqual(big.inFlight, { messages: 200_000, bytes: 8 * 2 ** 20 });
  assert.deepEqual([big.concurrency, big.concurrentBatches, big.ownProcess], [2, 1, true]);
  assert.deepEqual(rest?.batch, { rows: 1000, bytes: 64 * 2 ** 20, ageMs: 2_000 });
  assert.deepEqual([rest.concurrency, rest.concurrentBatches, rest.ownProcess], [8, undefined, false]);
});

for (const [what, lanes, ...expected] of [
  [
    'a user in two lanes',
    '- { name: a, users: [x, "007"] }\n- { name: b, users: [7] }\n- { name: c, default: true }',
    'ingest.lanes.1.users.0 | "7" | this user is in lane a (users.1) too; a user belongs to one lane',
  ],
  [
    'two lanes of one name, which makes one group',
    '- { name: a, users: [x] }\n- { name: a, users: [y] }\n- { name: c, default: true }',
    'ingest.lanes.1.name | "a" | another lane has this name',
    'ingest.lanes.1.group | "GID_juliu_a" | lane a has this consumer group; each lane needs its own',
  ],
  [
    'no default lane',
    '- { name: a, users: [x] }',
    'ingest.lanes | ["a"] | give one of them `default: true`: it takes everybody who is in no list',
  ],
  [
    'two default lanes',
    '- { name: a, default: true }\n- { name: b, default: true, group: g }',
    'ingest.lanes.1.default | true | but lane a is the default already',
  ],
  [
    'a default lane with a list',
    '- { name: a, default: true, users: [x] }',
    'ingest.lanes.0.users | ["x**"] | the default lane takes everybody else and has no list',
  ],
  [
    'a lane for nobody',
    '- { name: a }\n- { name: c, default: true }',
    'ingest.lanes.0.users | missing | give users, usersFile, filter or sql (or default: true)',
  ],
  [
    'users and a filter',
    '- { name: a, users: [x], filter: T }\n- { name: c, default: true }',
    'ingest.lanes.0.filter | "T" | a lane is given by users or by a filter, not both: its users’ other messages would go to nobody',
  ],
  [
    'a filter on the default lane, whatever others have: whether it is the complement is not checked',
    '- { name: a, sql: "a <= 1" }\n- { name: c, default: true, sql: "a > 1" }',
    'ingest.lanes.1.sql | "a > 1" | a filter on the default lane leaves messages to nobody: take it away (storing twice what another lane’s filter lets through is harmless)',
  ],
  [
    'unknown keys',
    '- { name: a, usres: [x], default: true, batch: { row: 1 } }',
    'ingest.lanes.0.batch.row | 1 | did you mean `rows`?',
    'ingest.lanes.0.usres | ["x**"] | did you mean `users`?',
  ],
  [
    'a file that is not there',
    '- { name: a, usersFile: nowhere.txt }\n- { name: c, default: true }',
    'ingest.lanes.0.usersFile | "nowhere.txt" | it cannot be read (ENOENT): check the path and its permissions',
  ],
  [
    'ids that YAML has rounded',
    '- { name: a, users: [9223372036854775807] }\n- { name: c, default: true }',
    'ingest.lanes.0.users.0 | 9223372036854776000 | give a nick or an id, ids above 9007199254740991 in quotes',
  ],
  [
    'batches that never fill',
    '- { name: c, default: true, inFlight: { messages: 100 } }',
    'ingest.lanes.0.inFlight.messages | 100 | batches of 50000 messages never fill when 100 may be in flight',
  ],
  ['no list', 'x', 'ingest.lanes | "x**" | give a list of lanes'],
] as const) {
  test(`refused: ${what}`, () => {
    assert.deepEqual(problemsOf(lanes).sort(), [...expected].sort());
  });
}

test('refused: rereading so rarely that lanes would stop in between', () => {
  assert.throws(
    () => lanesOf('ingest: { laneChange: { grace: 30s, recheck: 15s }, lanes: [{ name: a, default: true }] }'),
    /`ingest.laneChange.recheck` is 15s; it must not exceed a quarter of ingest.laneChange.grace \(30s\)/,
  );
});

test('no error spells a nick: what is wrong is found by its place', () => {
  writeFileSync(join(folder, 'two.txt'), '# ours\n花间集旗舰店\n小店\n大客户\n');
  for (const [lanes, ...expected] of [
    [
      '- { name: a, users: [大客户, 花间集旗舰店] }\n- { name: b, usersFile: two.txt }\n- { name: c, default: true }',
      'ingest.lanes.1.usersFile | "大**" | line 4 of two.txt: this user is in lane a (users.0) too; a user belongs to one lane',
      'ingest.lanes.1.usersFile | "花**" | line 2 of two.txt: this user is in lane a (users.1) too; a user belongs to one lane',
    ],
    [
      '- { name: a, usersFile: two.txt }\n- { name: b, users: [x, 小店] }\n- { name: c, default: true }',
      'ingest.lanes.1.users.1 | "小**" | this user is in lane a (line 3 of two.txt) too; a user belongs to one lane',
    ],
    [
      '- { name: a, users: 花间集旗舰店 }\n- { name: c, default: true }',
      'ingest.lanes.0.users | "花**" | give a list of nicks and ids',
    ],
    [
      '- { name: a, user: [花间集旗舰店, 7] }\n- { name: c, default: true }',
      'ingest.lanes.0.user | ["花**",7] | did you mean `users`?',
    ],
    [
      '- { name: a, default: true, users: [花间集旗舰店] }',
      'ingest.lanes.0.users | ["花**"] | the default lane takes everybody else and has no list',
    ],
    ['- 花间集旗舰店', 'ingest.lanes.0 | "花**" | give a section with the settings of a lane'],
  ] as const) {
    assert.deepEqual(problemsOf(lanes).sort(), [...expected].sort());
  }
});

test('a user twice in one lane, in its list and its file, is one user', () => {
  writeFileSync(join(folder, 'again.txt'), '007\n小店\n小店\n');
  const lanes = lanesOf(
    'ingest: { lanes: [{ name: a, users: [7], usersFile: again.txt }, { name: c, default: true }] }',
  );
  assert.deepEqual(lanes?.[0]?.users, ['7', '小店']);
});
