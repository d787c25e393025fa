-- Parcel metrics (物流时效): durations D1–D8 and D11, rates R1–R11, as of an instant. The formulas stand in
-- juliu_store.parcel_units_between and juliu_store.open_units_at and nowhere else; every view below counts their flags.
--
-- Instants are whole seconds, days and hours UTC+8. As of an instant, what is later has not happened: a milestone is
-- NULL, and a parcel without any event so far is not there yet.
-- A unit is a parcel, and beside the parcels each paid order that has none yet: it is open in whatever starts at payment.
-- A unit counts in a duration when its start is known, unless
--   it was first seen in the middle of its life, or its order was sent offline (those show "signed" at once),
--   its order was closed or fully refunded before the end came (left),
--   its end lies before its start: counted apart as 时序异常.
-- An open unit takes infinitely long: percentiles are quantileExact over coalesce(seconds, 4000000000), and NULL where
-- they reach that.
-- A rate counts units whose deadline has passed (matured) and whose order was not left before it without the milestone.
-- Cohorts are days of the start: D1, D3, D8, R1, R3 payment; D2, R2, R8 dispatch; D4, D5, D7, D11, R5, R11 pick-up; D6, R6,
-- R7 first delivery attempt; R10 sign; R4 promise; R9 first event. got = pick-up, where none was seen the first arrival or
-- departure.
--
-- Expressions are built in layers of subqueries: the analyser expands an alias at every use, and one layer made
-- planning slower than the query (measured).

