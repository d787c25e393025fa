-- Parcels with their orders (包裹事实), resolved: what parcel metrics are computed from. Written by the job `parcels` alone.
--
-- It holds only what does not change with the clock; what has happened by an instant is decided by the views.
-- Engine: MergeTree; a partition is replaced as a whole, so there are no copies to remove. On a cluster one replicated
-- table on all shards, so that replacing a partition is one statement.
-- Sort key: the day of the last milestone, so that the primary index, which is in memory, tells for a cohort which days'
-- parcels to leave out (reading the skip index of every day took longer than the answer, measured); then seller, trade, waybill.
-- Partitions: day of the first event known of the parcel. It moves when an older trace comes late; both days are
-- recomputed then.
-- Columns at the end are worked out from the others as a row is written, for metric views to read: what of their formulas
-- does not depend on the clock.
-- Skip indexes: for questions that name a time and not last_day.

CREATE TABLE IF NOT EXISTS juliu_store.parcel_facts {{on_cluster}}
(
    day Date COMMENT '日期 — day of the first event known; UTC+8; source: parcels_state.day',
    tid Int64 COMMENT '交易编号 — id of the trade; source: parcels_state.tid' CODEC(ZSTD(1)),
    out_sid String COMMENT '运单号 — waybill number; source: parcels_state.out_sid' CODEC(ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id' CODEC(ZSTD(1)),
    seller_nick LowCardinality(Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick' CODEC(ZSTD(1)),
    carrier LowCardinality(String) COMMENT '物流公司 — name of the carrier, last known; empty when unknown; source: logistics_traces.company_name' CODEC(ZSTD(1)),
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '建单时间 — first trace created; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — first pick-up seen; NULL when none was, see first_moved_at; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    first_moved_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次进出站时间 — first trace arrived or departed; stands for a pick-up that was not seen; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    got_inferred Bool COMMENT '揽收推断 — no pick-up was seen, first_moved_at stands for it; source: derived',
    destination_city_at Nullable(DateTime('Asia/Shanghai')) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    last_out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '末次派件时间 — last trace out_for_delivery; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    failed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒收时间 — first trace rejected or returned, or failed whose text says 拒收, 拒签 or 退回; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退回时间 — first trace returned; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    lost_at Nullable(DateTime('Asia/Shanghai')) COMMENT '丢失时间 — first trace lost; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    first_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次动态时间 — first event; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    last_stage LowCardinality(String) COMMENT '最新节点 — stage of the last event, as in logistics_traces.stage; source: derived' CODEC(ZSTD(1)),
    last_place LowCardinality(String) COMMENT '最新站点 — node of the last trace that names one, as written; empty when none does; source: logistics_traces.description' CODEC(ZSTD(1)),
    first_seen_midlife Bool COMMENT '中途接入 — neither creation, dispatch nor pick-up was seen: on its way before the subscription began; left out of cohorts; source: derived',
    traces UInt32 COMMENT '轨迹数 — distinct traces (by business key); unit: traces; source: logistics_traces' CODEC(ZSTD(1)),
    attempts UInt16 COMMENT '派件天数 — distinct days with a trace out_for_delivery; unit: days; source: logistics_traces',
    scan_days_before_sign UInt16 COMMENT '签收前派件天数 — the same up to the sign; unit: days; source: logistics_traces',
    failed_before_sign Bool COMMENT '签收前失败 — a trace failed or rejected before the sign; source: logistics_traces',
    carrier_event_after_consign_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货后首条承运轨迹时间 — first event other than created and consigned at or after the dispatch; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    origin_city LowCardinality(Nullable(String)) COMMENT '始发城市 — city the parcel left from; NULL when no text names it; source: logistics_traces.description' CODEC(ZSTD(1)),
    destination_city LowCardinality(Nullable(String)) COMMENT '目的城市 — city of delivery; NULL when no text names it; source: logistics_traces.description' CODEC(ZSTD(1)),
    origin_province LowCardinality(Nullable(String)) COMMENT '始发省份 — province of origin_city; NULL when unknown; source: derived' CODEC(ZSTD(1)),
    destination_province LowCardinality(Nullable(String)) COMMENT '目的省份 — province of destination_city; NULL when unknown; source: derived' CODEC(ZSTD(1)),
    lane LowCardinality(String) COMMENT '线路 — origin→destination by city; empty when one is unknown; source: derived' CODEC(ZSTD(1)),
    max_gap_seconds Nullable(UInt32) COMMENT '最长静默 — longest time between two consecutive events from pick-up to sign; NULL while not signed; unit: seconds; source: derived' CODEC(ZSTD(1)),
    hops Array(Tuple(node LowCardinality(String), arrived_at DateTime('Asia/Shanghai'), dwell_seconds UInt32)) COMMENT '站点停留 — arrivals whose next trace is the departure from the same node; unit: seconds; source: derived' CODEC(ZSTD(1)),
    segments Array(Tuple(from LowCardinality(String), to LowCardinality(String), departed_at DateTime('Asia/Shanghai'), seconds UInt32)) COMMENT '线路段 — departures and the arrival that comes next; unit: seconds; source: derived' CODEC(ZSTD(1)),
    event_ats Array(DateTime('Asia/Shanghai')) COMMENT '动态时间 — times of all events, ascending; UTC+8; source: logistics_traces' CODEC(Delta(4), ZSTD(1)),
    event_stages Array(UInt8) COMMENT '动态节点 — stages of event_ats as numbers: 1 created 2 consigned 3 picked_up 4 arrived 5 departed 6 destination_city 7 out_for_delivery 8 signed 9 failed 10 rejected 11 returned 12 lost 13 handed_over 14 exception 15 other 0 none; source: logistics_traces' CODEC(ZSTD(1)),
    order_known Bool COMMENT '有订单 — an order with this tid is known; source: order_facts',
    order_first_seen_midlife Bool COMMENT '订单中途接入 — no creation message of the order was seen; left out of cohorts that start at payment; source: order_facts',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8; source: order_facts' CODEC(ZSTD(1)),
    order_created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '下单时间 — creation of the order; UTC+8; source: order_facts.created_at' CODEC(ZSTD(1)),
    order_shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '订单发货时间 — shipped, as the trade says; UTC+8; source: order_facts.shipped_at' CODEC(ZSTD(1)),
    order_finished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '订单完成时间 — trade succeeded; UTC+8; source: order_facts.finished_at' CODEC(ZSTD(1)),
    order_closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '订单关闭时间 — trade closed; UTC+8; source: order_facts.closed_at' CODEC(ZSTD(1)),
    left_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退出时间 — order closed or fully refunded, whichever came first; UTC+8; source: order_facts' CODEC(ZSTD(1)),
    presale Bool COMMENT '预售 — the order is a presale; source: order_facts',
    trade_type LowCardinality(String) COMMENT '交易类型 — type of the trade; empty when unknown; source: order_facts' CODEC(ZSTD(1)),
    num_iids Array(Int64) COMMENT '商品编号 — items of the order, sorted; source: order_facts' CODEC(ZSTD(1)),
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — promised delivery; NULL without an imported order dimension; UTC+8; source: order_facts' CODEC(ZSTD(1)),
    send_type LowCardinality(String) COMMENT '发货方式 — kind of dispatch; empty without an imported order dimension; source: order_facts' CODEC(ZSTD(1)),
    receiver_province LowCardinality(String) COMMENT '收货省份 — province of the receiver; empty without an imported order dimension; source: order_facts.province' CODEC(ZSTD(1)),
    negative_intervals UInt8 COMMENT '时序异常数 — of the intervals D1..D7, those that end before they start; unit: intervals; source: derived',
    seller LowCardinality(String) MATERIALIZED coalesce(seller_nick, toString(seller_id), '') COMMENT '卖家 — seller_nick, else seller_id as text, else empty: value of the cut seller; source: derived' CODEC(ZSTD(1)),
    last_day Date MATERIALIZED toDate(greatest(ifNull(last_event_at, toDateTime(0, 'Asia/Shanghai')), ifNull(paid_at, toDateTime(0, 'Asia/Shanghai')), ifNull(order_created_at, toDateTime(0, 'Asia/Shanghai')), ifNull(promised_at, toDateTime(0, 'Asia/Shanghai')))) COMMENT '末次里程碑日期 — day of the last event, or of the payment, creation or promise of its order if later: no cohort from the next day on has it; UTC+8; source: derived',
    got_at Nullable(DateTime('Asia/Shanghai')) MATERIALIZED coalesce(picked_up_at, first_moved_at) COMMENT '揽收时间（含推断） — picked_up_at, else first_moved_at; UTC+8; source: derived' CODEC(ZSTD(1)),
    in_cohorts Bool MATERIALIZED NOT first_seen_midlife AND send_type != 'offline' COMMENT '计入时效 — may count in durations and rates: not first seen midlife, order not sent offline; source: derived',
    in_paid_cohorts Bool MATERIALIZED NOT first_seen_midlife AND send_type != 'offline' AND NOT order_first_seen_midlife COMMENT '计入支付起点时效 — may count in those that start at payment: its order, too, not first seen midlife; source: derived',
    open_until DateTime('Asia/Shanghai') MATERIALIZED if(send_type = 'offline', toDateTime(0, 'Asia/Shanghai'), least(ifNull(signed_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(left_at, toDateTime(4294967295, 'Asia/Shanghai')))) COMMENT '未完结至 — sign or left_at, whichever came first; 2106-02-07 14:28:15 while neither did; 1970 when sent offline: never open; UTC+8; source: derived' CODEC(ZSTD(1)),
    order_owed_until DateTime('Asia/Shanghai') MATERIALIZED if(paid_at IS NULL OR send_type = 'offline', toDateTime(0, 'Asia/Shanghai'), least(ifNull(order_shipped_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(order_finished_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(left_at, toDateTime(4294967295, 'Asia/Shanghai')))) COMMENT '订单待发货至 — owed_until of its order; UTC+8; source: derived, as order_facts.owed_until' CODEC(ZSTD(1)),
    gave_up_at Nullable(DateTime('Asia/Shanghai')) MATERIALIZED if(arrayLastIndex(stage -> stage IN (9, 10, 11), event_stages) > arrayLastIndex(stage -> stage = 7, event_stages), event_ats[arrayLastIndex(stage -> stage IN (9, 10, 11), event_stages)], NULL) COMMENT '派送终止时间 — last trace failed, rejected or returned, when no delivery attempt follows; UTC+8; source: derived' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_out_sid out_sid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_first_event_at first_event_at TYPE minmax GRANULARITY 1,
    INDEX ix_last_event_at last_event_at TYPE minmax GRANULARITY 1,
    INDEX ix_paid_at paid_at TYPE minmax GRANULARITY 1,
    INDEX ix_promised_at promised_at TYPE minmax GRANULARITY 1,
    INDEX ix_order_owed_until order_owed_until TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}MergeTree({{replica_everywhere}})
PARTITION BY day
ORDER BY (last_day, ifNull(seller_id, 0), tid, out_sid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1{{replicated_settings}}
COMMENT '包裹事实 — parcels with the milestones of their orders, one row per parcel (tid, out_sid)';

CREATE OR REPLACE VIEW juliu.parcel_facts {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.parcel_facts
COMMENT '包裹事实 — parcels with the milestones of their orders, one row per parcel (tid, out_sid)';
