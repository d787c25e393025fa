/** The written rule of juliu.trade_payments, case by case; every expected value worked out by hand. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
before(() => new Migrator(store).apply());

/** topic, oid ('=' the trade itself, null absent), payment, second of publish_time. */
type Message = readonly [topic: string, oid: number | '=' | null, payment: string | null, second: number];
type Expected = readonly [scope: 'line' | 'trade' | 'unknown', amount: string, lines: number] | null;

const cases: readonly (readonly [what: string, messages: readonly Message[], expected: Expected])[] = [
  [
    'lines that differ',
    [
      ['Pay', 1, '10.00', 0],
      ['Pay', 2, '20.50', 0],
    ],
    ['line', '30.5', 2],
  ],
  [
    'three lines, two of them equal',
    [
      ['Pay', 1, '10.00', 0],
      ['Pay', 2, '10.00', 0],
      ['Pay', 3, '5.00', 0],
    ],
    ['line', '25', 3],
  ],
  [
    'equal lines and a trade-wide payment equal to each',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', 2, '30.00', 0],
      ['Pay', null, '30.00', 0],
    ],
    ['trade', '30', 2],
  ],
  [
    'the same, the trade-wide message carrying oid = tid',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', 2, '30.00', 0],
      ['Pay', '=', '30.00', 0],
    ],
    ['trade', '30', 2],
  ],
  [
    'equal lines and a trade-wide payment equal to their sum',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', 2, '30.00', 0],
      ['Pay', null, '60.00', 0],
    ],
    ['line', '60', 2],
  ],
  [
    'equal lines and no trade-wide message',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', 2, '30.00', 0],
    ],
    ['unknown', '30', 2],
  ],
  [
    'equal lines and a trade-wide payment that fits neither',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', 2, '30.00', 0],
      ['Pay', null, '66.00', 0],
    ],
    ['unknown', '66', 2],
  ],
  ['a single line', [['Pay', 1, '30.00', 0]], ['unknown', '30', 1]],
  [
    'a single line and an equal trade-wide payment',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', null, '30.00', 0],
    ],
    ['trade', '30', 1],
  ],
  [
    'a single line and a different trade-wide payment',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', null, '50.00', 0],
    ],
    ['unknown', '50', 1],
  ],
  ['only a trade-wide message', [['Create', '=', '88.00', 0]], ['trade', '88', 0]],
  [
    'trade-wide messages: the latest',
    [
      ['Create', null, '88.00', 0],
      ['Changed', '=', '80.00', 5],
    ],
    ['trade', '80', 0],
  ],
  [
    'lines paid nothing',
    [
      ['Pay', 1, '0.00', 0],
      ['Pay', 2, '0.00', 0],
      ['Pay', null, '0.00', 0],
    ],
    ['trade', '0', 2],
  ],
  [
    'the latest payment of a line decides: equal at last',
    [
      ['Pay', 1, '10.00', 0],
      ['Pay', 2, '30.00', 0],
      ['Pay', 1, '30.00', 9],
    ],
    ['unknown', '30', 2],
  ],
  [
    'the latest payment of a line decides: different at last',
    [
      ['Pay', 1, '30.00', 0],
      ['Pay', 2, '30.00', 0],
      ['Pay', 2, '20.00', 9],
    ],
    ['line', '50', 2],
  ],
  [
    'topics are not compared with each other',
    [
      ['Create', 1, '10.00', 0],
      ['Pay', 2, '20.00', 0],
    ],
    ['unknown', '20', 2],
  ],
  [
    'one topic says line, another nothing',
    [
      ['Create', 1, '30.00', 0],
      ['Create', 2, '30.00', 0],
      ['Pay', 1, '10.00', 5],
      ['Pay', 2, '20.00', 5],
    ],
    ['line', '30', 2],
  ],
  [
    'line in one topic beats trade in another',
    [
      ['Create', 1, '30.00', 0],
      ['Create', null, '30.00', 0],
      ['Pay', 1, '10.00', 5],
      ['Pay', 2, '20.00', 5],
    ],
    ['line', '30', 2],
  ],
  [
    'trade in one topic beats nothing in another; the latest of any message',
    [
      ['Create', 1, '30.00', 0],
      ['Create', 2, '30.00', 0],
      ['Create', null, '30.00', 0],
      ['Changed', 2, '28.00', 9],
    ],
    ['trade', '28', 2],
  ],
  [
    'lines of one topic, trade-wide messages of another: the trade-wide one',
    [
      ['Create', null, '60.00', 0],
      ['Pay', 1, '30.00', 5],
      ['Pay', 2, '30.00', 5],
    ],
    ['trade', '60', 2],
  ],
  [
    'line: a payment in a topic that says nothing of lines is not added up',
    [
      ['Create', 1, '10.00', 0],
      ['Create', 2, '20.00', 0],
      ['Changed', 1, '9.00', 5],
    ],
    ['line', '30', 2],
  ],
  [
    'lines in one topic, the total repeated with each line in a later one: not three times the total',
    [
      ['Create', 1, '10.00', 0],
      ['Create', 2, '20.00', 0],
      ['Create', 3, '30.00', 0],
      ['Success', 1, '60.00', 900],
      ['Success', 2, '60.00', 900],
      ['Success', 3, '60.00', 900],
    ],
    ['line', '60', 3],
  ],
  [
    'the total before and after a change of fee, with one line each: no amounts of lines',
    [
      ['Changed', 1, '100.00', 0],
      ['Changed', 2, '90.00', 600],
    ],
    ['unknown', '90', 2],
  ],
  [
    'lines changed later all together: their latest',
    [
      ['Changed', 1, '10.00', 0],
      ['Changed', 2, '20.00', 0],
      ['Changed', 1, '9.00', 600],
      ['Changed', 2, '19.00', 600],
    ],
    ['line', '28', 2],
  ],
  [
    'messages without a payment say nothing',
    [
      ['Ship', 1, null, 0],
      ['Ship', 2, null, 0],
      ['Pay', 1, '30.00', 5],
    ],
    ['unknown', '30', 1],
  ],
  ['no payment at all: no row', [['Ship', 1, null, 0]], null],
  [
    'cents add up exactly',
    [
      ['Pay', 1, '0.10', 0],
      ['Pay', 2, '0.20', 0],
    ],
    ['line', '0.3', 2],
  ],
];

