-- Parcels (包裹), kept as states: what is known of each waybill of a trade, of the platform's verdicts, and of sellers'
-- own thresholds.
--
-- parcels_state. Engine: AggregatingMergeTree with states that do not depend on order or repetition: minima of
-- milestones, the greatest of constants, the last known carrier by a full version, and the set of traces.
-- Sort key: day first, so that "everything of these days" is a range and costs the same however long the history; then
-- the parcel (tid, out_sid). A parcel has one row per day on which something happened to it: readers group by the parcel.
-- Partitions: months of day. Retention: by day, as the typed tables.
-- Skip indexes: the trade and the waybill a parcel is looked up by, since the day comes first in the sort key.
-- A trace is (second, stage, node, says returned, key): `key` is a hash of the business key, so a publication repeated
-- under a new event_id is the same element. It has 32 bits because it only tells apart traces of one parcel, second,
-- stage and node. Stages are numbers in the order in which traces of one second are read:
--   1 created 2 consigned 3 picked_up 4 arrived 5 departed 6 destination_city 7 out_for_delivery 8 signed 9 failed
--   10 rejected 11 returned 12 lost 13 handed_over 14 exception 15 other; 0 = no action in the message.
-- The node (站点) is the first text in brackets and, when the words behind it name a place (…转运中心, …网点, …公司, …站), these
-- up to that word: an arrival at a node and a departure from it name it alike, and no courier's name is in it. Words end
-- at a blank or punctuation; those of a sentence (已, 的, 在, 快件 …) name no place.
-- Order of two messages, as in refunds_state: second of its time, stage, second of publish_time, hash of event_id, version
-- of the copy (its revision and the head of its hash); verdicts and thresholds have the last three.
-- Time of a trace: action_time, else publish_time; an action_time outside of 2003..2099 is no time of a parcel.
--
-- platform_exceptions_state. Engine, partitions: the same. Sort key: day, excep_id.
-- seller_warnings_state. Engine: the same. Sort key: the seller; no partitions and no retention: one row per seller, and a
-- threshold stays in force however old the message is.

CREATE TABLE IF NOT EXISTS juliu_store.parcels_state{{local}} {{on_cluster}}
(
    day Date COMMENT '日期 — day on which the traces of this row happened; UTC+8; source: logistics_traces.action_time, else publish_time',
    tid Int64 COMMENT '交易编号 — id of the trade; source: logistics_traces.tid',
    out_sid String COMMENT '运单号 — waybill number; source: logistics_traces.out_sid' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick' CODEC(ZSTD(1)),
    carrier AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '物流公司 — name of the carrier, last known; state; source: logistics_traces.company_name' CODEC(ZSTD(1)),
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '建单时间 — first trace created; UTC+8' CODEC(ZSTD(1)),
    consigned_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '发货时间 — first trace consigned; UTC+8' CODEC(ZSTD(1)),
    picked_up_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '揽收时间 — first trace picked_up or message taobao_logistics_Accept; UTC+8' CODEC(ZSTD(1)),
    destination_city_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8' CODEC(ZSTD(1)),
    out_for_delivery_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8' CODEC(ZSTD(1)),
    signed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '签收时间 — first trace signed; UTC+8' CODEC(ZSTD(1)),
    failed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8' CODEC(ZSTD(1)),
    returned_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '退回时间 — first trace returned; UTC+8' CODEC(ZSTD(1)),
    lost_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '丢失时间 — first trace lost; UTC+8' CODEC(ZSTD(1)),
    path SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(at DateTime('Asia/Shanghai'), stage UInt8, node String, says_returned UInt8, key UInt32))) COMMENT '轨迹集合 — set of traces: second, stage, node, whether the text says refused or returned, hash of the business key; messages taobao_logistics_Accept are not in it' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_out_sid out_sid TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid, out_sid)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '包裹状态 — states of each parcel, one row per parcel and day';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.parcels_state {{on_cluster}} AS juliu_store.parcels_state_local
