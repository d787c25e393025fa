/** Exception classes 1..10, ageing, thresholds, the platform's verdicts, and the lists of customer care. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { asof, Parcels } from './parcel-fixture.js';

let parcels: Parcels;
before(async () => {
  parcels = await Parcels.open();
});
after(() => parcels.close());
beforeEach(() => parcels.clear());

const paid = '2026-03-01 08:00:00';
type Step = readonly [stage: string, at: string, text?: string];

async function shipped(tid: number, ...steps: readonly Step[]): Promise<void> {
  const start: readonly Step[] = [
    ['consigned', '2026-03-01 10:00:00'],
    ['picked_up', '2026-03-01 12:00:00'],
  ];
  await parcels.parcel(tid, `W${tid}`, [...start, ...steps]);
}

const exceptions = (at: string, columns = 'class, since'): Promise<string[][]> =>
  parcels.rows(`SELECT ${columns} FROM juliu.parcel_exceptions_at${asof(at)} ORDER BY tid`);

/** What one seller's thresholds are set to; absent ones are not sent. */
async function thresholds(seller: number, at: string, values: Readonly<Record<string, string>>): Promise<void> {
  const names = Object.keys(values).map((name) => `${name}_warn_value`);
  await parcels.store.command(
    `INSERT INTO juliu_store.logistics_traces (event_id, topic, event, publish_time, seller_id, out_sid, ${names.join(', ')})
     VALUES ('${at}', 't', 'warning_config_changed', '${at}', ${seller}, '', ${Object.values(values)
       .map((value) => `'${value}'`)
       .join(', ')})`,
  );
}

async function verdict(
  id: string,
  at: string,
  columns: Readonly<Record<string, string>>,
  event: string,
): Promise<void> {
  await parcels.store.command(
    `INSERT INTO juliu_store.logistics_traces (event_id, topic, event, publish_time, excep_id, out_sid, ${Object.keys(columns).join(', ')})
     VALUES ('${id}-${event}', 't', '${event}', '${at}', '${id}', '', ${Object.values(columns)
       .map((value) => `'${value}'`)
       .join(', ')})`,
  );
}

test('1 lost, whatever came after', async () => {
  await shipped(1, ['lost', '2026-03-02 09:00:00'], ['other', '2026-03-02 10:00:00']);
  await parcels.run();
  assert.deepEqual(
    await exceptions('2026-03-02 12:00:00', 'class, exception, exception_en, since, age_hours, ageing'),
    [['1', '丢失', 'lost', '2026-03-02 09:00:00', '3', '0-24']],
  );
});

test('2 refused or returned, until the next delivery attempt', async () => {
  const scan = ['out_for_delivery', '2026-03-02 08:00:00'] as const;
  await shipped(1, scan, ['failed', '2026-03-02 09:00:00']);
  await shipped(2, scan, ['failed', '2026-03-02 09:00:00'], ['out_for_delivery', '2026-03-02 14:00:00']);
  await shipped(3, scan, ['rejected', '2026-03-02 09:00:00'], ['arrived', '2026-03-02 11:00:00']);
  await shipped(4, ['returned', '2026-03-02 09:00:00']);
  await parcels.run();
  assert.deepEqual(await exceptions('2026-03-02 15:00:00'), [
    ['2', '2026-03-02 09:00:00'],
    ['10', '2026-03-02 14:00:00'],
    ['2', '2026-03-02 09:00:00'],
    ['2', '2026-03-02 09:00:00'],
  ]);
  // The same parcels before the failure.
  assert.deepEqual((await exceptions('2026-03-02 08:30:00', 'class')).flat(), ['10', '10', '10', '9']);
});

test('3 delivery stopped, 4 transport stopped, 5 stopped after the pick-up: at their threshold, not before', async () => {
  await shipped(1, ['out_for_delivery', '2026-03-02 08:00:00']);
  for (const [index, stage] of [
    'arrived',
    'departed',
    'destination_city',
    'handed_over',
    'exception',
    'other',
  ].entries())
    await shipped(2 + index, [stage, '2026-03-02 08:00:00']);
  await shipped(8);
  await parcels.run();
  assert.deepEqual((await exceptions('2026-03-02 11:59:59', 'class')).flat(), '10 10 10 10 10 10 10 9'.split(' '));
  assert.deepEqual((await exceptions('2026-03-02 12:00:00', 'class')).flat(), '10 10 10 10 10 10 10 5'.split(' '));
  assert.deepEqual((await exceptions('2026-03-03 08:00:00', 'class')).flat(), '3 10 10 10 10 10 10 5'.split(' '));
  assert.deepEqual((await exceptions('2026-03-04 08:00:00', 'class')).flat(), '3 4 4 4 4 4 4 5'.split(' '));
  assert.deepEqual(
    await exceptions(
      '2026-03-04 08:00:00',
      'DISTINCT class, since, threshold_hours, ageing, tid IN (2, 3, 4, 5, 6, 7)',
    ),
    [
      ['3', '2026-03-02 08:00:00', '24', '48-72', '0'],
      ['4', '2026-03-02 08:00:00', '48', '48-72', '1'],
      ['5', '2026-03-01 12:00:00', '24', '48-72', '0'],
    ],
  );
});

