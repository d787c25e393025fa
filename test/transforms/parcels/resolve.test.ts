/** Parcels from their states, and the mart of parcels with orders: every expected value worked out by hand. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Parcels, type Trace } from './parcel-fixture.js';

let parcels: Parcels;
before(async () => {
  parcels = await Parcels.open();
});
after(() => parcels.close());
beforeEach(() => parcels.clear());

const HZ = '【杭州市】杭州转运中心';
const CD = '【成都市】成都转运中心';
const DOOR = '【成都市】成都武侯网点';

/** One whole life, 1 to 3 March 2026. */
const life: readonly (readonly [string, string, string?])[] = [
  ['created', '2026-03-01 09:00:00', '商家正通知快递公司揽件'],
  ['consigned', '2026-03-01 10:00:00', '您的包裹已出库，等待快递公司揽收'],
  ['picked_up', '2026-03-01 12:00:00', `【杭州市】杭州余杭网点 的 张师傅 已揽收，电话：138****`],
  ['arrived', '2026-03-01 15:00:00', `快件已到达 ${HZ}`],
  ['departed', '2026-03-01 16:30:00', `快件已从 ${HZ} 发出，下一站 ${CD}`],
  ['arrived', '2026-03-02 20:00:00', `快件已到达 ${CD}`],
  ['destination_city', '2026-03-02 20:04:00', `快件已到达目的城市 ${CD}`],
  ['departed', '2026-03-03 04:00:00', `快件已从 ${CD} 发出，下一站 ${DOOR} 发出`],
  ['arrived', '2026-03-03 06:00:00', `快件已到达 ${DOOR}`],
  ['out_for_delivery', '2026-03-03 08:30:00', `${DOOR}，快件正在派送中，请保持电话畅通`],
  ['signed', '2026-03-03 11:00:00', `${DOOR}，已签收，签收人：本人签收`],
];

test('a whole life: milestones, cities, lane, hops, segments, silence', async () => {
  await parcels.parcel(1, 'SF1', life, { carrier: '顺丰速运' });
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(
      `SELECT day, created_at, consigned_at, picked_up_at, got_inferred, first_moved_at, destination_city_at, out_for_delivery_at,
         signed_at, failed_at, carrier, lane, origin_province, destination_province, traces, attempts, scan_days_before_sign, first_seen_midlife
       FROM juliu.parcel_facts`,
    ),
    [
      [
        '2026-03-01',
        '2026-03-01 09:00:00',
        '2026-03-01 10:00:00',
        '2026-03-01 12:00:00',
        'false',
        '2026-03-01 15:00:00',
        '2026-03-02 20:04:00',
        '2026-03-03 08:30:00',
        '2026-03-03 11:00:00',
        '\\N',
        '顺丰速运',
        '杭州市→成都市',
        '浙江省',
        '四川省',
        '11',
        '1',
        '1',
        'false',
      ],
    ],
  );
  // The stop at Chengdu's hub does not count: the trace after the arrival is destination_city, not the departure.
  assert.equal(
    await parcels.store.text('SELECT hops FROM juliu.parcel_facts'),
    `[('${HZ}','2026-03-01 15:00:00',5400)]`,
  );
  // 16:30 → 20:00 the next day = 27.5 h; 04:00 → 06:00 = 2 h.
  assert.equal(
    await parcels.store.text('SELECT segments FROM juliu.parcel_facts'),
    `[('${HZ}','${CD}','2026-03-01 16:30:00',99000),('${CD}','${DOOR}','2026-03-03 04:00:00',7200)]`,
  );
  assert.deepEqual(
    await parcels.rows('SELECT max_gap_seconds, last_stage, last_event_at, last_place FROM juliu.parcels'),
    [['99000', 'signed', '2026-03-03 11:00:00', DOOR]],
  );
});

test('a real text in square brackets, a city without 市, a province in front, a name that is no city', async () => {
  await parcels.parcel(1, 'A', [
    ['departed', '2026-03-01 10:00:00', '[深圳市]深圳分拨中心 已发出'],
    ['out_for_delivery', '2026-03-02 10:00:00', '【广东省佛山市】顺德站 派送中'],
  ]);
  await parcels.parcel(2, 'B', [
    ['picked_up', '2026-03-01 10:00:00', '【义乌】义乌揽收点 已收件'],
    ['signed', '2026-03-02 10:00:00', '【深圳福田集散中心】 已签收'],
  ]);
  await parcels.parcel(3, 'C', [['signed', '2026-03-02 10:00:00', '【恩施土家族苗族自治州】网点 已签收']]);
  assert.deepEqual(
    await parcels.rows(
      'SELECT tid, origin_city, origin_province, destination_city, destination_province, lane FROM juliu.parcels ORDER BY tid',
    ),
    [
      ['1', '深圳市', '广东省', '佛山市', '广东省', '深圳市→佛山市'],
      ['2', '\\N', '\\N', '\\N', '\\N', ''],
      [
        '3',
        '恩施土家族苗族自治州',
        '湖北省',
        '恩施土家族苗族自治州',
        '湖北省',
        '恩施土家族苗族自治州→恩施土家族苗族自治州',
      ],
    ],
  );
});