ENGINE = Distributed({{cluster}}, juliu_store, parcels_state_local, cityHash64(tid))
COMMENT '包裹状态 — states of each parcel, one row per parcel and day';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.parcels_state_from_traces {{on_cluster}} TO juliu_store.parcels_state
AS
WITH
    if(action_time >= '2003-01-01 00:00:00' AND action_time < '2100-01-01 00:00:00', assumeNotNull(action_time), publish_time) AS business_time,
    toDateTime(business_time, 'Asia/Shanghai') AS at,
    transform(stage, ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 0)::UInt8 AS code,
    -- What masking puts in the place of personal data stands in brackets, too, and is no node.
    replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(ifNull(description, ''), '[phone]', ''), '[address]', ''), '[email]', ''), '[qq]', ''), '[wechat]', '') AS text,
    -- The node, found by searches: a regular expression took a third of the time of this view (measured).
    multiSearchFirstPosition(text, ['【', '[']) AS open_at,
    if(open_at = 0, '', substring(text, open_at)) AS tail,
    multiSearchFirstPosition(tail, ['】', ']']) AS close_at,
    close_at + if(substring(tail, close_at, 1) = ']', 1, 3) AS words_at,
    substring(tail, words_at) AS rest,
    multiSearchFirstPosition(rest, [' ', '\t', '\n', '\r', '，', '。', ',', '、', '；', ';', '：', ':', '！', '!', '（', '(']) AS stop_at,
    if(stop_at = 0, rest, substring(rest, 1, stop_at - 1)) AS words,
    multiSearchFirstPosition(words, ['转运', '集散', '分拨', '中转']) AS yard_at,
    multiSearchFirstPosition(words, ['中心', '公司', '支局', '邮局', '站', '部', '点']) AS site_at,
    multiIf(
        yard_at > 0 AND (site_at = 0 OR yard_at < site_at), yard_at + 5 + multiIf(substring(words, yard_at + 6, 6) = '中心', 6, substring(words, yard_at + 6, 3) IN ('场', '站', '点', '部'), 3, 0),
        site_at > 0, site_at + if(substring(words, site_at, 3) IN ('站', '部', '点'), 2, 5),
        0) AS words_end,
    multiSearchAny(substring(words, 1, words_end), ['已', '的', '在', '将', '被', '由', '员', '快件', '包裹', '师傅', '送往', '送达', '送至', '送到', '发往', '到达', '前往', '放']) AS is_sentence,
    -- Products, not branches: a branch computes all of the above once more.
    substring(tail, 1, (close_at > 0) * (words_at - 1 + words_end * (1 - is_sentence))) AS node,
    bitShiftLeft(toUInt128(toUnixTimestamp(at)), 96) + bitShiftLeft(toUInt128(code), 90)
        + bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time, 'Asia/Shanghai'))), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 22), 4294967295) AS message_version
SELECT
    toDate(at, 'Asia/Shanghai') AS day,
    assumeNotNull(source.tid) AS tid,
    source.out_sid AS out_sid,
    max(source.seller_id) AS seller_id,
    max(source.seller_nick) AS seller_nick,
    argMaxState(company_name, message_version) AS carrier,
    min(if(code = 1, at, NULL)) AS created_at,
    min(if(code = 2, at, NULL)) AS consigned_at,
    min(if(code = 3, at, NULL)) AS picked_up_at,
    min(if(code = 6, at, NULL)) AS destination_city_at,
    min(if(code = 7, at, NULL)) AS out_for_delivery_at,
    min(if(code = 8, at, NULL)) AS signed_at,
    min(if(code IN (9, 10), at, NULL)) AS failed_at,
    min(if(code = 11, at, NULL)) AS returned_at,
    min(if(code = 12, at, NULL)) AS lost_at,
    groupUniqArrayIf((at, code, node, toUInt8(code BETWEEN 9 AND 11 AND multiSearchAny(text, ['拒收', '拒签', '退回'])), toUInt32(cityHash64(business_key))), event = 'traced')
        ::Array(Tuple(at DateTime('Asia/Shanghai'), stage UInt8, node String, says_returned UInt8, key UInt32)) AS path
FROM juliu_store.logistics_traces{{local}} AS source
WHERE event IN ('traced', 'accepted') AND source.tid IS NOT NULL AND source.out_sid != ''
GROUP BY day, tid, out_sid
COMMENT '包裹状态写入 — folds each logistics message into parcels_state';

CREATE TABLE IF NOT EXISTS juliu_store.platform_exceptions_state{{local}} {{on_cluster}}
(
    day Date COMMENT '日期 — day on which the messages of this row were published; UTC+8; source: logistics_traces.publish_time',
    excep_id String COMMENT '异常编号 — id of the exception; source: logistics_traces.excep_id' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    tid SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '交易编号 — id of the trade; source: logistics_traces.tid, else the first tid in trade_details',
    out_sid SimpleAggregateFunction(max, Nullable(String)) COMMENT '运单号 — waybill number; source: logistics_traces.out_sid, else the first mailNo in mail_details' CODEC(ZSTD(1)),
    opened_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '异常创建时间 — when the platform opened it; UTC+8; source: content.create_time, else publish_time of taobao_logistics_PackageExceptionCreate',
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '异常核销时间 — when the platform took it back; UTC+8; source: publish_time of taobao_logistics_PackageExceptionOff',
    exception_type AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '异常类型 — type of the exception, last known; state; source: logistics_traces.exception_type' CODEC(ZSTD(1)),
    exception_code AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '异常编码 — code of the exception, last known; state; source: logistics_traces.exception_code' CODEC(ZSTD(1)),
    sub_exception_code AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '子异常编码 — sub-code of the exception, last known; state; source: logistics_traces.sub_exception_code' CODEC(ZSTD(1)),
    over_time AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '超时 — overtime as sent, last known; state; source: logistics_traces.over_time' CODEC(ZSTD(1)),
    compensate_amount AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '赔付金额 — compensation, last known; state; unit: CNY yuan; source: logistics_traces.compensate_amount' CODEC(ZSTD(1))
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, excep_id)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '平台包裹异常状态 — states of each exception the platform opened, one row per exception and day';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.platform_exceptions_state {{on_cluster}} AS juliu_store.platform_exceptions_state_local
ENGINE = Distributed({{cluster}}, juliu_store, platform_exceptions_state_local, cityHash64(excep_id))
COMMENT '平台包裹异常状态 — states of each exception the platform opened, one row per exception and day';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.platform_exceptions_state_from_traces {{on_cluster}} TO juliu_store.platform_exceptions_state
AS
WITH
    bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time, 'Asia/Shanghai'))), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 22), 4294967295) AS message_version,
    event = 'exception_created' AS opens
