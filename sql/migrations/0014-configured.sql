-- What the configuration says about KPIs, where views can read it: thresholds, and groups of sellers.
--
-- A process that starts with another configuration than is written here writes a new generation, whole and in one insert;
-- the newest counts. So an analyst's query and a dashboard use the same thresholds, on every machine.
-- Engine: ReplacingMergeTree: a retried insert leaves one row. Sort key: generations in their order.
-- No partitions and no TTL: some rows per change of the configuration, and the newest generation must never go.

CREATE TABLE IF NOT EXISTS juliu_store.kpi_settings {{on_cluster}}
(
    generation DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 版本时间 — when this configuration was first seen, clock of the store; UTC+8; the newest counts',
    name LowCardinality(String) COMMENT '参数名 — name of the threshold, e.g. consign_delay; source: section kpis of the configuration',
    value Float64 COMMENT '参数值 — hours; silence_min_minutes in minutes, jump_days in days, min_cohort and jump_min counts, factors without unit; source: section kpis of the configuration'
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica_everywhere}})
ORDER BY (generation, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT 'KPI 参数 — thresholds of the metric views, by generation';

CREATE TABLE IF NOT EXISTS juliu_store.seller_groups {{on_cluster}}
(
    generation DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 版本时间 — when this configuration was first seen, clock of the store; UTC+8; the newest counts',
    seller_group String COMMENT '商家分组 — name of the group; empty in the row that says "this generation has no groups"; source: sellerGroups of the configuration',
    seller String COMMENT '商家 — nick of the seller, or its numeric id as text; source: sellerGroups of the configuration'
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica_everywhere}})
ORDER BY (generation, seller_group, seller)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '商家分组 — sellers by group, by generation';

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
        ('jump_days', 7)
    ], 'Array(Tuple(String, Float64))')) AS setting)
)
GROUP BY name
COMMENT 'KPI 参数 — thresholds of the metric views in force: name and value';

CREATE OR REPLACE VIEW juliu.seller_groups {{on_cluster}} {{view_security}}
AS SELECT DISTINCT seller_group, seller
FROM juliu_store.seller_groups
WHERE generation = (SELECT max(generation) FROM juliu_store.seller_groups) AND seller_group != ''
COMMENT '商家分组 — sellers by group, as the configuration says';
