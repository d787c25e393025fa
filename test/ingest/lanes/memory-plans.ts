import { comparePlans, type LanePlan } from '../../../ingest/lanes/plan.js';
import type { PlanFacts, PlansRead, PlanStore } from '../../../ingest/lanes/plan-store.js';

interface Row {
  readonly plan: LanePlan;
  readonly what: 'proposed' | 'attached' | 'retired';
  readonly group?: string;
  readonly at?: number;
  /** When it begins to be seen. */
  readonly visibleAt: number;
}

/** The shared table as a list: a row is seen some time after it was written, and from then on by everybody. */
export class MemoryPlans implements PlanStore {
  readonly #rows: Row[] = [];
  readonly #now: () => number;
  /** How long the next row takes until it is seen. */
  delay = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  read(keepMs: number): Promise<PlansRead> {
    const at = this.#now();
    const seen = this.#rows.filter(({ visibleAt }) => visibleAt <= at);
    const plans: PlanFacts[] = [];
    for (const { plan, what } of seen) {
      if (what !== 'proposed') continue;
      const about = seen.filter((row) => row.plan.id === plan.id);
      const retired = about.flatMap((row) => (row.what === 'retired' ? [row.at ?? 0] : []));
      const retiredAt = retired.length === 0 ? undefined : Math.min(...retired);
      if (retiredAt !== undefined && retiredAt <= at - keepMs) continue;
      const attached = about.flatMap(({ group }) => group ?? []);
      plans.push({ id: plan.id, order: plan.order, attached, retiredAt });
    }
    return Promise.resolve({ at, plans });
  }

  plans(ids: readonly string[]): Promise<readonly LanePlan[]> {
    return Promise.resolve(
      this.#rows.filter(({ what, plan }) => what === 'proposed' && ids.includes(plan.id)).map(({ plan }) => plan),
    );
  }

  propose(plan: LanePlan): Promise<void> {
    return this.#add({ plan, what: 'proposed' });
  }

  async attach({ id }: PlanFacts, groups: readonly string[]): Promise<void> {
    for (const group of groups) await this.#add({ plan: this.#plan(id), what: 'attached', group });
  }

  async retire(plans: readonly LanePlan[], at: number): Promise<void> {
    for (const plan of plans) await this.#add({ plan, what: 'retired', at });
  }

  /** Every plan ever proposed, in order, with the earliest moment at which it was retired. */
  get all(): readonly { readonly plan: LanePlan; readonly retiredAt: number | undefined }[] {
    return this.#rows
      .filter(({ what }) => what === 'proposed')
      .map(({ plan }) => {
        const retired = this.#rows.flatMap((row) =>
          row.what === 'retired' && row.plan.id === plan.id ? [row.at ?? 0] : [],
        );
        return { plan, retiredAt: retired.length === 0 ? undefined : Math.min(...retired) };
      })
      .sort((a, b) => comparePlans(a.plan, b.plan));
  }

  #plan(id: string): LanePlan {
    const row = this.#rows.find(({ plan }) => plan.id === id);
    if (row === undefined) throw new Error(`no plan ${id}`);
    return row.plan;
  }

  #add(row: Omit<Row, 'visibleAt'>): Promise<void> {
    this.#rows.push({ ...row, visibleAt: this.#now() + this.delay });
    return Promise.resolve();
  }
}
