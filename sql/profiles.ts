import { clusterTemplate, embeddedTemplate, serverTemplate } from './migrate/schema-template.js';
import type { EngineProfile } from './store.js';

/**
 * Inserts two at a time took 0.6 of the wall time of one at a time on two cores (batches of 50,000 rows); more only
 * lets parts pile up faster than they merge.
 */
const insertConcurrency = 2;

/** chDB inside a process of juliu. */
export const embeddedProfile: EngineProfile = Object.freeze({
  kind: 'embedded',
  insertConcurrency,
  cluster: false,
  template: embeddedTemplate,
});

/** One ClickHouse server. */
export const serverProfile: EngineProfile = Object.freeze({
  kind: 'server',
  insertConcurrency,
  cluster: false,
  template: serverTemplate,
});

/** Servers that know each other under a name in `remote_servers`. Not run on a real cluster. */
export function clusterProfile(name: string): EngineProfile {
  return Object.freeze({ kind: 'cluster', insertConcurrency, cluster: true, template: clusterTemplate(name) });
}

/** Larger than any batch: the rows of one insert form one block, and a row that cannot be read refuses all of them. */
const oneBlock = 2 ** 24;

/**
 * Settings of every insert, named outright because defaults have moved between releases (async_insert, for one, turned
 * on in 26.2 and would answer before the rows are stored).
 */
export const insertSettings: Readonly<Record<string, string | number>> = Object.freeze({
  async_insert: 0,
  // Rows carry their identity; a window of block hashes has lost acknowledged rows after a crash.
  insert_deduplicate: 0,
  input_format_skip_unknown_fields: 0,
  input_format_null_as_default: 0,
  input_format_allow_errors_num: 0,
  input_format_allow_errors_ratio: 0,
  input_format_json_named_tuples_as_objects: 1,
  date_time_input_format: 'best_effort',
  max_insert_block_size: oneBlock,
  min_insert_block_size_rows: oneBlock,
  min_insert_block_size_bytes: 0,
  // A batch may hold messages of any months; 252 for more than 100 of them would never go away.
  max_partitions_per_insert_block: 0,
  // One thread per insert costs least CPU per row, and `(at row N)` is right only without parallel parsing.
  max_threads: 1,
  max_insert_threads: 1,
  input_format_parallel_parsing: 0,
  // Merging in the background removes duplicates anyway; doing it at once costs 15 % of an insert.
  optimize_on_insert: 0,
});

/** On a cluster the answer must come after the shards have the rows. */
export const clusterInsertSettings: Readonly<Record<string, string | number>> = Object.freeze({
  ...insertSettings,
  distributed_foreground_insert: 1,
});

/** Settings of every query: JSON keeps 64-bit integers and decimals exact. */
export const querySettings: Readonly<Record<string, string | number>> = Object.freeze({
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  date_time_input_format: 'best_effort',
});
