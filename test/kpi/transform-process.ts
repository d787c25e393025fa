/**
 * Works on a store in a process of its own, so that it can be killed at a place of a transform:
 *
 *     node transform-process.js DIR ingest SEED MESSAGES DAYS
 *     node transform-process.js DIR transform [staged|swapped N]    kills itself at the Nth such step
 *     node transform-process.js DIR prints ASOF                     prints one JSON document about states and marts
 */
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';
import { printsOf } from './contents.js';
import { history, ingest, insertDimensions } from './history.js';
import { transform } from './marts.js';

const [directory = '', verb = '', first = '', second = '', third = ''] = process.argv.slice(2);
const store = await EmbeddedStore.open(directory);
if (verb === 'ingest') {
  await new Migrator(store).apply();
  const made = history({ seed: Number(first), messages: Number(second), days: Number(third) });
  await ingest(store, made.run.bodies);
  await insertDimensions(store, made.dimensions);
} else if (verb === 'transform') {
  let steps = 0;
  await transform(
    store,
    { kind: 'incremental' },
    {
      batch: { days: 4, rows: 1_000_000 },
      onStep: ({ what }) => {
        if (what === first && ++steps === Number(second)) process.kill(process.pid, 'SIGKILL');
      },
    },
  );
} else {
  process.stdout.write(`${JSON.stringify(await printsOf(store, first, (name) => /_(state|facts)$/.test(name)))}\n`);
}
await store.close();
