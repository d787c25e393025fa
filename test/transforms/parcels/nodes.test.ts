/** Nodes as texts name them, and copies of one message that contradict each other. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { placeName } from '../../../simulate/messages/logistics.js';
import { CARRIERS } from '../../../simulate/world/carriers.js';
import { Parcels } from './parcel-fixture.js';

let parcels: Parcels;
before(async () => {
  parcels = await Parcels.open();
});
after(() => parcels.close());
beforeEach(() => parcels.clear());

const HUB = '【杭州转运中心】';

test('the words behind the bracket are of the node only up to the word that says so', async () => {
  const texts: readonly (readonly [text: string, node: string])[] = [
    ['[深圳市]深圳分拨中心 已发出', '[深圳市]深圳分拨中心'],
    ['【杭州市】余杭网点李四正在派件', '【杭州市】余杭网点'],
    ['【杭州市】余杭公司的张三（138****）已揽收', '【杭州市】余杭公司'],
    ['【广东省佛山市】顺德站，派送中', '【广东省佛山市】顺德站'],
    ['【北京市】北京中转场已发出', '【北京市】北京中转场'],
    ['【上海市】上海浦东集散发往下一站', '【上海市】上海浦东集散'],
    ['快件已到达【南京市】营业部', '【南京市】营业部'],
    [`${HUB}已收入`, HUB],
    // A courier's name is of no node, whatever place comes after it.
    ['【上海市】李四正在派件，电话：138****', '【上海市】'],
    ['【上海市】李四…正在派件', '【上海市】'],
    ['【上海市】张三已将快件送达驿站', '【上海市】'],
    ['【上海市】快递员王五浦东网点', '【上海市】'],
    // What was masked is in brackets, too.
    ['已暂存至菜鸟驿站，如有疑问请联系：[phone]', ''],
    ['请致电[phone]，快件在【杭州市】余杭网点', '【杭州市】余杭网点'],
    ['没有站点的一句话', ''],
    ['【没有结尾的中心', ''],
  ];
  await parcels.trace(
    ...texts.map(([text], index) => ({
      tid: index + 1,
      sid: 'A',
      stage: 'out_for_delivery',
      at: '2026-03-01 10:00:00',
      text,
    })),
  );
  const rows = await parcels.rows('SELECT last_place FROM juliu.parcels ORDER BY tid');
  assert.deepEqual(
    rows.map(([node = '']) => node),
    texts.map(([, node]) => node),
  );
});

test('what follows the bracket is not part of the node: the arrival and the departure meet', async () => {
  await parcels.parcel(1, 'A', [
    ['arrived', '2026-03-01 10:00:00', `${HUB}已收入`],
    ['departed', '2026-03-01 12:00:00', `${HUB}已发出 下一站【上海转运中心】`],
    ['arrived', '2026-03-02 02:00:00', '【上海转运中心】已收入'],
  ]);
  assert.deepEqual(await parcels.rows('SELECT hops, segments FROM juliu_store.parcel_paths'), [
    [
      // 12:00 − 10:00; 02:00 the next day − 12:00 = 14 h.
      `[('${HUB}','2026-03-01 10:00:00',7200)]`,
      `[('${HUB}','【上海转运中心】','2026-03-01 12:00:00',50400)]`,
    ],
  ]);
});

test('every place of a simulated shop is a node as it is written, however the sentence goes on', async () => {
  const places = new Set<string>();
  for (const carrier of CARRIERS.keys()) {
    // Eight cities, each with its hub and two stations.
    for (let city = 0; city < 8; city++)
      for (const place of [0, 1, 2])
        places.add(Buffer.from(placeName(carrier, city * 16 + place), 'latin1').toString());
  }
  const known = [...places];
  assert.ok(known.length > 100);
  const sentence = (place: string, index: number): string =>
    [
      `快件已从 ${place} 发出，下一站 【成都市】成都网点 发出`,
      `${place} 的 李师傅 已揽收，电话：138`,
      `${place}，已签收`,
    ][index % 3] ?? '';
  await parcels.trace(
    ...known.map((place, index) => ({
      tid: index + 1,
      sid: 'A',
      stage: 'other',
      at: '2026-03-01 10:00:00',
      text: sentence(place, index),
    })),
  );
  const rows = await parcels.rows('SELECT last_place FROM juliu.parcels ORDER BY tid');
  assert.deepEqual(
    rows.map(([node = '']) => node),
    known,
  );
});

/** Two copies of one message: the same event_id, other content; the greater version wins in the typed table. */
async function copies(order: readonly (1 | 2)[]): Promise<string> {
  await parcels.clear();
  const version = (revision: 1 | 2): string => `${revision} * 281474976710656 + 5`;
  for (const revision of order) {
    const columns = 'event_id, topic, publish_time, seller_id, version, out_sid, event';
    const head = `'x', 't', '2026-03-01 10:00:00', 7, ${version(revision)}`;
    await parcels.store.command(
      `INSERT INTO juliu_store.logistics_traces (${columns}, tid, stage, company_name) VALUES (${head}, 'A', 'traced', 1, 'consigned', '${revision === 1 ? '中通快递' : '顺丰速运'}')`,
    );
    await parcels.store.command(
      `INSERT INTO juliu_store.logistics_traces (${columns}, excep_id, compensate_amount) VALUES (${head}, '', 'exception_created', 'E', ${revision})`,
    );
    await parcels.store.command(
      `INSERT INTO juliu_store.logistics_traces (${columns}, consign_delay_warn_value) VALUES (${head}, '', 'warning_config_changed', '${revision}0')`,
    );
  }
  return parcels.store.text(
    `SELECT (SELECT carrier FROM juliu.parcels), (SELECT compensate_amount FROM juliu.platform_exceptions), (SELECT consign_delay FROM juliu.seller_thresholds)`,
  );
}

test('of two copies of a message the one of the greater version counts, whichever came first', async () => {
  assert.equal(await copies([1, 2]), '顺丰速运\t2\t20');
  assert.equal(await copies([2, 1]), '顺丰速运\t2\t20');
});
