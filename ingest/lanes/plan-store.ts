import { hostname } from 'node:os';
import type { CallOptions, Store } from '../../sql/store.js';
import type { LanePlan, PlannedLane } from './plan.js';

/** What the shared store says about a plan, its lanes left out. */
export interface PlanFacts {
  readonly id: string;
  readonly order: number;
  readonly attached: readonly string[];
  readonly retiredAt: number | undefined;
}

export interface PlansRead {
  /** Store's clock when it was asked, epoch ms: whatever `plans` shows was there then, or came a moment later. */
  readonly at: number;
  readonly plans: readonly PlanFacts[];
}

/** Where plans are kept, for all processes. Rows are only added; whoever reads sees at least what an earlier one saw. */
export interface PlanStore {
  /** Every plan but those retired more than `keepMs` ago. */
  read(keepMs: number, options: CallOptions): Promise<PlansRead>;
  /** Plans whole; unknown ones are left out. */
  plans(ids: readonly string[], options: CallOptions): Promise<readonly LanePlan[]>;
  propose(plan: LanePlan, options: CallOptions): Promise<void>;
  attach(plan: PlanFacts, groups: readonly string[], options: CallOptions): Promise<void>;
  /** @param at a moment at which the store showed a later plan that is ready. */
  retire(plans: readonly LanePlan[], at: number, options: CallOptions): Promise<void>;
}

const TABLE = 'juliu_store.lane_plans';

/** True when lanes have ever run on this store: what was passed over then may still wait in their groups. */
export async function hasLanePlans(store: Pick<Store, 'query'>): Promise<boolean> {
  const answer = await store.query(`SELECT count() > 0 FROM ${TABLE}`, { format: 'TSV' });
  return Buffer.from(answer).toString('latin1').trim() === '1';
}

const INSTANCE = `${hostname()}/${process.pid}`;

/** Plans in the table `lane_plans`. */
export class StoredPlans implements PlanStore {
  readonly #store: Pick<Store, 'insert' | 'query'>;

  constructor(store: Pick<Store, 'insert' | 'query'>) {
    this.#store = store;
  }

  async read(keepMs: number, options: CallOptions): Promise<PlansRead> {
    const rows = await this.#rows(
      `SELECT toUnixTimestamp64Milli(now64(3)) AS now, plan_id, any(plan_order),
         groupUniqArrayIf(consumer_group, what = 'attached'),
         minOrNullIf(toUnixTimestamp64Milli(at), what = 'retired') AS retired
       FROM ${TABLE} GROUP BY plan_id
       HAVING countIf(what = 'proposed') > 0 AND ifNull(retired > now - {keep:Int64}, true)
       ORDER BY any(plan_order), plan_id`,
      { keep: keepMs },
      options,
    );
    return {
      at: Number(rows[0]?.[0] ?? 0),
      plans: rows.map(([, id, order, attached, retired]) => ({
        id: String(id),
        order: Number(order),
        attached: attached as string[],
        retiredAt: retired === null ? undefined : Number(retired),
      })),
    };
  }

  async plans(ids: readonly string[], options: CallOptions): Promise<readonly LanePlan[]> {
    const rows = await this.#rows(
      `SELECT plan_id, plan_order, lanes FROM ${TABLE}
       WHERE what = 'proposed' AND has({ids:Array(String)}, plan_id) LIMIT 1 BY plan_id`,
      { ids },
      options,
    );
    return rows.map(([id, order, lanes]) => ({
      id: String(id),
      order: Number(order),
      lanes: JSON.parse(String(lanes)) as PlannedLane[],
    }));
  }

  propose({ id, order, lanes }: LanePlan, options: CallOptions): Promise<void> {
    const text = JSON.stringify(lanes.map(({ name, group, isDefault, users }) => ({ name, group, isDefault, users })));
    return this.#insert(['plan_order', 'plan_id', 'what', 'lanes'], [[order, id, 'proposed', text]], options);
  }

  attach({ id, order }: PlanFacts, groups: readonly string[], options: CallOptions): Promise<void> {
    const rows = groups.map((group) => [order, id, 'attached', group]);
    return this.#insert(['plan_order', 'plan_id', 'what', 'consumer_group'], rows, options);
  }

  retire(plans: readonly LanePlan[], at: number, options: CallOptions): Promise<void> {
    const rows = plans.map(({ id, order }) => [order, id, 'retired', at]);
    return this.#insert(['plan_order', 'plan_id', 'what', 'at'], rows, options);
  }

  async #insert(columns: readonly string[], rows: readonly unknown[][], options: CallOptions): Promise<void> {
    const body = Buffer.from(rows.map((row) => `${JSON.stringify([...row, INSTANCE])}\n`).join(''));
    await this.#store.insert(
      { table: TABLE, columns: [...columns, 'instance'], body, rows: rows.length, batchId: `lanes-${process.pid}` },
      options,
    );
  }

  async #rows(
    sql: string,
    params: Readonly<Record<string, number | readonly string[]>>,
    options: CallOptions,
  ): Promise<unknown[][]> {
    const answer = await this.#store.query(sql, { ...options, format: 'JSONCompactEachRow', params });
    return Buffer.from(answer)
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown[]);
  }
}