test('6 not picked up, 7 dispatch late (parcels and orders without any)', async () => {
  await parcels.order(
    { tid: 1, paid_at: paid },
    { tid: 2, paid_at: paid },
    { tid: 3, paid_at: paid },
    { tid: 4, paid_at: paid, shipped_at: '2026-03-01 09:00:00' },
    { tid: 5, paid_at: paid, left_at: '2026-03-02 00:00:00' },
    { tid: 6, paid_at: paid, send_type: 'offline' },
  );
  await parcels.parcel(1, 'W1', [['consigned', '2026-03-01 10:00:00']]);
  await parcels.parcel(2, 'W2', [['created', '2026-03-01 10:00:00']]);
  await parcels.run();
  assert.deepEqual(await exceptions('2026-03-03 07:59:59', 'tid, out_sid, class, since, threshold_hours'), [
    ['1', 'W1', '6', '2026-03-01 10:00:00', '24'],
    ['2', 'W2', '9', '2026-03-01 08:00:00', '48'],
    ['3', '', '9', '2026-03-01 08:00:00', '48'],
  ]);
  assert.deepEqual(await exceptions('2026-03-03 08:00:00', 'tid, class, age_hours'), [
    ['1', '6', '46'],
    ['2', '7', '48'],
    ['3', '7', '48'],
  ]);
});

test('7 is due at the promise when that is earlier', async () => {
  await parcels.order({ tid: 1, paid_at: paid, promised_at: '2026-03-02 20:00:00' });
  const columns = 'class, since, threshold_hours';
  assert.deepEqual(await exceptions('2026-03-02 13:59:59', columns), [['10', paid, '\\N']]);
  assert.deepEqual(await exceptions('2026-03-02 14:00:00', columns), [['9', paid, '36']]);
  assert.deepEqual(await exceptions('2026-03-02 20:00:00', columns), [['7', paid, '36']]);
});

test('8 sign missing: the trade succeeded; 9 soon late: six hours before; 10 normal', async () => {
  await parcels.order({ tid: 1, paid_at: paid, finished_at: '2026-03-02 10:00:00' });
  await shipped(1, ['arrived', '2026-03-02 08:00:00']);
  await shipped(2, ['out_for_delivery', '2026-03-02 08:00:00']);
  await shipped(3, ['arrived', '2026-03-02 08:00:00'], ['signed', '2026-03-02 20:00:00']);
  await parcels.run();
  assert.deepEqual(await exceptions('2026-03-02 10:00:00'), [
    ['8', '2026-03-02 10:00:00'],
    ['10', '2026-03-02 08:00:00'],
    ['10', '2026-03-02 08:00:00'],
  ]);
  assert.deepEqual(await exceptions('2026-03-03 02:00:00', 'class, exception, since, threshold_hours'), [
    ['8', '签收未更新', '2026-03-02 10:00:00', '\\N'],
    ['9', '即将超时', '2026-03-02 08:00:00', '24'],
  ]);
});

test('ageing has its five buckets, each from its first hour', async () => {
  await shipped(1, ['lost', '2026-03-02 00:00:00']);
  await parcels.run();
  const ageing: string[] = [];
  for (const at of ['02 23:59:59', '03 00:00:00', '04 00:00:00', '05 00:00:00', '06 23:59:59', '07 00:00:00'])
    ageing.push((await exceptions(`2026-03-${at}`, 'ageing')).flat().join());
  assert.deepEqual(ageing, ['0-24', '24-48', '48-72', '72-120', '72-120', '>120']);
  assert.deepEqual(
    await parcels.rows(`SELECT class, ageing, units FROM juliu.exception_summary_at${asof('2026-03-07 00:00:00')}`),
    [['1', '>120', '1']],
  );
});

test('thresholds of a seller go before the settings; what is no number sets nothing; the last known counts', async () => {
  await thresholds(7, '2026-03-01 00:00:00', { collected_stop: '6', transporting_stop: 'none', consign_fake: '12' });
  await thresholds(7, '2026-03-01 01:00:00', { collected_stop: ' 8.5 ' });
  await thresholds(9, '2026-03-01 00:00:00', { collected_stop: '-1' });
  assert.deepEqual(await parcels.rows('SELECT * FROM juliu.seller_thresholds ORDER BY seller_id'), [
    ['7', '\\N', '12', '8.5', '\\N', '\\N'],
    ['9', '\\N', '\\N', '\\N', '\\N', '\\N'],
  ]);
  await shipped(1);
  await parcels.parcel(2, 'W2', [['picked_up', '2026-03-01 12:00:00']], { seller: 9 });
  await parcels.run();
  assert.deepEqual(await exceptions('2026-03-01 20:30:00', 'class, threshold_hours'), [
    ['5', '8.5'],
    ['10', '\\N'],
  ]);
});

