-- Items (商品) as they are, and what changed in them: states of item_events, filled at insert.
--
-- Engine: AggregatingMergeTree with states that no order, no doubling and no batching changes: min, max, sets, and argMax
-- by a version that no two messages share. A field is the last known one: a message that lacks it changes nothing.
-- Order of two messages, UInt128: second of publish_time (32 bits) | rank (6) | its ms (10) | hash of event_id (40) |
-- head of the copy's version (40). Item messages carry no business time, and one edit on line publishes Downshelf, Update
-- and Upshelf within one second in varying order: within a second rank decides, added < delisted < everything else <
-- listed < deleted, and only then ms.
-- Sort key: the item (and its SKU); items are few and live long, so there is no day in it and no partition, and no TTL.
-- item_changes_state: a row per item, second, field and business event, so copies and re-publications fall together.
-- Sort key: the item, then time, because the log is read per item. Partitions: months. Retention: as the typed tables; at
-- is a DateTime64, since a DateTime plus the days of retention may pass its end in 2106 and begin anew.

CREATE TABLE IF NOT EXISTS juliu_store.items_state{{local}} {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id',
    seller_nick AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '卖家昵称 — nick of the seller, last known; source: item_events.seller_nick',
    title AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '商品标题 — title, last known; source: item_events.title',
    price AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '价格 — price, last known, of whatever SKU; unit: CNY yuan; source: item_events.price',
    stock AggregateFunction(argMax, Nullable(Int64), UInt128) COMMENT '库存 — stock of all SKUs, last known; unit: pieces; source: item_events.num',
    status AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '商品状态 — status as sent, last known; source: item_events.status',
    on_shelf AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否在架 — on the shelves; source: item_events.event',
    deleted AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否已删除 — deleted; source: item_events.event',
    punished AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否受处罚 — under a verdict of the platform; source: item_events.event',
    recommended AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否橱窗推荐 — recommended in the shop window; source: item_events.event',
    audit_passed AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '审核是否通过 — result of the last audit; source: item_events.audit_result',
    last_event AggregateFunction(argMax, String, UInt128) COMMENT '最近事件 — event of the last message; source: item_events.event',
    first_seen_at SimpleAggregateFunction(min, DateTime('Asia/Shanghai')) COMMENT '首次消息时间 — first message; UTC+8; source: item_events.publish_time',
    last_change_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最近变更时间 — last message; UTC+8; source: item_events.publish_time',
    added_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '新增时间 — when it was added; UTC+8; source: item_events.publish_time',
    edited_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '最近编辑时间 — last edit; UTC+8; source: item_events.publish_time',
    punished_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '最近处罚时间 — last verdict of the platform; UTC+8; source: item_events.publish_time',
    sold_out_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '最近卖空时间 — when it was sold out last; UTC+8; source: item_events.publish_time'
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
ORDER BY num_iid
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '商品状态 — states of items; ask juliu.items';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.items_state {{on_cluster}} AS juliu_store.items_state_local
ENGINE = Distributed({{cluster}}, juliu_store, items_state_local, cityHash64(num_iid))
COMMENT '商品状态 — states of items; ask juliu.items';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.items_state_writer {{on_cluster}} TO juliu_store.items_state
AS
WITH
    toDateTime(publish_time) AS second,
    multiIf(
        event = 'added', 5,
        event IN ('delisted', 'punished_delisted'), 10,
        event = 'listed', 30,
        event IN ('deleted', 'punished_deleted'), 40,
        20
    ) AS rank,
    bitShiftLeft(toUInt128(toUnixTimestamp(second)), 96) + bitShiftLeft(toUInt128(rank), 90)
        + bitShiftLeft(toUInt128(toMillisecond(publish_time)), 80)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 1099511627775)), 40)
        + bitAnd(bitShiftRight(version, 24), 1099511627775) AS message_order,
    startsWith(event, 'punished') AS by_platform
SELECT
    assumeNotNull(item_events.num_iid) AS num_iid,
    max(item_events.seller_id) AS seller_id,
    argMaxState(item_events.seller_nick, message_order) AS seller_nick,
    argMaxState(item_events.title, message_order) AS title,
    argMaxState(item_events.price, message_order) AS price,
    argMaxState(if(event = 'sold_out', ifNull(num, 0), num), message_order) AS stock,
    argMaxState(item_events.status, message_order) AS status,
    argMaxState(CAST(multiIf(
        event = 'listed', true,
        event IN ('delisted', 'punished_delisted', 'deleted', 'punished_deleted'), false,
        NULL
    ), 'Nullable(Bool)'), message_order) AS on_shelf,
    argMaxState(CAST(multiIf(
        event IN ('deleted', 'punished_deleted'), true,
        event IN ('added', 'listed'), false,
        NULL
    ), 'Nullable(Bool)'), message_order) AS deleted,
    argMaxState(CAST(multiIf(by_platform, true, event IN ('added', 'listed'), false, NULL), 'Nullable(Bool)'), message_order) AS punished,
    argMaxState(CAST(multiIf(event = 'recommended', true, event = 'unrecommended', false, NULL), 'Nullable(Bool)'), message_order) AS recommended,
    argMaxState(audit_result, message_order) AS audit_passed,
    argMaxState(toString(event), message_order) AS last_event,
    min(second) AS first_seen_at,
    max(second) AS last_change_at,
    min(if(event = 'added', second, NULL)) AS added_at,
    max(if(event = 'updated', second, NULL)) AS edited_at,
    max(if(by_platform, second, NULL)) AS punished_at,
    max(if(event = 'sold_out', second, NULL)) AS sold_out_at
