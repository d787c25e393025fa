-- Comparison of carriers, dwell at nodes, times between nodes, and what is known of half lives only.
--
-- carrier_comparison: carriers with distant lanes look slow whatever they do. The adjusted figures are those of the
-- common lane mix (direct standardisation): weight of a lane = its share of the units of all carriers; a carrier's
-- figure is the mean of its lanes' figures by these weights, over the lanes that it has parcels for. coverage says what
-- share of the common mix those lanes are. A lane on which nothing arrives is infinitely slow and makes the figure NULL:
-- leaving it out would reward the carrier for it. Units without a known lane are in the raw figures alone.
-- hub_dwell, lane_segments: a stop is an arrival whose next trace is the departure from the same node; a segment is a
-- departure and the arrival that comes next. They count when their end lies before asof.

CREATE OR REPLACE VIEW juliu.carrier_comparison_at {{on_cluster}} {{view_security}}
AS
SELECT
    carrier,
    sum(n) AS units,
    ifNull(sumIf(weight, lane != '' AND n > 0) / nullIf(max(all_weight), 0), 0) AS coverage,
    nullIf(quantileExactMerge(0.5)(lane_durations), 4000000000) AS d7_median,
    if(countIf(lane != '' AND n > 0 AND lane_median >= 4000000000) > 0, NULL,
        sumIf(weight * lane_median, lane != '' AND n > 0) / nullIf(sumIf(weight, lane != '' AND n > 0), 0)) AS d7_median_adjusted,
    sum(total) / nullIf(sum(finished), 0) AS d7_mean,
    if(countIf(lane != '' AND n > 0 AND finished = 0) > 0, NULL,
        sumIf(weight * total / nullIf(finished, 0), lane != '' AND n > 0) / nullIf(sumIf(weight, lane != '' AND n > 0), 0)) AS d7_mean_adjusted,
    sum(r5_hits) / nullIf(sum(r5_n), 0) AS r5_2,
    sumIf(r5_weight * r5_hits / r5_n, lane != '' AND r5_n > 0) / nullIf(sumIf(r5_weight, lane != '' AND r5_n > 0), 0) AS r5_2_adjusted,
    sum(r6_hits) / nullIf(sum(r6_n), 0) AS r6,
    sumIf(r6_weight * r6_hits / r6_n, lane != '' AND r6_n > 0) / nullIf(sumIf(r6_weight, lane != '' AND r6_n > 0), 0) AS r6_adjusted
FROM
(
    SELECT
        *,
        finalizeAggregation(lane_durations) AS lane_median,
        sum(n) OVER (PARTITION BY lane) AS weight,
        sum(r5_n) OVER (PARTITION BY lane) AS r5_weight,
        sum(r6_n) OVER (PARTITION BY lane) AS r6_weight,
        sum(if(lane = '', 0, n)) OVER () AS all_weight
    FROM
    (
        SELECT
            carrier,
            lane,
            countIf(in_d7 AND ifNull(d7 >= 0, 1)) AS n,
            countIf(in_d7 AND ifNull(d7 >= 0, 0)) AS finished,
            quantileExactStateIf(0.5)(toUInt32(coalesce(d7, 4000000000)), in_d7 AND ifNull(d7 >= 0, 1)) AS lane_durations,
            toInt64(sumIf(ifNull(d7, 0), in_d7 AND ifNull(d7 >= 0, 0))) AS total,
            countIf(in_r5_2) AS r5_n,
            countIf(in_r5_2 AND hit_r5_2) AS r5_hits,
            countIf(in_r6) AS r6_n,
            countIf(in_r6 AND hit_r6) AS r6_hits
        FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date})
        WHERE kind = 1
        GROUP BY carrier, lane
    )
)
GROUP BY carrier
HAVING units > 0 OR sum(r6_n) > 0
COMMENT '承运商对比 — the same as juliu.carrier_comparison with asof and the days from..to of the start given (D7, R5 pick-up; R6 first delivery attempt)';

CREATE OR REPLACE VIEW juliu.carrier_comparison {{on_cluster}}
(
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    units UInt64 COMMENT '样本数 — parcels in D7: picked up in the last 30 days',
    coverage Float64 COMMENT '线路覆盖率 — share of the common lane mix that the carrier has parcels for',
    d7_median Nullable(UInt32) COMMENT '揽签中位数 — median of D7 揽收→签收, open parcels as infinite; unit: seconds',
    d7_median_adjusted Nullable(Float64) COMMENT '揽签中位数（线路校正） — mean of the lanes’ medians by the common lane mix; NULL until the median of each lane is reached; unit: seconds',
    d7_mean Nullable(Float64) COMMENT '揽签均值 — mean of D7 over finished parcels; unit: seconds',
    d7_mean_adjusted Nullable(Float64) COMMENT '揽签均值（线路校正） — mean of the lanes’ means by the common lane mix; NULL until each lane has a finished parcel; unit: seconds',
    r5_2 Nullable(Float64) COMMENT '隔日达率 — R5 with k = 2: signed by the end of the second day after pick-up / matured parcels',
    r5_2_adjusted Nullable(Float64) COMMENT '隔日达率（线路校正） — mean of the lanes’ rates by the common lane mix',
    r6 Nullable(Float64) COMMENT '首次派送成功率 — R6: signed on the first delivery day without failure / matured parcels',
    r6_adjusted Nullable(Float64) COMMENT '首次派送成功率（线路校正） — mean of the lanes’ rates by the common lane mix'
)
{{view_security}}
AS SELECT * FROM juliu.carrier_comparison_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'))
COMMENT '承运商对比 — carriers over the last 30 days, raw and adjusted for their lanes';

