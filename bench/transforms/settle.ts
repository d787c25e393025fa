import { setTimeout as sleep } from 'node:timers/promises';
import { selectRows } from '../../sql/migrate/rows.js';
import type { Store } from '../../sql/store.js';

/** So long without a merge counts as quiet, ms. */
const QUIET_MS = 3_000;
const LOOK_MS = 250;

/** Waits until the engine merges nothing any more, or the limit is over: what is measured next has the process alone. */
export async function settle(store: Store, limitMs = 300_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (let quietSince = performance.now(); performance.now() < deadline;) {
    const [row] = await selectRows(store, 'SELECT toString(count()) AS merges FROM system.merges');
    if (row?.['merges'] !== '0') quietSince = performance.now();
    if (performance.now() - quietSince > QUIET_MS) return;
    await sleep(LOOK_MS);
  }
}
