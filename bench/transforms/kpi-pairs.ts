/**
 * KPIs of some days, asked twice: of juliu's metric views, and of the events as an analyst would work them out
 * without states and marts, over the views that leave one row per message, with the condition on publish_time that makes
 * their sort key prune. From the events less is worked out than the metric views say (no orders given up half-way, no
 * promises, no other durations than the one asked for), so that side is rather too quick.
 */
export interface KpiPair {
  readonly name: string;
  /** Over the metric views, as docs/queries.md asks. */
  readonly mart: string;
  /** Over the events. */
  readonly raw: string;
}

const today = `toDate(now('Asia/Shanghai'))`;
/** Aggregates of a DateTime64 that found nothing. */
const unset = 'toDateTime64(0, 3)';
/** A parcel or order of the days asked about may have begun so much earlier. */
const MARGIN = 10;

/** @param days the days asked about, up to today */
export function kpiPairs(days: number): readonly KpiPair[] {
  /** Arguments of the metric views. */
  const span = `asof = now64(3, 'Asia/Shanghai'), from = ${today} - ${days}, to = ${today}`;
  const since = (back: number): string => `toDateTime(${today} - ${back}, 'Asia/Shanghai')`;

  const parcels = `
  SELECT tid, out_sid,
    anyLast(company_name) AS carrier, anyLast(seller_id) AS seller_id,
    minIf(action_time, stage = 'consigned') AS consigned_at,
    minIf(action_time, stage = 'picked_up') AS picked_up,
    minIf(action_time, stage IN ('arrived', 'departed')) AS moved,
    coalesce(picked_up, moved) AS got_at,
    minIf(action_time, stage = 'out_for_delivery') AS out_at,
    minIf(action_time, stage = 'signed') AS signed_at,
    max(action_time) AS last_at,
    argMax(stage, action_time) AS last_stage
  FROM juliu.logistics_traces
  WHERE event IN ('traced', 'accepted') AND tid IS NOT NULL AND out_sid != '' AND publish_time >= ${since(days + MARGIN)}
  GROUP BY tid, out_sid`;

  const orders = `
  SELECT tid, any(seller_id) AS seller_id,
    minIf(publish_time, event IN ('created', 'alipay_created', 'created_delayed')) AS created_at,
    minIf(publish_time, event = 'paid') AS paid_at,
    minIf(publish_time, event = 'shipped') AS shipped_at,
    minIf(publish_time, event IN ('succeeded', 'succeeded_delayed')) AS finished_at,
    minIf(publish_time, event = 'closed') AS closed_at
  FROM juliu.trade_events
  WHERE tid IS NOT NULL AND publish_time >= ${since(days + MARGIN)}
  GROUP BY tid`;

  return [
    {
      name: 'latency_by_carrier',
      mart: `SELECT value AS carrier, cohort, finished, p50, p90 FROM juliu.parcel_latency_at(${span}, cut = 'carrier')
      WHERE metric = 'D7' ORDER BY carrier`,
      raw: `SELECT carrier, count() AS cohort, countIf(signed_at IS NOT NULL) AS finished,
        quantileExact(0.5)(ifNull(dateDiff('second', got_at, signed_at), 4000000000)) AS p50,
        quantileExact(0.9)(ifNull(dateDiff('second', got_at, signed_at), 4000000000)) AS p90
      FROM (${parcels}) WHERE got_at >= ${since(days)} GROUP BY carrier ORDER BY carrier`,
    },
    {
      name: 'pickup_rate_by_day',
      mart: `SELECT value AS day, denominator, rate FROM juliu.parcel_rates_at(${span}, cut = 'day')
      WHERE rate_id = 'R2' ORDER BY day`,
      raw: `SELECT toDate(consigned_at) AS day, count() AS denominator,
        countIf(got_at <= consigned_at + toIntervalHour(24)) / denominator AS rate
      FROM (${parcels})
      WHERE consigned_at >= ${since(days)} AND consigned_at <= now() - toIntervalHour(24)
      GROUP BY day ORDER BY day`,
    },
    {
      name: 'exceptions',
      mart: `SELECT class, ageing, units FROM juliu.exception_summary ORDER BY class, ageing`,
      raw: `WITH dateDiff('hour', last_at, now()) AS silent
      SELECT multiIf(last_stage = 'lost', 1, last_stage IN ('failed', 'rejected', 'returned'), 2,
          last_stage = 'out_for_delivery' AND silent >= 24, 3,
          last_stage IN ('arrived', 'departed', 'destination_city') AND silent >= 48, 4,
          last_stage = 'picked_up' AND silent >= 24, 5,
          got_at IS NULL AND consigned_at < now() - toIntervalHour(24), 6,
          last_stage IS NULL, 7, trade.finished_at > ${unset}, 8, 10) AS class,
        multiIf(silent < 24, '<24h', silent < 48, '<48h', silent < 72, '<72h', '>=72h') AS ageing, count() AS units
      FROM (${orders}) AS trade
      FULL JOIN (${parcels}) AS parcel ON parcel.tid = trade.tid
      WHERE signed_at IS NULL AND trade.closed_at <= ${unset} AND (parcel.tid IS NOT NULL OR trade.shipped_at <= ${unset})
      GROUP BY class, ageing ORDER BY class, ageing`,
    },
    {
      name: 'gmv_by_day_and_seller',
      mart: `SELECT day, seller_id, paid, orders FROM juliu.gmv_daily WHERE day >= ${today} - ${days} ORDER BY day, seller_id`,
      raw: `SELECT toDate(paid_at) AS day, seller_id, sum(amount) AS paid, count() AS orders
      FROM (
        SELECT tid, any(seller_id) AS seller_id, min(paid_at) AS paid_at,
          if(uniqExact(payment) = 1 AND NOT has(groupArray(payment_scope), 'unknown'), max(payment), sum(payment)) AS amount
        FROM (
          SELECT tid, oid, any(seller_id) AS seller_id, min(publish_time) AS paid_at,
            argMax(payment, (publish_time, event_id)) AS payment, any(payment_scope) AS payment_scope
          FROM juliu.trade_events
          WHERE event = 'paid' AND tid IS NOT NULL AND publish_time >= ${since(days)}
          GROUP BY tid, oid
        )
        GROUP BY tid
      )
      GROUP BY day, seller_id ORDER BY day, seller_id`,
    },
    {
      name: 'funnel_by_day',
      mart: `SELECT value AS day, created, paid, shipped, signed, finished, closed, paid_to_shipped_p50
      FROM juliu.trade_funnel_at(${span}, cut = 'day') ORDER BY day`,
      raw: `WITH deliveries AS (
        SELECT tid, max(signed_at) AS at, countIf(signed_at IS NULL) AS open FROM (${parcels}) GROUP BY tid
      )
      SELECT toDate(orders.created_at) AS day, count() AS created, countIf(paid_at > ${unset}) AS paid,
        countIf(shipped_at > ${unset}) AS shipped, countIf(deliveries.at IS NOT NULL AND deliveries.open = 0) AS signed,
        countIf(finished_at > ${unset}) AS finished, countIf(closed_at > ${unset}) AS closed,
        quantileExactIf(0.5)(dateDiff('second', paid_at, shipped_at), shipped_at > ${unset}) AS paid_to_shipped_p50
      FROM (${orders}) AS orders LEFT JOIN deliveries ON deliveries.tid = orders.tid
      WHERE orders.created_at >= ${since(days)} GROUP BY day ORDER BY day`,
    },
    {
      name: 'refund_rate_by_seller',
      mart: `SELECT value AS seller, paid_orders, refunds, refund_rate FROM juliu.refund_rates_at(${span}, cut = 'seller')
      ORDER BY seller`,
      raw: `WITH refunded AS (
        SELECT tid, count() AS refunds, sum(fee) AS fee
        FROM (
          SELECT refund_id, any(tid) AS tid, argMax(refund_fee, modified) AS fee
          FROM juliu.refund_events WHERE refund_id IS NOT NULL AND publish_time >= ${since(days)} GROUP BY refund_id
        )
        GROUP BY tid
      )
      SELECT seller_id, count() AS paid_orders, sum(refunded.refunds) AS refunds, refunds / paid_orders AS refund_rate
      FROM (${orders}) AS orders LEFT JOIN refunded ON refunded.tid = orders.tid
      WHERE paid_at >= ${since(days)} GROUP BY seller_id ORDER BY seller_id`,
    },
    {
      name: 'hub_dwell',
      mart: `SELECT node, stops, p50, p90 FROM juliu.hub_dwell_at(${span}) ORDER BY stops DESC LIMIT 50`,
      raw: `SELECT node, count() AS stops, quantileExact(0.5)(dwell) AS p50, quantileExact(0.9)(dwell) AS p90
      FROM (
        SELECT stage, extract(ifNull(description, ''), '【[^】]+】[^ ，]*') AS node,
          leadInFrame(node) OVER steps AS next_node, leadInFrame(stage) OVER steps AS next_stage,
          dateDiff('second', action_time, leadInFrame(action_time) OVER steps) AS dwell
        FROM juliu.logistics_traces
        WHERE event = 'traced' AND stage IN ('arrived', 'departed') AND publish_time >= ${since(days)}
        WINDOW steps AS (PARTITION BY tid, out_sid ORDER BY action_time ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
      )
      WHERE stage = 'arrived' AND next_stage = 'departed' AND next_node = node
      GROUP BY node ORDER BY stops DESC LIMIT 50`,
    },
    {
      name: 'shipped_in_time_by_seller',
      mart: `SELECT value AS seller, orders, rate FROM juliu.ship_rate_at(${span}, cut = 'seller') ORDER BY seller`,
      raw: `SELECT seller_id, count() AS orders,
        countIf(shipped_at > ${unset} AND shipped_at <= paid_at + toIntervalHour(48)) / orders AS rate
      FROM (${orders})
      WHERE paid_at >= ${since(days)} AND paid_at <= now() - toIntervalHour(48) AND closed_at <= ${unset}
      GROUP BY seller_id ORDER BY seller_id`,
    },
  ];
}
