/** Nothing is counted twice: claims on a trade, sellers with two names, verdicts that were taken back. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { asof, cut, Parcels } from './parcel-fixture.js';

let parcels: Parcels;
before(async () => {
  parcels = await Parcels.open();
});
after(() => parcels.close());
beforeEach(() => parcels.clear());

const paid = '2026-03-01 08:00:00';

/** A verdict of the platform: on a waybill, on a trade, or on both; opened or taken back. */
async function verdict(
  id: string,
  on: { readonly tid?: number; readonly sid?: string; readonly yuan?: number; readonly code?: string },
  at = '2026-03-02 00:00:00',
  event = 'exception_created',
): Promise<void> {
  await parcels.store.command(
    `INSERT INTO juliu_store.logistics_traces (event_id, topic, event, publish_time, excep_id, tid, out_sid, compensate_amount, exception_code)
     VALUES ('${id}-${event}', 't', '${event}', '${at}', '${id}', ${on.tid ?? 'NULL'}, '${on.sid ?? ''}', ${on.yuan ?? 'NULL'}, '${on.code ?? 'TRANSPORT_STOP'}')`,
  );
}

test('a claim on a whole trade, or on a waybill of several, is in a sum once', async () => {
  for (const [tid, sid] of [
    [1, 'A'],
    [1, 'B'],
    [2, 'S'],
    [3, 'S'],
  ] as const)
    await parcels.parcel(tid, sid, [['picked_up', '2026-03-01 12:00:00']]);
  await parcels.run();
  await verdict('E1', { tid: 1, yuan: 10 });
  await verdict('E2', { tid: 1, sid: 'B', yuan: 3 });
  await verdict('E3', { sid: 'S', yuan: 5 });
  await verdict('E4', { tid: 3, sid: 'S', yuan: 2 });
  const at = '2026-03-02 12:00:00';
  assert.deepEqual(
    await parcels.rows(
      `SELECT tid, out_sid, money_at_risk FROM juliu.parcel_exceptions_at${asof(at)} ORDER BY tid, out_sid`,
    ),
    [
      ['1', 'A', '10'],
      ['1', 'B', '3'],
      ['2', 'S', '5'],
      ['3', 'S', '2'],
    ],
  );
  // All four are stopped after the pick-up: 10 + 3 + 5 + 2.
  assert.deepEqual(await parcels.rows(`SELECT units, money_at_risk FROM juliu.exception_summary_at${asof(at)}`), [
    ['4', '20'],
  ]);
});

test('exceptions by province and item', async () => {
  await parcels.order({ tid: 1, paid_at: paid, num_iids: [5, 9] }, { tid: 2, paid_at: paid, num_iids: [6] });
  await parcels.parcel(1, 'A', [
    ['picked_up', '2026-03-01 12:00:00', '【杭州市】余杭网点 已揽收'],
    ['out_for_delivery', '2026-03-02 12:00:00', '【成都市】武侯网点 派送中'],
  ]);
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(
      `SELECT tid, class, origin_province, destination_province, num_iids FROM juliu.parcel_exceptions_at${asof('2026-03-04 12:00:00')} ORDER BY tid`,
    ),
    [
      ['1', '3', '浙江省', '四川省', '[5,9]'],
      ['2', '7', '\\N', '\\N', '[6]'],
    ],
  );
});

test('a seller whom a group names by nick and by id counts in it once', async () => {
  await parcels.store.command(
    `INSERT INTO juliu_store.seller_groups VALUES ('2026-01-01 00:00:00', 'big', '甲店'), ('2026-01-01 00:00:00', 'big', '7'), ('2026-01-01 00:00:00', 'west', '7')`,
  );
  try {
    await parcels.parcel(1, 'A', [
      ['consigned', '2026-03-01 10:00:00'],
      ['picked_up', '2026-03-01 12:00:00'],
    ]);
    await parcels.store.command(
      `INSERT INTO juliu_store.parcels_state (day, tid, out_sid, seller_nick) VALUES ('2026-03-01', 1, 'A', '甲店')`,
    );
    await parcels.run();
    const span = cut('2026-03-10 00:00:00', '2026-03-01', '2026-03-31', 'seller_group');
    for (const id of ['R2', 'R9']) {
      assert.deepEqual(
        await parcels.rows(
          `SELECT value, denominator FROM juliu.parcel_rates_at${span} WHERE rate_id = '${id}' ORDER BY value`,
        ),
        [
          ['big', '1'],
          ['west', '1'],
        ],
      );
    }
    assert.deepEqual(
      await parcels.rows(`SELECT value, cohort FROM juliu.parcel_latency_at${span} WHERE metric = 'D2' ORDER BY value`),
      [
        ['big', '1'],
        ['west', '1'],
      ],
    );
  } finally {
    await parcels.store.command('TRUNCATE TABLE juliu_store.seller_groups');
  }
});

test('a verdict counts in R8 until it is taken back; one on a trade counts for each of its parcels', async () => {
  for (const [tid, sid] of [
    [1, 'A'],
    [2, 'B'],
    [2, 'C'],
    [3, 'D'],
  ] as const)
    await parcels.parcel(tid, sid, [
      ['consigned', '2026-03-01 10:00:00'],
      ['picked_up', '2026-03-01 12:00:00'],
    ]);
  await parcels.parcel(4, 'F', [['consigned', '2026-03-01 10:00:00']]);
  await parcels.run();
  const code = 'CONSIGN_FAKE';
  await verdict('E1', { sid: 'A', code }, '2026-03-02 11:00:00');
  await verdict('E1', { sid: 'A', code }, '2026-03-03 11:00:00', 'exception_resolved');
  await verdict('E2', { tid: 2, code }, '2026-03-02 12:00:00');
  await verdict('E3', { tid: 3, code: 'TRANSPORT_STOP' }, '2026-03-02 11:00:00');
  const rates = (at: string): Promise<string[][]> =>
    parcels.rows(
      `SELECT rate_id, numerator, denominator FROM juliu.parcel_rates_at${cut(at, '2026-03-01', '2026-03-31')} WHERE rate_id LIKE 'R8%' ORDER BY rate_id`,
    );
  // F alone has no event of the carrier; the platform says it of others, over the same five.
  assert.deepEqual(await rates('2026-03-02 11:00:00'), [
    ['R8', '1', '5'],
    ['R8_platform', '1', '5'],
  ]);
  assert.deepEqual(await rates('2026-03-03 10:59:59'), [
    ['R8', '1', '5'],
    ['R8_platform', '3', '5'],
  ]);
  assert.deepEqual(await rates('2026-03-03 11:00:00'), [
    ['R8', '1', '5'],
    ['R8_platform', '2', '5'],
  ]);
});
