/** Logistics messages and orders put into the real engine, and the parcels job run over them. */
import { createHash } from 'node:crypto';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { parcelsJob } from '../../../transforms/parcels/job.js';
import { dirtyStatement, recomputeStatements } from '../../../transforms/statement.js';
import { RealStore } from '../../sql/migrations/real-store.js';

/** Wall clock of UTC+8, `YYYY-MM-DD HH:MM:SS`. */
export type Clock = string;

export interface Trace {
  readonly tid: number;
  readonly sid: string;
  readonly stage: string;
  readonly at: Clock;
  readonly text?: string;
  readonly carrier?: string;
  readonly seller?: number | null;
  /** `accepted` = taobao_logistics_Accept. */
  readonly event?: 'traced' | 'accepted';
  /** Of one business event, another publication. */
  readonly publication?: number;
}

export interface Order {
  readonly tid: number;
  readonly paid_at: Clock | null;
  readonly shipped_at?: Clock;
  readonly finished_at?: Clock;
  readonly left_at?: Clock;
  readonly promised_at?: Clock;
  readonly send_type?: string;
  readonly presale?: boolean;
  readonly first_seen_midlife?: boolean;
  readonly seller_id?: number;
  readonly num_iids?: readonly number[];
}

const OUTPUT = 'juliu_store.parcel_facts';
const quoted = (value: string | null | undefined): string =>
  value === null || value === undefined ? 'NULL' : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export class Parcels {
  readonly store: RealStore;

  private constructor(store: RealStore) {
    this.store = store;
  }

  static async open(): Promise<Parcels> {
    const store = await RealStore.prepared();
    await new Migrator(store).apply();
    return new Parcels(store);
  }

  /** Empties what the tests of this folder fill. */
  async clear(): Promise<void> {
    const tables = ['logistics_traces', 'parcels_state', 'platform_exceptions_state', 'seller_warnings_state'];
    for (const table of [...tables, 'order_facts', 'parcel_facts']) {
      await this.store.command(`TRUNCATE TABLE juliu_store.${table}`);
    }
  }

  /** One insert of these messages. */
  async trace(...traces: readonly Trace[]): Promise<void> {
    const values = traces.map(({ tid, sid, stage, at, text, carrier, seller, event = 'traced', publication = 0 }) => {
      const key = `${event}|${tid}|${sid}|${stage}|${at}|${text ?? ''}`;
      const id = createHash('sha256').update(`${key}#${publication}`).digest('hex').slice(0, 16);
      const topic = event === 'traced' ? 'taobao_logistics_LogsticDetailTrace' : 'taobao_logistics_Accept';
      const cells = [id, topic, event, null, key, null, sid, carrier ?? null, stage.toUpperCase(), stage, null, text];
      const sql = cells.map(quoted);
      sql[3] = `toDateTime64('${at}', 3, 'Asia/Shanghai') + ${60 + publication}`;
      sql[5] = String(tid);
      sql[10] = `toDateTime64('${at}', 3, 'Asia/Shanghai')`;
      return `(${sql.join(', ')}, ${seller === undefined ? 7 : String(seller)})`;
    });
    await this.store.command(
      `INSERT INTO juliu_store.logistics_traces (event_id, topic, event, publish_time, business_key, tid, out_sid, company_name, action, stage, action_time, description, seller_id)
       SETTINGS async_insert = 0 VALUES ${values.join(', ')}`,
    );
  }

  /** The traces of one parcel: stage and time, and a text where it matters. */
  async parcel(
    tid: number,
    sid: string,
    steps: readonly (readonly [stage: string, at: Clock, text?: string])[],
    more: Partial<Trace> = {},
  ): Promise<void> {
    await this.trace(
      ...steps.map(([stage, at, text]) => ({ tid, sid, stage, at, ...(text === undefined ? {} : { text }), ...more })),
    );
  }

  async order(...orders: readonly Order[]): Promise<void> {
    const columns = ['paid_at', 'shipped_at', 'finished_at', 'left_at', 'promised_at', 'send_type'] as const;
    const values = orders.map((order) =>
      [
        `toDate('${(order.paid_at ?? '2026-03-01').slice(0, 10)}')`,
        String(order.tid),
        String(order.seller_id ?? 7),
        String(order.presale ?? false),
        String(order.first_seen_midlife ?? false),
        `[${(order.num_iids ?? []).join(', ')}]`,
        ...columns.map((name) => quoted(order[name])),
      ].join(', '),
    );
    await this.store.command(
      `INSERT INTO juliu_store.order_facts (day, tid, seller_id, presale, first_seen_midlife, num_iids, ${columns.join(', ')})
       SETTINGS async_insert = 0 VALUES ${values.map((row) => `(${row})`).join(', ')}`,
    );
  }

  /** Days the job would recompute after rows stored in this span of time. */
  async dirtyDays(from = 0, to = Date.now() + 60_000): Promise<string[]> {
    const sql = await dirtyStatement(parcelsJob, [{ from, to }], '1970-01-01');
    const text = await this.store.text(`SELECT day FROM (${sql}) ORDER BY day`);
    return text === '' ? [] : text.split('\n');
  }

  /** Recomputes these days, or every dirty one, as the runner does. */
  async run(days?: readonly string[]): Promise<void> {
    const chosen = days ?? (await this.dirtyDays());
    if (chosen.length === 0) return;
    const [sql = ''] = await recomputeStatements(parcelsJob, { days: chosen, oldest: '1970-01-01' });
    await this.store.command('DROP TABLE IF EXISTS juliu_store.parcel_staging');
    await this.store.command(`CREATE TABLE juliu_store.parcel_staging AS ${OUTPUT}`);
    await this.store.command(
      `INSERT INTO juliu_store.parcel_staging ${sql} SETTINGS max_partitions_per_insert_block = 0`,
    );
    for (const day of chosen) {
      await this.store.command(`ALTER TABLE ${OUTPUT} DROP PARTITION '${day}'`);
      await this.store.command(`ALTER TABLE ${OUTPUT} ATTACH PARTITION '${day}' FROM juliu_store.parcel_staging`);
    }
    await this.store.command('DROP TABLE juliu_store.parcel_staging');
  }

  /** Rows as arrays of text, one per line of the answer. */
  async rows(sql: string): Promise<string[][]> {
    const text = await this.store.text(sql);
    return text === '' ? [] : text.split('\n').map((line) => line.split('\t'));
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

/** Arguments of a view as of an instant. */
export const asof = (at: Clock, more = ''): string =>
  `(asof = toDateTime64('${at}', 3, 'Asia/Shanghai')${more === '' ? '' : `, ${more}`})`;

/** The same for cohorts of these days, under a cut. */
export const cut = (at: Clock, from: string, to: string, by = 'all'): string =>
  asof(at, `from = '${from}', to = '${to}', cut = '${by}'`);
