import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { MessageAges } from '../../../ingest/accounts/message-ages.js';
import { registerMetricsOf } from '../../../ingest/accounts/metrics.js';
import { Pipeline } from '../../../ingest/pipeline.js';
import { ListSource } from '../list-source.js';
import { PlainDecoder } from '../plain-decoder.js';
import { ScriptedStore } from '../scripted-store.js';

test('ages fall into buckets; what the source does not know is left out, a clock that is ahead makes no negative age', () => {
  const ages = new MessageAges();
  ages.stored([{}], 10_000);
  assert.equal(ages.counts().lastBatchSeconds, undefined);
  ages.stored([{ sentAt: 9_750 }, { sentAt: 9_749 }, { sentAt: 8_000 }, { sentAt: 11_000 }, {}], 10_000);
  ages.stored([{ sentAt: 0 }], 1e9);
  const { buckets, sumSeconds, lastBatchSeconds } = ages.counts();
  assert.deepEqual(buckets, [2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  assert.equal(sumSeconds, 0.25 + 0.251 + 2 + 0 + 1e6);
  assert.equal(lastBatchSeconds, 1e6);
});

test('lanes differ in a label, and a pipeline without lanes has none', async () => {
  const pipelines = ['big', 'rest', undefined].map((lane, index) => {
    const pipeline = new Pipeline({
      source: new ListSource(Array.from({ length: index + 1 }, (_, n) => `typed ${n + 1}`)),
      store: new ScriptedStore(),
      decoder: new PlainDecoder(),
      batch: { rows: 10, bytes: 1 << 16, ageMs: 10 },
      inFlight: { messages: 100, bytes: 1 << 22 },
    });
    return { lane, pipeline };
  });
  const ages = new MessageAges();
  ages.stored([{ sentAt: 0 }, { sentAt: 9_000 }], 10_000);
  const registry = new Registry();
  registerMetricsOf(
    registry,
    pipelines.map(({ lane, pipeline }) => ({
      source: 'list',
      state: () => pipeline.snapshot(),
      ...(lane === undefined ? {} : { lane, passedOver: () => 7 }),
      ...(lane === 'big' ? { ages: () => ages.counts() } : {}),
    })),
  );
  for (const { pipeline } of pipelines) await pipeline.run();
  await registry.metrics();
  const lines = (await registry.metrics()).split('\n');
  for (const expected of [
    'juliu_ingest_stored_total{source="list",lane="big"} 1',
    'juliu_ingest_stored_total{source="list",lane="rest"} 2',
    'juliu_ingest_stored_total{source="list"} 3',
    'juliu_ingest_stalled{source="list",lane="rest"} 0',
    'juliu_ingest_passed_over_total{source="list",lane="big"} 7',
    'juliu_ingest_last_batch_age_seconds{source="list",lane="big"} 10',
    '# TYPE juliu_ingest_message_age_seconds histogram',
    'juliu_ingest_message_age_seconds_bucket{source="list",lane="big",le="0.5"} 0',
    'juliu_ingest_message_age_seconds_bucket{source="list",lane="big",le="1"} 1',
    'juliu_ingest_message_age_seconds_bucket{source="list",lane="big",le="10"} 2',
    'juliu_ingest_message_age_seconds_bucket{source="list",lane="big",le="+Inf"} 2',
    'juliu_ingest_message_age_seconds_sum{source="list",lane="big"} 11',
    'juliu_ingest_message_age_seconds_count{source="list",lane="big"} 2',
  ]) {
    assert.ok(lines.includes(expected), expected);
  }
  assert.equal(lines.filter((line) => line.startsWith('juliu_ingest_passed_over_total{')).length, 2);
  assert.equal(lines.filter((line) => line.startsWith('juliu_ingest_message_age_seconds_count{')).length, 1);
});
