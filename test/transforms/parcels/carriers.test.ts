/** Carriers adjusted for their lanes, dwell at nodes, times between nodes, shares of half lives. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { asof, Parcels } from './parcel-fixture.js';

let parcels: Parcels;
before(async () => {
  parcels = await Parcels.open();
});
after(() => parcels.close());
beforeEach(() => parcels.clear());

const march = (at: string): string => asof(at, `from = '2026-03-01', to = '2026-03-31'`);
let tid = 0;

/** Got at noon on 1 March, signed `hours` later on its first attempt, or open when NULL. */
async function carried(carrier: string, to: string, hours: number | null): Promise<void> {
  tid += 1;
  const at = (later: number): string =>
    new Date(Date.UTC(2026, 2, 1, 12) + later * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
  await parcels.parcel(
    tid,
    `W${tid}`,
    [
      ['picked_up', at(0), '【杭州市】杭州余杭网点 的 张师傅 已揽收'],
      ['destination_city', at(1), `快件已到达目的城市 【${to}】转运中心`],
      ...(hours === null
        ? []
        : ([
            ['out_for_delivery', at(hours - 1), `【${to}】网点，派送中`],
            ['signed', at(hours), `【${to}】网点，已签收`],
          ] as const)),
    ],
    { carrier },
  );
}

test('a carrier with the distant lane looks slower, and is not once lanes are weighed alike', async () => {
  // Near lane: A 10, 10, 10, B 20. Far lane: A 100, B 90, 90, 90. Each carrier has 4, each lane 4: weights ½ and ½.
  for (const hours of [10, 10, 10]) await carried('A', '上海市', hours);
  await carried('A', '乌鲁木齐市', 100);
  await carried('B', '上海市', 20);
  for (const hours of [90, 90, 90]) await carried('B', '乌鲁木齐市', hours);
  await parcels.run();
  const rows = await parcels.rows(
    `SELECT carrier, units, coverage, d7_median / 3600, d7_median_adjusted / 3600, d7_mean / 3600, d7_mean_adjusted / 3600
     FROM juliu.carrier_comparison_at${march('2026-03-20 00:00:00')} ORDER BY carrier`,
  );
  // Mean of A: (30 + 100) / 4 = 32.5; weighed ½·10 + ½·100 = 55. Of B: (20 + 270) / 4 = 72.5; ½·20 + ½·90 = 55.
  assert.deepEqual(rows, [
    ['A', '4', '1', '10', '55', '32.5', '55'],
    ['B', '4', '1', '90', '55', '72.5', '55'],
  ]);
});

test('unequal weights, a lane of one carrier alone, and rates', async () => {
  // Lane 上海市: A 10 h, A 70 h, B 10 h; lane 广州市: A open, only A.
  await carried('A', '上海市', 10);
  await carried('A', '上海市', 70);
  await carried('B', '上海市', 10);
  await carried('A', '广州市', null);
  await parcels.run();
  const rows = await parcels.rows(
    `SELECT carrier, units, round(coverage, 4), d7_median / 3600, d7_median_adjusted / 3600, d7_mean_adjusted / 3600, r5_2, r5_2_adjusted, r6, r6_adjusted
     FROM juliu.carrier_comparison_at${march('2026-03-20 00:00:00')} ORDER BY carrier`,
  );
  // Weights ¾ and ¼. R5(2) until the end of 3 March (60 h after noon of the 1st): A 1 of 2 and 0 of 1:
  // ¾·½ + ¼·0 = 0.375; raw ⅓. A's median: sorted 10, 70, open; element floor(1.5) = 1: 70. On 上海市 element 1 of
  // (10, 70): 70; 广州市 is not reached, so that nothing is known of both together. B has 上海市 alone: coverage ¾.
  assert.deepEqual(rows, [
    ['A', '3', '1', '70', '\\N', '\\N', String(1 / 3), '0.375', '1', '1'],
    ['B', '1', '0.75', '10', '10', '10', '1', '1', '1', '1'],
  ]);
});

test('D9: a stop is an arrival that the departure from the same node follows; D10: a run ends at the next arrival', async () => {
  const [hub, next] = ['【杭州市】杭州转运中心', '【上海市】上海转运中心'];
  const way = (
    hours: readonly [arrive: string, depart: string, arriveNext: string],
  ): (readonly [string, string, string])[] => [
    ['picked_up', '2026-03-01 08:00:00', '【杭州市】网点 的 张师傅 已揽收'],
    ['arrived', `2026-03-01 ${hours[0]}:00:00`, `快件已到达 ${hub}`],
    ['departed', `2026-03-01 ${hours[1]}:00:00`, `快件已从 ${hub} 发出，下一站 ${next}`],
    ['other', `2026-03-01 ${hours[1]}:30:00`, `${hub}，受天气影响`],
    ['arrived', `2026-03-01 ${hours[2]}:00:00`, `快件已到达 ${next}`],
    ['destination_city', `2026-03-01 ${hours[2]}:10:00`, `快件已到达目的城市 ${next}`],
    ['departed', `2026-03-01 ${hours[2]}:30:00`, `快件已从 ${next} 发出`],
  ];
  await parcels.parcel(1, 'W1', way(['09', '10', '14']), { carrier: 'A' });
  await parcels.parcel(2, 'W2', way(['09', '12', '18']), { carrier: 'A' });
  await parcels.parcel(3, 'W3', way(['09', '13', '15']), { carrier: 'B' });
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(`SELECT node, stops, p50, p90, mean FROM juliu.hub_dwell_at${march('2026-03-20 00:00:00')}`),
    [[hub, '3', '10800', '14400', '9600']],
  );
  // As of 12:30 the third stop has not ended: since 09:00 it stands.
  const stands = (asof: string): Promise<string[][]> =>
    parcels.rows(
      `SELECT node, stops, standing, longest_standing, p50 FROM juliu.hub_dwell_at${march(asof)} ORDER BY stops DESC`,
    );
  assert.deepEqual(await stands('2026-03-01 12:30:00'), [[hub, '2', '1', '12600', '10800']]);
  // One that has only arrived stands until something follows.
  await parcels.parcel(4, 'W4', [['arrived', '2026-03-02 09:00:00', `快件已到达 ${next}`]]);
  await parcels.parcel(5, 'W5', [
    ['picked_up', '2026-03-02 07:00:00', '【杭州市】网点 的 张师傅 已揽收'],
    ['arrived', '2026-03-02 10:00:00', `快件已到达 ${next}`],
  ]);
  await parcels.run();
  assert.deepEqual(await stands('2026-03-03 10:00:00'), [
    [hub, '3', '0', '\\N', '10800'],
    // W4 was first seen in the middle of its life.
    [next, '0', '1', '86400', '\\N'],
  ]);
  assert.deepEqual(
    await parcels.rows(
      `SELECT from_node, to_node, carrier, runs, p50, median_difference FROM juliu.lane_segments_at${march('2026-03-20 00:00:00')} ORDER BY carrier`,
    ),
    [
      // 4, 6 and 2 hours: median 4; A's is element 1 of (4, 6).
      [hub, next, '', '3', '14400', '0'],
      [hub, next, 'A', '2', '21600', '7200'],
      [hub, next, 'B', '1', '7200', '-7200'],
    ],
  );
  for (const view of ['hub_dwell', 'lane_segments', 'carrier_comparison'])
    await parcels.rows(`SELECT * FROM juliu.${view}`);
});

