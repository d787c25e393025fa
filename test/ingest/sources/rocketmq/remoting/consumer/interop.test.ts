import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brokerProgram, classPath } from '../../../../../broker/artifacts.js';
import { brokerForFile } from '../../../../../broker/file-broker.js';
import { projectDir } from '../../../../../serve/foreign-tool.js';
import { openRemoting, texts, textOf, until } from './open-remoting.js';

const PEER = 'test/ingest/sources/rocketmq/remoting/consumer/java/Peer.java';
const shared = brokerForFile({ topics: ['lite', 'push'] });
const children = new Set<ChildProcess>();
after(() => children.forEach((child) => child.kill('SIGKILL')));

for (const kind of ['lite', 'push'] as const) {
  test(
    `a Java ${kind} consumer and juliu share a group, and go on from each other’s offsets`,
    { timeout: 240_000 },
    async (t) => {
      const broker = await shared.use(t);
      if (broker === undefined) return;
      const group = `g_${kind}`;
      const send = (prefix: string, count: number): Promise<unknown> =>
        broker.produce(
          kind,
          texts(prefix, count).map((body) => ({ body })),
        );
      const java = await peer(kind, broker.nameServer, group);
      const { source } = await openRemoting({ endpoints: broker.nameServer, topics: [kind], group });
      const mine: string[] = [];
      const stop = new AbortController();
      const taking = (async () => {
        for (;;) {
          const deliveries = await source.receive({ messages: 100, bytes: 2 ** 20 }, stop.signal);
          mine.push(...deliveries.map(textOf));
          await source.ack(deliveries);
        }
      })().catch(() => undefined);
      const stored = (prefix: string): string[] =>
        [...new Set([...java.printed(), ...mine])].filter((text) => text.startsWith(prefix)).sort();
      try {
        await until('each has half of the queues', () => source.queueCount(kind) === 4, 60_000);
        await send('m', 400);
        await until('everything is stored', () => stored('m').length === 400, 60_000);
        assert.ok(java.printed().length > 0 && mine.length > 0);
        if (kind === 'push') {
          // Half of them are put back by the Java member, into a queue that one of the two reads.
          await send('later', 40);
          await until('what was put back is stored', () => stored('later').length === 40, 60_000);
        }
        await until('Java has committed it', async () => (await broker.stats(kind, group)).unread === 0);
        java.end();
        await until('all queues are taken over', () => source.queueCount(kind) === 8, 60_000);
        await send('only', 50);
        await until('everything is stored here', () => mine.filter((text) => text.startsWith('only')).length === 50);
        // Java's queues are read from where it was: nothing that it has printed comes again.
        const printed = new Set(java.printed());
        assert.deepEqual(
          mine.filter((text) => printed.has(text)),
          [],
        );
      } finally {
        stop.abort();
        await taking;
        await source.close();
      }
      const next = await peer(kind, broker.nameServer, group);
      await send('last', 8);
      await until('Java goes on', () => next.printed().length >= 8, 60_000);
      assert.deepEqual([...next.printed()].sort(), texts('last', 8));
      next.end();
    },
  );
}

interface Peer {
  printed(): readonly string[];
  end(): void;
}

async function peer(kind: 'lite' | 'push', nameServer: string, group: string): Promise<Peer> {
  const args = ['-cp', await classPath(brokerProgram), join(projectDir, PEER), kind, nameServer, group, kind];
  const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.add(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    // The client's own logger writes there, too.
    printed: () => text.split('\n').filter((line) => /^[a-z]+\d+$/.test(line)),
    end: () => child.kill('SIGTERM'),
  };
}
