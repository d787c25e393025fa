import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, EncodedRows, Store } from '../sql/store.js';

/** What to do about complaints of a dimension; an empty second level stands for all that have no row of their own. */
export interface ConfiguredAction {
  readonly dimension: string;
  readonly subdimension: string;
  readonly action: string;
}

/** What views read of the configuration. */
export interface Configured {
  /** Threshold by name, every name of `juliu.kpi_settings`. */
  readonly kpis: ReadonlyMap<string, number>;
  /** Nicks and ids of the sellers of each group. */
  readonly sellerGroups: ReadonlyMap<string, readonly string[]>;
  readonly actions: readonly ConfiguredAction[];
}

/**
 * Writes the configuration for the views, as a new generation, where it differs from what is there. Safe to run from
 * several processes: the same generation twice says the same.
 */
export async function writeConfigured(store: Store, configured: Configured, options: CallOptions = {}): Promise<void> {
  const wantedSettings = [...configured.kpis].map(([name, value]) => [name, value] as const);
  const wantedGroups = [...configured.sellerGroups].flatMap(([group, sellers]) =>
    [...new Set(sellers)].map((seller) => [group, seller] as const),
  );
  const settings = await selectRows(
    store,
    'SELECT name, toString(value) AS value_ FROM juliu.kpi_settings',
    {},
    options,
  );
  const groups = await selectRows(store, 'SELECT seller_group, seller FROM juliu.seller_groups', {}, options);
  if (
    !alike(
      settings.map(({ name, value_ }) => [name, Number(value_)]),
      wantedSettings,
    )
  ) {
    await write(store, 'kpi_settings', ['name', 'value'], wantedSettings, options);
  }
  if (
    !alike(
      groups.map(({ seller_group, seller }) => [seller_group, seller]),
      wantedGroups,
    )
  ) {
    // A generation needs a row to be the newest: this one says "no groups".
    await write(store, 'seller_groups', ['seller_group', 'seller'], [...wantedGroups, ['', '']], options);
  }
  await writeActions(store, configured.actions, options);
}

/** Writes the table of actions where another one is there. */
async function writeActions(store: Store, actions: readonly ConfiguredAction[], options: CallOptions): Promise<void> {
  const wanted = actions.map(({ dimension, subdimension, action }) => [dimension, subdimension, action] as const);
  const found = await selectRows(
    store,
    'SELECT dimension, subdimension, action FROM juliu.keyword_actions',
    {},
    options,
  );
  const there = found.map(({ dimension, subdimension, action }) => [dimension, subdimension, action]);
  if (alike(there, wanted)) return;
  const rows = [...wanted, ['', '', ''] as const];
  await write(store, 'keyword_actions', ['dimension', 'subdimension', 'action'], rows, options);
}

/** Writes the table of actions where there is none: for a process that was told nothing about it. */
export async function writeMissingActions(
  store: Store,
  actions: readonly ConfiguredAction[],
  options: CallOptions = {},
): Promise<void> {
  const [there] = await selectRows(store, 'SELECT 1 AS there FROM juliu_store.keyword_actions LIMIT 1', {}, options);
  if (there === undefined) await writeActions(store, actions, options);
}

function alike(a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[]): boolean {
  const lines = (rows: readonly (readonly unknown[])[]): string =>
    JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());
  return lines(a) === lines(b);
}

async function write(
  store: Store,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  options: CallOptions,
): Promise<void> {
  const [row] = await selectRows(store, 'SELECT toString(toUnixTimestamp64Milli(now64(3))) AS now', {}, options);
  const generation = Number(row?.['now']);
  const lines = rows.map((values) => JSON.stringify([generation, ...values]));
  const encoded: EncodedRows = {
    table: `juliu_store.${table}`,
    columns: ['generation', ...columns],
    body: Buffer.from(`${lines.join('\n')}\n`),
    rows: lines.length,
    batchId: `configured-${generation}`,
  };
  await store.insert(encoded, options);
}
