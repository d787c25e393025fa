-- Logistics messages (物流), typed: the hops of a parcel, and its exceptions.
--
-- Engine: ReplacingMergeTree by version, so that copies of a message leave one row, the same whatever arrived last.
-- Sort key and partitions: as in trade_events and for the same reasons (whole second of publish_time, topic, event_id;
-- months of publish_time): values every copy carries alike, time first, all copies in one partition. Not by tid or
-- out_sid: both may be absent, and one trade may travel in several parcels.
-- Skip indexes: the trade and the waybill a trace is looked up by; stored_at for watermarks.

CREATE TABLE IF NOT EXISTS juliu_store.logistics_traces{{local}} {{on_cluster}}
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_logistics_LogsticDetailTrace; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, tid, out_sid, excep_id, msg_id, action, action_time and a digest of description' CODEC(ZSTD(1)),
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: content.tid',
    out_sid String COMMENT '运单号 — waybill number; empty when absent; source: content.out_sid or mail_no' CODEC(ZSTD(1)),
    company_name Nullable(String) COMMENT '物流公司 — name of the carrier; source: content.company_name' CODEC(ZSTD(1)),
    cp_code Nullable(String) COMMENT '物流公司编码 — code of the carrier; source: content.cp_code' CODEC(ZSTD(1)),
    action Nullable(String) COMMENT '原始动作 — step as sent, an open list (GOT, TMS_SIGN …); source: content.action or status_code' CODEC(ZSTD(1)),
    stage LowCardinality(String) COMMENT '节点 — step normalised: created consigned picked_up arrived departed destination_city out_for_delivery signed failed rejected returned lost handed_over exception other; empty when the message has no action; source: derived',
    action_time Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '动作时间 — when the step happened; UTC+8; source: content.time, occur_time or create_time',
    description Nullable(String) COMMENT '描述 — text of the carrier, personal data masked; source: content.desc or logistics_detail_description' CODEC(ZSTD(1)),
    seller_open_uid Nullable(String) COMMENT '卖家 OpenUID — stable key of the seller within one app; source: content.seller_open_uid' CODEC(ZSTD(1)),
    excep_id Nullable(String) COMMENT '异常编号 — id of the exception; source: content.excep_id' CODEC(ZSTD(1)),
    exception_type Nullable(String) COMMENT '异常类型 — type of the exception; source: content.exception_type' CODEC(ZSTD(1)),
    exception_code Nullable(String) COMMENT '异常编码 — code of the exception; source: content.exception_code' CODEC(ZSTD(1)),
    sub_exception_code Nullable(String) COMMENT '子异常编码 — sub-code of the exception; source: content.sub_exception_code' CODEC(ZSTD(1)),
    detail_type Nullable(String) COMMENT '明细类型 — kind of detail of the exception; source: content.detail_type' CODEC(ZSTD(1)),
    compensate_amount Nullable(Decimal(18, 2)) COMMENT '赔付金额 — compensation; unit: CNY yuan; source: content.compensate_amount',
    over_time Nullable(String) COMMENT '超时 — overtime as sent; source: content.over_time' CODEC(ZSTD(1)),
    msg_id Nullable(String) COMMENT '消息编号 — message number in the content; source: content.msg_id' CODEC(ZSTD(1)),
    trade_details Nullable(String) COMMENT '订单明细 — trades of the exception as sent, personal data masked; source: content.trade_details' CODEC(ZSTD(1)),
    mail_details Nullable(String) COMMENT '运单明细 — waybills of the exception as sent, personal data masked; source: content.mail_details' CODEC(ZSTD(1)),
    note Nullable(String) COMMENT '内容 — text of a parcel shipped outside Taobao logistics, personal data masked; source: content.content' CODEC(ZSTD(1)),
    collected_stop_warn_value Nullable(String) COMMENT '揽收停滞预警值 — warning threshold: stuck after pick-up; as sent; source: content.collected_stop_warn_value' CODEC(ZSTD(1)),
    consign_delay_warn_value Nullable(String) COMMENT '发货延迟预警值 — warning threshold: late dispatch; as sent; source: content.consign_delay_warn_value' CODEC(ZSTD(1)),
    consign_fake_warn_value Nullable(String) COMMENT '虚假发货预警值 — warning threshold: false dispatch; as sent; source: content.consign_fake_warn_value' CODEC(ZSTD(1)),
    deliverying_stop_warn_value Nullable(String) COMMENT '派送停滞预警值 — warning threshold: stuck in delivery; as sent; source: content.deliverying_stop_warn_value' CODEC(ZSTD(1)),
    transporting_stop_warn_value Nullable(String) COMMENT '运输停滞预警值 — warning threshold: stuck in transport; as sent; source: content.transporting_stop_warn_value' CODEC(ZSTD(1)),
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_out_sid out_sid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
{{ttl.typed publish_time}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '物流跟踪 — one row per logistics message';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.logistics_traces {{on_cluster}} AS juliu_store.logistics_traces_local
ENGINE = Distributed({{cluster}}, juliu_store, logistics_traces_local, cityHash64(event_id))
COMMENT '物流跟踪 — one row per logistics message';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.logistics_traces {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.logistics_traces FINAL
COMMENT '物流跟踪 — one row per logistics message';