const base = 2_918_463_734_761_000_000n;
const tidOf = (index: number): bigint => base + BigInt(index) * 1000n;

function rowsOf(index: number, messages: readonly Message[]): string[] {
  return messages.map(([topic, oid, payment, second], n) => {
    const tid = tidOf(index);
    const line = oid === null ? 'NULL' : String(oid === '=' ? tid : tid + BigInt(oid));
    const time = `toDateTime64('2024-03-01 10:00:00', 3, 'Asia/Shanghai') + ${second}`;
    return `('${index}-${n}', 'taobao_trade_${topic}', ${time}, ${tid}, ${line}, ${payment === null ? 'NULL' : `'${payment}'`}, 1)`;
  });
}

async function load(rows: readonly string[]): Promise<void> {
  for (const table of ['trade_events', 'orders_state']) await store.command(`TRUNCATE TABLE juliu_store.${table}`);
  await store.command(
    `INSERT INTO juliu_store.trade_events (event_id, topic, publish_time, tid, oid, payment, version) VALUES ${rows.join(', ')}`,
  );
}

async function results(where = '1'): Promise<Map<string, string>> {
  const text = await store.text(
    `SELECT tid, payment_scope, amount, lines FROM juliu.trade_payments WHERE ${where} ORDER BY tid`,
  );
  return new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]),
  );
}

const everyRow = cases.flatMap(([, messages], index) => rowsOf(index, messages));

test('every case, all trades asked at once', async () => {
  await load(everyRow);
  const actual = await results();
  cases.forEach(([what, , expected], index) => {
    assert.equal(actual.get(String(tidOf(index))), expected?.join('\t'), what);
  });
  assert.equal(actual.size, cases.filter(([, , expected]) => expected !== null).length);
});

test('the same when one trade is asked for', async () => {
  for (const index of [0, 2, 5, 17]) {
    assert.equal((await results(`tid = ${tidOf(index)}`)).get(String(tidOf(index))), cases[index]?.[2]?.join('\t'));
  }
});

test('the same in any order of rows, doubled', async () => {
  await load(everyRow);
  const first = await results();
  await load([...everyRow].reverse());
  assert.deepEqual(await results(), first);
  await load([...everyRow, ...everyRow]);
  assert.deepEqual(await results(), first);
});

test('messages of one moment: the larger event_id is the later one', async () => {
  const row = (id: string, payment: string): string =>
    `('${id}', 'taobao_trade_Pay', toDateTime64('2024-03-01 10:00:00', 3, 'Asia/Shanghai'), 7, NULL, '${payment}', 1)`;
  for (const rows of [
    [row('1', '1.00'), row('2', '2.00')],
    [row('2', '2.00'), row('1', '1.00')],
  ]) {
    await load(rows);
    assert.deepEqual([...(await results())], [['7', 'trade\t2\t0']]);
  }
});

test('a message without tid belongs to no trade', async () => {
  await load([`('1', 'taobao_trade_Pay', now64(3), NULL, 5, '1.00', 1)`]);
  assert.equal(await store.text('SELECT count() FROM juliu.trade_payments'), '0');
});
