import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Broker } from '../../test/broker/broker.js';
import { ClientProcess, nodeScript } from './client-process.js';
import type { FrontLine, FrontTask } from './front-process.js';
import { litePullJdbcPeer, type JdbcRows, type PeerTask } from './java/peers.js';
import { measuredRun, type Run } from './measured-run.js';

const FRONT_MS = 300_000;
const TABLE = 'messages';
const CREATE_TABLE = `CREATE TABLE ${TABLE} (msg_id String, tag LowCardinality(String), born_at DateTime64(3),
  queue UInt16, position UInt64, body String) ENGINE = MergeTree ORDER BY (tag, born_at)`;

/**
 * The Java program that inserts bodies as they are over JDBC. There is no ClickHouse server to be had from npm, PyPI or
 * Maven: its driver talks to the HTTP interface of `juliu`'s tests, over the same engine as juliu's own store. The front
 * writes the rows to a file first, which a server does not.
 *
 * CPU of the front and the engine is taken over their whole life, warm-up included.
 */
export async function jdbcRun(broker: Broker, task: PeerTask, rows: JdbcRows): Promise<Run> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juliu-bench-front-'));
  const lines: FrontLine[] = [];
  let front: ClientProcess | undefined;
  try {
    front = await new Promise<ClientProcess>((resolve, reject) => {
      const frontTask: FrontTask = { dataDir, createTable: CREATE_TABLE, table: TABLE };
      const started = new ClientProcess(nodeScript('./front-process.js', frontTask), FRONT_MS, (line) => {
        lines.push(line as FrontLine);
        resolve(started);
      });
      started.ended.catch(reject);
    });
    const [first] = lines;
    if (first === undefined || !('port' in first)) throw new Error('The front gave no port.');
    const program = await litePullJdbcPeer(task, `jdbc:clickhouse://127.0.0.1:${first.port}/default`, rows);
    const run = await measuredRun(program, broker);
    front.finish();
    await front.ended;
    const last = lines.at(-1);
    if (last === undefined || !('rows' in last)) throw new Error('The front ended without its figures.');
    if (last.rows < task.messages) throw new Error(`${last.rows} of ${task.messages} rows are in the table.`);
    return { ...run, storeCpu: (last.cpuSeconds / last.rows) * 1e6 };
  } finally {
    front?.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}
