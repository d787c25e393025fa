/** Dead letters tried again, and stored events normalised again, on the real store with the real codec. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compareContents } from '../../../bench/chaos/table-contents.js';
import { listDeadLetters, showDeadLetter } from '../../../ingest/repair/list-dead-letters.js';
import { BodyDecoder } from '../../../ingest/decoder.js';
import type { DeadReason, Decoded } from '../../../ingest/messages/codec.js';
import { PipelineStats } from '../../../ingest/accounts/pipeline-stats.js';
import { replayPipeline } from '../../../ingest/repair/replay.js';
import { deadLetterPipeline } from '../../../ingest/repair/retry-dead-letters.js';
import type { Delivery } from '../../../ingest/sources/source.js';
import { simulateHistory } from '../../../simulate/shop-simulation.js';
import { ListSource } from '../list-source.js';
import { codec, contentsIn, realPipeline, rowsIn, temporaryStore, truncateAll } from '../real-store.js';

const { store, close } = await temporaryStore();
after(close);

const START = Date.UTC(2026, 0, 30);
const trade = (id: string, tid: string): string =>
  `{"topic":"taobao_trade_TradeCreate","outgoing_id":${id},"publish_time":${START},"user_id":123,"user_nick":"店铺","publisher_appkey":"12497914","content":{"tid":${tid},"oid":${tid},"payment":"12.50","buyer_nick":"张三"}}`;
const small = { batch: { rows: 100, bytes: 1 << 20, ageMs: 50 }, inFlight: { messages: 200, bytes: 1 << 21 } };

/** A codec of an older time, which could not read what today's can. */
class OlderDecoder extends BodyDecoder {
  override decode(delivery: Delivery): Decoded {
    const meta = { receivedAt: delivery.receivedAt, source: 'capture:old', position: delivery.position };
    const reason: DeadReason = Buffer.from(delivery.body).includes('large') ? 'body_too_large' : 'not_json';
    return codec.deadLetter(delivery.body, meta, reason, 'older');
  }
}

async function buried(bodies: readonly string[]): Promise<void> {
  await truncateAll(store);
  await realPipeline(store, new ListSource(bodies), { decoder: new OlderDecoder(codec, 'list') }).run();
}

const letters = (): Promise<unknown[][]> =>
  rowsIn(
    store,
    'SELECT identity, reason, retried_at IS NULL, source FROM juliu.dead_letters ORDER BY identity, reason',
  );

test('a retry stores what can be read now, marks it, and leaves what is still dead as it was', async () => {
  await buried([trade('3000000000000000001', '9000000000000000001'), '{"still broken', '{"outgoing_id":77,"a":1}']);
  const before = await rowsIn(
    store,
    "SELECT * EXCEPT stored_at FROM juliu_store.dead_letters FINAL WHERE identity LIKE 'h:%'",
  );
  const { pipeline, source } = deadLetterPipeline({ store, codec, ...small });
  const accounts = await pipeline.run();
  assert.deepEqual([accounts.received, accounts.stored, accounts.dead, accounts.violations], [3, 1, 2, 0]);
  assert.equal(source.skipped, 0);
  const [broken = []] = before;
  assert.deepEqual(await letters(), [
    ['3000000000000000001', 'not_json', 0, 'capture:old'],
    // Dead for another reason now: the old letter is done with, a new one has taken its place.
    ['77', 'no_topic', 1, 'capture:old'],
    ['77', 'not_json', 0, 'capture:old'],
    [broken[0], 'not_json', 1, 'capture:old'],
  ]);
  assert.deepEqual(
    await rowsIn(
      store,
      "SELECT * EXCEPT (stored_at, detail) FROM juliu_store.dead_letters FINAL WHERE identity LIKE 'h:%'",
    ),
    before.map((row) => row.filter((_, column) => column !== 3)),
  );
  assert.deepEqual(await rowsIn(store, 'SELECT event_id, tid, toString(payment), buyer_nick FROM juliu.trade_events'), [
    ['3000000000000000001', '9000000000000000001', '12.5', '张**'],
  ]);
  assert.deepEqual(await rowsIn(store, 'SELECT event_id, source FROM juliu.events'), [
    ['3000000000000000001', 'capture:old'],
  ]);

  const again = await deadLetterPipeline({ store, codec, ...small }).pipeline.run();
  assert.deepEqual([again.received, again.stored], [2, 0]);
});