SELECT
    toDate(publish_time, 'Asia/Shanghai') AS day,
    assumeNotNull(source.excep_id) AS excep_id,
    max(source.seller_id) AS seller_id,
    max(coalesce(source.tid, toInt64OrNull(extract(ifNull(trade_details, ''), '"tid"\\s*:\\s*"?(\\d+)')))) AS tid,
    max(nullIf(if(source.out_sid != '', source.out_sid, extract(ifNull(mail_details, ''), '"(?:mailNo|mail_no|out_sid)"\\s*:\\s*"?([^",}\\s]+)')), '')) AS out_sid,
    min(if(opens, toDateTime(if(action_time >= '2003-01-01 00:00:00' AND action_time < '2100-01-01 00:00:00', assumeNotNull(action_time), publish_time), 'Asia/Shanghai'), NULL)) AS opened_at,
    min(if(opens, NULL, toDateTime(publish_time, 'Asia/Shanghai'))) AS closed_at,
    argMaxState(source.exception_type, message_version) AS exception_type,
    argMaxState(source.exception_code, message_version) AS exception_code,
    argMaxState(source.sub_exception_code, message_version) AS sub_exception_code,
    argMaxState(source.over_time, message_version) AS over_time,
    argMaxState(source.compensate_amount, message_version) AS compensate_amount
FROM juliu_store.logistics_traces{{local}} AS source
WHERE event IN ('exception_created', 'exception_resolved') AND source.excep_id != ''
GROUP BY day, excep_id
COMMENT '平台包裹异常状态写入 — folds each verdict of the platform into platform_exceptions_state';

CREATE TABLE IF NOT EXISTS juliu_store.seller_warnings_state{{local}} {{on_cluster}}
(
    seller_id Int64 COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    collected_stop AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '揽收停滞预警值 — stuck after pick-up, last known; state; as sent; source: logistics_traces.collected_stop_warn_value' CODEC(ZSTD(1)),
    consign_delay AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '发货延迟预警值 — late dispatch, last known; state; as sent; source: logistics_traces.consign_delay_warn_value' CODEC(ZSTD(1)),
    consign_fake AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '虚假发货预警值 — false dispatch, last known; state; as sent; source: logistics_traces.consign_fake_warn_value' CODEC(ZSTD(1)),
    delivery_stop AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '派送停滞预警值 — stuck in delivery, last known; state; as sent; source: logistics_traces.deliverying_stop_warn_value' CODEC(ZSTD(1)),
    transport_stop AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '运输停滞预警值 — stuck in transport, last known; state; as sent; source: logistics_traces.transporting_stop_warn_value' CODEC(ZSTD(1))
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
ORDER BY seller_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '卖家预警配置状态 — states of the thresholds each seller set on the platform, one row per seller';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.seller_warnings_state {{on_cluster}} AS juliu_store.seller_warnings_state_local
ENGINE = Distributed({{cluster}}, juliu_store, seller_warnings_state_local, cityHash64(seller_id))
COMMENT '卖家预警配置状态 — states of the thresholds each seller set on the platform, one row per seller';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.seller_warnings_state_from_traces {{on_cluster}} TO juliu_store.seller_warnings_state
AS
WITH
    bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time, 'Asia/Shanghai'))), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 22), 4294967295) AS message_version
SELECT
    assumeNotNull(source.seller_id) AS seller_id,
    argMaxState(collected_stop_warn_value, message_version) AS collected_stop,
    argMaxState(consign_delay_warn_value, message_version) AS consign_delay,
    argMaxState(consign_fake_warn_value, message_version) AS consign_fake,
    argMaxState(deliverying_stop_warn_value, message_version) AS delivery_stop,
    argMaxState(transporting_stop_warn_value, message_version) AS transport_stop
FROM juliu_store.logistics_traces{{local}} AS source
WHERE event = 'warning_config_changed' AND source.seller_id IS NOT NULL
GROUP BY seller_id
COMMENT '卖家预警配置状态写入 — folds each change of thresholds into seller_warnings_state';

CREATE OR REPLACE VIEW juliu.seller_thresholds {{on_cluster}}
(
    seller_id Int64 COMMENT '卖家编号 — numeric id of the seller; source: taobao_logistics_ExceptionConfigChange',
    consign_delay Nullable(Float64) COMMENT '发货延迟阈值 — paid and not consigned for longer is late; last known; NULL when never sent or not a number; unit: hours',
    consign_fake Nullable(Float64) COMMENT '虚假发货阈值 — consigned and not picked up for longer looks like a false dispatch; unit: hours',
    pickup_stop Nullable(Float64) COMMENT '揽收停滞阈值 — no news after the pick-up for longer is an exception; unit: hours',
    transport_stop Nullable(Float64) COMMENT '运输停滞阈值 — no news in transport for longer is an exception; unit: hours',
    delivery_stop Nullable(Float64) COMMENT '派签停滞阈值 — no sign after going out for delivery for longer is an exception; unit: hours'
)
{{view_security}}
AS
WITH
    -- Hours are written as a plain number; anything else (a unit, a list, a negative number) sets nothing.
    value -> if(match(trimBoth(ifNull(value, '')), '^\\d{1,6}(\\.\\d{1,6})?$'), toFloat64OrNull(trimBoth(ifNull(value, ''))), NULL) AS hours