CREATE OR REPLACE VIEW juliu.hub_dwell_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort
SELECT
    hop.node AS node,
    count() AS stops,
    quantileExact(0.5)(hop.dwell_seconds) AS p50,
    quantileExact(0.9)(hop.dwell_seconds) AS p90,
    quantileExact(0.95)(hop.dwell_seconds) AS p95,
    avg(hop.dwell_seconds) AS mean,
    (stops < min_cohort)::Bool AS small
FROM juliu_store.parcel_facts
ARRAY JOIN hops AS hop
WHERE NOT first_seen_midlife AND send_type != 'offline'
    AND last_day >= toDate(from_at) AND first_event_at < until_at AND last_event_at >= from_at
    AND hop.arrived_at >= from_at AND hop.arrived_at < until_at AND hop.arrived_at + hop.dwell_seconds <= now_at
GROUP BY node
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '站点停留 — the same as juliu.hub_dwell with asof and the days from..to of the arrival given';

CREATE OR REPLACE VIEW juliu.hub_dwell {{on_cluster}}
(
    node String COMMENT '站点 — node as traces write it, its city in brackets',
    stops UInt64 COMMENT '停留次数 — stops that ended; arrivals of the last 30 days; unit: stops',
    p50 UInt32 COMMENT '中位数 — D9 站点停留: half of the stops took at most this; unit: seconds',
    p90 UInt32 COMMENT 'P90 — nine of ten stops took at most this; unit: seconds',
    p95 UInt32 COMMENT 'P95 — 95 of 100 stops took at most this; unit: seconds',
    mean Float64 COMMENT '均值 — mean of the stops; unit: seconds',
    small Bool COMMENT '样本不足 — stops below the setting min_cohort'
)
{{view_security}}
AS SELECT * FROM juliu.hub_dwell_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'))
COMMENT '站点停留 — D9, dwell of parcels at nodes over the last 30 days';

CREATE OR REPLACE VIEW juliu.lane_segments_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort
SELECT
    from_node,
    to_node,
    carrier_name AS carrier,
    runs,
    p50,
    p90,
    p95,
    mean,
    toInt64(p50) - toInt64(maxIf(p50, whole) OVER (PARTITION BY from_node, to_node)) AS median_difference,
    (runs < min_cohort)::Bool AS small
FROM
(
    SELECT
        from_node,
        to_node,
        carrier AS carrier_name,
        grouping(carrier) = 1 AS whole,
        count() AS runs,
        quantileExact(0.5)(took) AS p50,
        quantileExact(0.9)(took) AS p90,
        quantileExact(0.95)(took) AS p95,
        avg(took) AS mean
    FROM
    (
        SELECT toString(carrier) AS carrier, segment.1 AS from_node, segment.2 AS to_node, segment.4 AS took
        FROM juliu_store.parcel_facts
        ARRAY JOIN segments AS segment
        WHERE NOT first_seen_midlife AND send_type != 'offline'
            AND last_day >= toDate(from_at) AND first_event_at < until_at AND last_event_at >= from_at
            AND segment.3 >= from_at AND segment.3 < until_at AND segment.3 + segment.4 <= now_at
    )
    GROUP BY GROUPING SETS ((from_node, to_node), (from_node, to_node, carrier))
)
COMMENT '线路段运输 — the same as juliu.lane_segments with asof and the days from..to of the departure given';

CREATE OR REPLACE VIEW juliu.lane_segments {{on_cluster}}
(
    from_node String COMMENT '出发站点 — node of the departure, as traces write it',
    to_node String COMMENT '到达站点 — node of the next arrival, as traces write it',
    carrier String COMMENT '物流公司 — name of the carrier; empty = all carriers together',
    runs UInt64 COMMENT '运输次数 — segments that ended; departures of the last 30 days; unit: segments',
    p50 UInt32 COMMENT '中位数 — D10 线路段运输: half of the segments took at most this; unit: seconds',
    p90 UInt32 COMMENT 'P90 — nine of ten segments took at most this; unit: seconds',
    p95 UInt32 COMMENT 'P95 — 95 of 100 segments took at most this; unit: seconds',
    mean Float64 COMMENT '均值 — mean of the segments; unit: seconds',
    median_difference Int64 COMMENT '与线路中位数之差 — the carrier’s median minus that of all carriers between the two nodes; unit: seconds',
    small Bool COMMENT '样本不足 — runs below the setting min_cohort'
)
{{view_security}}
AS SELECT * FROM juliu.lane_segments_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'))
COMMENT '线路段运输 — D10, time between nodes over the last 30 days, by carrier and for all carriers together';

CREATE OR REPLACE VIEW juliu.midlife_share {{on_cluster}}
(
    thing String COMMENT '对象 — orders, parcels, refunds or purchases (采购单)',
    total UInt64 COMMENT '总数 — things known',
    midlife UInt64 COMMENT '中途接入数 — of the total, those whose beginning was not seen; they are left out of cohorts',
    share Float64 COMMENT '中途接入占比 — midlife / total; 0 when there is none'
)
{{view_security}}
AS
SELECT thing, total, midlife, if(total = 0, 0, midlife / total) AS share
FROM
(
    SELECT 'orders' AS thing, count() AS total, countIf(first_seen_midlife) AS midlife FROM juliu_store.order_facts
    UNION ALL
    SELECT 'parcels', count(), countIf(first_seen_midlife) FROM juliu_store.parcel_facts
    UNION ALL
    SELECT 'refunds', count(), countIf(first_seen_midlife) FROM juliu_store.refund_facts
    UNION ALL
    SELECT 'purchases', count(), countIf(first_seen_midlife) FROM juliu_store.purchase_facts
)
COMMENT '中途接入占比 — share of orders, parcels, refunds and purchase orders that were under way before the subscription began';