test('the mark outlives another delivery of the same dead body', async () => {
  const body = trade('3000000000000000002', '9000000000000000002');
  await buried([body]);
  await deadLetterPipeline({ store, codec, ...small }).pipeline.run();
  await realPipeline(store, new ListSource([body]), { decoder: new OlderDecoder(codec, 'list') }).run();
  assert.deepEqual(await letters(), [['3000000000000000002', 'not_json', 0, 'capture:old']]);
});

test('many letters, in small pages; by reason; an incomplete body is skipped and counted', async () => {
  const bodies = Array.from({ length: 500 }, (_, index) => trade(`40000000000000${10_000 + index}`, `${9e15 + index}`));
  await buried([...bodies, `{"large":"${'x'.repeat(100)}"}`]);
  const none = deadLetterPipeline({ store, codec, ...small }, { reason: 'no_topic' });
  assert.equal((await none.pipeline.run()).received, 0);
  const one = deadLetterPipeline({ store, codec, ...small }, { identity: '4000000000000010007' });
  assert.equal((await one.pipeline.run()).stored, 1);
  const { pipeline, source } = deadLetterPipeline({ store, codec, ...small });
  assert.equal((await pipeline.run()).stored, 499);
  assert.equal(source.skipped, 1);
  assert.deepEqual(await rowsIn(store, 'SELECT toString(count()), toString(uniqExact(tid)) FROM juliu.trade_events'), [
    ['500', '500'],
  ]);
});

