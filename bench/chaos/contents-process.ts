/** Prints the rows of every contract table of the store in a folder, one `table \t identity \t hash` per line. */
import { once } from 'node:events';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { rowPrints } from './table-contents.js';

const store = await EmbeddedStore.open(process.argv[2] ?? '');
for await (const { table, identity, hash } of rowPrints(store)) {
  if (!process.stdout.write(`${table}\t${identity}\t${hash}\n`)) await once(process.stdout, 'drain');
}
await store.close();
// Not `exit`: what is written must reach the pipe.
process.stdout.end();