CREATE OR REPLACE VIEW juliu_store.open_units_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    * EXCEPT (age_last, age_sent, age_paid, sent_at, on_delivery, in_transport, just_got, not_got, failed_index, scan_index),
    multiIf(rule = 1, lost_at, rule = 2, event_ats[failed_index], rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    (NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL) AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN (7, 9, 10), delivery_stop, last_stage = 3, pickup_stop, last_stage IN (1, 2), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
        if(class = 9, near_class, class) AS rule
    FROM
    (
        SELECT
            *,
            multiIf(
                lost_at IS NOT NULL, 1,
                failed_index > scan_index, 2,
                on_delivery AND age_last >= delivery_stop * 3600, 3,
                in_transport AND age_last >= transport_stop * 3600, 4,
                just_got AND age_last >= pickup_stop * 3600, 5,
                not_got AND age_sent >= fake_consign * 3600, 6,
                not_consigned AND age_paid >= dispatch_seconds, 7,
                finished_at IS NOT NULL, 8,
                near_class > 0, 9,
                10
            )::UInt8 AS class
        FROM
        (
            SELECT
                *,
                -- The first of 3..7 whose threshold is less than near_timeout away; 0 = none.
                multiIf(
                    on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
                    in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
                    just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
                    not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
                    not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
                    0
                )::UInt8 AS near_class
            FROM
            (
                SELECT
                    *,
                    ifNull(now_at - last_event_at, 0) AS age_last,
                    -- A parcel of which only the waybill is known was dispatched when its order was shipped.
                    coalesce(consigned_at, if(NOT is_order AND last_stage = 1, shipped_at, NULL)) AS sent_at,
                    ifNull(now_at - sent_at, 0) AS age_sent,
                    ifNull(now_at - paid_at, 0) AS age_paid,
                    -- Until consign_delay after the payment, and not later than the promised delivery.
                    least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
                    NOT is_order AND last_stage IN (7, 9) AS on_delivery,
                    NOT is_order AND last_stage IN (0, 4, 5, 6, 13, 14, 15) AS in_transport,
                    NOT is_order AND last_stage = 3 AS just_got,
                    sent_at IS NOT NULL AND got_at IS NULL AS not_got,
                    paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned,
                    arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                    arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                FROM
                (
                    SELECT
                        *,
                        if(empty(stages), NULL, event_ats[length(stages)]) AS last_event_at,
                        stages[-1] AS last_stage
                    FROM
                    (
                        SELECT
                        is_order, tid, out_sid, raw.seller_id AS seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
                        first_seen_midlife, day, promised_at, place, event_ats, last_known_at,
                        if(paid_at <= now_at, paid_at, NULL) AS paid_at,
                        if(shipped_at <= now_at, shipped_at, NULL) AS shipped_at,
                        if(finished_at <= now_at, finished_at, NULL) AS finished_at,
                        if(consigned_at <= now_at, consigned_at, NULL) AS consigned_at,
                        if(picked_up_at <= now_at, picked_up_at, if(first_moved_at <= now_at, first_moved_at, NULL)) AS got_at,
                        if(out_for_delivery_at <= now_at, out_for_delivery_at, NULL) AS out_for_delivery_at,
                        if(returned_at <= now_at, returned_at, NULL) AS returned_at,
                        if(lost_at <= now_at, lost_at, NULL) AS lost_at,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        ifNull(seller.consign_delay, setting.consign_delay) AS consign_delay,
                        ifNull(seller.consign_fake, setting.fake_consign) AS fake_consign,
                        ifNull(seller.pickup_stop, setting.pickup_stop) AS pickup_stop,
                        ifNull(seller.transport_stop, setting.transport_stop) AS transport_stop,
                        ifNull(seller.delivery_stop, setting.delivery_stop) AS delivery_stop,
                        setting.near_timeout AS near_timeout
                    FROM
                    (
                        SELECT
                            false AS is_order, tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
                            first_seen_midlife, day, promised_at, last_place AS place, event_ats, event_stages, last_event_at AS last_known_at,
                            paid_at, order_shipped_at AS shipped_at, order_finished_at AS finished_at,
                            consigned_at, picked_up_at, first_moved_at, out_for_delivery_at, returned_at, lost_at
                        FROM juliu_store.parcel_facts
                        WHERE first_event_at <= now_at
                            AND (signed_at IS NULL OR signed_at > now_at)
                            AND (left_at IS NULL OR left_at > now_at)
                            AND send_type != 'offline'
                        UNION ALL
                        SELECT
                            true, trade.tid, '', seller_id, seller_nick, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                            first_seen_midlife, day, promised_at, '', [], [], NULL,
                            paid_at, shipped_at, finished_at,
                            NULL, NULL, NULL, NULL, NULL, NULL
                        FROM
                        (
                            SELECT tid, seller_id, seller_nick, send_type, num_iids, first_seen_midlife, day, promised_at, paid_at, shipped_at, finished_at
                            FROM juliu_store.order_facts
                            WHERE paid_at <= now_at
                                AND (shipped_at IS NULL OR shipped_at > now_at)
                                AND (finished_at IS NULL OR finished_at > now_at)
                                AND (left_at IS NULL OR left_at > now_at)
                                AND ifNull(send_type, '') != 'offline'
                        ) AS trade
                        LEFT ANTI JOIN
                        (
                            SELECT tid
                            FROM juliu_store.parcel_facts
                            WHERE first_event_at <= now_at AND (order_shipped_at IS NULL OR order_shipped_at > now_at)
                        ) AS parcel ON trade.tid = parcel.tid
                    ) AS raw
                    LEFT ANY JOIN juliu.seller_thresholds AS seller ON raw.seller_id = seller.seller_id
                    CROSS JOIN
                    (
                        SELECT
                            maxIf(value, name = 'consign_delay') AS consign_delay,
                            maxIf(value, name = 'fake_consign') AS fake_consign,
                            maxIf(value, name = 'pickup_stop') AS pickup_stop,
                            maxIf(value, name = 'transport_stop') AS transport_stop,
                            maxIf(value, name = 'delivery_stop') AS delivery_stop,
                            maxIf(value, name = 'near_timeout') AS near_timeout
                        FROM juliu.kpi_settings
                    ) AS setting
                    )
                )
            )
        )
    )
)
COMMENT '未完结单元 — internal: one row per parcel not signed, and per paid order neither shipped nor with a parcel, as of asof, with its exception class 1..10';

-- Rows are of a kind: 1 a parcel, 2 a paid order without parcel. R1 speaks of orders: juliu.ship_rate_at has it. Flags in_…
-- say what a unit counts in: its start within the days from..to, and the rules above.
CREATE OR REPLACE VIEW juliu_store.parcel_units_between {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT toInt64(maxIf(value, name = 'pickup_hours') * 3600) FROM juliu.kpi_settings) AS pickup_seconds,
    (SELECT toInt64(maxIf(value, name = 'ship_hours') * 3600) FROM juliu.kpi_settings) AS ship_seconds,
    (SELECT toInt64(maxIf(value, name = 'fake_consign') * 3600) FROM juliu.kpi_settings) AS fake_seconds,
    instant -> ifNull(instant >= from_at AND instant < until_at, 0) AS within,
    -- Still owed at the deadline, or done before the order was left.
    (deadline, milestone) -> left_at IS NULL OR ifNull(left_at > deadline, 0) OR ifNull(milestone <= left_at, 0) AS kept
