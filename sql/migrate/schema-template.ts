/**
 * Values that the `{{…}}` places of sql/migrations take from the engine profile, so that one set of files serves the
 * embedded engine, a single server and a cluster. `EngineProfile.template` is one of these.
 */
export type SchemaTemplate = Readonly<
  Record<
    /** Name of the cluster; empty on one machine. Sections `{{#cluster}}…{{/cluster}}` stay only when it is set. */
    | 'cluster'
    /** `ON CLUSTER …`, or empty. */
    | 'on_cluster'
    /** Suffix of the table that holds the rows: on a cluster `x_local` does, and `x` is its Distributed front. */
    | 'local'
    /** Prefix of a MergeTree engine: `Replicated`, or empty. */
    | 'replicated'
    /** First arguments of a Replicated engine whose rows are sharded, or empty. */
    | 'replica'
    /** The same for a table that is one and the same on every shard, or empty. */
    | 'replica_everywhere'
    /** Further table settings of a Replicated engine (`, name = value`), or empty. */
    | 'replicated_settings'
    /** With whose rights a view of `juliu` reads `juliu_store`. */
    | 'view_security',
    string
  >
>;

/** The embedded engine: one process, one user. */
export const embeddedTemplate: SchemaTemplate = Object.freeze({
  cluster: '',
  on_cluster: '',
  local: '',
  replicated: '',
  replica: '',
  replica_everywhere: '',
  replicated_settings: '',
  view_security: '',
});

/**
 * A single server. Views read with the rights of the user who applied the migrations, so an analyst needs a grant on
 * `juliu` alone and cannot reach `juliu_store.dead_letters.body`.
 */
export const serverTemplate: SchemaTemplate = Object.freeze({
  ...embeddedTemplate,
  view_security: 'DEFINER = CURRENT_USER SQL SECURITY DEFINER',
});

/**
 * A cluster. The servers need the macros `{shard}` and `{replica}`; inserts through the Distributed tables need
 * `distributed_foreground_insert=1`, else they are answered before the shard has them. Not run on a cluster.
 * @param cluster name in the servers' `remote_servers`
 */
export function clusterTemplate(cluster: string): SchemaTemplate {
  const name = `\`${cluster.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
  return Object.freeze({
    ...serverTemplate,
    cluster: name,
    on_cluster: `ON CLUSTER ${name}`,
    local: '_local',
    replicated: 'Replicated',
    replica: `'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'`,
    replica_everywhere: `'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}'`,
    // Rows carry their identity; a window that forgets or mixes up block hashes can only lose acknowledged rows.
    replicated_settings: ', replicated_deduplication_window = 0',
  });
}
