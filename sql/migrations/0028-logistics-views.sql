-- Comparison of carriers, dwell at nodes, times between nodes, change against the period before, and what is known of half
-- lives only.
--
-- carrier_comparison: carriers with distant lanes look slow whatever they do. The adjusted figures are those of the
-- common lane mix (direct standardisation): weight of a lane = its share of the units of all carriers; a carrier's
-- figure is the mean of its lanes' figures by these weights, over the lanes that it has parcels for. coverage says what
-- share of the common mix those lanes are. A lane on which nothing arrives is infinitely slow and makes the figure NULL:
-- leaving it out would reward the carrier for it. Units without a known lane are in the raw figures alone.
-- hub_dwell, lane_segments: a stop is an arrival whose next trace is the departure from the same node; a segment is a
-- departure and the arrival that comes next. They count when their end lies before asof. Where a parcel stands, whether it
-- will go on from there or be delivered is not known: so open stops are counted and aged beside the percentiles, not as
-- infinite in them.

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
    stop.1 AS node,
    countIf(ended) AS stops,
    countIf(NOT ended) AS standing,
    if(standing = 0, NULL, toUInt32(now_at - minIf(stop.2, NOT ended))) AS longest_standing,
    if(stops = 0, NULL, quantileExactIf(0.5)(stop.3, ended)) AS p50,
    if(stops = 0, NULL, quantileExactIf(0.9)(stop.3, ended)) AS p90,
    if(stops = 0, NULL, quantileExactIf(0.95)(stop.3, ended)) AS p95,
    if(stops = 0, NULL, avgIf(stop.3, ended)) AS mean,
    (stops < min_cohort)::Bool AS small
FROM
(
    SELECT
        arrayJoin(arrayConcat(
            arrayMap(hop -> (toString(hop.1), hop.2, hop.3), hops),
            -- The last trace: nothing ends it.
            if(last_stage = 'arrived' AND last_place != '', [(toString(last_place), assumeNotNull(last_event_at), toUInt32(4294967295))], [])
        )) AS stop,
        toInt64(stop.2) + stop.3 <= toInt64(now_at) AS ended
    FROM juliu_store.parcel_facts
    WHERE NOT first_seen_midlife AND send_type != 'offline'
        AND last_day >= toDate(from_at) AND first_event_at < until_at AND last_event_at >= from_at
        AND stop.2 >= from_at AND stop.2 < until_at AND stop.2 <= now_at
)
GROUP BY node
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '站点停留 — the same as juliu.hub_dwell with asof and the days from..to of the arrival given';