SELECT
    state.seller_id AS seller_id,
    hours(argMaxMerge(state.consign_delay)) AS consign_delay,
    hours(argMaxMerge(state.consign_fake)) AS consign_fake,
    hours(argMaxMerge(state.collected_stop)) AS pickup_stop,
    hours(argMaxMerge(state.transport_stop)) AS transport_stop,
    hours(argMaxMerge(state.delivery_stop)) AS delivery_stop
FROM juliu_store.seller_warnings_state AS state
GROUP BY seller_id
COMMENT '卖家预警阈值 — thresholds each seller set on the platform, one row per seller; those of juliu.kpi_settings hold where it is NULL';

CREATE OR REPLACE VIEW juliu.platform_exceptions {{on_cluster}}
(
    excep_id String COMMENT '异常编号 — id of the exception; source: taobao_logistics_PackageExceptionCreate',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; NULL when the message names none; source: the first tid in trade_details',
    out_sid Nullable(String) COMMENT '运单号 — waybill number; NULL when the message names none; source: the first mailNo in mail_details',
    opened_at Nullable(DateTime('Asia/Shanghai')) COMMENT '异常创建时间 — when the platform opened it; NULL when only its withdrawal was seen; UTC+8',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '异常核销时间 — when the platform took it back; NULL while it stands; UTC+8',
    is_open Bool COMMENT '是否未核销 — opened and not taken back',
    exception_type Nullable(String) COMMENT '异常类型 — type of the exception, as sent',
    exception_code Nullable(String) COMMENT '异常编码 — code of the exception, as sent',
    sub_exception_code Nullable(String) COMMENT '子异常编码 — sub-code of the exception, as sent',
    over_time Nullable(String) COMMENT '超时 — overtime as sent',
    compensate_amount Nullable(Decimal(18, 2)) COMMENT '预计赔付 — money at risk; unit: CNY yuan'
)
{{view_security}}
AS
SELECT
    state.excep_id AS excep_id,
    max(state.seller_id) AS seller_id,
    max(state.tid) AS tid,
    max(state.out_sid) AS out_sid,
    min(state.opened_at) AS opened_at,
    min(state.closed_at) AS closed_at,
    (min(state.opened_at) IS NOT NULL AND min(state.closed_at) IS NULL)::Bool AS is_open,
    argMaxMerge(state.exception_type) AS exception_type,
    argMaxMerge(state.exception_code) AS exception_code,
    argMaxMerge(state.sub_exception_code) AS sub_exception_code,
    argMaxMerge(state.over_time) AS over_time,
    argMaxMerge(state.compensate_amount) AS compensate_amount
FROM juliu_store.platform_exceptions_state AS state
GROUP BY excep_id
COMMENT '平台包裹异常 — exceptions the platform opened, one row per excep_id';

-- What one parcel's states say, resolved: the read side of parcels_state and the one place of these rules.
-- ats, stages and nodes are the trace set read by second, then stage. got = picked_up_at, where missing the first
-- arrived or departed. The events add the pick-up of taobao_logistics_Accept when no trace tells it.
-- Cities: the words in the brackets of a node; of origin the pick-up trace, else the first trace that names a node; of
-- destination the first of destination_city, out_for_delivery, signed that names one. Provinces by a constant list of
-- China's prefecture-level cities; an unknown city has none.