test('change: the equal period before, as of as many days earlier, and the place of each carrier', async () => {
  const day = (date: string, hour: number): string => `2026-03-${date} ${String(hour).padStart(2, '0')}:00:00`;
  const took = (tid: number, carrier: string, date: string, hours: number | null): Promise<void> =>
    parcels.parcel(
      tid,
      `W${String(tid)}`,
      [['picked_up', day(date, 8)], ...(hours === null ? [] : [['signed', day(date, 8 + hours)] as const])],
      { carrier },
    );
  // The days before, 8 and 9 March: one of A's is signed four days later, when these were as old as the others are now.
  await took(1, 'A', '08', 4);
  await parcels.parcel(
    2,
    'W2',
    [
      ['picked_up', day('09', 8)],
      ['signed', day('13', 8)],
    ],
    { carrier: 'A' },
  );
  await took(3, 'B', '09', 10);
  // The days asked for, 10 and 11 March, as of the 12th.
  await took(4, 'A', '10', 6);
  await took(5, 'B', '10', 2);
  await took(6, 'C', '11', null);
  await parcels.run();
  assert.deepEqual(
    await parcels.rows(
      `SELECT value, cohort, p50, p90, cohort_before, p50_before, p90_before, p50_change, p90_change, p50_rank
       FROM juliu.parcel_latency_change_at(asof = '2026-03-12 00:00:00', from = '2026-03-10', to = '2026-03-11', cut = 'carrier')
       WHERE metric = 'D7' ORDER BY value`,
    ),
    [
      ['A', '1', '21600', '21600', '2', '\\N', '\\N', '\\N', '\\N', '2'],
      ['B', '1', '7200', '7200', '1', '36000', '36000', '-28800', '-28800', '1'],
      ['C', '1', '\\N', '\\N', '0', '\\N', '\\N', '\\N', '\\N', '3'],
    ],
  );
  assert.deepEqual(
    await parcels.rows(
      `SELECT value, denominator, rate, denominator_before, rate_before, rate_change, rate_rank
       FROM juliu.parcel_rates_change_at(asof = '2026-03-13 00:00:00', from = '2026-03-10', to = '2026-03-11', cut = 'carrier')
       WHERE rate_id = 'R5_1' ORDER BY value`,
    ),
    [
      ['A', '1', '1', '2', '0.5', '0.5', '1'],
      ['B', '1', '1', '1', '1', '0', '1'],
      ['C', '1', '0', '0', '\\N', '\\N', '3'],
    ],
  );
  for (const view of ['parcel_latency_change', 'parcel_rates_change'])
    await parcels.rows(`SELECT * FROM juliu.${view}`);
});

test('shares of what was first seen in the middle of its life', async () => {
  await parcels.order(
    { tid: 1, paid_at: '2026-03-01 08:00:00', first_seen_midlife: true },
    { tid: 2, paid_at: '2026-03-01 08:00:00' },
  );
  await parcels.parcel(1, 'W1', [['arrived', '2026-03-01 10:00:00']]);
  await parcels.parcel(2, 'W2', [['created', '2026-03-01 10:00:00']]);
  await parcels.parcel(3, 'W3', [['picked_up', '2026-03-01 10:00:00']]);
  await parcels.parcel(4, 'W4', [['signed', '2026-03-01 10:00:00']]);
  await parcels.run();
  assert.deepEqual(await parcels.rows(`SELECT * FROM juliu.midlife_share WHERE thing != 'refunds' ORDER BY thing`), [
    ['orders', '2', '1', '0.5'],
    ['parcels', '4', '2', '0.5'],
    ['purchases', '0', '0', '0'],
  ]);
});