CREATE OR REPLACE VIEW juliu.hub_dwell {{on_cluster}}
(
    node String COMMENT '站点 — node as traces write it, its city in brackets',
    stops UInt64 COMMENT '停留次数 — stops that ended; arrivals of the last 30 days; unit: stops',
    standing UInt64 COMMENT '在站数 — arrivals of the last 30 days that nothing has followed yet, as far as traces say: on their way on, or to be delivered from here; in no percentile; unit: stops',
    longest_standing Nullable(UInt32) COMMENT '在站最久 — how long the longest of standing has been there; NULL = none; unit: seconds',
    p50 Nullable(UInt32) COMMENT '中位数 — D9 站点停留: half of the stops took at most this; NULL without stops; unit: seconds',
    p90 Nullable(UInt32) COMMENT 'P90 — nine of ten stops took at most this; NULL without stops; unit: seconds',
    p95 Nullable(UInt32) COMMENT 'P95 — 95 of 100 stops took at most this; NULL without stops; unit: seconds',
    mean Nullable(Float64) COMMENT '均值 — mean of the stops; NULL without stops; unit: seconds',
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

-- Against the equal period before, both of the same age: what has had more time to arrive looks faster.
CREATE OR REPLACE VIEW juliu.parcel_latency_change_at {{on_cluster}} {{view_security}}
AS
SELECT
    this.metric AS metric,
    this.value AS value,
    this.cohort AS cohort,
    this.completion AS completion,
    this.p50 AS p50,
    this.p90 AS p90,
    earlier.cohort AS cohort_before,
    earlier.p50 AS p50_before,
    earlier.p90 AS p90_before,
    toInt64(p50) - toInt64(p50_before) AS p50_change,
    toInt64(p90) - toInt64(p90_before) AS p90_change,
    rank() OVER (PARTITION BY this.metric ORDER BY ifNull(this.p50, 4294967295)) AS p50_rank,
    this.small AS small
FROM
(
    SELECT * FROM juliu.parcel_latency_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
) AS this
LEFT JOIN
(
    SELECT * FROM juliu.parcel_latency_at(
        asof = subtractDays({asof:DateTime64(3, 'Asia/Shanghai')}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        from = subtractDays({from:Date}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        to = subtractDays({from:Date}, 1),
        cut = {cut:String}
    )
) AS earlier ON earlier.metric = this.metric AND earlier.value = this.value
SETTINGS join_use_nulls = 0
COMMENT '时效环比 — parcel_latency_at of the days from..to beside the equal period before, as of as many days earlier, with the place of each value; cuts as there';

CREATE OR REPLACE VIEW juliu.parcel_latency_change {{on_cluster}}
(
    metric String COMMENT '时效指标 — D1 支付→发货, D2 发货→揽收, D3 支付→揽收, D4 揽收→到达目的城市, D5 揽收→首次派件, D6 首次派件→签收, D7 揽收→签收, D8 支付→签收, D11 最长静默',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    cohort UInt64 COMMENT '样本数 — units counted; unit: parcels, and paid orders without parcel in D1, D3, D8',
    completion Float64 COMMENT '完结率 — finished / cohort; share 0–1; denominator: cohort',
    p50 Nullable(UInt32) COMMENT '中位数 — open units as infinite, NULL where not reached; unit: seconds',
    p90 Nullable(UInt32) COMMENT 'P90 — NULL where not reached; unit: seconds',
    cohort_before UInt64 COMMENT '上期样本数 — cohort of the equal period before; unit: as cohort',
    p50_before Nullable(UInt32) COMMENT '上期中位数 — as of as many days earlier, so that both periods are of one age; unit: seconds',
    p90_before Nullable(UInt32) COMMENT '上期 P90 — as of as many days earlier; unit: seconds',
    p50_change Nullable(Int64) COMMENT '中位数环比 — p50 − p50_before; unit: seconds',
    p90_change Nullable(Int64) COMMENT 'P90 环比 — p90 − p90_before; unit: seconds',
    p50_rank UInt64 COMMENT '名次 — place by p50 within the metric, the fastest first, those not reached last',
    small Bool COMMENT '样本不足 — cohort below the setting min_cohort'
)
{{view_security}}
AS SELECT metric, value AS carrier, cohort, completion, p50, p90, cohort_before, p50_before, p90_before, p50_change, p90_change, p50_rank, small
FROM juliu.parcel_latency_change_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'), cut = 'carrier')
COMMENT '时效环比 — durations by carrier over the last 30 days against the 30 before; other cuts: parcel_latency_change_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_change_at {{on_cluster}} {{view_security}}
AS
SELECT
    this.rate_id AS rate_id,
    this.value AS value,
    this.denominator AS denominator,
    this.rate AS rate,
    earlier.denominator AS denominator_before,
    if(denominator_before = 0, NULL, earlier.rate) AS rate_before,
    rate - rate_before AS rate_change,
    rank() OVER (PARTITION BY this.rate_id ORDER BY this.rate DESC) AS rate_rank,
    this.small AS small
FROM
(
    SELECT * FROM juliu.parcel_rates_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
) AS this
LEFT JOIN
(
    SELECT * FROM juliu.parcel_rates_at(
        asof = subtractDays({asof:DateTime64(3, 'Asia/Shanghai')}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        from = subtractDays({from:Date}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        to = subtractDays({from:Date}, 1),
        cut = {cut:String}
    )
) AS earlier ON earlier.rate_id = this.rate_id AND earlier.value = this.value
SETTINGS join_use_nulls = 0
COMMENT '比率环比 — parcel_rates_at of the days from..to beside the equal period before, as of as many days earlier, with the place of each value; cuts as there';

CREATE OR REPLACE VIEW juliu.parcel_rates_change {{on_cluster}}
(
    rate_id String COMMENT '比率指标 — R1…R11 as in parcel_rates_daily',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown, and for R1, which is of orders',
    denominator UInt64 COMMENT '分母 — matured units; unit: parcels (R1: orders)',
    rate Float64 COMMENT '比率 — numerator / denominator; share 0–1',
    denominator_before UInt64 COMMENT '上期分母 — of the equal period before; unit: as denominator',
    rate_before Nullable(Float64) COMMENT '上期比率 — as of as many days earlier, so that both periods are of one age; NULL = nothing matured; share 0–1',
    rate_change Nullable(Float64) COMMENT '比率环比 — rate − rate_before; unit: share',
    rate_rank UInt64 COMMENT '名次 — place by rate, the highest first, whatever the rate speaks of',
    small Bool COMMENT '样本不足 — denominator below the setting min_cohort'
)
{{view_security}}
AS SELECT rate_id, value AS carrier, denominator, rate, denominator_before, rate_before, rate_change, rate_rank, small
FROM juliu.parcel_rates_change_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'), cut = 'carrier')
COMMENT '比率环比 — rates by carrier over the last 30 days against the 30 before; other cuts: parcel_rates_change_at';

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