FROM juliu_store.item_events{{local}} AS item_events
WHERE item_events.num_iid IS NOT NULL
GROUP BY num_iid
COMMENT '商品状态写入 — brings each inserted item message to items_state';

CREATE TABLE IF NOT EXISTS juliu_store.item_skus_state{{local}} {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    sku_id Int64 COMMENT 'SKU 编号 — id of the SKU; source: item_events.sku_id',
    stock AggregateFunction(argMax, Nullable(Int64), UInt128) COMMENT 'SKU 库存 — stock of the SKU, last known; unit: pieces; source: item_events.sku_num',
    price AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '价格 — price, last known, in messages about the SKU; unit: CNY yuan; source: item_events.price'
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
ORDER BY (num_iid, sku_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT 'SKU 状态 — states of SKUs; ask juliu.items';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.item_skus_state {{on_cluster}} AS juliu_store.item_skus_state_local
ENGINE = Distributed({{cluster}}, juliu_store, item_skus_state_local, cityHash64(num_iid))
COMMENT 'SKU 状态 — states of SKUs; ask juliu.items';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.item_skus_state_writer {{on_cluster}} TO juliu_store.item_skus_state
AS
WITH
    bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time))), 96)
        + bitShiftLeft(toUInt128(toMillisecond(publish_time)), 80)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 1099511627775)), 40)
        + bitAnd(bitShiftRight(version, 24), 1099511627775) AS message_order
SELECT
    assumeNotNull(item_events.num_iid) AS num_iid,
    assumeNotNull(item_events.sku_id) AS sku_id,
    argMaxState(if(event = 'sku_sold_out', ifNull(sku_num, 0), sku_num), message_order) AS stock,
    argMaxState(item_events.price, message_order) AS price
FROM juliu_store.item_events{{local}} AS item_events
WHERE item_events.num_iid IS NOT NULL AND item_events.sku_id IS NOT NULL
GROUP BY num_iid, sku_id
COMMENT 'SKU 状态写入 — brings each inserted item message to item_skus_state';

