import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireBroker, startBroker } from '../../broker/broker.js';
import { tradeBody } from '../bodies.js';
import { environmentOf, PROTOCOLS } from '../../ingest/sources/rocketmq/either-protocol.js';
import { documents, Workplace, type Running } from '../juliu.js';
import { isAlive } from './supervised.js';

const MESSAGES = 10_000;
const FIRST = 4_611_686_018_427_000_000n;
const limit = { timeout: 150_000 };
const place = new Workplace();
after(() => place.leave());

for (const protocol of PROTOCOLS) {
  void test(
    `two workers over ${protocol}, one killed with -9 in the middle: every message is stored`,
    limit,
    async (t) => {
      if (!(await requireBroker(t))) return;
      const broker = await startBroker({ topics: ['shop'], groups: ['GID_workers'], heapMb: 512 });
      try {
        const data = await place.makeStore(`store-${protocol}`);
        const running = place.start(['ingest', '--source', 'rocketmq', '--workers', '2', '--json', '--data', data], {
          ...environmentOf(protocol, broker),
          JULIU_INGEST_ROCKETMQ_TOPICS: 'shop',
          JULIU_INGEST_ROCKETMQ_GROUP: 'GID_workers',
          // What the killed worker holds comes again soon.
          JULIU_INGEST_ROCKETMQ_INVISIBLE: '10s',
          JULIU_INGEST_TIMEOUTS_INSERT: '5s',
          JULIU_INGEST_TIMEOUTS_ACK: '2s',
          JULIU_INGEST_BATCH_ROWS: '500',
          JULIU_INGEST_BATCH_AGE: '200ms',
        });
        // A new group begins with the messages that come after its first receives: after both found nothing.
        await running.says(/"lag":0/);
        const bodies = Array.from({ length: MESSAGES }, (_, index) => ({
          body: tradeBody(String(FIRST + BigInt(index)), String(FIRST + BigInt(index))),
        }));
        const produced = broker.produce('shop', bodies, { rate: 2_000 });
        await running.says(/"stored":[1-9]/);
        const before = workersOf(running);
        assert.equal(before.length, 2);
        process.kill(before[1] ?? 0, 'SIGKILL');
        await running.says(/Worker \d was ended by SIGKILL\./);
        await produced;
        while ((await stored(data)) < MESSAGES) await sleep(1_000);
        running.child.kill('SIGTERM');
        const { code, stdout, stderr } = await running.finished;
        assert.equal(code, 0, stderr);

        const summary = documents(stdout).at(-1) ?? {};
        const [received, held] = [Number(summary['received']), Number(summary['in_flight'])];
        assert.equal(received, Number(summary['stored']) + Number(summary['returned']) + held);
        assert.equal(held, summary['in_flight_at_death']);
        assert.deepEqual([summary['dead'], summary['restarts']], [0, 1]);
        const { workers } = summary as { workers: readonly { readonly received: number }[] };
        assert.ok(
          workers.every((worker) => worker.received > 0),
          'both took messages',
        );
        assert.deepEqual([...before, ...workersOf(running)].filter(isAlive), []);
        assert.equal(await stored(data), MESSAGES);
        // Only what the killed worker held comes again, and it is not the broker's dead letter.
        assert.equal((await broker.stats('shop', 'GID_workers')).deadLetters, 0);
      } finally {
        await broker.stop();
      }
    },
  );
}

void test('a topic that is not there ends all workers in one sentence', limit, async (t) => {
  if (!(await requireBroker(t))) return;
  const broker = await startBroker({ groups: ['GID_workers'] });
  try {
    const args = ['ingest', '--source', 'rocketmq', '--workers', '2', '--data', await place.makeStore('none')];
    const { code, stderr } = await place.run(args, {
      environment: {
        JULIU_INGEST_ROCKETMQ_ENDPOINTS: broker.endpoints,
        JULIU_INGEST_ROCKETMQ_TOPICS: 'nowhere',
        JULIU_INGEST_ROCKETMQ_GROUP: 'GID_workers',
      },
    });
    assert.notEqual(code, 0);
    assert.equal(stderr.match(/nowhere/g)?.length, 1, stderr);
    assert.doesNotMatch(stderr, /started again in/);
  } finally {
    await broker.stop();
  }
});

/** The number of different messages in the table. */
async function stored(data: string): Promise<number> {
  const sql = 'SELECT uniqExact(event_id) AS n FROM juliu.trade_events';
  return Number((await place.rows(data, sql))[0]?.['n']);
}

/** Child processes, as Linux knows them. */
function workersOf({ child }: Running): number[] {
  const pid = String(child.pid);
  if (child.exitCode !== null || child.signalCode !== null) return [];
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}
