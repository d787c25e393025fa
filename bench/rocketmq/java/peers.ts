/** Runs the Java clients that the benchmark compares with. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { classPath, type JavaProgram } from '../../../test/broker/artifacts.js';

const run = promisify(execFile);

export const peersProgram: JavaProgram = {
  name: 'rocketmq-peers',
  pom: join('bench', 'rocketmq', 'java', 'pom.xml'),
  sources: join('bench', 'rocketmq', 'java', 'src'),
};

export type JavaPeer = 'java-grpc' | 'java-grpc-async-ack' | 'java-lite-pull';

export interface PeerRun {
  /** The gRPC proxy, host:port; for java-lite-pull the name server. */
  readonly address: string;
  readonly topic: string;
  /** Its offsets must stand at the beginning, and warmUp + messages must lie in the topic. */
  readonly group: string;
  /** Measured messages, after so many that are not. */
  readonly messages: number;
  readonly warmUp: number;
  /** Receiving threads of the gRPC peers, default 8. */
  readonly threads?: number;
  /** Gives up after so long without a message, default 30. */
  readonly idleSeconds?: number;
  readonly timeoutMs?: number;
}

export interface PeerFigures {
  readonly client: JavaPeer;
  readonly messages: number;
  /** From the end of the warm-up to the last message (with gRPC: its acknowledgement). */
  readonly seconds: number;
  /** CPU of the client's process in that time. */
  readonly cpuSeconds: number;
}

/** @throws ToolMissing without Java or Maven; Error when the messages do not come. */
export async function runJavaPeer(client: JavaPeer, options: PeerRun): Promise<PeerFigures> {
  const { address, topic, group, messages, warmUp, threads = 8, idleSeconds = 30, timeoutMs = 600_000 } = options;
  const shared = [address, topic, group, String(warmUp), String(messages)];
  const program =
    client === 'java-lite-pull'
      ? ['juliu.bench.LitePullPeer', ...shared, String(idleSeconds)]
      : ['juliu.bench.GrpcPeer', ...shared, String(threads), client === 'java-grpc' ? 'sync' : 'async', String(idleSeconds)]; // prettier-ignore
  const path = await classPath(peersProgram);
  const { stdout, stderr } = await run('java', ['-Xmx512m', '-XX:+UseSerialGC', '-cp', path, ...program], {
    timeout: timeoutMs,
    maxBuffer: 16 * 1024 ** 2,
  });
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`${client} printed no figures: ${stderr.slice(-2000)}`);
  return JSON.parse(line) as PeerFigures;
}
