-- Every message that has an envelope, as received: known topics and unknown ones.
--
-- Engine: ReplacingMergeTree. One message may arrive many times (redelivery, replay, TMC beside MQ); its copies are
-- equal in event_id, topic and the whole second of publish_time, so they meet and one stays. The winner has the largest
-- version, a value computed from the message itself, so it is the same whatever arrives first or last.
-- Sort key: only values every copy carries alike. MQ gives publish_time in milliseconds, TMC in seconds, therefore its
-- whole second. The topic leads: this table is asked by topic, and neighbours of one topic compress best.
-- Partitions: months of publish_time. All copies of a message fall into one partition (a month never ends inside a
-- second), which ReplacingMergeTree needs, and retention drops months. Never by time of arrival: a late copy would land
-- in another partition and stay.
-- The view merges within partitions only (do_not_merge_across_partitions_select_final): ten times less work for a time
-- range without a topic (measured). One edge remains: a condition on publish_time finer than a second may meet a copy
-- whose twin lies in a part the condition excludes. Bounds in whole seconds are exact.
-- Skip indexes: event_id to find one message; stored_at for readers that follow the table by watermark.

CREATE TABLE IF NOT EXISTS juliu_store.events{{local}} {{on_cluster}}
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; source: envelope outgoing_id or id, else h: and a 128-bit hash of the raw body' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_trade_TradeCreate; source: envelope topic',
    family LowCardinality(String) COMMENT '业务族 — trade, refund, item, logistics, review, distribution or unknown; source: derived from topic',
    user_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; NULL for messages to the app; source: envelope user_id',
    user_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick' CODEC(ZSTD(1)),
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    content String COMMENT '消息内容 — the content as JSON, ids exact, personal data in free text masked; source: envelope content' CODEC(ZSTD(1)),
    extra String COMMENT '未知信封字段 — JSON object of envelope keys juliu does not know, {} when none; source: envelope' CODEC(ZSTD(1)),
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    received_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 接收时间 — when juliu received this copy; UTC+8' CODEC(Delta(8), ZSTD(1)),
    source LowCardinality(String) COMMENT 'operational: 来源 — source this copy came through',
    position String COMMENT 'operational: 位置 — place of this copy in its source' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (topic, toStartOfSecond(publish_time), event_id)
{{ttl.events publish_time}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '消息 — every message with an envelope, as received';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.events {{on_cluster}} AS juliu_store.events_local
ENGINE = Distributed({{cluster}}, juliu_store, events_local, cityHash64(event_id))
COMMENT '消息 — every message with an envelope, as received';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.events {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.events FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT '消息 — every message with an envelope, as received, one row per message';
