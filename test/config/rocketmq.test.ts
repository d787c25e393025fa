import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.js';

const load = (variables: Readonly<Record<string, string>>): ReturnType<typeof loadConfig> =>
  loadConfig({ directory: '/nonexistent', environment: variables });

void test('over remoting a group may begin anywhere; over gRPC at the latest only', () => {
  const { protocol, begin } = load({}).config.ingest.rocketmq;
  assert.deepEqual([protocol, begin], ['grpc', 'latest']);
  const remoting = { JULIU_INGEST_ROCKETMQ_PROTOCOL: 'remoting' };
  for (const text of ['earliest', '2026-11-01T00:00+08:00', '2026-11-01']) {
    const { config } = load({ ...remoting, JULIU_INGEST_ROCKETMQ_BEGIN: text });
    assert.equal(config.ingest.rocketmq.begin, text);
  }
  assert.throws(
    () => load({ JULIU_INGEST_ROCKETMQ_BEGIN: 'earliest' }),
    /JULIU_INGEST_ROCKETMQ_BEGIN.*earliest.*over gRPC a new group always begins at the latest/s,
  );
  for (const text of ['soon', '2026-02-30', 'broker-a/0/12']) {
    assert.throws(() => load({ ...remoting, JULIU_INGEST_ROCKETMQ_BEGIN: text }), /give latest, earliest, or a time/);
  }
});
