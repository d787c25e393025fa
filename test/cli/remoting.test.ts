/** What only the remoting protocol has at the command line: what waits for a group, and going back to an earlier place. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { requireBroker, startBroker } from '../broker/broker.js';
import { environmentOf } from '../ingest/sources/rocketmq/either-protocol.js';
import { tradeBody } from './bodies.js';
import { documents, Workplace } from './juliu.js';

const MESSAGES = 300;
const place = new Workplace();
after(() => place.leave());

void test(
  'doctor says what waits for a group; ingest --from reads it again into another store',
  { timeout: 150_000 },
  async (t) => {
    if (!(await requireBroker(t))) return;
    const broker = await startBroker({ topics: ['shop'], groups: ['GID_from'], heapMb: 512 });
    try {
      const environment = {
        ...environmentOf('remoting', broker),
        JULIU_INGEST_ROCKETMQ_TOPICS: 'shop',
        JULIU_INGEST_ROCKETMQ_GROUP: 'GID_from',
        JULIU_INGEST_BATCH_AGE: '200ms',
      };
      const stored = async (name: string, ...more: readonly string[]): Promise<string> => {
        const data = await place.makeStore(name);
        const args = ['ingest', '--source', 'rocketmq', '--json', '--data', data, ...more];
        const running = place.start(args, environment);
        await running.says(/"lag":0/);
        if (more.length === 0) await broker.produce('shop', bodies);
        await running.says(new RegExp(`"stored":${MESSAGES},.*"lag":0`));
        running.child.kill('SIGTERM');
        const { code, stdout, stderr } = await running.finished;
        assert.equal(code, 0, stderr);
        assert.equal(documents(stdout).at(-1)?.['stored'], MESSAGES);
        return stderr;
      };
      const doctor = async (): Promise<string> => {
        const { stdout } = await place.run(['doctor'], { environment });
        assert.doesNotMatch(stdout, /gRPC/);
        return stdout;
      };
      assert.match(await doctor(), /topic shop is reached \(broker-a at .*\); group GID_from is new and begins/);
      await stored('first');
      assert.match(await doctor(), /; 0 messages wait for group GID_from/);
      const strange = await place.run(['ingest', '--source', 'rocketmq', '--from', 'broker-z/0/1', '--data', 'first'], {
        environment,
      });
      assert.match(strange.stderr, /--from names broker-z\/0, and none of the topics has that queue/);
      const said = await stored('second', '--from', 'earliest');
      assert.match(
        said,
        new RegExp(`Group GID_from goes on from earliest in \\d+ queues; ${MESSAGES} messages wait there`),
      );
    } finally {
      await broker.stop();
    }
  },
);

const bodies = Array.from({ length: MESSAGES }, (_, index) => {
  const tid = String(4_611_686_018_427_000_000n + BigInt(index));
  return { body: tradeBody(tid, tid) };
});
