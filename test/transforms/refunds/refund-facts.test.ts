/** Refunds resolved from their messages; every expected value worked out by hand. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { ask, emptyShop, openShop, put, refund, run, trade } from '../orders/shop.js';

const store = await openShop();
after(() => store.close());
beforeEach(() => emptyShop(store));

const facts = (columns: string): Promise<string[]> =>
  ask(store, `SELECT ${columns} FROM juliu.refund_facts ORDER BY refund_id`);

test('the business time decides, not the publication: status, amount, phase, path', async () => {
  await put(store, [
    refund(1, 'succeeded', '2026-03-04 10:00:00', { tid: 100, modified: '2026-03-04 09:00:00', refund_fee: '18.00' }),
    // Published after the success, but older.
    refund(1, 'buyer_modified', '2026-03-05 10:00:00', {
      tid: 100,
      modified: '2026-03-02 09:00:00',
      refund_fee: '20.00',
      refund_phase: 'aftersale',
      bill_type: 'return_bill',
    }),
    refund(1, 'created', '2026-03-06 10:00:00', {
      tid: 100,
      modified: '2026-03-01 09:00:00.900',
      refund_fee: '25.00',
      refund_phase: 'onsale',
    }),
    refund(1, 'message_created', '2026-03-07 10:00:00', { tid: 100, modified: '2026-03-05 09:00:00' }),
  ]);
  await run(store);
  assert.deepEqual(
    await facts('day, created_at, succeeded_at, status, fee, phase, bill_type, status_path, first_seen_midlife'),
    [
      '2026-03-04\t2026-03-01 09:00:00\t2026-03-04 09:00:00\tSUCCESS\t18\taftersale\treturn_bill' +
        `\t['created','buyer_modified','succeeded']\tfalse`,
    ],
  );
});

test('the steps of one second in the order of their nature; repetitions in a row once; midlife without a creation', async () => {
  const at = '2026-03-04 09:00:00';
  await put(store, [
    refund(1, 'closed', at, { modified: at }),
    refund(1, 'seller_agreed', at, { modified: at }),
    refund(1, 'buyer_modified', at, { modified: '2026-03-03 09:00:00' }),
    refund(1, 'buyer_modified', at, { modified: '2026-03-03 10:00:00' }),
    refund(1, 'intervention_applied', at),
  ]);
  await run(store);
  assert.deepEqual(await facts('status_path, status_path_at, status, first_seen_midlife, intervention_applied_at'), [
    `['buyer_modified','seller_agreed','intervention_applied','closed']` +
      `\t['2026-03-03 09:00:00','${at}','${at}','${at}']\tCLOSED\ttrue\t${at}`,
  ]);
});

test('the item is that of the order line, whenever a trade message names it; without it the refund counts all the same', async () => {
  await put(store, [
    trade(100, 'created', '2026-03-01 10:00:00', { oid: 101, num_iid: 7 }),
    trade(100, 'created', '2026-03-01 10:00:00', { oid: 102 }),
    trade(200, 'created', '2026-03-01 10:00:00', { num_iid: 8 }),
    refund(1, 'created', '2026-03-02 10:00:00', { tid: 100, oid: 101, refund_fee: '1.00' }),
    refund(2, 'created', '2026-03-02 10:00:00', { tid: 100, oid: 102, refund_fee: '1.00' }),
    refund(3, 'created', '2026-03-02 10:00:00', { tid: 200, oid: 200, refund_fee: '1.00' }),
    refund(4, 'created', '2026-03-02 10:00:00', { tid: 999, oid: 999, refund_fee: '1.00' }),
  ]);
  await run(store);
  assert.deepEqual(await facts('refund_id, num_iid'), ['1\t7', '2\t\\N', '3\t8', '4\t\\N']);
  await put(store, [trade(100, 'changed', '2026-03-09 10:00:00', { oid: 102, num_iid: 9 })]);
  await run(store);
  assert.deepEqual(await facts('refund_id, num_iid'), ['1\t7', '2\t9', '3\t8', '4\t\\N']);
});

test('a message without a refund_id makes no refund', async () => {
  await put(store, [{ ...refund(1, 'created', '2026-03-01 10:00:00'), fields: { tid: 100 } }]);
  await run(store);
  assert.deepEqual(await facts('refund_id'), []);
});

test('days are those of UTC+8: a refund of the last millisecond of a month', async () => {
  await put(store, [
    trade(100, 'paid', '2026-01-31 12:00:00', { payment: '5.00' }),
    refund(1, 'succeeded', '2026-02-01 00:00:00.500', {
      tid: 100,
      refund_fee: '2.00',
      modified: '2026-01-31 23:59:59.999',
    }),
    refund(2, 'succeeded', '2026-02-01 00:00:00', { tid: 100, refund_fee: '3.00', modified: '2026-02-01 00:00:00' }),
  ]);
  await run(store);
  assert.deepEqual(await ask(store, 'SELECT day, paid, refunded, net FROM juliu.gmv_daily ORDER BY day'), [
    '2026-01-31\t5\t2\t3',
    '2026-02-01\t0\t3\t-3',
  ]);
});
