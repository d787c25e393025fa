/** Durations and rates as of an instant; every expected value worked out by hand. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { asof, cut, Parcels } from './parcel-fixture.js';

let parcels: Parcels;
before(async () => {
  parcels = await Parcels.open();
});
after(() => parcels.close());
beforeEach(() => parcels.clear());

const latency = (at: string, metric: string, from = '2026-03-01', to = '2026-03-31'): Promise<string[][]> =>
  parcels.rows(
    `SELECT cohort, finished, p50, p90, mean, excluded_negative FROM juliu.parcel_latency_at${cut(at, from, to)} WHERE metric = '${metric}'`,
  );
const rate = async (at: string, id: string, from = '2026-03-01', to = '2026-03-31'): Promise<string> => {
  const rows = await parcels.rows(
    `SELECT numerator, denominator FROM juliu.parcel_rates_at${cut(at, from, to)} WHERE rate_id = '${id}'`,
  );
  return rows.map((row) => row.join('/')).join();
};

/** Paid 08:00, consigned 10:00, got 12:00 on 1 March; then as given. */
async function shipped(
  tid: number,
  steps: readonly (readonly [stage: string, at: string, text?: string])[] = [],
  carrier = '圆通速递',
): Promise<void> {
  await parcels.parcel(
    tid,
    `W${tid}`,
    [['consigned', '2026-03-01 10:00:00'], ['picked_up', '2026-03-01 12:00:00'], ...steps],
    { carrier },
  );
}
const paid = '2026-03-01 08:00:00';

test('D1 to D8 of one parcel, and the mean stack adds up', async () => {
  await parcels.order({ tid: 1, paid_at: paid });
  await shipped(1, [
    ['destination_city', '2026-03-02 12:00:00'],
    ['out_for_delivery', '2026-03-02 18:00:00'],
    ['signed', '2026-03-02 19:00:00'],
  ]);
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(
      `SELECT metric, mean, p50 FROM juliu.parcel_latency_at${cut('2026-03-10 00:00:00', '2026-03-01', '2026-03-01')} ORDER BY toUInt8(substring(metric, 2))`,
    ),
    [
      ['D1', '7200', '7200'],
      ['D2', '7200', '7200'],
      ['D3', '14400', '14400'],
      ['D4', '86400', '86400'],
      ['D5', '108000', '108000'],
      ['D7', '111600', '111600'],
      ['D8', '126000', '126000'],
      // Longest silence: picked up → destination city.
      ['D11', '86400', '86400'],
    ],
  );
  // D6 starts on 2 March. 7200 + 7200 + 108000 + 3600 = 126000 = D8.
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D6', '2026-03-02', '2026-03-02'), [
    ['1', '1', '3600', '3600', '3600', '0'],
  ]);
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D6', '2026-03-01', '2026-03-01'), []);
});

test('a percentile is NULL until it is reached, whatever the finished ones took', async () => {
  // Six of ten signed after 1..6 hours.
  for (let tid = 1; tid <= 10; tid++) {
    await shipped(tid, tid <= 6 ? [['signed', `2026-03-01 ${12 + tid}:00:00`]] : []);
  }
  await parcels.run();
  // Element floor(0.5·10) = 5 of the sorted is 6 h; element 9 is open.
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D7'), [['10', '6', '21600', '\\N', '12600', '0']]);
  // At 14:30 two are signed: the median is open.
  assert.deepEqual(await latency('2026-03-01 14:30:00', 'D7'), [['10', '2', '\\N', '\\N', '5400', '0']]);
  // Exactly at its instant an event has happened.
  assert.deepEqual(await latency('2026-03-01 13:00:00', 'D7'), [['10', '1', '\\N', '\\N', '3600', '0']]);
});

test('closed or refunded before the end leaves the cohort; after it, it stays', async () => {
  await parcels.order(
    { tid: 1, paid_at: paid, left_at: '2026-03-01 18:00:00' },
    { tid: 2, paid_at: paid, left_at: '2026-03-05 18:00:00' },
    { tid: 3, paid_at: paid },
  );
  for (const tid of [1, 2, 3]) await shipped(tid, [['signed', '2026-03-03 12:00:00']]);
  await parcels.run();
  // D7: parcel 1 was left before its sign. D3: its pick-up came before.
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D7'), [['2', '2', '172800', '172800', '172800', '0']]);
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D3'), [['3', '3', '14400', '14400', '14400', '0']]);
  // Before it was left it was open like the others.
  assert.deepEqual(await latency('2026-03-01 17:00:00', 'D7'), [['3', '0', '\\N', '\\N', '\\N', '0']]);
});

