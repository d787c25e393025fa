-- Who belonged to which lane, and when: the plans of the lanes of all processes of this store.
--
-- Rows are only ever added, and say one of three things about a plan: it was proposed (with its lanes), a lane of it was
-- seen to receive (attached), a later one has taken its place (retired). Several processes may say the same; of retired
-- rows the earliest counts, of the others any.
-- Engine: ReplacingMergeTree without a version: a retried insert repeats its row and leaves one, or two that say the same.
-- Sort key: plans in their order; what, consumer_group and at tell the rows of a plan apart.
-- No partitions and no TTL: some rows per change of the lists, and the latest plan must never go.

CREATE TABLE IF NOT EXISTS juliu_store.lane_plans{{local}} {{on_cluster}}
(
    plan_order UInt32 COMMENT 'operational: 方案序号 — place of the plan among all: 0 is the time before there were lanes',
    plan_id String COMMENT 'operational: 方案编号 — random name of the plan; tells apart plans made at the same moment',
    what LowCardinality(String) COMMENT 'operational: 事项 — proposed, attached or retired',
    consumer_group String DEFAULT '' COMMENT 'operational: 消费组 — attached: the lane’s consumer group, which a process receives from and knows the plan; else empty',
    at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 时间 — when this was so, clock of the store; UTC+8',
    lanes String DEFAULT '' COMMENT 'operational: 分组 — proposed: JSON list of lanes with name, group, isDefault and users (nicks or ids); else empty' CODEC(ZSTD(3)),
    instance LowCardinality(String) COMMENT 'operational: 实例 — the process that says so: host and pid'
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}})
ORDER BY (plan_order, plan_id, what, consumer_group, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT 'operational: 用户分组方案 — who belonged to which lane, and when';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.lane_plans {{on_cluster}} AS juliu_store.lane_plans_local
ENGINE = Distributed({{cluster}}, juliu_store, lane_plans_local, cityHash64(plan_id))
COMMENT 'operational: 用户分组方案 — who belonged to which lane, and when';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.lane_plans {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.lane_plans FINAL
COMMENT 'operational: 用户分组方案 — who belonged to which lane, and when';