SELECT
    * EXCEPT (eligible, eligible_from_payment, scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats),
    -- Durations: seconds, NULL while open, below 0 = 时序异常.
    consigned_at - paid_at AS d1,
    got_at - consigned_at AS d2,
    got_at - paid_at AS d3,
    destination_city_at - got_at AS d4,
    out_for_delivery_at - got_at AS d5,
    signed_at - out_for_delivery_at AS d6,
    signed_at - got_at AS d7,
    signed_at - paid_at AS d8,
    eligible_from_payment AND within(paid_at) AND kept(now_at, consigned_at) AS in_d1,
    eligible AND within(consigned_at) AND kept(now_at, got_at) AS in_d2,
    eligible_from_payment AND within(paid_at) AND kept(now_at, got_at) AS in_d3,
    eligible AND within(got_at) AND kept(now_at, destination_city_at) AS in_d4,
    eligible AND within(got_at) AND kept(now_at, out_for_delivery_at) AS in_d5,
    eligible AND within(out_for_delivery_at) AND kept(now_at, signed_at) AS in_d6,
    eligible AND within(got_at) AND kept(now_at, signed_at) AS in_d7,
    eligible_from_payment AND within(paid_at) AND kept(now_at, signed_at) AS in_d8,
    -- The longest silence: final when signed, else the longest so far, up to now while the parcel can still be signed.
    if(
        signed_at IS NOT NULL,
        toInt64(max_gap_seconds),
        toInt64(arrayMax(arrayMap(
            (at, later) -> if(at >= got_at AND at <= now_at AND later > at, least(later, now_at) - at, 0),
            event_ats,
            arrayShiftLeft(event_ats, 1, if(lost_at IS NULL AND returned_at IS NULL, now_at, toDateTime(0, 'Asia/Shanghai')))
        )))
    ) AS d11,
    in_d7 AND NOT ifNull(signed_at < got_at, 0) AS in_d11,
    eligible AND within(consigned_at) AND consigned_at + pickup_seconds <= now_at AND kept(consigned_at + pickup_seconds, got_at) AS in_r2,
    ifNull(got_at <= consigned_at + pickup_seconds, 0) AS hit_r2,
    eligible_from_payment AND within(paid_at) AND paid_at + ship_seconds <= now_at AND kept(paid_at + ship_seconds, got_at) AS in_r3,
    ifNull(got_at <= paid_at + ship_seconds, 0) AS hit_r3,
    eligible AND kind = 1 AND within(promised_at) AND promised_at <= now_at AND kept(promised_at, signed_at) AS in_r4,
    ifNull(signed_at <= promised_at, 0) AS hit_r4,
    eligible AND kind = 1 AND within(promised_at) AND promised_at + 86400 <= now_at AND kept(promised_at + 86400, signed_at) AS in_r4_next_day,
    ifNull(signed_at <= promised_at + 86400, 0) AS hit_r4_next_day,
    eligible AND within(got_at) AND got_day + 172800 <= now_at AND kept(got_day + 172800, signed_at) AS in_r5_1,
    ifNull(signed_at < got_day + 172800, 0) AS hit_r5_1,
    eligible AND within(got_at) AND got_day + 259200 <= now_at AND kept(got_day + 259200, signed_at) AS in_r5_2,
    ifNull(signed_at < got_day + 259200, 0) AS hit_r5_2,
    eligible AND within(got_at) AND got_day + 345600 <= now_at AND kept(got_day + 345600, signed_at) AS in_r5_3,
    ifNull(signed_at < got_day + 345600, 0) AS hit_r5_3,
    eligible AND within(out_for_delivery_at) AND (signed_at IS NOT NULL OR failed_at IS NOT NULL OR out_for_delivery_at + 86400 <= now_at) AND kept(out_for_delivery_at + 86400, signed_at) AS in_r6,
    signed_at IS NOT NULL AND scan_days_before_sign = 1 AND NOT failed_before_sign AS hit_r6,
    eligible AND within(out_for_delivery_at) AS in_r7,
    failed_at IS NOT NULL AS hit_r7,
    refused_at IS NOT NULL AS hit_r7_refused,
    eligible AND within(consigned_at) AND consigned_at + fake_seconds <= now_at AND kept(consigned_at + fake_seconds, carrier_event_after_consign_at) AS in_r8,
    NOT ifNull(carrier_event_after_consign_at <= consigned_at + fake_seconds, 0) AS hit_r8,
    eligible AND within(signed_at) AS in_r10,
    got_at IS NOT NULL AND NOT got_inferred AND out_for_delivery_at IS NOT NULL AS hit_r10,
    eligible AND within(got_at) AS in_r11,
    lost_at IS NOT NULL AS hit_r11_lost,
    returned_at IS NOT NULL AS hit_r11_returned