test('a negative interval is left out and counted', async () => {
  await shipped(1, [['signed', '2026-03-01 11:00:00']]);
  await shipped(2, [['signed', '2026-03-01 13:00:00']]);
  await parcels.run();
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D7'), [['1', '1', '3600', '3600', '3600', '1']]);
});

test('an order without parcels is one open unit of D1, D3, D8 and nothing else', async () => {
  await parcels.order({ tid: 1, paid_at: paid }, { tid: 2, paid_at: paid });
  await shipped(1);
  await parcels.run();
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D1'), [['2', '1', '\\N', '\\N', '7200', '0']]);
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D3'), [['2', '1', '\\N', '\\N', '14400', '0']]);
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D7'), [['1', '0', '\\N', '\\N', '\\N', '0']]);
  // Before the parcel's first event the order has none.
  assert.deepEqual(await latency('2026-03-01 09:00:00', 'D1'), [['2', '0', '\\N', '\\N', '\\N', '0']]);
});

test('sent offline, first seen in the middle of life, and unknown orders stay out where they must', async () => {
  await parcels.order(
    { tid: 1, paid_at: paid, send_type: 'offline' },
    { tid: 2, paid_at: paid, first_seen_midlife: true },
  );
  await shipped(1, [['signed', '2026-03-01 12:00:00']]);
  await shipped(2, [['signed', '2026-03-01 14:00:00']]);
  await shipped(3, [['signed', '2026-03-01 15:00:00']]);
  await parcels.parcel(4, 'W4', [
    ['departed', '2026-03-01 12:00:00'],
    ['signed', '2026-03-01 13:00:00'],
  ]);
  await parcels.run();
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D7'), [['2', '2', '10800', '10800', '9000', '0']]);
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D8'), []);
  assert.equal(await rate('2026-03-10 00:00:00', 'R10'), '0/2');
});

test('an inferred pick-up starts D7, until the pick-up itself is seen', async () => {
  await parcels.parcel(1, 'W1', [
    ['consigned', '2026-03-01 10:00:00'],
    ['arrived', '2026-03-01 14:00:00'],
    ['signed', '2026-03-02 14:00:00'],
  ]);
  await parcels.run();
  assert.deepEqual(await latency('2026-03-10 00:00:00', 'D7'), [['1', '1', '86400', '86400', '86400', '0']]);
  assert.equal(await rate('2026-03-10 00:00:00', 'R10'), '0/1');
});

test('the longest silence of an open parcel grows with the clock; of a lost one it does not', async () => {
  await shipped(1, [['arrived', '2026-03-01 15:00:00']]);
  await shipped(2, [['lost', '2026-03-01 18:00:00']]);
  await parcels.run();
  const silence = (at: string): Promise<string[][]> =>
    parcels.rows(`SELECT tid, d11 FROM juliu.parcel_units_at${asof(at)} WHERE in_d11 ORDER BY tid`);
  assert.deepEqual(await silence('2026-03-01 16:00:00'), [
    ['1', '10800'],
    ['2', '14400'],
  ]);
  assert.deepEqual(await silence('2026-03-03 15:00:00'), [
    ['1', '172800'],
    ['2', '21600'],
  ]);
});

test('cuts: carrier, hour of payment beside hour of the start, weekday, item, seller, unknown ones', async () => {
  await parcels.order({ tid: 1, paid_at: paid, num_iids: [5, 9] });
  await shipped(1, [['signed', '2026-03-01 13:00:00']]);
  await shipped(2, [['signed', '2026-03-01 14:00:00']], '中通快递');
  await parcels.run();
  const of = (by: string, metric: string): Promise<string[][]> =>
    parcels.rows(
      `SELECT value, cohort FROM juliu.parcel_latency_at${cut('2026-03-10 00:00:00', '2026-03-01', '2026-03-31', by)} WHERE metric = '${metric}' ORDER BY value`,
    );
  assert.deepEqual(await of('carrier', 'D7'), [
    ['中通快递', '1'],
    ['圆通速递', '1'],
  ]);
  assert.deepEqual(await of('hour', 'D8'), [['8', '1']]);
  assert.deepEqual(await of('hour', 'D7'), [['12', '2']]);
  // 1 March 2026 is a Sunday.
  assert.deepEqual(await of('weekday', 'D2'), [['7', '2']]);
  assert.deepEqual(await of('day', 'D2'), [['2026-03-01', '2']]);
  assert.deepEqual(await of('item', 'D7'), [
    ['', '1'],
    ['5', '1'],
    ['9', '1'],
  ]);
  assert.deepEqual(await of('seller', 'D7'), [['7', '2']]);
  await assert.rejects(of('warehouse', 'D7'), /cut must be one of all, carrier, lane/);
});

