/**
 * KPIs as an analyst would work them out from the events alone, without juliu's states and marts: over the views that
 * leave one row per message, with the publication-time condition that makes the sort key prune. They leave out more
 * than they should (orders closed half-way, promises, the infinite tail of open parcels), so they are rather too quick.
 */
export interface KpiPair {
  readonly name: string;
  /** Over the marts, as a reader of docs/queries.md would ask. */
  readonly mart: string;
  /** Over the events. */
  readonly raw: string;
}

const since = (days: number): string => `toStartOfDay(now('Asia/Shanghai')) - toIntervalDay(${days})`;

/** Each parcel's milestones; read some days further back than the question, for parcels on their way then. */
const parcels = (days: number): string => `
  SELECT tid, out_sid,
    anyLast(company_name) AS carrier, anyLast(seller_id) AS seller_id,
    minIf(action_time, stage = 'consigned') AS consigned_at,
    minIf(action_time, stage = 'picked_up') AS picked_up,
    minIf(action_time, stage IN ('arrived', 'departed')) AS moved,
    coalesce(picked_up, moved) AS got_at,
    minIf(action_time, stage = 'out_for_delivery') AS out_at,
    minIf(action_time, stage = 'signed') AS signed_at,
    minIf(action_time, stage IN ('failed', 'rejected')) AS failed_at,
    max(action_time) AS last_at,
    argMax(stage, action_time) AS last_stage
  FROM juliu.logistics_traces
  WHERE event IN ('traced', 'accepted') AND tid IS NOT NULL AND out_sid != '' AND publish_time >= ${since(days + 10)}
  GROUP BY tid, out_sid`;

/** One row per business event, whatever it was published as. */
const orders = (days: number): string => `
  SELECT tid, any(seller_id) AS seller_id,
    minIf(publish_time, event IN ('created', 'alipay_created', 'created_delayed')) AS created_at,
    minIf(publish_time, event = 'paid') AS paid_at,
    minIf(publish_time, event = 'shipped') AS shipped_at,
    minIf(publish_time, event IN ('succeeded', 'succeeded_delayed')) AS finished_at,
    minIf(publish_time, event = 'closed') AS closed_at
  FROM juliu.trade_events
  WHERE tid IS NOT NULL AND publish_time >= ${since(days + 30)}
  GROUP BY tid`;

const DAYS = 30;
const unset = 'toDateTime64(0, 3)';

