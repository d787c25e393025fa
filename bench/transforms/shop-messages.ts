import { company, orders, parcels, stageOf, texts, traceArrays, type Cohort } from './shop-sql.js';

/** Where the messages of a cohort go, and which. */
export interface MessagesOptions {
  /** Database of the typed tables, or of copies of them. */
  readonly database: string;
  /** Epoch seconds: what would be published from then on has not happened yet. */
  readonly before: number;
  /** True: some traces are published hours after the step, the others within two minutes; false: within five seconds. */
  readonly delays: boolean;
  /** Sets the ids of these messages apart from those of others about the same things. */
  readonly ids: string;
}

const instant = (seconds: string): string => `fromUnixTimestamp64Milli(toInt64(${seconds}) * 1000, 'Asia/Shanghai')`;
/** They count as consumed when they were published. */
const STORED_AT = 'publish_time + toIntervalSecond(2)';
/** Ids of messages: decimal digits, all different. */
const eventId = ({ ids }: MessagesOptions, hash: string, index: string): string =>
  `toString(5000000000000000000 + cityHash64(${hash}, ${index}, '${ids}') % 4000000000000000000)`;
const COMMON = 'event_id, app_key, topic, event, publish_time, seller_id, seller_nick, business_key';
/** What stands in every table for what the benchmark does not vary. */
const constants = (appKey: string, hash: string): string =>
  `'${appKey}' AS app_key, toUInt64(281474976710656 + ${hash} % 281474976710656) AS version`;

export interface TraceSteps {
  /** Arrays of one length: epoch seconds, action, text. */
  readonly at: string;
  readonly action: string;
  readonly description: string;
  readonly kept: string;
}

/** Traces of a cohort's parcels. */
export function insertTraces(
  cohort: Cohort,
  options: MessagesOptions,
  steps: TraceSteps = traceArrays,
  where = '1',
): string {
  return `INSERT INTO ${options.database}.logistics_traces (${COMMON}, tid, out_sid, company_name, action, stage, action_time, description, version, stored_at)
  SELECT ${eventId(options, 'h', 'n, action')} AS event_id, app_key, 'taobao_logistics_LogsticDetailTrace' AS topic, 'traced' AS event,
    ${instant('at')} + toIntervalMillisecond(delay) AS publish_time,
    seller_id, seller_nick,
    concat('traced|', toString(tid), '|', out_sid, '|||', action, '|', toString(at), '000|', toString(cityHash64(description) % 4294967296)) AS business_key,
    tid, out_sid, ${company('carrier')} AS company_name, action, ${stageOf('action')} AS stage, ${instant('at')} AS action_time, description, version,
    ${STORED_AT} AS stored_at
  FROM (
    SELECT *, at, action, description, n, ${constants('23299685', 'h')}, cityHash64(h, n) AS e,
      ${options.delays ? 'if(e % 30 = 0, 3600000 + bitShiftRight(e, 8) % 18000000, 2000 + bitShiftRight(e, 8) % 118000)' : 'bitShiftRight(e, 8) % 5000'} AS delay
    FROM (${parcels(cohort)} )
    ARRAY JOIN ${steps.at} AS at, ${steps.action} AS action, ${steps.description} AS description, arrayEnumerate(${steps.action}) AS n
    WHERE (${steps.kept}) AND (${where})
  )
  WHERE publish_time < ${instant(String(options.before))}
  ORDER BY publish_time`;
}

export interface OrderSteps {
  readonly at: string;
  readonly event: string;
}

/** Created, paid, shipped, finished; or created and closed a day later by nobody's paying. */
const orderSteps: OrderSteps = {
  at: '[created, if(unpaid, created + 86400, paid), if(unpaid, 0, shipped), if(unpaid, 0, shipped + 432000 + k1 % 200000)]',
  event: `if(unpaid, ['created', 'closed', '', ''], ['created', 'paid', 'shipped', 'succeeded'])`,
};
const EVENTS = ['created', 'paid', 'shipped', 'succeeded', 'closed', 'changed'];
const TOPICS = ['TradeCreate', 'TradeBuyerPay', 'TradeSellerShip', 'TradeSuccess', 'TradeClose', 'TradeChanged'];
const STATUSES = [
  'WAIT_BUYER_PAY',
  'WAIT_SELLER_SEND_GOODS',
  'WAIT_BUYER_CONFIRM_GOODS',
  'TRADE_FINISHED',
  'TRADE_CLOSED_BY_TAOBAO',
  'WAIT_SELLER_SEND_GOODS',
];

