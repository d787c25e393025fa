import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireBroker, startBroker } from '../../../../../broker/broker.js';
import { openRemoting, take, takeUntil, textOf, texts } from './open-remoting.js';

const KiB = 2 ** 10;

test(
  'files that the broker has lost: every offset is delivered or named in a record',
  { timeout: 240_000 },
  async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await startBroker({
      topics: [{ name: 'eaten', queues: 1 }],
      brokerConfig: {
        mappedFileSizeCommitLog: 1024 * KiB,
        mappedFileSizeConsumeQueue: 6_000,
        maxMessageSize: 100 * KiB,
      },
    });
    const settings = { endpoints: broker.nameServer, topics: ['eaten'], group: 'g_eaten' };
    try {
      await broker.produce(
        'eaten',
        texts('early', 10).map((body) => ({ body })),
      );
      const before = await openRemoting(settings);
      assert.equal((await take(before.source, 10)).length, 10);
      await before.source.close();
      // Six files of 1 MiB, of which the first three go.
      const large = Array.from({ length: 3_000 }, (_, index) => ({ body: `${'x'.repeat(2_000)} ${String(index)}` }));
      await broker.produce('eaten', large, { batch: 10 });
      // It writes the groups' offsets to its disk when it ends in an orderly way, else ten seconds after its start.
      await broker.restart({ graceful: true });
      await broker.kill();
      const log = join(broker.home, 'store', 'commitlog');
      for (const name of (await readdir(log)).sort().slice(0, 3)) await rm(join(log, name));
      await broker.restart();

      const { source } = await openRemoting(settings);
      const last = 'broker-a/0/3009';
      const taken = await takeUntil(source, (all) => all.some(({ position }) => position === last), { ms: 60_000 });
      await source.close();
      const offsets = taken.flatMap((delivery) => {
        if (delivery.unreadable === undefined) return [Number(delivery.position.split('/')[2])];
        assert.equal(delivery.unreadable.reason, 'retention_gap');
        const { from, to } = JSON.parse(textOf(delivery)) as { readonly from: number; readonly to: number };
        return Array.from({ length: to - from }, (_, index) => from + index);
      });
      assert.deepEqual(
        offsets,
        Array.from({ length: 3_000 }, (_, index) => 10 + index),
      );
      assert.ok(source.counters.retentionGapMessages > 1_000);
      const left = taken.filter(({ unreadable }) => unreadable === undefined);
      assert.ok(left.length > 1_000);
      const again = await openRemoting(settings);
      assert.equal(again.source.counters.retentionGaps, 0);
      await again.source.close();
    } finally {
      await broker.stop();
    }
  },
);
