/**
 * Every row and KPI against the simulator's truth: what is expected is worked out by plain arithmetic over the plan, from
 * the written definitions (test/kpi/truth), and must equal what the views say, exactly, as of two instants.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { temporaryStore } from '../ingest/real-store.js';
import { compareCarriers, compareExceptions, compareLogistics } from './compare-logistics.js';
import { compareCare, compareDistribution, compareNodes } from './compare-lists.js';
import { compareThings } from './compare-things.js';
import { compareRefunds, compareTrades } from './compare-trades.js';
import { Disagreements } from './disagreements.js';
import { history, ingest, insertDimensions, type History } from './history.js';
import { emptyStore, transform } from './marts.js';

const { store, close } = await temporaryStore();
after(close);

const SEEDS = [1, 2, 3];
const disturbed = { republish: 0.01, duplicates: 0.02, disorder: 0.05, lateness: 0.03 };

for (const seed of SEEDS) {
  const made: History = history({ seed, messages: 16_000, days: 14, ...disturbed });

  test(`seed ${seed}: what is compared is worth it`, () => {
    const { facts, run } = made;
    assert.ok(run.summary.republished >= 120 && run.summary.duplicates >= 300 && run.summary.late >= 300);
    const traps = facts.orders.filter(
      ({ plan, lines, paidAt }) => plan.form === 'trade' && plan.lines >= 3 && lines >= 3 && paidAt !== null,
    );
    assert.ok(traps.length > 0, 'orders of three lines each of which says the payment of the trade');
    // What buyers paid, by the plan, wherever the messages tell lines from trades.
    for (const { tid, scope, paidAt, amount, plan } of facts.orders) {
      if (paidAt !== null && scope !== 'unknown') assert.equal(amount, plan.total, tid);
      if (paidAt !== null && amount !== null) assert.ok(amount <= plan.total, tid);
    }
    const unnamed = facts.refunds.filter(({ numIid }) => numIid === null).length / facts.refunds.length;
    assert.ok(unnamed > 0.2, `no item is named for ${unnamed} of the refunds`);
  });

  test(`seed ${seed}: rows and KPIs are those of the truth`, async () => {
    await emptyStore(store);
    await ingest(store, made.run.bodies);
    await insertDimensions(store, made.dimensions);
    await transform(store);
    const found = new Disagreements();
    await compareThings(store, found, made.facts);
    const { facts } = made;
    // Each cut once and each instant with several: what a cut is made of is the same rows.
    for (const [asof, cuts] of [
      [facts.startAt + 9 * 86_400 + 37_000, ['all', 'day', 'carrier']],
      [facts.endAt, ['hour', 'lane', 'seller']],
    ] as const) {
      await compareLogistics(store, found, facts, asof, cuts);
      await compareCarriers(store, found, facts, asof);
      await compareExceptions(store, found, facts, asof);
      await compareNodes(store, found, facts, asof);
      await compareTrades(store, found, facts, asof, cuts);
      await compareRefunds(store, found, facts, asof, cuts);
      await compareCare(store, found, facts, asof);
      await compareDistribution(store, found, facts, asof);
    }
    found.assertNone();
  });
}
