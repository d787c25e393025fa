import { distribution } from './families/distribution.js';
import { items } from './families/items.js';
import { logistics } from './families/logistics.js';
import { refunds } from './families/refunds.js';
import { reviews } from './families/reviews.js';
import { trades } from './families/trades.js';
import type { Family } from './family.js';
import { type Route, TypedTable } from './typed-table.js';

/** Every family. A new one is a file, a line here and a migration. */
export const FAMILIES: readonly Family[] = [trades, refunds, items, logistics, reviews, distribution];

/** Routes by topic name. Tables keep state while they encode, so each codec has its own. */
export function compileRoutes(): { readonly tables: readonly TypedTable[]; readonly routes: Map<string, Route> } {
  const tables = FAMILIES.map((family) => new TypedTable(family));
  const routes = new Map<string, Route>();
  for (const route of tables.flatMap((table) => table.routes)) {
    if (routes.has(route.topic.name)) throw new Error(`topic ${route.topic.name} is in two families`);
    routes.set(route.topic.name, route);
  }
  return { tables, routes };
}