CREATE OR REPLACE VIEW juliu_store.parcel_paths {{on_cluster}}
(
    day Date COMMENT '日期 — day of the first event known; UTC+8; source: parcels_state.day',
    tid Int64 COMMENT '交易编号 — id of the trade; source: parcels_state.tid',
    out_sid String COMMENT '运单号 — waybill number; source: parcels_state.out_sid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick',
    carrier String COMMENT '物流公司 — name of the carrier, last known; empty when unknown; source: logistics_traces.company_name',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '建单时间 — first trace created; UTC+8; source: logistics_traces',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8; source: logistics_traces',
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — first pick-up seen; NULL when none was, see first_moved_at; UTC+8; source: logistics_traces',
    first_moved_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次进出站时间 — first trace arrived or departed; stands for a pick-up that was not seen; UTC+8; source: logistics_traces',
    got_inferred Bool COMMENT '揽收推断 — no pick-up was seen, first_moved_at stands for it; source: derived',
    destination_city_at Nullable(DateTime('Asia/Shanghai')) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8; source: logistics_traces',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8; source: logistics_traces',
    last_out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '末次派件时间 — last trace out_for_delivery; UTC+8; source: logistics_traces',
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8; source: logistics_traces',
    failed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8; source: logistics_traces',
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒收时间 — first trace rejected or returned, or failed whose text says 拒收, 拒签 or 退回; UTC+8; source: logistics_traces',
    returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退回时间 — first trace returned; UTC+8; source: logistics_traces',
    lost_at Nullable(DateTime('Asia/Shanghai')) COMMENT '丢失时间 — first trace lost; UTC+8; source: logistics_traces',
    first_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次动态时间 — first event; UTC+8; source: logistics_traces',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8; source: logistics_traces',
    last_stage String COMMENT '最新节点 — stage of the last event, as in logistics_traces.stage; source: derived',
    last_place String COMMENT '最新站点 — node of the last trace that names one, as written; empty when none does; source: logistics_traces.description',
    first_seen_midlife Bool COMMENT '中途接入 — neither creation, dispatch nor pick-up was seen: on its way before the subscription began; left out of cohorts; source: derived',
    traces UInt32 COMMENT '轨迹数 — distinct traces (by business key); unit: traces; source: logistics_traces',
    attempts UInt16 COMMENT '派件天数 — distinct days with a trace out_for_delivery; unit: days; source: logistics_traces',
    scan_days_before_sign UInt16 COMMENT '签收前派件天数 — the same up to the sign; unit: days; source: logistics_traces',
    failed_before_sign Bool COMMENT '签收前失败 — a trace failed or rejected before the sign; source: logistics_traces',
    carrier_event_after_consign_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货后首条承运轨迹时间 — first event other than created and consigned at or after the dispatch; UTC+8; source: logistics_traces',
    origin_city Nullable(String) COMMENT '始发城市 — city the parcel left from; NULL when no text names it; source: logistics_traces.description',
    destination_city Nullable(String) COMMENT '目的城市 — city of delivery; NULL when no text names it; source: logistics_traces.description',
    origin_province Nullable(String) COMMENT '始发省份 — province of origin_city; NULL when unknown; source: derived',
    destination_province Nullable(String) COMMENT '目的省份 — province of destination_city; NULL when unknown; source: derived',
    lane String COMMENT '线路 — origin→destination by city; empty when one is unknown; source: derived',
    max_gap_seconds Nullable(UInt32) COMMENT '最长静默 — longest time between two consecutive events from pick-up to sign; NULL while not signed; unit: seconds; source: derived',
    hops Array(Tuple(node String, arrived_at DateTime('Asia/Shanghai'), dwell_seconds UInt32)) COMMENT '站点停留 — arrivals whose next trace is the departure from the same node; unit: seconds; source: derived',
    segments Array(Tuple(from String, to String, departed_at DateTime('Asia/Shanghai'), seconds UInt32)) COMMENT '线路段 — departures and the arrival that comes next; unit: seconds; source: derived',
    event_ats Array(DateTime('Asia/Shanghai')) COMMENT '动态时间 — times of all events, ascending; UTC+8; source: logistics_traces',
    event_stages Array(UInt8) COMMENT '动态节点 — stages of event_ats as numbers: 1 created 2 consigned 3 picked_up 4 arrived 5 departed 6 destination_city 7 out_for_delivery 8 signed 9 failed 10 rejected 11 returned 12 lost 13 handed_over 14 exception 15 other 0 none; source: logistics_traces'
)
{{view_security}}
AS
WITH
    ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS stage_names,
    toDateTime(0, 'Asia/Shanghai') AS never,
    trail.at AS ats,
    trail.stage AS stages,
    trail.node AS nodes,
    -- The pick-up of an Accept message that no trace repeats, put in its place.
    picked_up_at IS NOT NULL AND NOT arrayExists((at, stage) -> stage = 3 AND at = picked_up_at, ats, stages) AS accepted_only,
    if(accepted_only, arraySort(arrayPushBack(arrayZip(ats, stages), (assumeNotNull(picked_up_at), toUInt8(3)))), arrayZip(ats, stages)) AS events,
    coalesce(picked_up_at, first_moved_at) AS got_at,
    -- Neighbours in the trail: the next trace's, and 0 or empty at the end.
    arrayShiftLeft(ats, 1) AS next_ats,
    arrayMap((stage, next_stage, node, next_node) -> stage = 4 AND next_stage = 5 AND node = next_node AND node != '', stages, arrayShiftLeft(stages, 1), nodes, arrayShiftLeft(nodes, 1)) AS is_hop,
    arrayFilter((_, stage) -> stage IN (4, 5), ats, stages) AS move_ats,
    arrayFilter(stage -> stage IN (4, 5), stages) AS move_stages,
    arrayFilter((_, stage) -> stage IN (4, 5), nodes, stages) AS move_nodes,
    arrayMap((stage, next_stage, node, next_node) -> stage = 5 AND next_stage = 4 AND node != '' AND next_node != '', move_stages, arrayShiftLeft(move_stages, 1), move_nodes, arrayShiftLeft(move_nodes, 1)) AS is_segment,
    arrayFilter(at -> at >= assumeNotNull(got_at) AND at <= assumeNotNull(signed_at), events.1) AS way_ats,
    node -> if(startsWith(node, '【'), substring(node, 4, greatest(0, position(node, '】') - 4)), substring(node, 2, greatest(0, position(node, ']') - 2))) AS bracketed,
    node -> if(multiSearchAny(bracketed(node), ['省', '自治区']), replaceRegexpOne(bracketed(node), '^.{2,10}?(?:省|自治区)(.+)$', '\\1'), bracketed(node)) AS words_of,
    -- Words that are no city, such as the name of a sorting centre, give ''.
    words -> if(transform(words, cities, cities, '') != '', words, if(match(words, '(?:市|州|盟|地区|县|区|旗|香港|澳门)$'), words, transform(concat(words, '市'), cities, cities, ''))) AS city_of,
    if(has(stages, 3), arrayFirst((node, stage) -> stage = 3 AND node != '', nodes, stages), '') AS pick_up_node,
    city_of(words_of(if(pick_up_node != '', pick_up_node, arrayFirst(node -> node != '', nodes)))) AS origin,
    city_of(words_of(arrayFirst((node, stage) -> stage IN (6, 7, 8) AND node != '', nodes, stages))) AS destination,
    [
        '北京市',
        '天津市',
        '上海市',
        '重庆市',
        '石家庄市', '唐山市', '秦皇岛市', '邯郸市', '邢台市', '保定市', '张家口市', '承德市', '沧州市', '廊坊市', '衡水市',
        '太原市', '大同市', '阳泉市', '长治市', '晋城市', '朔州市', '晋中市', '运城市', '忻州市', '临汾市', '吕梁市',
        '呼和浩特市', '包头市', '乌海市', '赤峰市', '通辽市', '鄂尔多斯市', '呼伦贝尔市', '巴彦淖尔市', '乌兰察布市', '兴安盟', '锡林郭勒盟', '阿拉善盟',
        '沈阳市', '大连市', '鞍山市', '抚顺市', '本溪市', '丹东市', '锦州市', '营口市', '阜新市', '辽阳市', '盘锦市', '铁岭市', '朝阳市', '葫芦岛市',
        '长春市', '吉林市', '四平市', '辽源市', '通化市', '白山市', '松原市', '白城市', '延边朝鲜族自治州',
        '哈尔滨市', '齐齐哈尔市', '鸡西市', '鹤岗市', '双鸭山市', '大庆市', '伊春市', '佳木斯市', '七台河市', '牡丹江市', '黑河市', '绥化市', '大兴安岭地区',
        '南京市', '无锡市', '徐州市', '常州市', '苏州市', '南通市', '连云港市', '淮安市', '盐城市', '扬州市', '镇江市', '泰州市', '宿迁市',
        '杭州市', '宁波市', '温州市', '嘉兴市', '湖州市', '绍兴市', '金华市', '衢州市', '舟山市', '台州市', '丽水市',
        '合肥市', '芜湖市', '蚌埠市', '淮南市', '马鞍山市', '淮北市', '铜陵市', '安庆市', '黄山市', '滁州市', '阜阳市', '宿州市', '六安市', '亳州市', '池州市', '宣城市',
        '福州市', '厦门市', '莆田市', '三明市', '泉州市', '漳州市', '南平市', '龙岩市', '宁德市',
        '南昌市', '景德镇市', '萍乡市', '九江市', '新余市', '鹰潭市', '赣州市', '吉安市', '宜春市', '抚州市', '上饶市',
        '济南市', '青岛市', '淄博市', '枣庄市', '东营市', '烟台市', '潍坊市', '济宁市', '泰安市', '威海市', '日照市', '临沂市', '德州市', '聊城市', '滨州市', '菏泽市',
        '郑州市', '开封市', '洛阳市', '平顶山市', '安阳市', '鹤壁市', '新乡市', '焦作市', '濮阳市', '许昌市', '漯河市', '三门峡市', '南阳市', '商丘市', '信阳市', '周口市', '驻马店市', '济源市',
        '武汉市', '黄石市', '十堰市', '宜昌市', '襄阳市', '鄂州市', '荆门市', '孝感市', '荆州市', '黄冈市', '咸宁市', '随州市', '恩施土家族苗族自治州', '仙桃市', '潜江市', '天门市', '神农架林区',
        '长沙市', '株洲市', '湘潭市', '衡阳市', '邵阳市', '岳阳市', '常德市', '张家界市', '益阳市', '郴州市', '永州市', '怀化市', '娄底市', '湘西土家族苗族自治州',
        '广州市', '韶关市', '深圳市', '珠海市', '汕头市', '佛山市', '江门市', '湛江市', '茂名市', '肇庆市', '惠州市', '梅州市', '汕尾市', '河源市', '阳江市', '清远市', '东莞市', '中山市', '潮州市', '揭阳市', '云浮市',
        '南宁市', '柳州市', '桂林市', '梧州市', '北海市', '防城港市', '钦州市', '贵港市', '玉林市', '百色市', '贺州市', '河池市', '来宾市', '崇左市',
        '海口市', '三亚市', '三沙市', '儋州市',
        '成都市', '自贡市', '攀枝花市', '泸州市', '德阳市', '绵阳市', '广元市', '遂宁市', '内江市', '乐山市', '南充市', '眉山市', '宜宾市', '广安市', '达州市', '雅安市', '巴中市', '资阳市', '阿坝藏族羌族自治州', '甘孜藏族自治州', '凉山彝族自治州',
        '贵阳市', '六盘水市', '遵义市', '安顺市', '毕节市', '铜仁市', '黔西南布依族苗族自治州', '黔东南苗族侗族自治州', '黔南布依族苗族自治州',
        '昆明市', '曲靖市', '玉溪市', '保山市', '昭通市', '丽江市', '普洱市', '临沧市', '楚雄彝族自治州', '红河哈尼族彝族自治州', '文山壮族苗族自治州', '西双版纳傣族自治州', '大理白族自治州', '德宏傣族景颇族自治州', '怒江傈僳族自治州', '迪庆藏族自治州',
        '拉萨市', '日喀则市', '昌都市', '林芝市', '山南市', '那曲市', '阿里地区',
        '西安市', '铜川市', '宝鸡市', '咸阳市', '渭南市', '延安市', '汉中市', '榆林市', '安康市', '商洛市',
        '兰州市', '嘉峪关市', '金昌市', '白银市', '天水市', '武威市', '张掖市', '平凉市', '酒泉市', '庆阳市', '定西市', '陇南市', '临夏回族自治州', '甘南藏族自治州',
        '西宁市', '海东市', '海北藏族自治州', '黄南藏族自治州', '海南藏族自治州', '果洛藏族自治州', '玉树藏族自治州', '海西蒙古族藏族自治州',
        '银川市', '石嘴山市', '吴忠市', '固原市', '中卫市',
        '乌鲁木齐市', '克拉玛依市', '吐鲁番市', '哈密市', '昌吉回族自治州', '博尔塔拉蒙古自治州', '巴音郭楞蒙古自治州', '阿克苏地区', '克孜勒苏柯尔克孜自治州', '喀什地区', '和田地区', '伊犁哈萨克自治州', '塔城地区', '阿勒泰地区', '石河子市', '阿拉尔市', '图木舒克市', '五家渠市',
        '台北市',
        '香港',
        '澳门'
    ] AS cities,
    [
        '北京',
        '天津',
        '上海',
        '重庆',
        '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省',
        '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省',
        '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古',
        '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省',
        '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省',
        '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省',
        '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省',
        '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省',
        '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省',
        '福建省', '福建省', '福建省', '福建省', '福建省', '福建省', '福建省', '福建省', '福建省',
        '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省',
        '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省',
        '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省',
        '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省',
        '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省',
        '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省',
        '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西',
        '海南省', '海南省', '海南省', '海南省',
        '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省',
        '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省',
        '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省',
        '西藏', '西藏', '西藏', '西藏', '西藏', '西藏', '西藏',
        '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省',
        '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省',
        '青海省', '青海省', '青海省', '青海省', '青海省', '青海省', '青海省', '青海省',
        '宁夏', '宁夏', '宁夏', '宁夏', '宁夏',
        '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆',
        '台湾',
        '香港',
        '澳门'
    ] AS provinces
