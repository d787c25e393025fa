/** The Java clients that the benchmark compares with. */
import { join } from 'node:path';
import { classPath, type JavaProgram } from '../../../test/broker/artifacts.js';
import type { Program } from '../client-process.js';

export const peersProgram: JavaProgram = {
  name: 'rocketmq-peers',
  pom: join('bench', 'rocketmq', 'java', 'pom.xml'),
  sources: join('bench', 'rocketmq', 'java', 'src'),
};

/** What every peer is told. */
export interface PeerTask {
  /** `host:port` of the gRPC proxy; for remoting of the name server. */
  readonly address: string;
  readonly topic: string;
  readonly group: string;
  /** Measured messages, after so many that are not; all of them lie in the topic, behind the group's offsets. */
  readonly messages: number;
  readonly warmUp: number;
}

/** DefaultLitePullConsumer; each pass over the topic has a group of its own, `<group>_<pass>`. */
export interface LitePull {
  readonly pullBatch: number;
  readonly passes: number;
}

const THREADS = 8;
/** Gives up after so long without a message. */
const IDLE_SECONDS = 30;

/** SimpleConsumer over gRPC. @throws ToolMissing without Java or Maven */
export function grpcPeer(task: PeerTask, acks: 'sync' | 'async'): Promise<Program> {
  return peer('GrpcPeer', task, [String(THREADS), acks]);
}

/** @throws ToolMissing without Java or Maven */
export function litePullPeer(task: PeerTask, { pullBatch, passes }: LitePull): Promise<Program> {
  return peer('LitePullPeer', task, [String(pullBatch), String(passes)]);
}

/** How the driver sends rows: as a statement, its default, or in binary, which it has as an experiment. */
export type JdbcRows = 'values' | 'row_binary';

/** DefaultLitePullConsumer, rows over JDBC into table `messages`. @throws ToolMissing without Java or Maven */
export function litePullJdbcPeer(task: PeerTask, jdbcUrl: string, rows: JdbcRows): Promise<Program> {
  return peer('LitePullJdbcPeer', task, [jdbcUrl, rows]);
}

async function peer(name: string, task: PeerTask, more: readonly string[]): Promise<Program> {
  const { address, topic, group, warmUp, messages } = task;
  const shared = [address, topic, group, String(warmUp), String(messages), String(IDLE_SECONDS)];
  const path = await classPath(peersProgram);
  const jvm = ['-Xmx1g', '-XX:+UseSerialGC', '-cp', path];
  return { name, command: 'java', args: [...jvm, `juliu.bench.${name}`, ...shared, ...more] };
}
