/** A replay whose new rows the real store refuses: the books and the tables say the same. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { replayPipeline } from '../../../ingest/repair/replay.js';
import { ListSource } from '../list-source.js';
import { codec, realPipeline, rowsIn, temporaryStore } from '../real-store.js';

const { store, close } = await temporaryStore();
after(close);

const START = Date.parse('2026-03-01T00:00:00+08:00');
const body = (id: number): string =>
  `{"topic":"taobao_trade_TradeCreate","outgoing_id":${id},"publish_time":${START + id},"content":{"tid":${id},"payment":"12.50"}}`;

test('a row the store refuses in a replay: the message is counted as kept, nothing is dead, and its rows are as before', async () => {
  await realPipeline(store, new ListSource([1, 2, 3].map(body))).run();
  const before = await rowsIn(store, 'SELECT * EXCEPT stored_at FROM juliu_store.trade_events FINAL ORDER BY event_id');
  assert.equal(before.length, 3);
  // The table refuses from now on what it once took.
  await store.command('ALTER TABLE juliu_store.trade_events ADD CONSTRAINT not_two CHECK tid != 2');
  const notices: string[] = [];
  const accounts = await replayPipeline(
    {
      store,
      codec,
      batch: { rows: 1000, bytes: 1 << 24, ageMs: 100 },
      inFlight: { messages: 10_000, bytes: 1 << 26 },
      onNotice: (sentence) => notices.push(sentence),
    },
    { from: START, to: START + 1000 },
  ).run();
  assert.deepEqual(
    [accounts.received, accounts.stored, accounts.kept, accounts.dead, accounts.violations],
    [3, 3, 1, 0, 0],
  );
  assert.equal(notices.length, 1);
  assert.match(
    notices[0] ?? '',
    /^1 messages stay in the store as they were, because it refuses their new rows: .*VIOLATED_CONSTRAINT/,
  );
  assert.deepEqual(await rowsIn(store, 'SELECT toString(count()) FROM juliu_store.dead_letters'), [['0']]);
  assert.deepEqual(
    await rowsIn(store, 'SELECT * EXCEPT stored_at FROM juliu_store.trade_events FINAL ORDER BY event_id'),
    before,
  );
});
