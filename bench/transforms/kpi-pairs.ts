/**
 * KPIs of some days, asked twice: of juliu's metric views, and of the events as an analyst would work the same KPI out
 * without states and marts, over the views that leave one row per message, with the condition on publish_time that makes
 * their sort key prune. Both sides leave out what the definition leaves out (orders closed or fully refunded on the way,
 * parcels first seen midlife), and the benchmark compares their answers; `alike: false` where the side of the events
 * takes a shorter way, which makes it rather too quick.
 */
export interface KpiPair {
  readonly name: string;
  /** Over the metric views, as docs/queries.md asks. */
  readonly mart: string;
  /** Over the events. */
  readonly raw: string;
  /** Whether the answers are the same, row by row. */
  readonly alike: boolean;
}

/** A parcel or order of the days asked about may have begun so much earlier. */
const MARGIN = 10;

/**
 * @param days the days asked about, up to that of `asof`
 * @param asof `YYYY-MM-DD HH:MM:SS`, UTC+8
 */
export function kpiPairs(days: number, asof: string): readonly KpiPair[] {
  const now = `toDateTime('${asof}', 'Asia/Shanghai')`;
  const today = `toDate(${now})`;
  /** Arguments of the metric views. */
  const span = `asof = ${now}, from = ${today} - ${days}, to = ${today}`;
  const since = (back: number): string => `toDateTime(${today} - ${back}, 'Asia/Shanghai')`;
  const firstOf = (time: string, condition: string): string => `toDateTime(minOrNullIf(${time}, ${condition}))`;

  /** Equal payments of several lines may be of the trade, each of them; different ones are of the lines. */
  const scope = `if(count() > 1 AND uniqExact(payment) = 1 AND has(groupArray(line_scope), 'unknown'), 'unknown', 'known')`;

  const refunds = `
    SELECT refund_id, any(tid) AS tid, argMax(refund_fee, modified) AS fee,
      ${firstOf('modified', `event = 'created'`)} AS asked_at, ${firstOf('modified', `event = 'succeeded'`)} AS back_at
    FROM juliu.refund_events WHERE refund_id IS NOT NULL AND publish_time >= ${since(days + MARGIN)} GROUP BY refund_id`;

  /** Of a trade what happened to it as a whole: paid is the first of its lines, closed or finished the last. */
  const orders = `
    SELECT trade.*, least(ifNull(closed_at, all_back_at), ifNull(all_back_at, closed_at)) AS left_at,
      if(scope != 'unknown' AND amount > 0 AND refund.back >= amount, refund.last_back_at, NULL) AS all_back_at
    FROM (
      SELECT tid, any(seller_name) AS seller, min(line_created_at) AS created_at, min(line_paid_at) AS paid_at,
        min(line_shipped_at) AS shipped_at,
        if(count() = count(line_finished_at), max(line_finished_at), NULL) AS finished_at,
        if(count() = count(line_closed_at), max(line_closed_at), NULL) AS closed_at,
        max(is_step) AS presale, ${scope} AS scope, if(uniqExact(payment) = 1, max(payment), sum(payment)) AS amount
      FROM (
        SELECT tid, oid, any(seller_nick) AS seller_name,
          ${firstOf('publish_time', `event IN ('created', 'alipay_created', 'created_delayed')`)} AS line_created_at,
          ${firstOf('publish_time', `event = 'paid'`)} AS line_paid_at, ${firstOf('publish_time', `event = 'shipped'`)} AS line_shipped_at,
          ${firstOf('publish_time', `event IN ('succeeded', 'succeeded_delayed')`)} AS line_finished_at,
          ${firstOf('publish_time', `event = 'closed'`)} AS line_closed_at,
          max(ifNull(trade_type, '') = 'step' OR event = 'deposit_paid') AS is_step,
          argMaxIf(payment, (publish_time, event_id), event = 'paid') AS payment, anyIf(payment_scope, event = 'paid') AS line_scope
        FROM juliu.trade_events WHERE tid IS NOT NULL AND publish_time >= ${since(days + MARGIN)} GROUP BY tid, oid
      )
      GROUP BY tid
    ) AS trade
    LEFT JOIN (
      SELECT tid, sumIf(fee, back_at IS NOT NULL) AS back, max(back_at) AS last_back_at FROM (${refunds}) GROUP BY tid
    ) AS refund ON refund.tid = trade.tid`;

  const parcels = `
    SELECT tid, out_sid, anyLast(company_name) AS carrier,
      ${firstOf('action_time', `stage = 'created'`)} AS created_at, ${firstOf('action_time', `stage = 'consigned'`)} AS consigned_at,
      ${firstOf('action_time', `stage = 'picked_up'`)} AS picked_up_at,
      coalesce(picked_up_at, ${firstOf('action_time', `stage IN ('arrived', 'departed')`)}) AS got_at,
      ${firstOf('action_time', `stage = 'signed'`)} AS signed_at,
      toDateTime(max(action_time)) AS last_at, argMax(stage, action_time) AS last_stage
    FROM juliu.logistics_traces
    WHERE event IN ('traced', 'accepted') AND tid IS NOT NULL AND out_sid != '' AND publish_time >= ${since(days + MARGIN)}
    GROUP BY tid, out_sid
    HAVING created_at IS NOT NULL OR consigned_at IS NOT NULL OR picked_up_at IS NOT NULL`;

  /** With when its order was left. */
  const owed = `
    SELECT parcel.*, trade.left_at AS left_at
    FROM (${parcels}) AS parcel LEFT JOIN (SELECT tid, left_at FROM (${orders})) AS trade ON trade.tid = parcel.tid`;
  /** It was not left before the deadline, or the milestone came first. */
  const kept = (deadline: string, milestone: string): string =>
    `(left_at IS NULL OR left_at > ${deadline} OR ifNull(${milestone} <= left_at, 0))`;
  const percentile = (share: number, from: string, to: string): string =>
    `nullIf(quantileExact(${share})(ifNull(dateDiff('second', ${from}, ${to}), 4000000000)), 4000000000)`;

  return [
    {
      name: 'latency_by_carrier',
      alike: true,
      mart: `SELECT value AS carrier, cohort, finished, p50, p90 FROM juliu.parcel_latency_d7_at(${span}, cut = 'carrier')
      ORDER BY carrier`,
      raw: `SELECT carrier, count() AS cohort, count(signed_at) AS finished,
        ${percentile(0.5, 'got_at', 'signed_at')} AS p50, ${percentile(0.9, 'got_at', 'signed_at')} AS p90
      FROM (${owed}) WHERE got_at >= ${since(days)} AND ${kept(now, 'signed_at')} GROUP BY carrier ORDER BY carrier`,
    },
    {
      name: 'pickup_rate_by_day',
      alike: true,
      mart: `SELECT value AS day, denominator, rate FROM juliu.parcel_rates_r2_at(${span}, cut = 'day') ORDER BY day`,
      raw: `SELECT toDate(assumeNotNull(consigned_at)) AS day, count() AS denominator,
        countIf(got_at <= consigned_at + toIntervalHour(24)) / denominator AS rate
      FROM (${owed})
      WHERE consigned_at >= ${since(days)} AND consigned_at <= ${now} - toIntervalHour(24)
        AND ${kept('consigned_at + toIntervalHour(24)', 'got_at')}
      GROUP BY day ORDER BY day`,
    },
    {
      name: 'exceptions',
      alike: false,
      mart: `SELECT class, ageing, units, round(oldest_hours) AS oldest_hours FROM juliu.exception_summary_at(asof = ${now})
      ORDER BY class, ageing`,
      raw: `WITH dateDiff('hour', last_at, ${now}) AS silent
      SELECT multiIf(last_stage = 'lost', 1, last_stage IN ('failed', 'rejected', 'returned'), 2,
          last_stage = 'out_for_delivery' AND silent >= 24, 3,
          last_stage IN ('arrived', 'departed', 'destination_city') AND silent >= 48, 4,
          last_stage = 'picked_up' AND silent >= 24, 5,
          got_at IS NULL AND consigned_at < ${now} - toIntervalHour(24), 6,
          last_stage IS NULL, 7, trade.finished_at IS NOT NULL, 8, 10) AS class,
        multiIf(silent < 24, '0-24', silent < 48, '24-48', silent < 72, '48-72', silent < 120, '72-120', '>120') AS ageing,
        count() AS units, max(silent) AS oldest_hours
      FROM (${orders}) AS trade
      FULL JOIN (${parcels}) AS parcel ON parcel.tid = trade.tid
      WHERE signed_at IS NULL AND trade.left_at IS NULL AND (parcel.tid IS NOT NULL OR trade.shipped_at IS NULL)
      GROUP BY class, ageing ORDER BY class, ageing`,
    },
    {
      name: 'gmv_by_day',
      alike: true,
      mart: `SELECT day, sum(g.orders) AS orders, sum(g.paid) AS paid_yuan, sum(g.refunded) AS refunded_yuan,
        sum(g.unknown_orders) AS lower_bounds
      FROM juliu.gmv_daily_at(${span}) AS g GROUP BY day ORDER BY day`,
      raw: `SELECT day, sum(is_order) AS orders, sum(amount) AS paid_yuan, sum(fee) AS refunded_yuan, sum(is_unknown) AS lower_bounds
      FROM (
        SELECT toDate(assumeNotNull(paid_at)) AS day, 1 AS is_order, amount, 0 AS fee, scope = 'unknown' AS is_unknown
        FROM (
          SELECT tid, toDateTime(min(line_paid_at)) AS paid_at, ${scope} AS scope,
            if(uniqExact(payment) = 1, max(payment), sum(payment)) AS amount
          FROM (
            SELECT tid, oid, min(publish_time) AS line_paid_at, argMax(trade_events.payment, (publish_time, event_id)) AS payment, any(payment_scope) AS line_scope
            FROM juliu.trade_events
            WHERE event = 'paid' AND tid IS NOT NULL AND publish_time >= ${since(days)} GROUP BY tid, oid
          )
          GROUP BY tid
        )
        UNION ALL
        SELECT toDate(assumeNotNull(back_at)), 0, 0, fee, 0 FROM (${refunds}) WHERE back_at >= ${since(days)}
      )
      GROUP BY day ORDER BY day`,
    },
    {
      name: 'funnel_by_day',
      alike: true,
      mart: `SELECT value AS day, created, paid, shipped, signed, finished, closed, paid_to_shipped_p50
      FROM juliu.trade_funnel_at(${span}, cut = 'day') ORDER BY day`,
      raw: `WITH deliveries AS (
        SELECT tid, max(signed_at) AS at, countIf(signed_at IS NULL) AS open FROM (${parcels}) GROUP BY tid
      )
      SELECT toDate(assumeNotNull(orders.created_at)) AS day, count() AS created, count(paid_at) AS paid, count(shipped_at) AS shipped,
        countIf(deliveries.at IS NOT NULL AND deliveries.open = 0) AS signed, count(finished_at) AS finished,
        count(closed_at) AS closed,
        nullIf(quantileExactIf(0.5)(ifNull(dateDiff('second', paid_at, shipped_at), 4000000000),
          paid_at IS NOT NULL AND ifNull(shipped_at >= paid_at, 1) AND (left_at IS NULL OR ifNull(shipped_at <= left_at, 0))), 4000000000)
          AS paid_to_shipped_p50
      FROM (${orders}) AS orders LEFT JOIN deliveries ON deliveries.tid = orders.tid
      WHERE orders.created_at >= ${since(days)} GROUP BY day ORDER BY day`,
    },
    {
      name: 'refund_rate_by_seller',
      alike: true,
      mart: `SELECT value AS seller, paid_orders, refunds, refund_rate FROM juliu.refund_rates_at(${span}, cut = 'seller')
      ORDER BY seller`,
      raw: `WITH refunded AS (SELECT tid, count(asked_at) AS refunds FROM (${refunds}) GROUP BY tid)
      SELECT seller, count() AS paid_orders, sum(refunded.refunds) AS refunds, refunds / paid_orders AS refund_rate
      FROM (
        SELECT tid, any(seller_nick) AS seller, ${firstOf('publish_time', `event IN ('created', 'alipay_created', 'created_delayed')`)} AS created_at,
          ${firstOf('publish_time', `event = 'paid'`)} AS paid_at
        FROM juliu.trade_events WHERE tid IS NOT NULL AND publish_time >= ${since(days + MARGIN)} GROUP BY tid
      ) AS orders
      LEFT JOIN refunded ON refunded.tid = orders.tid
      WHERE paid_at >= ${since(days)} AND created_at IS NOT NULL GROUP BY seller ORDER BY seller`,
    },
    {
      name: 'hub_dwell',
      alike: false,
      mart: `SELECT node, stops, p50, p90 FROM juliu.hub_dwell_at(${span}) ORDER BY stops DESC, node LIMIT 50`,
      raw: `SELECT node, count() AS stops, quantileExact(0.5)(dwell) AS p50, quantileExact(0.9)(dwell) AS p90
      FROM (
        SELECT stage, action_time, extract(ifNull(description, ''), '【[^】]+】[^ ，]*') AS node,
          leadInFrame(node) OVER steps AS next_node, leadInFrame(stage) OVER steps AS next_stage,
          dateDiff('second', action_time, leadInFrame(action_time) OVER steps) AS dwell
        FROM juliu.logistics_traces
        WHERE event = 'traced' AND stage IN ('arrived', 'departed') AND publish_time >= ${since(days)}
        WINDOW steps AS (PARTITION BY tid, out_sid ORDER BY action_time ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
      )
      WHERE stage = 'arrived' AND next_stage = 'departed' AND next_node = node AND action_time >= ${since(days)}
      GROUP BY node ORDER BY stops DESC, node LIMIT 50`,
    },
    {
      name: 'shipped_in_time_by_seller',
      alike: true,
      mart: `SELECT value AS seller, orders, orders - shipped_in_time AS late, rate FROM juliu.ship_rate_at(${span}, cut = 'seller')
      ORDER BY seller`,
      raw: `WITH paid_at + toIntervalHour(48) AS limit_at
      SELECT seller, count() AS orders, countIf(ifNull(shipped_at > limit_at, 1)) AS late, (orders - late) / orders AS rate
      FROM (${orders})
      WHERE paid_at >= ${since(days)} AND limit_at <= ${now} AND NOT presale AND created_at IS NOT NULL
        AND ${kept('limit_at', 'shipped_at')}
      GROUP BY seller ORDER BY seller`,
    },
  ];
}