SELECT
    first_day AS day,
    tid,
    out_sid,
    seller_id,
    seller_nick,
    ifNull(last_carrier, '') AS carrier,
    created_at,
    consigned_at,
    picked_up_at,
    nullIf(arrayMin(arrayFilter((at, stage) -> stage IN (4, 5), ats, stages)), never) AS first_moved_at,
    (picked_up_at IS NULL AND first_moved_at IS NOT NULL)::Bool AS got_inferred,
    destination_city_at,
    out_for_delivery_at,
    nullIf(arrayMax(arrayFilter((at, stage) -> stage = 7, ats, stages)), never) AS last_out_for_delivery_at,
    signed_at,
    failed_at,
    nullIf(arrayMin(arrayFilter((at, stage, says_returned) -> stage IN (10, 11) OR (stage = 9 AND says_returned), ats, stages, trail.says_returned)), never) AS refused_at,
    returned_at,
    lost_at,
    nullIf(events[1].1, never) AS first_event_at,
    nullIf(events[-1].1, never) AS last_event_at,
    stage_names[events[-1].2] AS last_stage,
    arrayLast(node -> node != '', nodes) AS last_place,
    (created_at IS NULL AND consigned_at IS NULL AND picked_up_at IS NULL)::Bool AS first_seen_midlife,
    length(trail) AS traces,
    length(arrayDistinct(arrayMap(at -> toDate(at), arrayFilter((at, stage) -> stage = 7, ats, stages)))) AS attempts,
    length(arrayDistinct(arrayMap(at -> toDate(at), arrayFilter((at, stage) -> stage = 7 AND at <= ifNull(signed_at, at), ats, stages)))) AS scan_days_before_sign,
    arrayExists((at, stage) -> stage IN (9, 10) AND (signed_at IS NULL OR at < signed_at), ats, stages)::Bool AS failed_before_sign,
    if(consigned_at IS NULL, NULL, nullIf(arrayFirst(event -> event.2 NOT IN (1, 2) AND event.1 >= consigned_at, events).1, never)) AS carrier_event_after_consign_at,
    nullIf(origin, '') AS origin_city,
    nullIf(destination, '') AS destination_city,
    nullIf(transform(origin, cities, provinces, ''), '') AS origin_province,
    nullIf(transform(destination, cities, provinces, ''), '') AS destination_province,
    if(origin = '' OR destination = '', '', concat(origin, '→', destination)) AS lane,
    if(signed_at >= got_at, arrayMax(arrayMap((at, later) -> if(later > at, later - at, 0), way_ats, arrayShiftLeft(way_ats, 1))), NULL) AS max_gap_seconds,
    arrayZip(arrayFilter((node, hit) -> hit, nodes, is_hop), arrayFilter((at, hit) -> hit, ats, is_hop), arrayMap((at, later) -> later - at, arrayFilter((at, hit) -> hit, ats, is_hop), arrayFilter((at, hit) -> hit, next_ats, is_hop))) AS hops,
    arrayZip(arrayFilter((node, hit) -> hit, move_nodes, is_segment), arrayFilter((node, hit) -> hit, arrayShiftLeft(move_nodes, 1), is_segment), arrayFilter((at, hit) -> hit, move_ats, is_segment), arrayMap((at, later) -> later - at, arrayFilter((at, hit) -> hit, move_ats, is_segment), arrayFilter((at, hit) -> hit, arrayShiftLeft(move_ats, 1), is_segment))) AS segments,
    events.1 AS event_ats,
    events.2 AS event_stages