test('pick-up missing: the first arrival stands for it', async () => {
  await parcels.parcel(1, 'A', [
    ['consigned', '2026-03-01 10:00:00'],
    ['departed', '2026-03-01 15:00:00'],
    ['arrived', '2026-03-01 14:00:00'],
  ]);
  assert.deepEqual(await parcels.rows('SELECT picked_up_at, first_moved_at, got_inferred FROM juliu.parcels'), [
    ['\\N', '2026-03-01 14:00:00', 'true'],
  ]);
});

test('an Accept message sets the pick-up and is no trace', async () => {
  await parcels.parcel(1, 'A', [['consigned', '2026-03-01 10:00:00']]);
  await parcels.trace({ tid: 1, sid: 'A', stage: 'picked_up', at: '2026-03-01 13:00:00', event: 'accepted' });
  assert.deepEqual(
    await parcels.rows('SELECT picked_up_at, traces, last_stage, last_event_at, first_seen_midlife FROM juliu.parcels'),
    [['2026-03-01 13:00:00', '1', 'picked_up', '2026-03-01 13:00:00', 'false']],
  );
});

test('signed before out for delivery: both stay, and the negative interval is counted', async () => {
  await parcels.parcel(1, 'A', [
    ['picked_up', '2026-03-01 10:00:00'],
    ['signed', '2026-03-02 09:00:00'],
    ['out_for_delivery', '2026-03-02 10:00:00'],
  ]);
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(
      'SELECT signed_at, out_for_delivery_at, negative_intervals, scan_days_before_sign FROM juliu.parcel_facts',
    ),
    [['2026-03-02 09:00:00', '2026-03-02 10:00:00', '1', '0']],
  );
});

test('two signs: the first counts; a failed attempt before it and one after', async () => {
  await parcels.parcel(1, 'A', [
    ['picked_up', '2026-03-01 10:00:00'],
    ['out_for_delivery', '2026-03-02 09:00:00'],
    ['failed', '2026-03-02 11:00:00', '联系不上收件人'],
    ['out_for_delivery', '2026-03-03 09:00:00'],
    ['signed', '2026-03-03 10:00:00', '暂存驿站'],
    ['signed', '2026-03-04 18:00:00', '本人签收'],
  ]);
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(
      'SELECT signed_at, attempts, scan_days_before_sign, failed_before_sign, failed_at, refused_at, last_out_for_delivery_at FROM juliu.parcel_facts',
    ),
    [['2026-03-03 10:00:00', '2', '2', 'true', '2026-03-02 11:00:00', '\\N', '2026-03-03 09:00:00']],
  );
});

test('refused is told by the text of a failure, by rejected and by returned', async () => {
  await parcels.parcel(1, 'A', [['failed', '2026-03-02 11:00:00', '收件人拒收，快件将退回发件人']]);
  await parcels.parcel(2, 'B', [['rejected', '2026-03-02 12:00:00', '改期']]);
  await parcels.parcel(3, 'C', [['returned', '2026-03-02 13:00:00']]);
  await parcels.parcel(4, 'D', [['other', '2026-03-02 13:00:00', '快件已拦截，正在退回商家']]);
  assert.deepEqual(await parcels.rows('SELECT tid, refused_at FROM juliu.parcels ORDER BY tid'), [
    ['1', '2026-03-02 11:00:00'],
    ['2', '2026-03-02 12:00:00'],
    ['3', '2026-03-02 13:00:00'],
    ['4', '\\N'],
  ]);
});

test('one waybill of two orders is two parcels; a parcel without an order keeps its row', async () => {
  await parcels.parcel(1, 'A', [['consigned', '2026-03-01 10:00:00']]);
  await parcels.parcel(2, 'A', [['consigned', '2026-03-01 10:00:00']], { seller: null });
  await parcels.order({ tid: 1, paid_at: '2026-03-01 08:00:00', num_iids: [5, 9] });
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(
      'SELECT tid, out_sid, order_known, paid_at, num_iids, seller_id FROM juliu.parcel_facts ORDER BY tid',
    ),
    [
      ['1', 'A', 'true', '2026-03-01 08:00:00', '[5,9]', '7'],
      ['2', 'A', 'false', '\\N', '[]', '\\N'],
    ],
  );
});