export const kpiPairs: readonly KpiPair[] = [
  {
    name: 'latency_by_carrier',
    mart: `SELECT 1`,
    raw: `SELECT carrier, count() AS cohort, countIf(signed_at IS NOT NULL) AS finished,
        quantileExact(0.5)(ifNull(dateDiff('second', got_at, signed_at), 4000000000)) AS p50,
        quantileExact(0.9)(ifNull(dateDiff('second', got_at, signed_at), 4000000000)) AS p90
      FROM (${parcels(DAYS)}) WHERE got_at >= ${since(DAYS)} GROUP BY carrier ORDER BY carrier`,
  },
  {
    name: 'pickup_rate_by_seller_and_day',
    mart: `SELECT 1`,
    raw: `SELECT toDate(consigned_at) AS day, seller_id, count() AS cohort,
        countIf(got_at <= consigned_at + toIntervalHour(24)) / cohort AS rate
      FROM (${parcels(DAYS)})
      WHERE consigned_at >= ${since(DAYS)} AND consigned_at <= now() - toIntervalHour(24)
      GROUP BY day, seller_id ORDER BY day, seller_id`,
  },
  {
    name: 'stuck_parcels',
    mart: `SELECT 1`,
    raw: `SELECT carrier, last_stage, count() AS open, countIf(last_at < now() - toIntervalHour(24)) AS stuck
      FROM (${parcels(DAYS)}) WHERE signed_at IS NULL AND last_stage NOT IN ('returned', 'lost')
      GROUP BY carrier, last_stage ORDER BY carrier, last_stage`,
  },
  {
    name: 'gmv_by_day_and_seller',
    mart: `SELECT 1`,
    raw: `SELECT toDate(paid_at) AS day, seller_id, sum(amount) AS gmv, count() AS orders
      FROM (
        SELECT tid, any(seller_id) AS seller_id, min(paid_at) AS paid_at,
          if(uniqExact(payment) = 1 AND NOT has(groupArray(payment_scope), 'unknown'), max(payment), sum(payment)) AS amount
        FROM (
          SELECT tid, oid, any(seller_id) AS seller_id, min(publish_time) AS paid_at,
            argMax(payment, (publish_time, event_id)) AS payment, any(payment_scope) AS payment_scope
          FROM juliu.trade_events
          WHERE event = 'paid' AND tid IS NOT NULL AND publish_time >= ${since(DAYS)}
          GROUP BY tid, oid
        )
        GROUP BY tid
      )
      GROUP BY day, seller_id ORDER BY day, seller_id`,
  },
  {
    name: 'funnel_by_day',
    mart: `SELECT 1`,
    raw: `WITH deliveries AS (
        SELECT tid, max(signed_at) AS at, countIf(signed_at IS NULL) AS open FROM (${parcels(DAYS)}) GROUP BY tid
      )
      SELECT toDate(orders.created_at) AS day, count() AS created, countIf(paid_at > ${unset}) AS paid,
        countIf(shipped_at > ${unset}) AS shipped, countIf(deliveries.at IS NOT NULL AND deliveries.open = 0) AS signed,
        countIf(finished_at > ${unset}) AS finished, countIf(closed_at > ${unset}) AS closed,
        quantileExactIf(0.5)(dateDiff('second', paid_at, shipped_at), shipped_at > ${unset}) AS pay_to_ship
      FROM (${orders(DAYS)}) AS orders LEFT JOIN deliveries ON deliveries.tid = orders.tid
      WHERE orders.created_at >= ${since(DAYS)} GROUP BY day ORDER BY day`,
  },
  {
    name: 'refund_rate_by_seller',
    mart: `SELECT 1`,
    raw: `WITH refunded AS (
        SELECT tid, count() AS refunds, sum(fee) AS fee
        FROM (
          SELECT refund_id, any(tid) AS tid, argMax(refund_fee, modified) AS fee
          FROM juliu.refund_events WHERE refund_id IS NOT NULL AND publish_time >= ${since(DAYS)} GROUP BY refund_id
        )
        GROUP BY tid
      )
      SELECT seller_id, count() AS paid, sum(refunded.refunds) AS refunds, refunds / paid AS rate
      FROM (${orders(DAYS)}) AS orders LEFT JOIN refunded ON refunded.tid = orders.tid
      WHERE paid_at >= ${since(DAYS)} GROUP BY seller_id ORDER BY seller_id`,
  },
  {
    name: 'hub_dwell',
    mart: `SELECT 1`,
    raw: `SELECT node, count() AS visits, quantileExact(0.5)(dwell) AS p50, quantileExact(0.9)(dwell) AS p90
      FROM (
        SELECT stage, extract(ifNull(description, ''), '【[^】]+】[^ ，]*') AS node,
          leadInFrame(node) OVER steps AS next_node, leadInFrame(stage) OVER steps AS next_stage,
          dateDiff('second', action_time, leadInFrame(action_time) OVER steps) AS dwell
        FROM juliu.logistics_traces
        WHERE event = 'traced' AND stage IN ('arrived', 'departed') AND publish_time >= ${since(DAYS)}
        WINDOW steps AS (PARTITION BY tid, out_sid ORDER BY action_time ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
      )
      WHERE stage = 'arrived' AND next_stage = 'departed' AND next_node = node
      GROUP BY node ORDER BY visits DESC LIMIT 50`,
  },
  {
    name: 'unshipped_after_48h',
    mart: `SELECT 1`,
    raw: `SELECT seller_id, count() AS paid, countIf(shipped_at <= ${unset} OR shipped_at > paid_at + toIntervalHour(48)) AS late
      FROM (${orders(DAYS)})
      WHERE paid_at >= ${since(DAYS)} AND paid_at <= now() - toIntervalHour(48) AND closed_at <= ${unset}
      GROUP BY seller_id ORDER BY seller_id`,
  },
];
