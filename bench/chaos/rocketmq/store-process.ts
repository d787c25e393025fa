/**
 * The server store of the chaos run: the embedded engine behind ClickHouse's HTTP interface, with faults. Nobody kills
 * it. Arguments: data folder, seed of the faults. Told what to do over Node's IPC channel, {@link StoreOrder}; the
 * folder's socket is served too, for reading the ledger past the faults.
 */
import { type Fault, FaultPlan, type Operation } from '../../../serve/clickhouse-http/faults.js';
import { startClickHouseHttp } from '../../../serve/clickhouse-http/server.js';
import { EmbeddedStore } from '../../../sql/embedded/embedded-store.js';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { SocketServer } from '../../../sql/socket/server.js';
import { socketPath } from '../../../sql/socket/socket-path.js';

export type StoreOrder =
  /** Inject faults, or none. */
  | { readonly order: 'faults'; readonly on: boolean }
  /** The next insert meets a closed port, and so does everybody for `ms`. */
  | { readonly order: 'outage'; readonly ms: number }
  | { readonly order: 'count' }
  | { readonly order: 'end' };

export type StoreReport =
  | { readonly report: 'ready'; readonly url: string }
  /** Faults by name since the start. */
  | { readonly report: 'counted'; readonly injected: readonly (readonly [name: string, count: number])[] };

const FAULTS: readonly Fault[] = [
  { kind: 'reset', when: 'before' },
  { kind: 'reset', when: 'after' },
  { kind: 'half' },
  { kind: 'status', status: 500, when: 'before' },
  { kind: 'status', status: 503, when: 'after' },
  { kind: 'engine', code: 241, when: 'before' },
  { kind: 'engine', code: 252, when: 'before' },
  { kind: 'engine', code: 159, when: 'after' },
  { kind: 'slow', delayMs: 1_500, when: 'before' },
  { kind: 'slow', delayMs: 1_500, when: 'after' },
];

class SwitchedFaults extends FaultPlan {
  on = false;
  outageMs = 0;

  override next(operation: Operation): Fault | undefined {
    if (operation === 'insert' && this.outageMs > 0) {
      const downMs = this.outageMs;
      this.outageMs = 0;
      return { kind: 'refuse', downMs };
    }
    return this.on ? super.next(operation) : undefined;
  }
}

const [dataDir = '', seed = '1'] = process.argv.slice(2);
const store = await EmbeddedStore.open(dataDir);
await new Migrator(store).apply();
const socket = await SocketServer.open(socketPath(dataDir), store);
const faults = new SwitchedFaults({
  lotteries: [
    { seed: Number(seed), on: 'insert', probability: 0.12, faults: FAULTS },
    { seed: Number(seed) + 1, on: 'query', probability: 0.05, faults: FAULTS.slice(0, 5) },
  ],
});
const front = await startClickHouseHttp({ pool: store.pool, port: 0, faults });
const say = (report: StoreReport): void => void process.send?.(report);

async function end(): Promise<void> {
  await front.close();
  await socket.close();
  await store.close();
  process.exit(0);
}

process.on('message', (message) => {
  const order = message as StoreOrder;
  if (order.order === 'faults') faults.on = order.on;
  else if (order.order === 'outage') faults.outageMs = order.ms;
  else if (order.order === 'count') say({ report: 'counted', injected: [...faults.injected] });
  else void end();
});
process.once('disconnect', () => void end());
say({ report: 'ready', url: front.url });