/** Trade messages of a cohort: one for each line of an order in each of its steps, milliseconds apart. */
export function insertTrades(
  cohort: Cohort,
  options: MessagesOptions,
  steps: OrderSteps = orderSteps,
  where = '1',
): string {
  return `INSERT INTO ${options.database}.trade_events (${COMMON}, tid, oid, num_iid, status, trade_type, payment, payment_scope, post_fee, buyer_nick, buyer_open_uid, version, stored_at)
  SELECT ${eventId(options, 'k', 'n, line')} AS event_id, app_key,
    concat('taobao_trade_', transform(event, ${texts(EVENTS)}, ${texts(TOPICS)}, '')) AS topic, event,
    ${instant('at')} + toIntervalMillisecond(k2 % 900 + line * 12) AS publish_time,
    seller_id, seller_nick,
    concat(event, '|', toString(tid), '|', toString(oid), if(event = 'changed', concat('||', toString(at)), '||')) AS business_key,
    tid, if(lines = 1, tid, tid + 7654321 * line) AS oid, if(k2 % 7 = 0, NULL, num_iid + line) AS num_iid,
    transform(event, ${texts(EVENTS)}, ${texts(STATUSES)}, '') AS status, 'guarantee_trade' AS trade_type,
    line_amount + line AS payment, if(lines = 1, 'trade', 'unknown') AS payment_scope, toDecimal64(0, 2) AS post_fee,
    '王**' AS buyer_nick, concat('AA', hex(cityHash64(k % 300000)), hex(cityHash64(k % 300000, 1))) AS buyer_open_uid, version,
    ${STORED_AT} AS stored_at
  FROM (
    SELECT *, at, event, n, ${constants('12497914', 'k')}, arrayJoin(range(1, toUInt64(lines + 1))) AS line
    FROM (${orders(cohort)})
    ARRAY JOIN ${steps.at} AS at, ${steps.event} AS event, arrayEnumerate(${steps.event}) AS n
    WHERE event != '' AND (${where})
  )
  WHERE publish_time < ${instant(String(options.before))}
  ORDER BY publish_time`;
}

/** Of every twentieth paid order a refund: asked for, agreed to by three sellers in four, then paid out or closed. */
export function insertRefunds(cohort: Cohort, options: MessagesOptions): string {
  return `INSERT INTO ${options.database}.refund_events (${COMMON}, refund_id, tid, oid, refund_status, refund_phase, bill_type, refund_fee, buyer_nick, modified, version, stored_at)
  SELECT ${eventId(options, 'k', `n, 'refund'`)} AS event_id, app_key,
    concat('taobao_refund_', transform(event, ['created', 'seller_agreed', 'succeeded', 'closed'], ['RefundCreated', 'RefundSellerAgreeAgreement', 'RefundSuccess', 'RefundClosed'], '')) AS topic,
    event, modified + toIntervalMillisecond(300 + k2 % 2000) AS publish_time, seller_id, seller_nick,
    concat(event, '|', toString(refund_id), '|', toString(tid), '|', toString(oid), '|||', toString(at), '000|') AS business_key,
    toInt64(bitXor(tid, 8589934591)) AS refund_id, tid, if(lines = 1, tid, tid + 7654321) AS oid,
    transform(event, ['created', 'succeeded', 'closed'], ['WAIT_SELLER_AGREE', 'SUCCESS', 'CLOSED'], NULL) AS refund_status,
    if(k1 % 3 = 0, 'onsale', 'aftersale') AS refund_phase, if(k1 % 3 = 0, 'refund_bill', 'return_bill') AS bill_type,
    line_amount + 1 AS refund_fee, '王**' AS buyer_nick, ${instant('at')} AS modified, version, ${STORED_AT} AS stored_at
  FROM (
    SELECT *, at, event, n, ${constants('21562731', 'k')}
    FROM (${orders(cohort)})
    ARRAY JOIN [shipped + k1 % 400000, shipped + k1 % 400000 + 3600 + k2 % 50000, shipped + k1 % 400000 + 90000 + k2 % 50000] AS at,
      ['created', if(k % 4 = 0, '', 'seller_agreed'), if(k % 4 = 0, 'closed', 'succeeded')] AS event, [1, 2, 3] AS n
    WHERE event != '' AND NOT unpaid AND bitShiftRight(k2, 41) % 20 = 0
  )
  WHERE publish_time < ${instant(String(options.before))}
  ORDER BY publish_time`;
}

/**
 * The raw messages of all rows of the typed tables as they stand: what `events` would hold of them. Contents have the
 * fields real ones have.
 */
export const insertEvents: readonly string[] = (
  [
    [
      'logistics_traces',
      'logistics',
      ['action', 'company_name', 'desc=description', 'out_sid', 'time=action_time', 'tid#'],
    ],
    [
      'trade_events',
      'trade',
      [
        'buyer_nick',
        'buyer_open_uid',
        'iid=num_iid#',
        'oid#',
        'payment',
        'post_fee',
        'seller_nick',
        'status',
        'tid#',
        'type=trade_type',
      ],
    ],
    [
      'refund_events',
      'refund',
      [
        'bill_type',
        'buyer_nick',
        'modified',
        'oid#',
        'refund_fee',
        'refund_id#',
        'refund_phase',
        'seller_nick',
        'tid#',
      ],
    ],
  ] as const
).map(([table, family, fields]) => {
  const json = fields.map((field) => {
    const [name = '', column = name] = field.replace('#', '').split('=');
    const isTime = column.endsWith('time') || column === 'modified';
    const value = `ifNull(toString(${isTime ? `toDateTime(${column})` : column}), '${field.endsWith('#') ? 'null' : ''}')`;
    return field.endsWith('#') ? `'"${name}":', ${value}` : `'"${name}":"', ${value}, '"'`;
  });
  return `INSERT INTO juliu_store.events (event_id, app_key, topic, family, user_id, user_nick, publish_time, content, extra, version, received_at, source, position, stored_at)
  SELECT event_id, app_key, topic, '${family}', seller_id, seller_nick, publish_time, concat('{', ${json.join(`, ',', `)}, '}'), '{}', version,
    stored_at, 'rocketmq', concat('broker-a/', toString(cityHash64(event_id) % 8), '/', toString(toUnixTimestamp(publish_time))), stored_at
  FROM juliu_store.${table}`;
});
