/** The same messages in any order, more than once, under new identities, over many inserts and runs: the same marts. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { ask, emptyShop, openShop, put, refund, run, trade, type Message } from './shop.js';

const store = await openShop();
after(() => store.close());
beforeEach(() => emptyShop(store));

/** Twelve orders over two weeks: several lines, refunds, closures, all kinds of payments. */
function story(): Message[] {
  const list: Message[] = [];
  for (let n = 1; n <= 12; n++) {
    const tid = n * 1000;
    const day = String(1 + n).padStart(2, '0');
    const lines = Array.from({ length: 1 + (n % 3) }, (_, line) => tid + line + 1);
    for (const [index, oid] of lines.entries()) {
      const payment = n % 2 === 0 ? '30.00' : `${10 + index}.00`;
      const item = n % 3 === 0 ? {} : { num_iid: 500 + index };
      list.push(
        trade(tid, 'created', `2026-03-${day} 10:00:00.${100 + index}`, {
          oid,
          payment,
          status: 'WAIT_BUYER_PAY',
          ...item,
        }),
        trade(tid, 'paid', `2026-03-${day} 10:05:00.${100 + index}`, {
          oid,
          payment,
          status: 'WAIT_SELLER_SEND_GOODS',
        }),
      );
    }
    list.push(
      trade(tid, 'changed', `2026-03-${day} 10:05:00`, { payment: '30.00', status: 'WAIT_SELLER_SEND_GOODS' }),
      trade(tid, 'memo_modified', `2026-03-${day} 11:00:00`, {
        seller_flag: n % 4,
        seller_memo: n % 2 === 0 ? '' : '急',
      }),
    );
    if (n % 4 === 0) list.push(trade(tid, 'closed', `2026-03-${day} 12:00:00`, { status: 'TRADE_CLOSED' }));
    else list.push(trade(tid, 'shipped', `2026-03-${day} 23:59:59.999`, { status: 'WAIT_BUYER_CONFIRM_GOODS' }));
    if (n % 5 === 0) {
      const fee = { tid, oid: lines[0] ?? tid, refund_fee: '10.00', bill_type: 'return_bill' };
      list.push(
        refund(n, 'created', `2026-03-20 10:00:00`, {
          ...fee,
          refund_phase: 'onsale',
          modified: '2026-03-20 09:59:59',
        }),
        refund(n, 'seller_agreed', `2026-03-20 10:00:00`, { ...fee, modified: '2026-03-20 09:59:59' }),
        refund(n, 'goods_returned', `2026-03-22 10:00:00`, {
          ...fee,
          refund_phase: 'aftersale',
          modified: '2026-03-22 10:00:00',
        }),
        refund(n, 'succeeded', `2026-03-21 10:00:00`, { ...fee, modified: '2026-03-24 10:00:00' }),
      );
    }
  }
  return list;
}

/** The same every time (Park and Miller). */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed;
  return list
    .map((value) => ({ value, key: (state = (state * 48_271) % 2_147_483_647) }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

/** Order and refund marts, and what the views say of the states. */
async function contents(): Promise<string[]> {
  return [
    ...(await ask(store, 'SELECT * FROM juliu.order_facts ORDER BY tid')),
    ...(await ask(store, 'SELECT * FROM juliu.refund_facts ORDER BY refund_id')),
    ...(await ask(store, 'SELECT * FROM juliu.order_lines ORDER BY tid, oid')),
    ...(await ask(store, 'SELECT * FROM juliu.refund_rates ORDER BY day')),
  ];
}

const messages = story();
await put(store, messages);
await run(store);
const expected = await contents();

test('the story has what it is meant to have', async () => {
  await put(store, messages);
  await run(store);
  assert.deepEqual(
    await ask(
      store,
      `SELECT count(), sum(amount), countIf(payment_scope = 'line'), countIf(payment_scope = 'unknown'), sum(refunds),
         countIf(left_at IS NOT NULL) FROM juliu.order_facts`,
    ),
    // Odd orders have lines of 10, 11, 12: n = 1, 7 two lines (21), 3, 9 one (30: the trade-wide one), 5, 11 three (33);
    // even ones have 30 in every message, which is the total. 21·2 + 33·2 + 30·8 = 348.
    ['12\t348\t4\t0\t2\t3'],
  );
  // 10 agrees with the amount of neither order, so no order is fully refunded; 4, 8 and 12 were closed.
});

test('in any order, one message per insert for some', async () => {
  for (const seed of [7, 77]) {
    await emptyShop(store);
    const list = shuffled(messages, seed);
    for (const message of list.slice(0, 15)) await put(store, [message]);
    await put(store, list.slice(15));
    await run(store);
    assert.deepEqual(await contents(), expected);
  }
});

test('doubled, and published again under new identities', async () => {
  const again = messages.map((message, index) => ({ ...message, id: `h:again${index}` }));
  await put(store, shuffled([...messages, ...messages, ...again], 3));
  await run(store);
  assert.deepEqual(await contents(), expected);
});

test('over ten arrivals with a run after each, merged in between; and worked out from scratch', async () => {
  const list = shuffled(messages, 5);
  const share = Math.ceil(list.length / 10);
  for (let from = 0; from < list.length; from += share) {
    await put(store, list.slice(from, from + share));
    await run(store);
    if (from === share * 4) await store.command('OPTIMIZE TABLE juliu_store.orders_state FINAL');
  }
  assert.deepEqual(await contents(), expected);
  await run(store, ['orders', 'refunds'], { kind: 'full' });
  assert.deepEqual(await contents(), expected);
});

test('the views over the states say the same as the marts', async () => {
  await put(store, messages);
  await run(store);
  const [columns] = await ask(
    store,
    `SELECT arrayStringConcat(groupArray(name), ', ') FROM
     (SELECT name FROM system.columns WHERE database = 'juliu' AND table = 'orders' ORDER BY position)`,
  );
  const of = (table: string): Promise<string[]> => ask(store, `SELECT ${columns} FROM juliu.${table} ORDER BY tid`);
  assert.deepEqual(await of('orders'), await of('order_facts'));
  const [refundColumns] = await ask(
    store,
    `SELECT arrayStringConcat(groupArray(name), ', ') FROM
     (SELECT name FROM system.columns WHERE database = 'juliu' AND table = 'refunds' ORDER BY position)`,
  );
  const refunds = (table: string): Promise<string[]> =>
    ask(store, `SELECT ${refundColumns} FROM juliu.${table} ORDER BY refund_id`);
  assert.deepEqual(await refunds('refunds'), await refunds('refund_facts'));
});

test('copies of a message that differ end alike, whichever comes first', async () => {
  const one = {
    ...trade(1, 'changed', '2026-03-01 10:00:00.000', { status: 'A', payment: '1.00', seller_flag: 1 }),
    id: '5',
  };
  const fields = { ...one.fields, status: 'B', payment: '2.00', seller_flag: 2, version: 9_000_000_000_000_000 };
  const other = { ...one, at: '2026-03-01 10:00:00.700', fields };
  const ends = new Set<string>();
  for (const list of [
    [one, other],
    [other, one],
    [one, other, one],
  ]) {
    await emptyShop(store);
    for (const message of list) await put(store, [message]);
    await run(store);
    ends.add((await ask(store, 'SELECT status, memo_flag, amount FROM juliu.order_facts')).join());
  }
  // Of copies the one with the greater version.
  assert.deepEqual([...ends], ['B\t2\t2']);
});
