import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipeline, type PipelineOptions } from '../../ingest/pipeline.js';
import { ListSource } from './list-source.js';
import { PlainDecoder } from './plain-decoder.js';
import { ScriptedStore } from './scripted-store.js';

function pipeline(source: ListSource, store: ScriptedStore, options: Partial<PipelineOptions>): Pipeline {
  return new Pipeline({
    source,
    store,
    decoder: new PlainDecoder(),
    batch: { rows: 10, bytes: 1 << 20, ageMs: 50 },
    inFlight: { messages: 100, bytes: 1 << 24 },
    ...options,
  });
}

const bodies = (count: number): string[] => Array.from({ length: count }, (_, id) => `typed ${id}`);

test('a failed acknowledgement is counted and told; the messages are stored', async () => {
  class Deaf extends ListSource {
    override ack(): Promise<number> {
      return Promise.reject(new Error('the broker is gone'));
    }
  }
  const notices: string[] = [];
  const accounts = await pipeline(new Deaf(bodies(10)), new ScriptedStore(), {
    onNotice: (sentence) => notices.push(sentence),
  }).run();
  assert.deepEqual([accounts.stored, accounts.acked, accounts.ackFailed], [10, 0, 10]);
  assert.deepEqual(notices, ['10 stored messages could not be acknowledged: Error: the broker is gone']);
});

test('a source that never answers an acknowledgement holds up nothing, and inserts come with their time limit', async () => {
  class Mute extends ListSource {
    override ack(): Promise<number> {
      return new Promise(() => undefined);
    }
  }
  const notices: string[] = [];
  const store = new ScriptedStore();
  const accounts = await pipeline(new Mute(bodies(30)), store, {
    insertTimeoutMs: 7000,
    ackTimeoutMs: 20,
    onNotice: (sentence) => notices.push(sentence),
  }).run();
  assert.deepEqual([accounts.stored, accounts.acked, accounts.ackFailed], [30, 0, 30]);
  assert.equal(notices[0], '10 stored messages could not be acknowledged: Error: no answer within 20 ms');
  assert.ok(store.inserts.every(({ timeoutMs }) => timeoutMs === 7000));
});
