-- Review messages with negative impressions (交易评价), typed.
--
-- Engine: ReplacingMergeTree by version, so that copies of a message leave one row, the same whatever arrived last.
-- Sort key and partitions: as in trade_events and for the same reasons (whole second of publish_time, topic, event_id;
-- months of publish_time): values every copy carries alike, time first, all copies in one partition.
-- Skip indexes: the ids reviews are looked up by; stored_at for watermarks.

CREATE TABLE IF NOT EXISTS juliu_store.review_events{{local}} {{on_cluster}}
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_traderate_ImprBadTag; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, tid, oid, num_iid, biz_type, gmt_modified and a digest of feedback and impr_words' CODEC(ZSTD(1)),
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: content.tid',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line, or of the trade when it has none; source: content.oid',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: content.num_iid',
    biz_type Nullable(Int32) COMMENT '评价类型 — 0 = review, 3 = follow-up review; source: content.biz_type',
    review_kind LowCardinality(String) COMMENT '评价种类 — main, follow_up (追评) or unknown; source: derived from biz_type',
    feedback Nullable(String) COMMENT '评价内容 — text of the review, personal data masked; source: content.feedback' CODEC(ZSTD(1)),
    impr_words Nullable(String) COMMENT '印象词原文 — impression labels as sent; source: content.impr_words' CODEC(ZSTD(1)),
    impr_labels Array(Tuple(category String, polarity String, phrase String)) COMMENT '印象词 — impression labels as (category, polarity, phrase); source: content.impr_words, split' CODEC(ZSTD(1)),
    gmt_modified Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '修改时间 — when the review was last changed; UTC+8; source: content.gmt_modified',
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_oid oid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_num_iid num_iid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
{{ttl.typed publish_time}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '负面印象评价 — one row per review message';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.review_events {{on_cluster}} AS juliu_store.review_events_local
ENGINE = Distributed({{cluster}}, juliu_store, review_events_local, cityHash64(event_id))
COMMENT '负面印象评价 — one row per review message';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.review_events {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.review_events FINAL
COMMENT '负面印象评价 — one row per review message';