CREATE OR REPLACE VIEW juliu.items {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller, last known; source: item_events.seller_nick',
    title Nullable(String) COMMENT '商品标题 — title, last known from messages, else imported; source: item_events.title, item_dimensions.title',
    category Nullable(String) COMMENT '商品类目 — category, NULL when not imported; source: item_dimensions.category',
    cost Nullable(Decimal(18, 2)) COMMENT '成本价 — cost of one piece, NULL when not imported; unit: CNY yuan; source: item_dimensions.cost',
    price Nullable(Decimal(18, 2)) COMMENT '价格 — price, last known, of whatever SKU; unit: CNY yuan; source: item_events.price',
    stock Nullable(Int64) COMMENT '库存 — stock of all SKUs, last known; unit: pieces; source: item_events.num, 0 at ItemZeroStock',
    sku_stock Array(Tuple(sku_id Int64, stock Nullable(Int64), price Nullable(Decimal(18, 2)))) COMMENT 'SKU 库存 — SKUs seen with their stock (pieces) and price (CNY yuan), last known, by sku_id; source: item_events.sku_num, price',
    status Nullable(String) COMMENT '商品状态 — status as sent, last known, its values are not documented; source: item_events.status',
    on_shelf Nullable(Bool) COMMENT '是否在架 — on the shelves; NULL = neither seen put on nor taken off; source: events listed, delisted, deleted and those of the platform',
    deleted Bool COMMENT '是否已删除 — deleted, by the seller or the platform, and not listed again since; source: events deleted, punished_deleted',
    punished Bool COMMENT '是否受处罚 — the platform took it down, moved or deleted it and it was not listed again since; source: events punished_*',
    recommended Nullable(Bool) COMMENT '是否橱窗推荐 — recommended in the shop window; NULL = unknown; source: events recommended, unrecommended',
    audit_passed Nullable(Bool) COMMENT '审核是否通过 — result of the last audit; NULL = none seen; source: item_events.audit_result',
    last_event String COMMENT '最近事件 — event of the last message; source: item_events.event',
    last_change_at DateTime('Asia/Shanghai') COMMENT '最近变更时间 — last message; UTC+8; source: item_events.publish_time',
    first_seen_at DateTime('Asia/Shanghai') COMMENT '首次消息时间 — first message; UTC+8; source: item_events.publish_time',
    added_at Nullable(DateTime('Asia/Shanghai')) COMMENT '新增时间 — when it was added; NULL = before the subscription; UTC+8; source: event added',
    edited_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近编辑时间 — last edit; UTC+8; source: event updated',
    punished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近处罚时间 — last verdict of the platform, also when it is over; UTC+8; source: events punished_*',
    sold_out_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近卖空时间 — when it was sold out last; UTC+8; source: event sold_out'
)
{{view_security}}
AS SELECT
    states.num_iid AS num_iid,
    max(states.seller_id) AS seller_id,
    argMaxMerge(states.seller_nick) AS seller_nick,
    coalesce(argMaxMerge(states.title), any(dimensions.title)) AS title,
    any(dimensions.category) AS category,
    any(dimensions.cost) AS cost,
    argMaxMerge(states.price) AS price,
    argMaxMerge(states.stock) AS stock,
    any(skus.sku_stock) AS sku_stock,
    argMaxMerge(states.status) AS status,
    argMaxMerge(states.on_shelf) AS on_shelf,
    ifNull(argMaxMerge(states.deleted), false) AS deleted,
    ifNull(argMaxMerge(states.punished), false) AS punished,
    argMaxMerge(states.recommended) AS recommended,
    argMaxMerge(states.audit_passed) AS audit_passed,
    argMaxMerge(states.last_event) AS last_event,
    max(states.last_change_at) AS last_change_at,
    min(states.first_seen_at) AS first_seen_at,
    min(states.added_at) AS added_at,
    max(states.edited_at) AS edited_at,
    max(states.punished_at) AS punished_at,
    max(states.sold_out_at) AS sold_out_at
FROM juliu_store.items_state AS states
LEFT JOIN
(
    SELECT num_iid, arraySort(groupArray((sku_id, sku_last_stock, sku_last_price))) AS sku_stock
    FROM
    (
        SELECT num_iid, sku_id, argMaxMerge(stock) AS sku_last_stock, argMaxMerge(price) AS sku_last_price
        FROM juliu_store.item_skus_state
        GROUP BY num_iid, sku_id
    )
    GROUP BY num_iid
) AS skus ON skus.num_iid = states.num_iid
LEFT JOIN juliu.item_dimensions AS dimensions ON dimensions.num_iid = states.num_iid
GROUP BY states.num_iid
COMMENT '商品 — one row per item: its state by the messages so far';