test('R1, R3: only what is due counts; presale, closed in time and late', async () => {
  await parcels.order(
    { tid: 1, paid_at: paid, shipped_at: '2026-03-03 08:00:00' },
    { tid: 2, paid_at: paid, shipped_at: '2026-03-03 08:00:01' },
    { tid: 3, paid_at: paid, left_at: '2026-03-02 00:00:00' },
    { tid: 4, paid_at: paid, shipped_at: '2026-03-02 00:00:00', presale: true },
    { tid: 5, paid_at: paid, left_at: '2026-03-04 00:00:00' },
    { tid: 6, paid_at: '2026-03-02 08:00:00' },
  );
  await shipped(1);
  await parcels.parcel(2, 'W2', [['picked_up', '2026-03-03 09:00:00']]);
  await parcels.run();
  // 3 left before the deadline, 4 is a presale, 6 is due on 4 March 08:00.
  assert.equal(await rate('2026-03-03 08:00:01', 'R1'), '1/3');
  assert.equal(await rate('2026-03-04 08:00:00', 'R1'), '1/4');
  assert.equal(await rate('2026-03-03 07:59:59', 'R1'), '');
  // R3 takes presales, too: 1 in time, 2 late, 4 and 5 without pick-up.
  assert.equal(await rate('2026-03-03 08:00:01', 'R3'), '1/4');
});

test('R2, R8: picked up within 24 h of the dispatch, and news of the carrier', async () => {
  await shipped(1);
  await parcels.parcel(2, 'W2', [
    ['consigned', '2026-03-01 10:00:00'],
    ['picked_up', '2026-03-02 10:00:01'],
  ]);
  await parcels.parcel(3, 'W3', [
    ['consigned', '2026-03-01 10:00:00'],
    ['other', '2026-03-01 11:00:00'],
  ]);
  await parcels.run();
  assert.equal(await rate('2026-03-02 09:59:59', 'R2'), '');
  assert.equal(await rate('2026-03-03 00:00:00', 'R2'), '1/3');
  assert.equal(await rate('2026-03-03 00:00:00', 'R8'), '1/3');
  await parcels.store.command(
    `INSERT INTO juliu_store.logistics_traces (event_id, topic, event, publish_time, excep_id, exception_type, mail_details, trade_details, seller_id, out_sid)
     VALUES ('e1', 't', 'exception_created', '2026-03-02 12:00:00', 'EX1', 'COLLECT', '[{"mailNo":"W3","cpCode":"YTO"}]', '[{"tid":"3"}]', 7, '')`,
  );
  assert.equal(await rate('2026-03-03 00:00:00', 'R8_platform'), '1/3');
});

test('R4: against the promise and a day later', async () => {
  const promised_at = '2026-03-02 12:00:00';
  await parcels.order(
    { tid: 1, paid_at: paid, promised_at },
    { tid: 2, paid_at: paid, promised_at },
    { tid: 3, paid_at: paid, promised_at, left_at: '2026-03-02 00:00:00' },
    { tid: 4, paid_at: paid },
    // Without a parcel nothing keeps the promise; without a payment, or when sent by hand, none was given.
    { tid: 5, paid_at: paid, promised_at },
    { tid: 6, paid_at: null, promised_at },
    { tid: 7, paid_at: paid, promised_at, send_type: 'offline' },
    { tid: 8, paid_at: paid, promised_at, left_at: '2026-03-02 00:00:00' },
  );
  await shipped(1, [['signed', '2026-03-02 12:00:00']]);
  await shipped(2, [['signed', '2026-03-03 12:00:00']]);
  await shipped(3);
  await shipped(4);
  await parcels.run();
  assert.equal(await rate('2026-03-02 12:00:00', 'R4'), '1/3');
  assert.equal(await rate('2026-03-02 12:00:00', 'R4_next_day'), '');
  assert.equal(await rate('2026-03-03 12:00:00', 'R4_next_day'), '2/3');
});

test('R5: by the end of the k-th day after the pick-up, days of UTC+8', async () => {
  await shipped(1, [['signed', '2026-03-02 23:59:59']]);
  await shipped(2, [['signed', '2026-03-03 00:00:00']]);
  await shipped(3);
  await parcels.run();
  assert.equal(await rate('2026-03-02 23:59:59', 'R5_1'), '');
  assert.equal(await rate('2026-03-03 00:00:00', 'R5_1'), '1/3');
  assert.equal(await rate('2026-03-04 00:00:00', 'R5_2'), '2/3');
  assert.equal(await rate('2026-03-04 23:59:59', 'R5_3'), '');
  assert.equal(await rate('2026-03-05 00:00:00', 'R5_3'), '2/3');
});