FROM
(
    SELECT
        state.tid AS tid,
        state.out_sid AS out_sid,
        min(state.day) AS first_day,
        max(state.seller_id) AS seller_id,
        max(state.seller_nick) AS seller_nick,
        argMaxMerge(state.carrier) AS last_carrier,
        min(state.created_at) AS created_at,
        min(state.consigned_at) AS consigned_at,
        min(state.picked_up_at) AS picked_up_at,
        min(state.destination_city_at) AS destination_city_at,
        min(state.out_for_delivery_at) AS out_for_delivery_at,
        min(state.signed_at) AS signed_at,
        min(state.failed_at) AS failed_at,
        min(state.returned_at) AS returned_at,
        min(state.lost_at) AS lost_at,
        arraySort(groupUniqArrayArray(state.path)) AS trail
    FROM juliu_store.parcels_state AS state
    GROUP BY tid, out_sid
)
COMMENT '包裹解析 — each parcel resolved from its states; what marts and juliu.parcels are made of';

CREATE OR REPLACE VIEW juliu.parcels {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade; source: parcels_state.tid',
    out_sid String COMMENT '运单号 — waybill number; source: parcels_state.out_sid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick',
    carrier String COMMENT '物流公司 — name of the carrier, last known; empty when unknown; source: logistics_traces.company_name',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '建单时间 — first trace created; UTC+8; source: logistics_traces',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8; source: logistics_traces',
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — first pick-up seen; NULL when none was, see first_moved_at; UTC+8; source: logistics_traces',
    first_moved_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次进出站时间 — first trace arrived or departed; stands for a pick-up that was not seen; UTC+8; source: logistics_traces',
    got_inferred Bool COMMENT '揽收推断 — no pick-up was seen, first_moved_at stands for it; source: derived',
    destination_city_at Nullable(DateTime('Asia/Shanghai')) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8; source: logistics_traces',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8; source: logistics_traces',
    last_out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '末次派件时间 — last trace out_for_delivery; UTC+8; source: logistics_traces',
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8; source: logistics_traces',
    failed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8; source: logistics_traces',
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒收时间 — first trace rejected or returned, or failed whose text says 拒收, 拒签 or 退回; UTC+8; source: logistics_traces',
    returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退回时间 — first trace returned; UTC+8; source: logistics_traces',
    lost_at Nullable(DateTime('Asia/Shanghai')) COMMENT '丢失时间 — first trace lost; UTC+8; source: logistics_traces',
    first_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次动态时间 — first event; UTC+8; source: logistics_traces',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8; source: logistics_traces',
    last_stage String COMMENT '最新节点 — stage of the last event, as in logistics_traces.stage; source: derived',
    last_place String COMMENT '最新站点 — node of the last trace that names one, as written; empty when none does; source: logistics_traces.description',
    first_seen_midlife Bool COMMENT '中途接入 — neither creation, dispatch nor pick-up was seen: on its way before the subscription began; left out of cohorts; source: derived',
    traces UInt32 COMMENT '轨迹数 — distinct traces (by business key); unit: traces; source: logistics_traces',
    attempts UInt16 COMMENT '派件天数 — distinct days with a trace out_for_delivery; unit: days; source: logistics_traces',
    origin_city Nullable(String) COMMENT '始发城市 — city the parcel left from; NULL when no text names it; source: logistics_traces.description',
    destination_city Nullable(String) COMMENT '目的城市 — city of delivery; NULL when no text names it; source: logistics_traces.description',
    origin_province Nullable(String) COMMENT '始发省份 — province of origin_city; NULL when unknown; source: derived',
    destination_province Nullable(String) COMMENT '目的省份 — province of destination_city; NULL when unknown; source: derived',
    lane String COMMENT '线路 — origin→destination by city; empty when one is unknown; source: derived',
    max_gap_seconds Nullable(UInt32) COMMENT '最长静默 — longest time between two consecutive events from pick-up to sign; NULL while not signed; unit: seconds; source: derived'
)
{{view_security}}
AS
SELECT
    tid,
    out_sid,
    seller_id,
    seller_nick,
    carrier,
    created_at,
    consigned_at,
    picked_up_at,
    first_moved_at,
    got_inferred,
    destination_city_at,
    out_for_delivery_at,
    last_out_for_delivery_at,
    signed_at,
    failed_at,
    refused_at,
    returned_at,
    lost_at,
    first_event_at,
    last_event_at,
    last_stage,
    last_place,
    first_seen_midlife,
    traces,
    attempts,
    origin_city,
    destination_city,
    origin_province,
    destination_province,
    lane,
    max_gap_seconds
FROM juliu_store.parcel_paths
COMMENT '包裹 — current state, one row per parcel (tid, out_sid)';
