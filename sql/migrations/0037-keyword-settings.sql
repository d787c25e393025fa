-- Settings of the keyword metrics: what counts as unusual, and what to do about a complaint. Written from the configuration
-- and from the table of actions a user edits, a generation at a time, whole and in one insert; the newest counts.
-- Engine: ReplacingMergeTree: a retried insert leaves one row. Sort key: generations in their order.
-- No partitions and no TTL: some rows per change of the table, and the newest generation must never go.

CREATE TABLE IF NOT EXISTS juliu_store.keyword_actions {{on_cluster}}
(
    generation DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 版本时间 — when this table was first seen, clock of the store; UTC+8; the newest counts',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall; empty in the row that says "this generation has no actions"; source: table of actions',
    subdimension String COMMENT '二级维度 — second level; empty = whatever has no row of its own; source: table of actions',
    action String COMMENT '建议动作 — what to do about such complaints, in the shop’s own words; source: table of actions'
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica_everywhere}})
ORDER BY (generation, dimension, subdimension)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '差评建议动作 — what to do about complaints, by dimension, by generation';

CREATE OR REPLACE VIEW juliu.keyword_actions {{on_cluster}} {{view_security}}
AS SELECT dimension, subdimension, action
FROM juliu_store.keyword_actions
WHERE generation = (SELECT max(generation) FROM juliu_store.keyword_actions) AND dimension != ''
COMMENT '差评建议动作 — what to do about complaints: one row per dimension and second level';

CREATE OR REPLACE VIEW juliu.kpi_settings {{on_cluster}} {{view_security}}
AS SELECT name, argMax(value, generation) AS value
FROM
(
    SELECT toString(name) AS name, value, generation
    FROM juliu_store.kpi_settings
    WHERE generation = (SELECT max(generation) FROM juliu_store.kpi_settings)
    UNION ALL
    -- What holds before any configuration was written, and for a name that is younger than the newest generation.
    SELECT tupleElement(setting, 1) AS name, tupleElement(setting, 2) AS value, toDateTime64(0, 3, 'Asia/Shanghai') AS generation
    FROM (SELECT arrayJoin(CAST([
        ('consign_delay', 48),
        ('fake_consign', 24),
        ('pickup_stop', 24),
        ('transport_stop', 48),
        ('delivery_stop', 24),
        ('near_timeout', 6),
        ('ship_hours', 48),
        ('pickup_hours', 24),
        ('min_cohort', 30),
        ('silence_factor', 5),
        ('silence_min_minutes', 30),
        ('jump_factor', 2),
        ('jump_min', 3),
        ('jump_days', 7),
        ('keyword_days', 7),
        ('keyword_min', 3),
        ('keyword_z', 2)
    ], 'Array(Tuple(String, Float64))')) AS setting)
)
GROUP BY name
COMMENT 'KPI 参数 — thresholds of the metric views in force: name and value';