test('days and months begin at midnight of UTC+8', async () => {
  await parcels.parcel(1, 'A', [['created', '2026-02-28 23:59:59']]);
  await parcels.parcel(2, 'B', [['created', '2026-03-01 00:00:00']]);
  await parcels.run();
  assert.deepEqual(await parcels.rows('SELECT tid, day FROM juliu.parcel_facts ORDER BY tid'), [
    ['1', '2026-02-28'],
    ['2', '2026-03-01'],
  ]);
  assert.equal(await parcels.store.text('SELECT uniqExact(_partition_id) FROM juliu_store.parcels_state'), '2');
});

test('messages without trade or waybill make no parcel', async () => {
  await parcels.trace({ tid: 1, sid: '', stage: 'signed', at: '2026-03-01 10:00:00' });
  await parcels.store.command(
    `INSERT INTO juliu_store.logistics_traces (event_id, topic, event, publish_time, out_sid, stage) VALUES ('x', 't', 'traced', '2026-03-01 10:00:00', 'A', 'signed')`,
  );
  assert.equal(await parcels.store.text('SELECT count() FROM juliu.parcels'), '0');
});

test('an older trace that comes late moves the parcel to its day: the day before and the day after are dirty', async () => {
  await parcels.parcel(1, 'A', [['signed', '2026-03-05 10:00:00']]);
  await parcels.run();
  await parcels.parcel(1, 'A', [['picked_up', '2026-03-03 10:00:00']]);
  assert.deepEqual(await parcels.dirtyDays(), ['2026-03-03', '2026-03-05']);
  await parcels.run();
  assert.deepEqual(await parcels.rows('SELECT day, picked_up_at, signed_at FROM juliu.parcel_facts'), [
    ['2026-03-03', '2026-03-03 10:00:00', '2026-03-05 10:00:00'],
  ]);
});

test('a day that is recomputed alone takes no parcel of another day', async () => {
  await parcels.parcel(1, 'A', [
    ['picked_up', '2026-03-03 10:00:00'],
    ['signed', '2026-03-05 10:00:00'],
  ]);
  await parcels.run(['2026-03-05']);
  assert.equal(await parcels.store.text('SELECT count() FROM juliu.parcel_facts'), '0');
});

test('the same content whatever the order, repetition, republication and batches', async () => {
  const sets: Trace[] = [];
  for (let tid = 1; tid <= 12; tid++) {
    for (const [index, [stage, at, text]] of life.entries()) {
      // Some parcels miss a trace, change their carrier half-way, or have two waybills.
      if ((tid + index) % 7 === 0) continue;
      const day = String(1 + ((Number(at.slice(8, 10)) + tid) % 27)).padStart(2, '0');
      sets.push({
        tid,
        sid: index % 2 === 0 && tid % 4 === 0 ? 'Y' : 'X',
        stage,
        at: `${at.slice(0, 8)}${day}${at.slice(10)}`,
        ...(text === undefined ? {} : { text }),
        carrier: index > 5 && tid % 3 === 0 ? '中通快递' : '圆通速递',
      });
    }
  }
  const orders = [1, 2, 3].map((tid) => ({ tid, paid_at: '2026-03-01 08:00:00' }));
  const contents = async (): Promise<string> =>
    `${await parcels.store.text('SELECT * FROM juliu.parcels ORDER BY tid, out_sid')}\n${await parcels.store.text('SELECT * FROM juliu.parcel_facts ORDER BY tid, out_sid')}`;
  await parcels.order(...orders);
  await parcels.trace(...sets);
  await parcels.run();
  const wanted = await contents();
  assert.notEqual(wanted, '\n');

  const shuffled = sets
    .map((trace, index) => ({ trace, rank: (index * 7919) % 101 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ trace }) => trace);
  await parcels.clear();
  await parcels.order(...orders);
  for (let start = 0; start < shuffled.length; start += 9) {
    const batch = shuffled.slice(start, start + 9);
    await parcels.trace(...batch);
    // The same bytes again, and every third event published anew.
    if (start % 2 === 0) await parcels.trace(...batch);
    await parcels.trace(...batch.filter((_, index) => index % 3 === 0).map((trace) => ({ ...trace, publication: 1 })));
    if (start % 27 === 0) await parcels.run();
  }
  await parcels.run();
  assert.equal(await contents(), wanted);
  await parcels.store.command('OPTIMIZE TABLE juliu_store.parcels_state FINAL');
  await parcels.run();
  assert.equal(await contents(), wanted);
});

test('looking up a trade or a waybill uses the skip indexes of the states', async () => {
  await parcels.parcel(1, 'A', [['signed', '2026-03-01 10:00:00']]);
  for (const [condition, index] of [
    ['tid = 1', 'ix_tid'],
    [`out_sid = 'A'`, 'ix_out_sid'],
  ] as const) {
    const plan = await parcels.store.text(`EXPLAIN indexes = 1 SELECT * FROM juliu.parcels WHERE ${condition}`);
    assert.match(plan, new RegExp(`Name: ${index}\\b`));
  }
});