test('a parcel that is signed, closed or refunded is no exception', async () => {
  await parcels.order({ tid: 1, paid_at: paid, left_at: '2026-03-02 00:00:00' });
  await shipped(1);
  await shipped(2, ['signed', '2026-03-02 00:00:00']);
  await parcels.run();
  assert.equal((await exceptions('2026-03-01 23:59:59')).length, 2);
  assert.equal((await exceptions('2026-03-09 00:00:00')).length, 0);
});

test('verdicts of the platform: open, taken back in either order of arrival, and the money at risk', async () => {
  const details = (tid: number): Record<string, string> => ({
    exception_code: 'TRANSPORT_STOP',
    compensate_amount: '5.00',
    mail_details: `[{"mailNo":"W${tid}","cpCode":"YTO"}]`,
    trade_details: `[{"tid":"${tid}"}]`,
    seller_id: '7',
  });
  await verdict('E1', '2026-03-02 00:00:00', details(1), 'exception_created');
  await verdict('E2', '2026-03-03 00:00:00', { msg_id: 'E2-2' }, 'exception_resolved');
  await verdict('E2', '2026-03-02 00:00:00', details(2), 'exception_created');
  await verdict('E3', '2026-03-02 00:00:00', { ...details(2), compensate_amount: '2.50' }, 'exception_created');
  assert.deepEqual(
    await parcels.rows(
      'SELECT excep_id, tid, out_sid, opened_at, closed_at, is_open, exception_code, compensate_amount FROM juliu.platform_exceptions ORDER BY excep_id',
    ),
    [
      ['E1', '1', 'W1', '2026-03-02 00:00:00', '\\N', 'true', 'TRANSPORT_STOP', '5'],
      ['E2', '2', 'W2', '2026-03-02 00:00:00', '2026-03-03 00:00:00', 'false', 'TRANSPORT_STOP', '5'],
      ['E3', '2', 'W2', '2026-03-02 00:00:00', '\\N', 'true', 'TRANSPORT_STOP', '2.5'],
    ],
  );
  await shipped(1);
  await shipped(2);
  await shipped(3);
  await parcels.run();
  const money = async (at: string): Promise<string[]> => (await exceptions(at, 'money_at_risk')).flat();
  assert.deepEqual(await money('2026-03-01 23:00:00'), ['\\N', '\\N', '\\N']);
  assert.deepEqual(await money('2026-03-02 12:00:00'), ['5', '7.5', '\\N']);
  assert.deepEqual(await money('2026-03-03 12:00:00'), ['5', '2.5', '\\N']);
});

test('lists of customer care', async () => {
  await parcels.order(
    { tid: 1, paid_at: paid, num_iids: [5] },
    { tid: 2, paid_at: paid },
    { tid: 3, paid_at: paid, promised_at: '2026-03-03 00:00:00' },
    { tid: 4, paid_at: paid },
  );
  await parcels.store.command(
    `ALTER TABLE juliu_store.order_facts UPDATE buyer_nick = '张**', amount = 12.5 WHERE tid = 1 SETTINGS mutations_sync = 2`,
  );
  await shipped(1, ['out_for_delivery', '2026-03-03 08:00:00', '【成都市】成都武侯网点，派送中']);
  await shipped(2, ['out_for_delivery', '2026-03-03 08:00:00'], ['signed', '2026-03-03 09:00:00']);
  await shipped(3, ['arrived', '2026-03-01 15:00:00']);
  await parcels.run();
  const list = (view: string, columns: string, at = '2026-03-03 16:00:00'): Promise<string[][]> =>
    parcels.rows(`SELECT ${columns} FROM juliu.${view}_at${asof(at)} ORDER BY tid`);
  assert.deepEqual(await list('care_out_for_delivery', 'tid, buyer_nick, num_iids, amount, last_place, age_hours'), [
    ['1', '张**', '[5]', '12.5', '【成都市】成都武侯网点', '8'],
  ]);
  assert.deepEqual(await list('care_signed_today', 'tid, signed_at'), [['2', '2026-03-03 09:00:00']]);
  assert.deepEqual(await list('care_signed_today', 'tid', '2026-03-04 00:00:00'), []);
  assert.deepEqual(await list('care_stuck', 'tid, reason, since, age_hours'), [
    ['3', '运输停滞', '2026-03-01 15:00:00', '49'],
  ]);
  assert.deepEqual(await list('care_late', 'tid, reason, due_at, hours_late'), [
    ['3', 'promise', '2026-03-03 00:00:00', '16'],
    ['4', 'dispatch', '2026-03-03 08:00:00', '8'],
  ]);
});

test('plain twins answer as of now', async () => {
  await shipped(1);
  await parcels.run();
  const views = 'parcel_exceptions exception_summary care_out_for_delivery care_signed_today care_stuck care_late';
  for (const view of views.split(' ')) await parcels.rows(`SELECT * FROM juliu.${view}`);
  assert.equal(await parcels.store.text('SELECT class FROM juliu.parcel_exceptions'), '5');
});
