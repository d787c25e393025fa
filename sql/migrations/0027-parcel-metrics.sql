-- Parcel metrics (物流时效): durations D1–D8 and D11, rates R1–R11, as of an instant. Each formula stands in one text
-- ({{#text …}}, see README.md) of this file, but for R1 (juliu.ship_rate_at) and R9 (open_units in 0026); what of it does
-- not depend on the clock stands in columns of juliu_store.parcel_facts: got_at, in_cohorts, in_paid_cohorts, last_day.
--
-- A view of one metric reads only what that metric needs and is planned in milliseconds; parcel_latency_at and
-- parcel_rates_at count the flags of juliu_store.parcel_units_between, which is made of the same texts.
-- Instants are whole seconds, days and hours UTC+8. As of an instant, what is later has not happened, and a parcel
-- without any event so far is not there yet.
-- A unit is a parcel, and beside the parcels each paid order that has none yet: it is open in whatever starts at payment,
-- and in R4.
-- A unit counts in a duration when its start is known, unless
--   it was first seen in the middle of its life, or its order was sent offline (those show "signed" at once),
--   its order was closed or fully refunded before the end came (left),
--   its end lies before its start: counted apart as 时序异常.
-- An open unit takes infinitely long: it counts as 4000000000 s, and a percentile that reaches that is NULL.
-- A rate counts units whose deadline has passed (matured) and whose order was not left before it without the milestone.
-- Cohorts are days of the start: D1, D3, D8, R1, R3 payment; D2, R2, R8 dispatch; D4, D5, D7, D11, R5, R11 pick-up; D6, R6,
-- R7 first delivery attempt; R10 sign; R4 promise; R9 first event. got = pick-up, where none was seen the first arrival or
-- departure.

{{#text clock}}
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at
{{/text}}

-- What starts on the days asked for, and has started.
{{#text within}}
$1 >= from_at AND $1 < until_at AND $1 <= now_at
{{/text}}

-- Still owed at the deadline $1, or the milestone $2 came before the order was left.
{{#text kept}}
(left_at IS NULL OR left_at > least($1, now_at) OR ifNull($2 <= left_at, false))
{{/text}}

-- Seconds from $1 to $2; 4000000000 while open, below 0 = 时序异常.
{{#text took}}
if(ifNull($2 <= now_at, false), toInt64($2) - toInt64($1), 4000000000)
{{/text}}

-- D11, the longest silence from pick-up to sign: final when signed, else the longest so far, up to now while the parcel
-- can still be signed.
{{#text silence}}
if(ifNull(signed_at <= now_at, false), toInt64(ifNull(max_gap_seconds, 0)), toInt64(arrayMax(arrayMap(
    (at, later) -> if(at >= got_at AND at <= now_at AND later > at, least(later, now_at) - at, 0),
    event_ats,
    arrayShiftLeft(event_ats, 1, if(ifNull(lost_at <= now_at, false) OR ifNull(returned_at <= now_at, false), toDateTime(0, 'Asia/Shanghai'), now_at))))))
{{/text}}

-- Of a parcel that may be signed before it was picked up; it is no silence then.
{{#text silent}}
{{kept now_at | signed_at}} AND NOT ifNull(signed_at < got_at AND signed_at <= now_at, false)
{{/text}}

-- What counts in a rate (due_…), and what of it the rate speaks of (hit_…). Seconds of the settings: pickup_seconds,
-- ship_seconds, fake_seconds.
{{#text due_r2}}
consigned_at + pickup_seconds <= now_at AND {{kept consigned_at + pickup_seconds | got_at}}
{{/text}}
{{#text hit_r2}}
got_at <= consigned_at + pickup_seconds
{{/text}}
{{#text due_r3}}
paid_at + ship_seconds <= now_at AND {{kept paid_at + ship_seconds | got_at}}
{{/text}}
{{#text hit_r3}}
got_at <= paid_at + ship_seconds
{{/text}}
{{#text due_r4}}
promised_at + $1 <= now_at AND {{kept promised_at + $1 | signed_at}}
{{/text}}
{{#text hit_r4}}
signed_at <= promised_at + $1
{{/text}}
-- By the end of the day that comes $1 days after the pick-up.
{{#text due_r5}}
toStartOfDay(got_at) + ($1 + 1) * 86400 <= now_at AND {{kept toStartOfDay(got_at) + ($1 + 1) * 86400 | signed_at}}
{{/text}}
{{#text hit_r5}}
signed_at < toStartOfDay(got_at) + ($1 + 1) * 86400
{{/text}}
{{#text due_r6}}
(ifNull(signed_at <= now_at, false) OR ifNull(failed_at <= now_at, false) OR out_for_delivery_at + 86400 <= now_at)
    AND {{kept least(out_for_delivery_at + 86400, ifNull(failed_at, out_for_delivery_at + 86400)) | signed_at}}
{{/text}}
{{#text hit_r6}}
signed_at <= now_at AND scan_days_before_sign = 1 AND NOT failed_before_sign
{{/text}}
{{#text due_r8}}
consigned_at + fake_seconds <= now_at AND {{kept consigned_at + fake_seconds | carrier_event_after_consign_at}}
{{/text}}
{{#text hit_r8}}
NOT ifNull(carrier_event_after_consign_at <= consigned_at + fake_seconds, false)
{{/text}}
{{#text hit_r10}}
got_at <= now_at AND NOT got_inferred AND out_for_delivery_at <= now_at
{{/text}}

-- Parcels whose $1 starts something; and for what starts at payment, paid orders without a parcel beside them.
{{#text parcels}}
FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND {{within $1}}
{{/text}}

-- For what is promised: parcels, and paid orders that have none yet.
{{#text promised_units}}
FROM
(
    SELECT
        promised_at, signed_at, left_at,
        carrier, lane, origin_province, destination_province, seller_id, toString(seller_nick) AS seller_nick, seller, send_type, num_iids
    FROM juliu_store.parcel_facts
    WHERE last_day >= toDate(from_at) AND in_cohorts AND {{within promised_at}} AND first_event_at <= now_at
    UNION ALL
    SELECT
        promised_at, NULL, left_at,
        '', '', NULL, NULL, seller_id, seller_nick, seller, ifNull(send_type, ''), num_iids
    FROM juliu_store.order_facts
    WHERE last_day >= toDate(from_at) AND NOT first_seen_midlife AND ifNull(send_type, '') != 'offline' AND paid_at <= now_at AND {{within promised_at}}
        AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE last_day >= toDate(from_at) AND {{within promised_at}} AND first_event_at <= now_at)
)
WHERE true
{{/text}}

{{#text paid_units}}
FROM
(
    SELECT
        paid_at, consigned_at, got_at, signed_at, left_at,
        carrier, lane, origin_province, destination_province, seller_id, toString(seller_nick) AS seller_nick, seller, send_type, num_iids
    FROM juliu_store.parcel_facts
    WHERE last_day >= toDate(from_at) AND in_paid_cohorts AND {{within paid_at}} AND first_event_at <= now_at
    UNION ALL
    SELECT
        paid_at, NULL, NULL, NULL, left_at,
        '', '', NULL, NULL, seller_id, seller_nick, seller, ifNull(send_type, ''), num_iids
    FROM juliu_store.order_facts
    WHERE last_day >= toDate(from_at) AND NOT first_seen_midlife AND ifNull(send_type, '') != 'offline' AND {{within paid_at}}
        AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE last_day >= toDate(from_at) AND {{within paid_at}} AND first_event_at <= now_at)
)
WHERE true
{{/text}}

-- Keys of the cut, time of the start $1 by the clock. An order of several items counts with each, a seller in several
-- groups with each. `identity` lets the engine fold the branches that the cut does not take: it folds every second one.
{{#text keys}}
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull($1))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull($1))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull($1))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
{{/text}}

-- Sellers by group, where the cut asks for them.
{{#text groups}}
(SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group')
{{/text}}

{{#text value}}
if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key)))
{{/text}}

{{#text known_cut}}
(SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
{{/text}}

-- The primary index has left out what it can; looking further costs more than it saves (a quarter of the answer, measured).
{{#text settings}}
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
{{/text}}

-- Rows of a duration from the seconds `took`, in the columns of parcel_latency_at.
{{#text latency_head}}
WITH
{{clock}},
    {{groups}} AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    '$1' AS metric,
    {{value}} AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
{{/text}}

-- Duration $1 of parcels from $2 to $3.
{{#text latency}}
{{latency_head $1}}
FROM
(
    SELECT
        {{took $2 | $3}} AS took,
{{keys $2}}
    {{parcels $2}} AND {{kept now_at | $3}}
)
WHERE {{known_cut}}
GROUP BY time_key, cut_key
{{settings}}
{{/text}}

-- Duration $1 from payment to $2.
{{#text paid_latency}}
{{latency_head $1}}
FROM
(
    SELECT
        {{took paid_at | $2}} AS took,
{{keys paid_at}}
    {{paid_units}} AND {{kept now_at | $2}}
)
WHERE {{known_cut}}
GROUP BY time_key, cut_key
{{settings}}
{{/text}}

{{#text latency_d11}}
{{latency_head D11}}
FROM
(
    SELECT
        {{silence}} AS took,
{{keys got_at}}
    {{parcels got_at}} AND {{silent}}
)
WHERE {{known_cut}}
GROUP BY time_key, cut_key
{{settings}}
{{/text}}

CREATE OR REPLACE VIEW juliu.parcel_latency_d1_at {{on_cluster}} {{view_security}}
AS
{{paid_latency D1 | consigned_at}}
COMMENT 'D1 支付→发货 — payment to dispatch: the rows D1 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d2_at {{on_cluster}} {{view_security}}
AS
{{latency D2 | consigned_at | got_at}}
COMMENT 'D2 发货→揽收 — dispatch to pick-up: the rows D2 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d3_at {{on_cluster}} {{view_security}}
AS
{{paid_latency D3 | got_at}}
COMMENT 'D3 支付→揽收 — payment to pick-up: the rows D3 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d4_at {{on_cluster}} {{view_security}}
AS
{{latency D4 | got_at | destination_city_at}}
COMMENT 'D4 揽收→到达目的城市 — pick-up to destination city: the rows D4 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d5_at {{on_cluster}} {{view_security}}
AS
{{latency D5 | got_at | out_for_delivery_at}}
COMMENT 'D5 揽收→首次派件 — pick-up to first delivery attempt: the rows D5 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d6_at {{on_cluster}} {{view_security}}
AS
{{latency D6 | out_for_delivery_at | signed_at}}
COMMENT 'D6 首次派件→签收 — first delivery attempt to sign: the rows D6 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d7_at {{on_cluster}} {{view_security}}
AS
{{latency D7 | got_at | signed_at}}
COMMENT 'D7 揽收→签收 — pick-up to sign: the rows D7 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d8_at {{on_cluster}} {{view_security}}
AS
{{paid_latency D8 | signed_at}}
COMMENT 'D8 支付→签收 — payment to sign: the rows D8 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d11_at {{on_cluster}} {{view_security}}
AS
{{latency_d11}}
COMMENT 'D11 最长静默 — longest silence from pick-up to sign: the rows D11 of juliu.parcel_latency_at';

-- Rows of rates from their counts, in the columns of parcel_rates_at; between head and tail stands what is counted.
{{#text rates_head}}
WITH
{{clock}},
    {{groups}} AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
{{/text}}
{{#text rates_tail}}
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND {{known_cut}}
{{settings}}
{{/text}}

{{#text rates_r2}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R2', countIf(due), countIf(due AND hit))]) AS row
    FROM
    (
        SELECT
            {{due_r2}} AS due, {{hit_r2}} AS hit,
{{keys consigned_at}}
        {{parcels consigned_at}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r3}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R3', countIf(due), countIf(due AND hit))]) AS row
    FROM
    (
        SELECT
            {{due_r3}} AS due, {{hit_r3}} AS hit,
{{keys paid_at}}
        {{paid_units}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r4}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R4', countIf(due), countIf(due AND hit)), ('R4_next_day', countIf(due_next_day), countIf(due_next_day AND hit_next_day))]) AS row
    FROM
    (
        SELECT
            {{due_r4 0}} AS due, {{hit_r4 0}} AS hit,
            {{due_r4 86400}} AS due_next_day, {{hit_r4 86400}} AS hit_next_day,
{{keys promised_at}}
        {{promised_units}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r5}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R5_1', countIf(due_1), countIf(due_1 AND hit_1)), ('R5_2', countIf(due_2), countIf(due_2 AND hit_2)), ('R5_3', countIf(due_3), countIf(due_3 AND hit_3))]) AS row
    FROM
    (
        SELECT
            {{due_r5 1}} AS due_1, {{hit_r5 1}} AS hit_1,
            {{due_r5 2}} AS due_2, {{hit_r5 2}} AS hit_2,
            {{due_r5 3}} AS due_3, {{hit_r5 3}} AS hit_3,
{{keys got_at}}
        {{parcels got_at}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r6}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R6', countIf(due), countIf(due AND hit))]) AS row
    FROM
    (
        SELECT
            {{due_r6}} AS due, {{hit_r6}} AS hit,
{{keys out_for_delivery_at}}
        {{parcels out_for_delivery_at}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r7}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R7', count(), countIf(failed_at <= now_at)), ('R7_refused', count(), countIf(refused_at <= now_at))]) AS row
    FROM
    (
        SELECT
            failed_at, refused_at,
{{keys out_for_delivery_at}}
        {{parcels out_for_delivery_at}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r8}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R8', countIf(due), countIf(due AND hit)), ('R8_platform', countIf(due), countIf(due AND accused))]) AS row
    FROM
    (
        WITH
            -- What the platform held then against parcels for not being picked up in time: waybills, and trades as a whole.
            (
                SELECT (groupUniqArrayIf(ifNull(out_sid, ''), out_sid IS NOT NULL), groupUniqArrayIf(ifNull(tid, 0), out_sid IS NULL AND tid IS NOT NULL))
                FROM juliu.platform_exceptions
                WHERE opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
                    AND match(concat(ifNull(exception_type, ''), ' ', ifNull(exception_code, '')), '(?i)collect|consign|accept|fake')
            ) AS verdicts
        SELECT
            {{due_r8}} AS due, {{hit_r8}} AS hit,
            (verdicts.1 != [] AND has(verdicts.1, out_sid)) OR (verdicts.2 != [] AND has(verdicts.2, tid)) AS accused,
{{keys consigned_at}}
        {{parcels consigned_at}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r10}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R10', count(), countIf(hit))]) AS row
    FROM
    (
        SELECT
            {{hit_r10}} AS hit,
{{keys signed_at}}
        {{parcels signed_at}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r11}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R11_lost', count(), countIf(lost_at <= now_at)), ('R11_returned', count(), countIf(returned_at <= now_at))]) AS row
    FROM
    (
        SELECT
            lost_at, returned_at,
{{keys got_at}}
        {{parcels got_at}}
    )
{{rates_tail}}
{{/text}}

{{#text rates_r9}}
{{rates_head}}
    SELECT
        {{value}} AS value,
        arrayJoin([('R9', count(), countIf(hit_r9))]) AS row
    FROM
    (
        SELECT
            hit_r9,
{{keys first_event_at}}
        FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
        WHERE in_r9
    )
{{rates_tail}}
{{/text}}

CREATE OR REPLACE VIEW juliu.parcel_rates_r2_at {{on_cluster}} {{view_security}}
AS
{{rates_r2}}
COMMENT '24h 揽收率 (R2) — picked up within 24 h of dispatch: the rows R2 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r3_at {{on_cluster}} {{view_security}}
AS
{{rates_r3}}
COMMENT '支付48h揽收率 (R3) — picked up within 48 h of payment: the rows R3 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r4_at {{on_cluster}} {{view_security}}
AS
{{rates_r4}}
COMMENT '准时签收率 (R4) — signed as promised: rate_id R4, and R4_next_day, a day later: the rows R4 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r5_at {{on_cluster}} {{view_security}}
AS
{{rates_r5}}
COMMENT '次日达率 (R5) — delivered by the end of the 1st, 2nd, 3rd day after pick-up: rate_id R5_1, R5_2, R5_3: the rows R5 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r6_at {{on_cluster}} {{view_security}}
AS
{{rates_r6}}
COMMENT '首次派送成功率 (R6) — delivered at the first attempt: the rows R6 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r7_at {{on_cluster}} {{view_security}}
AS
{{rates_r7}}
COMMENT '派送失败率 (R7) — failed attempts; rate_id R7_refused 拒收率: refused or returned: the rows R7 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r8_at {{on_cluster}} {{view_security}}
AS
{{rates_r8}}
COMMENT '疑似虚假发货率 (R8) — no news of the carrier within 24 h of dispatch; rate_id R8_platform: by the platform’s verdicts that stand as of asof: the rows R8 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r9_at {{on_cluster}} {{view_security}}
AS
{{rates_r9}}
COMMENT '停滞率 (R9) — open parcels without news for too long, whatever from..to: the rows R9 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r10_at {{on_cluster}} {{view_security}}
AS
{{rates_r10}}
COMMENT '轨迹完整率 (R10) — pick-up, delivery attempt and sign all seen: the rows R10 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r11_at {{on_cluster}} {{view_security}}
AS
{{rates_r11}}
COMMENT '丢失率 退回率 (R11) — rate_id R11_lost, R11_returned: the rows R11 of juliu.parcel_rates_at';

-- Every unit that may start something on the days asked for: kind 1 a parcel, 2 a paid order without parcel. d1 … d11 in
-- seconds, NULL while open; flags in_… say what a unit counts in, hit_… whether the rate speaks of it.
CREATE OR REPLACE VIEW juliu_store.parcel_units_between {{on_cluster}} {{view_security}}
AS
WITH
{{clock}},
    (
        SELECT (toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.1 AS pickup_seconds,
    setting.2 AS ship_seconds,
    setting.3 AS fake_seconds,
    counts -> ifNull(counts, false) AS surely,
    instant -> ifNull({{within instant}}, false) AS within,
    milestone -> {{kept now_at | milestone}} AS kept
SELECT
    * EXCEPT (in_cohorts, in_paid_cohorts, got_inferred, scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats),
    consigned_at - paid_at AS d1,
    got_at - consigned_at AS d2,
    got_at - paid_at AS d3,
    destination_city_at - got_at AS d4,
    out_for_delivery_at - got_at AS d5,
    signed_at - out_for_delivery_at AS d6,
    signed_at - got_at AS d7,
    signed_at - paid_at AS d8,
    if(got_at IS NULL, NULL, {{silence}}) AS d11,
    in_paid_cohorts AND within(paid_at) AND kept(consigned_at) AS in_d1,
    in_cohorts AND within(consigned_at) AND kept(got_at) AS in_d2,
    in_paid_cohorts AND within(paid_at) AND kept(got_at) AS in_d3,
    in_cohorts AND within(got_at) AND kept(destination_city_at) AS in_d4,
    in_cohorts AND within(got_at) AND kept(out_for_delivery_at) AS in_d5,
    in_cohorts AND within(out_for_delivery_at) AND kept(signed_at) AS in_d6,
    in_cohorts AND within(got_at) AND kept(signed_at) AS in_d7,
    in_paid_cohorts AND within(paid_at) AND kept(signed_at) AS in_d8,
    in_d7 AND NOT ifNull(signed_at < got_at, false) AS in_d11,
    in_cohorts AND within(consigned_at) AND surely({{due_r2}}) AS in_r2,
    surely({{hit_r2}}) AS hit_r2,
    in_paid_cohorts AND within(paid_at) AND surely({{due_r3}}) AS in_r3,
    surely({{hit_r3}}) AS hit_r3,
    if(kind = 1, in_cohorts, in_paid_cohorts) AND within(promised_at) AND surely({{due_r4 0}}) AS in_r4,
    surely({{hit_r4 0}}) AS hit_r4,
    if(kind = 1, in_cohorts, in_paid_cohorts) AND within(promised_at) AND surely({{due_r4 86400}}) AS in_r4_next_day,
    surely({{hit_r4 86400}}) AS hit_r4_next_day,
    in_cohorts AND within(got_at) AND surely({{due_r5 1}}) AS in_r5_1,
    surely({{hit_r5 1}}) AS hit_r5_1,
    in_cohorts AND within(got_at) AND surely({{due_r5 2}}) AS in_r5_2,
    surely({{hit_r5 2}}) AS hit_r5_2,
    in_cohorts AND within(got_at) AND surely({{due_r5 3}}) AS in_r5_3,
    surely({{hit_r5 3}}) AS hit_r5_3,
    in_cohorts AND within(out_for_delivery_at) AND surely({{due_r6}}) AS in_r6,
    surely({{hit_r6}}) AS hit_r6,
    in_cohorts AND within(consigned_at) AND surely({{due_r8}}) AS in_r8,
    surely({{hit_r8}}) AS hit_r8,
    in_cohorts AND within(out_for_delivery_at) AS in_r7,
    failed_at IS NOT NULL AS hit_r7,
    refused_at IS NOT NULL AS hit_r7_refused,
    in_cohorts AND within(signed_at) AS in_r10,
    surely({{hit_r10}}) AS hit_r10,
    in_cohorts AND within(got_at) AS in_r11,
    lost_at IS NOT NULL AS hit_r11_lost,
    returned_at IS NOT NULL AS hit_r11_returned
FROM
(
    SELECT
        kind, tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
        presale, first_seen_midlife, order_first_seen_midlife, day, promised_at,
        in_cohorts, in_paid_cohorts, got_inferred, scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats,
        if(unit.paid_at <= now_at, unit.paid_at, NULL) AS paid_at,
        if(unit.consigned_at <= now_at, unit.consigned_at, NULL) AS consigned_at,
        if(unit.got_at <= now_at, unit.got_at, NULL) AS got_at,
        if(unit.destination_city_at <= now_at, unit.destination_city_at, NULL) AS destination_city_at,
        if(unit.out_for_delivery_at <= now_at, unit.out_for_delivery_at, NULL) AS out_for_delivery_at,
        if(unit.signed_at <= now_at, unit.signed_at, NULL) AS signed_at,
        if(unit.failed_at <= now_at, unit.failed_at, NULL) AS failed_at,
        if(unit.refused_at <= now_at, unit.refused_at, NULL) AS refused_at,
        if(unit.returned_at <= now_at, unit.returned_at, NULL) AS returned_at,
        if(unit.lost_at <= now_at, unit.lost_at, NULL) AS lost_at,
        if(unit.left_at <= now_at, unit.left_at, NULL) AS left_at
    FROM
    (
        SELECT
            1 AS kind, tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
            presale, first_seen_midlife, order_first_seen_midlife, day, promised_at,
            in_cohorts, in_paid_cohorts, got_inferred, scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats,
            paid_at, consigned_at, got_at, destination_city_at, out_for_delivery_at, signed_at, failed_at, refused_at, returned_at, lost_at, left_at
        FROM juliu_store.parcel_facts
        WHERE last_day >= toDate(from_at) AND first_event_at <= now_at
            AND (first_event_at < until_at OR paid_at < until_at OR promised_at < until_at)
        UNION ALL
        SELECT
            2, tid, '', seller_id, seller_nick, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
            presale, false, first_seen_midlife, day, promised_at,
            ifNull(send_type, '') != 'offline', ifNull(send_type, '') != 'offline' AND NOT first_seen_midlife, false, 0, false, NULL, NULL, [],
            paid_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, left_at
        FROM juliu_store.order_facts
        WHERE last_day >= toDate(from_at) AND paid_at <= now_at AND ({{within paid_at}} OR ifNull({{within promised_at}}, false))
            AND identity(tid) NOT IN
            (
                SELECT tid FROM juliu_store.parcel_facts
                WHERE last_day >= toDate(from_at) AND (ifNull({{within paid_at}}, false) OR ifNull({{within promised_at}}, false)) AND first_event_at <= now_at
            )
    ) AS unit
)
COMMENT '包裹计量单元（区间） — internal: one row per unit that may start something in the days from..to, as of asof, with what it counts in';

CREATE OR REPLACE VIEW juliu.parcel_units_at {{on_cluster}} {{view_security}}
AS SELECT *
FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = toDate('2000-01-01'), to = toDate('2100-01-01'))
COMMENT '包裹计量单元 — one row per parcel (kind 1), per paid order without parcel (kind 2) as of asof, with durations d1..d8, d11 (seconds) and the flags in_… (counts) and hit_…';

CREATE OR REPLACE VIEW juliu.parcel_durations_at {{on_cluster}} {{view_security}}
AS
SELECT
    row.1 AS metric,
    toDate(row.2) AS cohort_day,
    row.2 AS started_at,
    row.3 AS seconds,
    tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids
FROM
(
    SELECT
        arrayJoin(arrayFilter(metric -> metric.4, [
            ('D1', paid_at, d1, in_d1), ('D2', consigned_at, d2, in_d2), ('D3', paid_at, d3, in_d3), ('D4', got_at, d4, in_d4), ('D5', got_at, d5, in_d5), ('D6', out_for_delivery_at, d6, in_d6), ('D7', got_at, d7, in_d7), ('D8', paid_at, d8, in_d8), ('D11', got_at, d11, in_d11)
        ])) AS row,
        tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids
    FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = toDate('2000-01-01'), to = toDate('2100-01-01'))
)
COMMENT '包裹时长明细 — one row per unit and duration it counts in, as of asof: metric, day and instant of the start, seconds (NULL while open, below 0 = 时序异常)';

-- Units by cut. A cut by the clock (day, hour, weekday) takes the unit's starts one by one: 1 payment 2 dispatch 3 pick-up 4 delivery
-- attempt 5 sign 6 promise; every other cut takes the unit once, with start 0 = all. An order of several items counts with
-- each, a seller in several groups with each.
CREATE OR REPLACE VIEW juliu_store.parcel_units_cut {{on_cluster}} {{view_security}}
AS
WITH
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups) AS groups
SELECT
    *,
    if({cut:String} IN ('day', 'hour', 'weekday'), arrayJoin([1, 2, 3, 4, 5, 6]), 0) AS start,
    if({cut:String} IN ('day', 'hour', 'weekday'), if({cut:String} = 'day', toUInt16(toDate(coalesce(multiIf(start = 1, paid_at, start = 2, consigned_at, start = 3, got_at, start = 4, out_for_delivery_at, start = 5, signed_at, promised_at), toDateTime(0, 'Asia/Shanghai')))), if({cut:String} = 'hour', toUInt16(toHour(coalesce(multiIf(start = 1, paid_at, start = 2, consigned_at, start = 3, got_at, start = 4, out_for_delivery_at, start = 5, signed_at, promised_at), toDateTime(0, 'Asia/Shanghai')))), toUInt16(toDayOfWeek(coalesce(multiIf(start = 1, paid_at, start = 2, consigned_at, start = 3, got_at, start = 4, out_for_delivery_at, start = 5, signed_at, promised_at), toDateTime(0, 'Asia/Shanghai')))))), toUInt16(0)) AS time_key,
    arrayJoin(
        if({cut:String} = 'carrier', [carrier],
        if({cut:String} = 'lane', [lane],
        if({cut:String} = 'origin_province', [toLowCardinality(ifNull(origin_province, ''))],
        if({cut:String} = 'destination_province', [toLowCardinality(ifNull(destination_province, ''))],
        if({cut:String} = 'send_type', [toLowCardinality(send_type)],
        if({cut:String} = 'seller', [toLowCardinality(coalesce(toString(seller_nick), toString(seller_id), ''))],
        if({cut:String} = 'item', CAST(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)), 'Array(LowCardinality(String))'),
        if({cut:String} = 'seller_group', CAST(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))), 'Array(LowCardinality(String))'),
        [toLowCardinality('')]))))))))
    ) AS cut_key
FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date})
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
COMMENT '包裹计量单元（切分） — internal: units with the value of the cut they count under';

CREATE OR REPLACE VIEW juliu.parcel_latency_at {{on_cluster}} {{view_security}}
AS
WITH
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort
SELECT
    row.1 AS metric,
    label AS value,
    row.2 AS cohort,
    row.3 AS finished,
    finished / cohort AS completion,
    nullIf((row.4)[1], 4000000000) AS p50,
    nullIf((row.4)[2], 4000000000) AS p90,
    nullIf((row.4)[3], 4000000000) AS p95,
    if(finished = 0, NULL, row.5 / finished) AS mean,
    row.6 AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS label,
        arrayJoin(arrayFilter(metric -> metric.2 + metric.6 > 0, [
            ('D1', countIf(counted_1), countIf(ended_1), quantilesExactIf(0.5, 0.9, 0.95)(seconds_1, counted_1), sumIf(seconds_1, ended_1), countIf(negative_1)),
            ('D2', countIf(counted_2), countIf(ended_2), quantilesExactIf(0.5, 0.9, 0.95)(seconds_2, counted_2), sumIf(seconds_2, ended_2), countIf(negative_2)),
            ('D3', countIf(counted_3), countIf(ended_3), quantilesExactIf(0.5, 0.9, 0.95)(seconds_3, counted_3), sumIf(seconds_3, ended_3), countIf(negative_3)),
            ('D4', countIf(counted_4), countIf(ended_4), quantilesExactIf(0.5, 0.9, 0.95)(seconds_4, counted_4), sumIf(seconds_4, ended_4), countIf(negative_4)),
            ('D5', countIf(counted_5), countIf(ended_5), quantilesExactIf(0.5, 0.9, 0.95)(seconds_5, counted_5), sumIf(seconds_5, ended_5), countIf(negative_5)),
            ('D6', countIf(counted_6), countIf(ended_6), quantilesExactIf(0.5, 0.9, 0.95)(seconds_6, counted_6), sumIf(seconds_6, ended_6), countIf(negative_6)),
            ('D7', countIf(counted_7), countIf(ended_7), quantilesExactIf(0.5, 0.9, 0.95)(seconds_7, counted_7), sumIf(seconds_7, ended_7), countIf(negative_7)),
            ('D8', countIf(counted_8), countIf(ended_8), quantilesExactIf(0.5, 0.9, 0.95)(seconds_8, counted_8), sumIf(seconds_8, ended_8), countIf(negative_8)),
            ('D11', countIf(counted_11), countIf(ended_11), quantilesExactIf(0.5, 0.9, 0.95)(seconds_11, counted_11), sumIf(seconds_11, ended_11), countIf(negative_11))
        ])) AS row
    FROM
    (
        SELECT
            cut_key,
            time_key,
            in_d1 AND start IN (0, 1) AS started_1, started_1 AND ifNull(d1 < 0, 0) AS negative_1, started_1 AND NOT negative_1 AS counted_1, counted_1 AND d1 IS NOT NULL AS ended_1, toUInt32(ifNull(d1, 4000000000)) AS seconds_1,
            in_d2 AND start IN (0, 2) AS started_2, started_2 AND ifNull(d2 < 0, 0) AS negative_2, started_2 AND NOT negative_2 AS counted_2, counted_2 AND d2 IS NOT NULL AS ended_2, toUInt32(ifNull(d2, 4000000000)) AS seconds_2,
            in_d3 AND start IN (0, 1) AS started_3, started_3 AND ifNull(d3 < 0, 0) AS negative_3, started_3 AND NOT negative_3 AS counted_3, counted_3 AND d3 IS NOT NULL AS ended_3, toUInt32(ifNull(d3, 4000000000)) AS seconds_3,
            in_d4 AND start IN (0, 3) AS started_4, started_4 AND ifNull(d4 < 0, 0) AS negative_4, started_4 AND NOT negative_4 AS counted_4, counted_4 AND d4 IS NOT NULL AS ended_4, toUInt32(ifNull(d4, 4000000000)) AS seconds_4,
            in_d5 AND start IN (0, 3) AS started_5, started_5 AND ifNull(d5 < 0, 0) AS negative_5, started_5 AND NOT negative_5 AS counted_5, counted_5 AND d5 IS NOT NULL AS ended_5, toUInt32(ifNull(d5, 4000000000)) AS seconds_5,
            in_d6 AND start IN (0, 4) AS started_6, started_6 AND ifNull(d6 < 0, 0) AS negative_6, started_6 AND NOT negative_6 AS counted_6, counted_6 AND d6 IS NOT NULL AS ended_6, toUInt32(ifNull(d6, 4000000000)) AS seconds_6,
            in_d7 AND start IN (0, 3) AS started_7, started_7 AND ifNull(d7 < 0, 0) AS negative_7, started_7 AND NOT negative_7 AS counted_7, counted_7 AND d7 IS NOT NULL AS ended_7, toUInt32(ifNull(d7, 4000000000)) AS seconds_7,
            in_d8 AND start IN (0, 1) AS started_8, started_8 AND ifNull(d8 < 0, 0) AS negative_8, started_8 AND NOT negative_8 AS counted_8, counted_8 AND d8 IS NOT NULL AS ended_8, toUInt32(ifNull(d8, 4000000000)) AS seconds_8,
            in_d11 AND start IN (0, 3) AS started_11, started_11 AND ifNull(d11 < 0, 0) AS negative_11, started_11 AND NOT negative_11 AS counted_11, counted_11 AND d11 IS NOT NULL AS ended_11, toUInt32(ifNull(d11, 4000000000)) AS seconds_11
        FROM juliu_store.parcel_units_cut(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
    )
    GROUP BY cut_key, time_key
)
COMMENT '包裹时效 — durations of parcels as of asof whose start lies in the days from..to: metric D1..D8, D11; value of the cut; cohort = units counted; finished = with an end; completion = finished / cohort; p50, p90, p95 in seconds with open units as infinite, NULL where not reached; mean over the finished, seconds; excluded_negative = units whose end lies before the start; small = cohort below the setting min_cohort. cut: all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type';

CREATE OR REPLACE VIEW juliu.parcel_latency_daily {{on_cluster}}
(
    cohort_day Date COMMENT '起点日期 — day on which the duration started; UTC+8',
    metric String COMMENT '时效指标 — D1 支付→发货, D2 发货→揽收, D3 支付→揽收, D4 揽收→到达目的城市, D5 揽收→首次派件, D6 首次派件→签收, D7 揽收→签收, D8 支付→签收, D11 最长静默',
    cohort UInt64 COMMENT '样本数 — units counted: started that day, not closed or refunded before the end, interval not negative; unit: parcels, and paid orders without parcel in D1, D3, D8',
    finished UInt64 COMMENT '完结数 — of the cohort, those with an end; unit: parcels',
    completion Float64 COMMENT '完结率 — finished / cohort',
    p50 Nullable(UInt32) COMMENT '中位数 — half of the cohort took at most this; open units as infinite, NULL where not reached; unit: seconds',
    p90 Nullable(UInt32) COMMENT 'P90 — nine of ten of the cohort took at most this; NULL where not reached; unit: seconds',
    p95 Nullable(UInt32) COMMENT 'P95 — 95 of 100 of the cohort took at most this; NULL where not reached; unit: seconds',
    mean Nullable(Float64) COMMENT '均值 — mean of the finished; unit: seconds',
    excluded_negative UInt64 COMMENT '时序异常数 — units left out because their end lies before the start; unit: parcels',
    small Bool COMMENT '样本不足 — cohort below the setting min_cohort'
)
{{view_security}}
AS SELECT toDate(value) AS cohort_day, metric, cohort, finished, completion, p50, p90, p95, mean, excluded_negative, small
FROM juliu.parcel_latency_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('2000-01-01'), to = toDate('2100-01-01'), cut = 'day')
COMMENT '包裹时效按日 — durations of parcels by the day they started, as of now';

CREATE OR REPLACE VIEW juliu.parcel_rates_at {{on_cluster}} {{view_security}}
AS
WITH
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups) AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    -- What the platform held then against parcels for not being picked up in time: waybills, and trades as a whole.
    (
        SELECT (groupUniqArrayIf(ifNull(out_sid, ''), out_sid IS NOT NULL), groupUniqArrayIf(ifNull(tid, 0), out_sid IS NULL AND tid IS NOT NULL))
        FROM juliu.platform_exceptions
        WHERE opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
            AND match(concat(ifNull(exception_type, ''), ' ', ifNull(exception_code, '')), '(?i)collect|consign|accept|fake')
    ) AS accused,
    (accused.1 != [] AND has(accused.1, out_sid)) OR (accused.2 != [] AND has(accused.2, tid)) AS hit_r8_platform
SELECT
    row.1 AS rate_id,
    label AS value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < min_cohort)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS label,
        arrayJoin(arrayFilter(rate -> rate.2 > 0, [
            ('R2', countIf(in_r2 AND start IN (0, 2)), countIf(in_r2 AND hit_r2 AND start IN (0, 2))),
            ('R3', countIf(in_r3 AND start IN (0, 1)), countIf(in_r3 AND hit_r3 AND start IN (0, 1))),
            ('R4', countIf(in_r4 AND start IN (0, 6)), countIf(in_r4 AND hit_r4 AND start IN (0, 6))),
            ('R4_next_day', countIf(in_r4_next_day AND start IN (0, 6)), countIf(in_r4_next_day AND hit_r4_next_day AND start IN (0, 6))),
            ('R5_1', countIf(in_r5_1 AND start IN (0, 3)), countIf(in_r5_1 AND hit_r5_1 AND start IN (0, 3))),
            ('R5_2', countIf(in_r5_2 AND start IN (0, 3)), countIf(in_r5_2 AND hit_r5_2 AND start IN (0, 3))),
            ('R5_3', countIf(in_r5_3 AND start IN (0, 3)), countIf(in_r5_3 AND hit_r5_3 AND start IN (0, 3))),
            ('R6', countIf(in_r6 AND start IN (0, 4)), countIf(in_r6 AND hit_r6 AND start IN (0, 4))),
            ('R7', countIf(in_r7 AND start IN (0, 4)), countIf(in_r7 AND hit_r7 AND start IN (0, 4))),
            ('R7_refused', countIf(in_r7 AND start IN (0, 4)), countIf(in_r7 AND hit_r7_refused AND start IN (0, 4))),
            ('R8', countIf(in_r8 AND start IN (0, 2)), countIf(in_r8 AND hit_r8 AND start IN (0, 2))),
            ('R8_platform', countIf(in_r8 AND start IN (0, 2)), countIf(in_r8 AND hit_r8_platform AND start IN (0, 2))),
            ('R10', countIf(in_r10 AND start IN (0, 5)), countIf(in_r10 AND hit_r10 AND start IN (0, 5))),
            ('R11_lost', countIf(in_r11 AND start IN (0, 3)), countIf(in_r11 AND hit_r11_lost AND start IN (0, 3))),
            ('R11_returned', countIf(in_r11 AND start IN (0, 3)), countIf(in_r11 AND hit_r11_returned AND start IN (0, 3)))
        ])) AS row
    FROM juliu_store.parcel_units_cut(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
    GROUP BY cut_key, time_key
    UNION ALL
    -- Of orders: parcels' own dimensions say nothing about them, so those cuts have one row of all.
    SELECT
        if({cut:String} = 'hour', toString(toUInt8OrZero(value)), if({cut:String} IN ('day', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), value, '')) AS label,
        ('R1', orders, shipped_in_time) AS row
    FROM juliu.ship_rate_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date},
        cut = if({cut:String} IN ('day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), {cut:String}, 'all'))
    UNION ALL
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS label,
        ('R9', count(), countIf(hit_r9)) AS row
    FROM
    (
        SELECT
            hit_r9,
            if({cut:String} IN ('day', 'hour', 'weekday'), if({cut:String} = 'day', toUInt16(toDate(first_event_at)), if({cut:String} = 'hour', toUInt16(toHour(first_event_at)), toUInt16(toDayOfWeek(first_event_at)))), toUInt16(0)) AS time_key,
            arrayJoin(
                if({cut:String} = 'carrier', [carrier],
                if({cut:String} = 'lane', [lane],
                if({cut:String} = 'origin_province', [toLowCardinality(ifNull(origin_province, ''))],
                if({cut:String} = 'destination_province', [toLowCardinality(ifNull(destination_province, ''))],
                if({cut:String} = 'send_type', [toLowCardinality(send_type)],
                if({cut:String} = 'seller', [toLowCardinality(coalesce(toString(seller_nick), toString(seller_id), ''))],
                if({cut:String} = 'item', CAST(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)), 'Array(LowCardinality(String))'),
                if({cut:String} = 'seller_group', CAST(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))), 'Array(LowCardinality(String))'),
                [toLowCardinality('')]))))))))
            ) AS cut_key
        FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
        WHERE in_r9
    )
    GROUP BY cut_key, time_key
)
COMMENT '包裹比率 — rates of parcels as of asof whose start lies in the days from..to: rate_id R1 48h 发货率, R2 24h 揽收率, R3 支付48h揽收率, R4 准时签收率, R4_next_day, R5_1..R5_3 次日达等, R6 首次派送成功率, R7 派送失败率, R7_refused 拒收率, R8 疑似虚假发货率, R8_platform the same parcels by the platform’s verdicts that stand as of asof (beside R8, over the same denominator), R9 停滞率 (all open parcels, whatever from..to), R10 轨迹完整率, R11_lost 丢失率, R11_returned 退回率; value of the cut; denominator = matured units; rate = numerator / denominator; small = denominator below the setting min_cohort. cut: all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type';

CREATE OR REPLACE VIEW juliu.parcel_rates_daily {{on_cluster}}
(
    cohort_day Date COMMENT '起点日期 — day on which what the rate speaks of started: R1, R3 payment; R2, R8 dispatch; R5, R11 pick-up; R6, R7 first delivery attempt; R10 sign; R4 promise; R9 first event; UTC+8',
    rate_id String COMMENT '比率指标 — R1 48h 发货率, R2 24h 揽收率, R3 支付48h揽收率, R4 准时签收率, R4_next_day 承诺次日前签收率, R5_1 R5_2 R5_3 次日达 隔日达 三日达率, R6 首次派送成功率, R7 派送失败率, R7_refused 拒收率, R8 疑似虚假发货率, R8_platform 平台判定, R9 停滞率, R10 轨迹完整率, R11_lost 丢失率, R11_returned 退回率',
    denominator UInt64 COMMENT '分母 — matured units: the deadline has passed and the order was not closed or refunded before it; unit: parcels (R1: orders)',
    numerator UInt64 COMMENT '分子 — of the denominator, those of which the rate speaks; unit: as the denominator',
    rate Float64 COMMENT '比率 — numerator / denominator',
    small Bool COMMENT '样本不足 — denominator below the setting min_cohort'
)
{{view_security}}
AS SELECT toDate(value) AS cohort_day, rate_id, denominator, numerator, rate, small
FROM juliu.parcel_rates_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('2000-01-01'), to = toDate('2100-01-01'), cut = 'day')
COMMENT '包裹比率按日 — rates of parcels by the day they started, as of now';