FROM
(
    -- As of now_at: what is later has not happened.
    SELECT
        kind, tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
        presale, first_seen_midlife, order_first_seen_midlife, day, promised_at,
        scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats,
        NOT first_seen_midlife AND send_type != 'offline' AS eligible,
        NOT first_seen_midlife AND send_type != 'offline' AND NOT order_first_seen_midlife AS eligible_from_payment,
        if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
        if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
        if(raw_picked_up_at <= now_at, raw_picked_up_at, if(raw_first_moved_at <= now_at, raw_first_moved_at, NULL)) AS got_at,
        toStartOfDay(got_at) AS got_day,
        got_at IS NOT NULL AND NOT ifNull(raw_picked_up_at <= now_at, 0) AS got_inferred,
        if(raw_destination_city_at <= now_at, raw_destination_city_at, NULL) AS destination_city_at,
        if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
        if(raw_signed_at <= now_at, raw_signed_at, NULL) AS signed_at,
        if(raw_failed_at <= now_at, raw_failed_at, NULL) AS failed_at,
        if(raw_refused_at <= now_at, raw_refused_at, NULL) AS refused_at,
        if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
        if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at,
        if(raw_left_at <= now_at, raw_left_at, NULL) AS left_at
    FROM
    (
        SELECT
            1 AS kind, tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
            presale, first_seen_midlife, order_first_seen_midlife, day, promised_at,
            scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats,
            paid_at AS raw_paid_at, consigned_at AS raw_consigned_at, picked_up_at AS raw_picked_up_at, first_moved_at AS raw_first_moved_at,
            destination_city_at AS raw_destination_city_at, out_for_delivery_at AS raw_out_for_delivery_at, signed_at AS raw_signed_at,
            failed_at AS raw_failed_at, refused_at AS raw_refused_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at, left_at AS raw_left_at
        FROM juliu_store.parcel_facts
        WHERE first_event_at <= now_at
            AND (
                (last_event_at >= from_at AND first_event_at < until_at)
                OR (paid_at >= from_at AND paid_at < until_at)
                OR (promised_at >= from_at AND promised_at < until_at)
            )
        UNION ALL
        SELECT
            2, trade.tid, '', seller_id, seller_nick, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
            presale, false, first_seen_midlife, day, promised_at,
            0, false, NULL, NULL, [],
            paid_at, NULL, NULL, NULL,
            NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, left_at
        FROM
        (
            SELECT tid, seller_id, seller_nick, send_type, num_iids, presale, first_seen_midlife, day, promised_at, paid_at, left_at
            FROM juliu_store.order_facts
            WHERE paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
        ) AS trade
        LEFT ANTI JOIN
        (
            SELECT tid
            FROM juliu_store.parcel_facts
            WHERE first_event_at <= now_at AND paid_at >= from_at AND paid_at < until_at
        ) AS shipped ON trade.tid = shipped.tid
    )
)
COMMENT '包裹计量单元（区间） — internal: one row per unit that may start something in the days from..to, as of asof; the formulas of D and R';

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
            if({cut:String} IN ('day', 'hour', 'weekday'), if({cut:String} = 'day', toUInt16(toDate(event_ats[1])), if({cut:String} = 'hour', toUInt16(toHour(event_ats[1])), toUInt16(toDayOfWeek(event_ats[1])))), toUInt16(0)) AS time_key,
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
