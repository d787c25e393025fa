/**
 * The reference of the end-to-end benchmark: the same job done by the engine alone, in SQL. A Null table takes the raw
 * lines of the capture; materialized views decode them once per message (one `JSONExtract` into a tuple, the quickest
 * way the engine has, not one call per field) into the very tables juliu writes, with the same fsync settings.
 *
 * It does less than juliu: no masking, no defects, no dead letters, no check of any range.
 */

interface ColumnInfo {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}

/** Content field of a column where the names differ; every other column has its field's own name. */
const sourceField: Readonly<Record<string, string>> = {
  num_iid: 'num_iid',
  trade_type: 'type',
  distribution_type: 'trade_type',
  note: 'content',
  refund_status_raw: 'refund_status',
  changed_fields_raw: 'changed_fields',
  audit_message: 'message',
  action_time: 'time',
  description: 'desc',
};

/** Columns that are derived rather than read: the reference leaves them at a constant of the same type. */
const derived: Readonly<Record<string, string>> = {
  payment_scope: "'unknown'",
  stage: "lower(ifNull(c.action, ''))",
  review_kind: "'main'",
  impr_labels: "CAST([], 'Array(Tuple(category String, polarity String, phrase String))')",
  refund_status: "''",
  order_status: "''",
};

const common: Readonly<Record<string, string>> = {
  event_id: 'event_id',
  app_key: 'app_key',
  topic: 'topic',
  event: "splitByChar('_', topic)[-1]",
  publish_time: 'publish_time',
  seller_id: 'user_id',
  seller_nick: "ifNull(user_nick, '')",
  business_key: 'event_id',
  defects: "CAST([], 'Array(String)')",
  version: 'version',
};

const families: readonly { readonly table: string; readonly prefixes: readonly string[] }[] = [
  { table: 'trade_events', prefixes: ['taobao_trade_', 'taobao_rdcaligenius_'] },
  { table: 'refund_events', prefixes: ['taobao_refund_', 'taobao_retrieve_'] },
  { table: 'item_events', prefixes: ['taobao_item_'] },
  { table: 'logistics_traces', prefixes: ['taobao_logistics_'] },
  { table: 'review_events', prefixes: ['taobao_traderate_'] },
  { table: 'distribution_events', prefixes: ['taobao_fenxiao_', 'taobao_jzfx_'] },
];

/** Statements that build the reference's views over an already migrated, empty store. */
export function referenceViews(columns: readonly ColumnInfo[]): readonly string[] {
  const envelope =
    'Tuple(topic String, outgoing_id Int64, publish_time Int64, publisher_appkey String, content String, ' +
    'user_id Nullable(Int64), user_nick Nullable(String))';
  const family = `multiIf(${families
    .map(
      ({ table, prefixes }) => `${prefixes.map((prefix) => `startsWith(topic, '${prefix}')`).join(' OR ')}, '${table}'`,
    )
    .join(', ')}, 'unknown')`;
  return [
    'CREATE DATABASE reference',
    'CREATE TABLE reference.lines (line String) ENGINE = Null',
    `CREATE TABLE reference.envelopes (event_id String, app_key String, topic String, publish_time DateTime64(3, 'Asia/Shanghai'),
       content String, user_id Nullable(Int64), user_nick Nullable(String), version UInt64, family String) ENGINE = Null`,
    `CREATE MATERIALIZED VIEW reference.decode TO reference.envelopes AS
       WITH JSONExtract(line, '${envelope}') AS e
       SELECT toString(e.outgoing_id) AS event_id, e.publisher_appkey AS app_key, e.topic AS topic,
              fromUnixTimestamp64Milli(e.publish_time, 'Asia/Shanghai') AS publish_time, e.content AS content,
              e.user_id AS user_id, e.user_nick AS user_nick, bitAnd(xxHash64(line), 281474976710655) AS version, ${family} AS family
       FROM reference.lines`,
    `CREATE MATERIALIZED VIEW reference.to_events TO juliu_store.events AS
       SELECT event_id, app_key, topic, family, user_id, user_nick, publish_time, content, '{}' AS extra, version,
              now64(3) AS received_at, 'reference' AS source, '' AS position FROM reference.envelopes`,
    ...families.map(({ table }) =>
      typedView(
        table,
        columns.filter((column) => column.table === table),
      ),
    ),
  ];
}

function typedView(table: string, columns: readonly ColumnInfo[]): string {
  const read = columns.filter(({ name }) => common[name] === undefined && name !== 'stored_at');
  const fields = new Map<string, string>();
  for (const { name, type } of read) {
    const field = sourceField[name] ?? name;
    if (derived[name] !== undefined) continue;
    fields.set(field, type.startsWith('Array(') ? 'Nullable(String)' : type);
  }
  if (table === 'logistics_traces') fields.set('action', 'Nullable(String)');
  const tuple = `Tuple(${[...fields].map(([field, type]) => `\`${field}\` ${type}`).join(', ')})`;
  const expression = ({ name, type }: ColumnInfo): string => {
    const fixed = common[name] ?? derived[name];
    if (fixed !== undefined) return fixed;
    const value = `c.\`${sourceField[name] ?? name}\``;
    return type.startsWith('Array(') ? `splitByChar(',', ifNull(${value}, ''))` : value;
  };
  const list = columns
    .filter(({ name }) => name !== 'stored_at')
    .map((column) => `${expression(column)} AS \`${column.name}\``);
  return `CREATE MATERIALIZED VIEW reference.to_${table} TO juliu_store.${table} AS
       WITH JSONExtract(content, '${tuple.replaceAll("'", "\\'")}') AS c
       SELECT ${list.join(', ')} FROM reference.envelopes WHERE family = '${table}'`;
}

/** The one statement that is timed. */
export function referenceInsert(capturePath: string): string {
  return `INSERT INTO reference.lines SELECT line FROM file('${capturePath.replaceAll("'", "\\'")}', 'LineAsString', 'line String')`;
}