test('R6, R7: first attempt, failures, refusals', async () => {
  const scan = ['out_for_delivery', '2026-03-02 09:00:00'] as const;
  await shipped(1, [scan, ['out_for_delivery', '2026-03-02 15:00:00'], ['signed', '2026-03-02 16:00:00']]);
  await shipped(2, [scan, ['failed', '2026-03-02 11:00:00', '改日再派'], ['signed', '2026-03-02 16:00:00']]);
  await shipped(3, [scan, ['out_for_delivery', '2026-03-03 09:00:00'], ['signed', '2026-03-03 10:00:00']]);
  await shipped(4, [scan, ['failed', '2026-03-02 11:00:00', '收件人拒收']]);
  await shipped(5, [scan]);
  await parcels.run();
  // Parcel 5 is due a day after its attempt; parcel 3's second day spoils it.
  assert.equal(await rate('2026-03-03 08:59:59', 'R6'), '1/3');
  assert.equal(await rate('2026-03-04 00:00:00', 'R6'), '1/5');
  assert.equal(await rate('2026-03-04 00:00:00', 'R7'), '2/5');
  assert.equal(await rate('2026-03-04 00:00:00', 'R7_refused'), '1/5');
  assert.equal(await rate('2026-03-02 10:00:00', 'R7'), '0/5');
});

test('R6: an order paid back after its parcel was refused stays, one paid back before does not count', async () => {
  const scan = ['out_for_delivery', '2026-03-02 09:00:00'] as const;
  await parcels.order(
    { tid: 1, paid_at: '2026-03-01 08:00:00', left_at: '2026-03-02 13:00:00' },
    { tid: 2, paid_at: '2026-03-01 08:00:00', left_at: '2026-03-02 10:00:00' },
  );
  await shipped(1, [scan, ['failed', '2026-03-02 11:00:00', '收件人拒收']]);
  await shipped(2, [scan, ['failed', '2026-03-02 11:00:00', '收件人拒收']]);
  await parcels.run();
  for (const asof of ['2026-03-02 12:00:00', '2026-03-02 13:30:00', '2026-03-20 00:00:00']) {
    assert.equal(await rate(asof, 'R6'), '0/1', asof);
  }
});

test('R9, R10, R11: stagnant, complete, lost and returned', async () => {
  await shipped(1, [['arrived', '2026-03-01 15:00:00']]);
  await shipped(2, [['arrived', '2026-03-02 15:00:00']]);
  await shipped(3, [['lost', '2026-03-02 15:00:00']]);
  await shipped(4, [['returned', '2026-03-02 15:00:00']]);
  await shipped(5, [
    ['out_for_delivery', '2026-03-02 09:00:00'],
    ['signed', '2026-03-02 16:00:00'],
  ]);
  await shipped(6, [['signed', '2026-03-02 16:00:00']]);
  await parcels.run();
  // Transport: 48 h. Parcel 1 reaches it at 15:00 on the 3rd.
  assert.equal(await rate('2026-03-03 14:59:59', 'R9'), '0/2');
  assert.equal(await rate('2026-03-03 15:00:00', 'R9'), '1/2');
  assert.equal(await rate('2026-03-03 15:00:00', 'R10'), '1/2');
  assert.equal(await rate('2026-03-03 15:00:00', 'R11_lost'), '1/6');
  assert.equal(await rate('2026-03-03 15:00:00', 'R11_returned'), '1/6');
  // Before the sign the parcels 3..6 were open, too; picked_up: 24 h.
  assert.equal(await rate('2026-03-02 12:00:00', 'R9'), '4/6');
});

test('daily twins answer', async () => {
  await parcels.order({ tid: 1, paid_at: paid });
  await shipped(1, [['signed', '2026-03-02 12:00:00']]);
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(`SELECT cohort_day, p50, small FROM juliu.parcel_latency_daily WHERE metric = 'D7'`),
    [['2026-03-01', '86400', 'true']],
  );
  assert.deepEqual(await parcels.rows(`SELECT cohort_day, rate FROM juliu.parcel_rates_daily WHERE rate_id = 'R5_1'`), [
    ['2026-03-01', '1'],
  ]);
  assert.deepEqual(
    await parcels.rows(
      `SELECT metric, cohort_day, seconds FROM juliu.parcel_durations_at${asof('2026-03-01 13:00:00')} WHERE metric IN ('D2', 'D7') ORDER BY metric`,
    ),
    [
      ['D2', '2026-03-01', '7200'],
      ['D7', '2026-03-01', '\\N'],
    ],
  );
});
