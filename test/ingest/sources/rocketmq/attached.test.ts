import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeBroker, nothing } from './fake-broker.js';
import { openSource, until } from './open-source.js';

/** Every place of the messages, as `topic/broker`. */
const PLACES = ['one/a', 'one/b', 'two/a', 'two/b'];

for (const missing of ['one/b', 'two/a']) {
  test(`attached when every topic on every broker has answered, not before ${missing} has`, async () => {
    const fake = await FakeBroker.start();
    const answered = new Map<string, number>();
    let isReachable = false;
    fake.behaviour = {
      brokers: ['a', 'b'],
      receive: async (request) => {
        const queue = request.getMessageQueue();
        const place = `${queue?.getTopic()?.getName() ?? ''}/${queue?.getBroker()?.getName() ?? ''}`;
        if (place === missing && !isReachable) {
          await sleep(50);
          return [{ code: 50_001, text: 'broker not reachable' }];
        }
        answered.set(place, (answered.get(place) ?? 0) + 1);
        return nothing();
      },
    };
    const { source } = await openSource({ endpoints: fake.endpoints, topics: ['one', 'two'], group: 'g' });
    const stop = new AbortController();
    // Receives are under way while somebody asks.
    const asking = source.receive({ messages: 1, bytes: 1 }, stop.signal).catch(() => undefined);
    try {
      assert.equal(source.attached(), false);
      const others = PLACES.filter((place) => place !== missing);
      // A second round: the answers to the first have been seen.
      await until('the others', () => others.every((place) => (answered.get(place) ?? 0) > 8));
      assert.equal(source.attached(), false);
      isReachable = true;
      await until('all', () => source.attached());
      assert.ok(answered.has(missing));
    } finally {
      stop.abort();
      await asking;
      await source.close();
      fake.stop();
    }
  });
}
