import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Gauge, Registry } from 'prom-client';
import { startMetricsEndpoint } from '../../serve/metrics-endpoint.js';

const registry = new Registry();
new Gauge({ name: 'answers', help: 'Known answers.', registers: [registry] }).set(42);
let ok = true;
const store = { health: () => Promise.resolve({ ok, engineVersion: '26.7', detail: ok ? '' : 'disk full' }) };
const endpoint = await startMetricsEndpoint({ registry, store, host: '127.0.0.1', port: 0 });
after(() => endpoint.close());

test('metrics come in the Prometheus text format', async () => {
  const answer = await fetch(`${endpoint.url}/metrics`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await answer.text(), /^answers 42$/m);
});

test('health follows the store', async () => {
  assert.equal((await fetch(`${endpoint.url}/healthz`)).status, 200);
  ok = false;
  const answer = await fetch(`${endpoint.url}/healthz`);
  assert.equal(answer.status, 503);
  assert.deepEqual(await answer.json(), { ok: false, engineVersion: '26.7', detail: 'disk full' });
});

test('a taken port is named', async () => {
  const port = Number(new URL(endpoint.url).port);
  await assert.rejects(startMetricsEndpoint({ registry, store, host: '127.0.0.1', port }), {
    code: 'SERVE_CANNOT_LISTEN',
    message: new RegExp(`127\\.0\\.0\\.1:${port}`),
  });
});