CREATE TABLE IF NOT EXISTS juliu_store.item_changes_state{{local}} {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    at DateTime64(0, 'Asia/Shanghai') COMMENT '变更时间 — second of the message; UTC+8; source: item_events.publish_time',
    field LowCardinality(String) COMMENT '变更字段 — what changed; source: item_events.changed_fields, event and values',
    event LowCardinality(String) COMMENT '事件 — event that says so; source: item_events.event',
    business_key String COMMENT '业务键 — business event that says so; source: item_events.business_key' CODEC(ZSTD(1)),
    sku_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT 'SKU 编号 — SKU the message is about; source: item_events.sku_id',
    basis SimpleAggregateFunction(min, String) COMMENT '依据 — event, named or value, see juliu.item_changes; source: item_events',
    new_value SimpleAggregateFunction(max, Nullable(String)) COMMENT '新值 — value after the change; NULL = the message does not carry it; source: item_events',
    published_at SimpleAggregateFunction(max, DateTime64(3, 'Asia/Shanghai')) COMMENT '发布时间 — publication in ms; UTC+8; source: item_events.publish_time',
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id'
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(at)
ORDER BY (num_iid, at, field, event, business_key)
{{ttl.typed at}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '商品变更状态 — states of the log of changes; ask juliu.item_changes';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.item_changes_state {{on_cluster}} AS juliu_store.item_changes_state_local
ENGINE = Distributed({{cluster}}, juliu_store, item_changes_state_local, cityHash64(num_iid))
COMMENT '商品变更状态 — states of the log of changes; ask juliu.item_changes';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.item_changes_state_writer {{on_cluster}} TO juliu_store.item_changes_state
AS
WITH
    if(event = 'sold_out', ifNull(num, 0), num) AS stock,
    if(event = 'sku_sold_out', ifNull(sku_num, 0), sku_num) AS sku_stock,
    -- Values the message carries, whether it says that they changed or not.
    arrayFilter(value -> value.2 IS NOT NULL, [
        ('price', toDecimalString(price, 2)),
        ('num', toString(stock)),
        ('sku_num', toString(sku_stock)),
        ('title', title)
    ]) AS carried,
    arrayMap(value -> (value.1, if(has(changed_fields, value.1), 'named', 'value'), value.2), carried) AS by_value,
    arrayMap(
        name -> (name, 'named', if(name = 'approve_status', status, NULL)),
        arrayFilter(name -> NOT has(carried.1, name), changed_fields)
    ) AS by_name,
    multiIf(
        event IN ('updated', 'distribution_edited'), if(empty(changed_fields), [('unspecified', 'named', CAST(NULL, 'Nullable(String)'))], []),
        event = 'added', [('added', 'event', 'true')],
        event = 'listed', [('shelf', 'event', 'on')],
        event = 'delisted', [('shelf', 'event', 'off')],
        event = 'punished_delisted', [('shelf', 'event', 'off'), ('punished', 'event', 'delisted')],
        event = 'deleted', [('deleted', 'event', 'true')],
        event = 'punished_deleted', [('deleted', 'event', 'true'), ('punished', 'event', 'deleted')],
        event = 'punished_cc', [('punished', 'event', 'cc')],
        event = 'audited', [('audit', 'event', multiIf(audit_result, 'passed', audit_result IS NULL, NULL, 'failed'))],
        event = 'recommended', [('recommended', 'event', 'on')],
        event = 'unrecommended', [('recommended', 'event', 'off')],
        []
    ) AS by_event,
    arrayConcat(by_value, by_name, by_event) AS known
SELECT
    assumeNotNull(item_events.num_iid) AS num_iid,
    toDateTime64(toDateTime(item_events.publish_time), 0, 'Asia/Shanghai') AS at,
    change.1 AS field,
    item_events.event AS event,
    item_events.business_key AS business_key,
    item_events.sku_id AS sku_id,
    change.2 AS basis,
    change.3 AS new_value,
    item_events.publish_time AS published_at,
    item_events.seller_id AS seller_id
FROM juliu_store.item_events{{local}} AS item_events
ARRAY JOIN if(empty(known), [(toString(event), 'event', CAST(NULL, 'Nullable(String)'))], known) AS change
WHERE item_events.num_iid IS NOT NULL
COMMENT '商品变更状态写入 — brings each inserted item message to item_changes_state';

CREATE OR REPLACE VIEW juliu.item_changes {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    at DateTime('Asia/Shanghai') COMMENT '变更时间 — when it changed, to the second; UTC+8; source: item_events.publish_time',
    event LowCardinality(String) COMMENT '事件 — event that says so; source: item_events.event',
    field LowCardinality(String) COMMENT '变更字段 — a name the platform sent in changed_fields; or price, num (stock), sku_num (stock of sku_id), title when a value differs from the one before; or shelf, deleted, punished, audit, added, recommended; unspecified = an edit that names no field; else the event itself',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — SKU the message is about, NULL = none; source: item_events.sku_id',
    basis String COMMENT '依据 — named = the platform says that the field changed; value = the value differs from the last known one; event = the message says it by its topic',
    old_value Nullable(String) COMMENT '旧值 — last value known before (of price and sku_num: of this SKU); NULL = none known; source: earlier messages',
    new_value Nullable(String) COMMENT '新值 — value after the change; NULL = the message does not carry it; shelf: on or off; punished: delisted, deleted or cc; audit: passed or failed; prices in CNY yuan, stock in pieces',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id',
    business_key String COMMENT '业务键 — business event that says so; rows of one message share it; source: item_events.business_key'
)
{{view_security}}
AS SELECT num_iid, at, event, field, sku_id, basis, old_value, new_value, seller_id, business_key
FROM
(
    SELECT
        *,
        anyLast(new_value) OVER
        (
            PARTITION BY num_iid, field, if(field IN ('price', 'sku_num'), sku_id, NULL)
            ORDER BY at, rank, published_at, business_key
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS old_value
    FROM
    (
        SELECT
            num_iid,
            toDateTime(min(states.at)) AS at,
            event,
            field,
            max(states.sku_id) AS sku_id,
            min(states.basis) AS basis,
            max(states.new_value) AS new_value,
            max(states.published_at) AS published_at,
            max(states.seller_id) AS seller_id,
            business_key,
            multiIf(
                event = 'added', 5,
                event IN ('delisted', 'punished_delisted'), 10,
                event = 'listed', 30,
                event IN ('deleted', 'punished_deleted'), 40,
                20
            ) AS rank
        FROM juliu_store.item_changes_state AS states
        GROUP BY num_iid, event, field, business_key
    )
)
WHERE basis != 'value' OR old_value IS NULL OR old_value != new_value
COMMENT '商品变更 — one row per item, field and business event: what changed, when, from what to what';
