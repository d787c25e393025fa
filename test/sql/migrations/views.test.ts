/** What the views of `juliu` promise to those who ask them. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from './real-store.js';

const store = await RealStore.temporary();
after(() => store.close());
before(async () => {
  await new Migrator(store).apply();
  for (const table of ['trade_events', 'events', 'dead_letters']) {
    await store.command(`SYSTEM STOP MERGES juliu_store.${table}`);
  }
});
beforeEach(async () => {
  for (const table of ['trade_events', 'events', 'dead_letters'])
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
});

async function addTrade(publishTime: string, version: number, columns = '', values = ''): Promise<void> {
  await store.command(
    `INSERT INTO juliu_store.trade_events (event_id, topic, publish_time, version${columns}) SETTINGS async_insert = 0
     VALUES ('1', 't', '${publishTime}', ${version}${values})`,
  );
}

test('a plain count counts messages, not copies', async () => {
  await addTrade('2024-03-01 10:00:00.000', 1);
  await addTrade('2024-03-01 10:00:00.123', 2);
  await addTrade('2024-03-01 10:00:00.123', 2);
  await addTrade('2024-03-01 10:00:01.000', 1);
  assert.equal(await store.text('SELECT count() FROM juliu.trade_events'), '2');
  assert.equal(await store.text('SELECT count() FROM juliu_store.trade_events'), '4');
});

test('a condition sees only the winning copy, although a skip index knows only the other', async () => {
  await addTrade('2024-03-01 10:00:00.000', 9, ', tid', ', 6');
  await addTrade('2024-03-01 10:00:00.500', 1, ', tid', ', 5');
  assert.equal(await store.text('SELECT count() FROM juliu.trade_events WHERE tid = 5'), '0');
  assert.equal(await store.text('SELECT count() FROM juliu.trade_events WHERE tid = 6'), '1');
});

test('typed tables: a condition finer than a second sees only the winning copy, in whatever part the other lies', async () => {
  await addTrade('2024-03-01 10:00:00.000', 9);
  await addTrade('2024-03-01 10:00:00.500', 1);
  const after400 = `publish_time >= '2024-03-01 10:00:00.400'`;
  assert.equal(await store.text(`SELECT count() FROM juliu.trade_events WHERE ${after400}`), '0');
  assert.equal(await store.text(`SELECT count() FROM juliu.trade_events WHERE NOT ${after400}`), '1');
});

test('events: whole-second bounds are exact, and a time range reads only its months', async () => {
  for (const [time, version] of [
    ['2024-03-31 23:59:59.000', 9],
    ['2024-03-31 23:59:59.900', 1],
    ['2024-04-01 00:00:00.000', 1],
    ['2024-02-01 00:00:00.000', 1],
  ] as const) {
    await store.command(
      `INSERT INTO juliu_store.events (event_id, topic, publish_time, version) VALUES ('1', 't', '${time}', ${version})`,
    );
  }
  const count = (where: string): Promise<string> => store.text(`SELECT count() FROM juliu.events WHERE ${where}`);
  assert.equal(await count('1'), '3');
  assert.equal(await count(`publish_time >= '2024-03-31 23:59:59' AND publish_time < '2024-04-01 00:00:00'`), '1');
  assert.equal(await count(`publish_time >= '2024-04-01 00:00:00'`), '1');
  const plan = await store.text(
    `EXPLAIN indexes = 1 SELECT content FROM juliu.events WHERE publish_time >= '2024-04-01 00:00:00'`,
  );
  assert.match(plan, /FINAL: 1/);
  assert.match(plan, /Partition[^]*Parts: 1\/1/);
});

test('looking up an id uses its skip index through the view', async () => {
  const lookups: Readonly<Record<string, readonly string[]>> = {
    events: ['event_id'],
    trade_events: ['tid', 'oid', 'num_iid'],
    refund_events: ['refund_id', 'tid', 'oid'],
    item_events: ['num_iid', 'sku_id'],
    logistics_traces: ['tid', 'out_sid'],
    review_events: ['tid', 'oid', 'num_iid'],
    distribution_events: ['fenxiao_id', 'sub_order_id', 'tc_order_id', 'purchase_id'],
    trade_payments: ['tid'],
  };
  for (const [view, columns] of Object.entries(lookups)) {
    const stored = view === 'trade_payments' ? 'trade_events' : view;
    const extra = stored === 'trade_events' ? ', payment' : '';
    await store.command(
      `INSERT INTO juliu_store.${stored} (event_id, topic, publish_time, version${extra})
       SELECT toString(number), 't', toDateTime64('2024-03-01 00:00:00', 3, 'Asia/Shanghai') + number, 1${extra === '' ? '' : ', 1'}
       FROM numbers(10)`,
    );
    for (const column of columns) {
      const literal = /^(event_id|out_sid|fenxiao_id|sub_order_id)$/.test(column) ? `'77'` : '77';
      const plan = await store.text(`EXPLAIN indexes = 1 SELECT * FROM juliu.${view} WHERE ${column} = ${literal}`);
      assert.match(plan, new RegExp(`Name: ix_${column}\\b`), `${view}.${column}`);
    }
  }
});

test('readers that follow a table by stored_at use its index', async () => {
  await addTrade('2024-03-01 10:00:00.000', 1);
  const plan = await store.text(
    `EXPLAIN indexes = 1 SELECT tid FROM juliu.trade_events WHERE stored_at >= now64(3) - INTERVAL 1 HOUR`,
  );
  assert.match(plan, /Name: ix_stored_at\b/);
});

test('every view answers, settings inside it included, to a reader that may change no setting', async () => {
  await addTrade('2024-03-01 10:00:00.000', 1);
  assert.equal(await store.text(`SELECT getSetting('readonly')`), '1');
  // A view with parameters has no columns in the catalogue; its plain twin is asked.
  const views = await store.text(`SELECT DISTINCT table FROM system.columns WHERE database = 'juliu'`);
  assert.ok(views.split('\n').length > 40);
  for (const view of views.split('\n')) await store.text(`SELECT * FROM juliu.${view}`);
});

test('the raw body of a dead letter is not in the view; the mark of a retry wins over later deliveries', async () => {
  await assert.rejects(store.text('SELECT body FROM juliu.dead_letters'), /body/);
  const add = (retried: string, version: string): Promise<void> =>
    store.command(
      `INSERT INTO juliu_store.dead_letters (identity, reason, body, received_at, retried_at, version)
       VALUES ('h:1', 'not_json', 'x', now64(3), ${retried}, ${version})`,
    );
  await add('NULL', '77');
  await add(`'2024-03-01 10:00:00.000'`, '77 + 4503599627370496');
  await add('NULL', '77');
  assert.equal(
    await store.text('SELECT count(), any(toString(retried_at)) FROM juliu.dead_letters'),
    '1\t2024-03-01 10:00:00.000',
  );
});

test('a column added to a table later does not break the view, and comments written later reach it', async () => {
  await store.command('TRUNCATE TABLE juliu_store.review_events');
  await store.command(`ALTER TABLE juliu_store.review_events ADD COLUMN later String COMMENT '后来 — later'`);
  assert.equal(await store.text('SELECT count() FROM juliu.review_events'), '0');
  await store.command(`ALTER TABLE juliu_store.review_events COMMENT COLUMN feedback '评价 — it''s \\\\ new'`);
  const [plan] = await new Migrator(store).plan();
  assert.equal(plan?.version, '-');
  assert.equal(plan.statements.length, 1);
  await new Migrator(store).apply();
  assert.equal(
    await store.text(
      `SELECT comment FROM system.columns WHERE database = 'juliu' AND table = 'review_events' AND name = 'feedback'`,
    ),
    `评价 — it's \\ new`,
  );
  assert.deepEqual(await new Migrator(store).plan(), []);
});