test('letters are listed with masked bodies, raw on demand, and those already stored only when asked for', async () => {
  const body = `{"topic":"x","phone":"13812345678","buyer_nick":"张三丰","broken`;
  await buried([body, trade('3000000000000000003', '9000000000000000003')]);
  await deadLetterPipeline({ store, codec, ...small }).pipeline.run();
  const [letter, ...others] = await listDeadLetters(store);
  assert.deepEqual(others, []);
  assert.equal(letter?.reason, 'not_json');
  assert.equal(letter.bodyBytes, Buffer.byteLength(body));
  assert.equal(letter.retriedAt, null);
  assert.match(letter.receivedAt, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  assert.equal(letter.body, `{"topic":"x","phone":"[phone]","buyer_nick":"张**","broken`);
  assert.equal((await listDeadLetters(store, { raw: true }))[0]?.body, body);
  assert.equal((await listDeadLetters(store, { bodyBytes: 9 }))[0]?.body, '{"topic":');
  // A body full of numbers gets much shorter by masking; what was cut in two at the end must not be seen.
  await buried(['13812345678 '.repeat(20_000)]);
  const [long] = await listDeadLetters(store, { bodyBytes: 10_000 });
  assert.match(long?.body ?? '', /^(\[phone\] )+\[?\w*\]?$/);
  await buried([body, trade('3000000000000000003', '9000000000000000003')]);
  await deadLetterPipeline({ store, codec, ...small }).pipeline.run();
  assert.equal((await listDeadLetters(store, { retried: true })).length, 2);
  assert.equal((await listDeadLetters(store, { limit: 0 })).length, 0);
  const [shown] = await showDeadLetter(store, '3000000000000000003');
  assert.match(shown?.retriedAt ?? '', /^\d{4}-\d\d-\d\d /);
  assert.doesNotMatch(shown?.body ?? '', /张三/);
  assert.deepEqual(await showDeadLetter(store, "no' such"), []);
});

test('replay with the same normaliser changes nothing; a topic or a time range narrows it', async () => {
  await truncateAll(store);
  const bodies = [
    ...simulateHistory({ seed: 11, messages: 1000, days: 4, startAt: START, duplicates: 0.1, defects: 0.1 }),
  ].flat();
  await realPipeline(store, new ListSource(bodies)).run();
  const before = await contentsIn(store);
  const received = await rowsIn(store, 'SELECT event_id, received_at, source, position FROM juliu.events ORDER BY ALL');
  const range = { from: START - 86_400_000, to: START + 40 * 86_400_000 };
  const accounts = await replayPipeline({ store, codec, ...small }, range).run();
  assert.equal(accounts.received, before.get('events')?.size);
  assert.deepEqual([accounts.dead, accounts.violations], [0, 0]);
  for (const { table, lost, doubled, differing } of compareContents(before, await contentsIn(store))) {
    assert.deepEqual([lost, doubled, differing], [0, 0, 0], table);
  }
  // Even where it came from is carried.
  assert.deepEqual(
    await rowsIn(store, 'SELECT event_id, received_at, source, position FROM juliu.events ORDER BY ALL'),
    received,
  );

  const [[topic, count] = []] = await rowsIn(
    store,
    'SELECT topic, toString(count()) FROM juliu.events GROUP BY topic ORDER BY count() DESC LIMIT 1',
  );
  const narrowed = await replayPipeline({ store, codec, ...small }, { ...range, topic: String(topic) }).run();
  assert.equal(narrowed.received, Number(count));
  const day = { from: START, to: START + 86_400_000 };
  const [[inDay] = []] = await rowsIn(
    store,
    `SELECT toString(count()) FROM juliu.events WHERE publish_time >= fromUnixTimestamp64Milli(${day.from}) AND publish_time < fromUnixTimestamp64Milli(${day.to})`,
  );
  assert.equal((await replayPipeline({ store, codec, ...small }, day).run()).received, Number(inDay));
  assert.equal((await replayPipeline({ store, codec, ...small }, { from: 0, to: 1000 }).run()).received, 0);
});

test('replay mends what an older normaliser got wrong', async () => {
  await truncateAll(store);
  await realPipeline(store, new ListSource([trade('3000000000000000004', '9000000000000000004')])).run();
  // As an older revision would have left it: a smaller version, a column not filled.
  await store.command(
    `INSERT INTO juliu_store.trade_events SELECT * REPLACE (CAST(NULL AS Nullable(Decimal(18, 2))) AS payment, bitAnd(version, ${2n ** 48n - 1n}) AS version) FROM juliu_store.trade_events FINAL`,
  );
  await store.command(
    `INSERT INTO juliu_store.events SELECT * REPLACE (bitAnd(version, ${2n ** 48n - 1n}) AS version) FROM juliu_store.events FINAL`,
  );
  await store.command('TRUNCATE TABLE juliu_store.trade_events');
  await replayPipeline({ store, codec, ...small }, { from: START, to: START + 1000 }).run();
  assert.deepEqual(await rowsIn(store, 'SELECT event_id, tid, toString(payment) FROM juliu.trade_events'), [
    ['3000000000000000004', '9000000000000000004', '12.5'],
  ]);
});

test('the books are written to the store, and a store that takes them not is no reason to stop', async () => {
  const pipeline = realPipeline(store, new ListSource([trade('3000000000000000005', '9000000000000000005'), '{']));
  // Now, because older rows are removed by their retention.
  const now = Math.floor(Date.now() / 1000) * 1000;
  const stats = new PipelineStats({ store, source: 'list', state: () => pipeline.snapshot(), now: () => now });
  await pipeline.run();
  await stats.stop();
  assert.deepEqual(
    await rowsIn(
      store,
      `SELECT source, toString(received), toString(stored), toString(dead), toString(in_flight), toString(acked), toString(violations), toString(batches), lag_seconds
       FROM juliu.pipeline_stats`,
    ),
    [['list', '2', '1', '1', '0', '2', '0', '1', (now - START) / 1000]],
  );
  const refusing = Object.create(store, { insert: { value: () => Promise.reject(new Error('down')) } }) as typeof store;
  await new PipelineStats({ store: refusing, source: 'list', state: () => pipeline.snapshot() }).stop();
});
