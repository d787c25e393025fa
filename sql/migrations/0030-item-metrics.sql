-- Metrics of items: history of changes, stock that ran out, shelves, verdicts of the platform, edits that harmed.
--
-- Every formula stands in one view. What depends on the clock is x_at with asof: an instant later than asof has not
-- happened. Its twin x says the same as of now.

CREATE OR REPLACE VIEW juliu.item_history {{on_cluster}}
(
    at DateTime('Asia/Shanghai') COMMENT '变更时间 — when it changed, to the second; UTC+8; source: item_changes.at',
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_changes.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    event LowCardinality(String) COMMENT '事件 — event that says so; source: item_changes.event',
    field LowCardinality(String) COMMENT '变更字段 — what changed; source: item_changes.field',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — SKU the message is about; source: item_changes.sku_id',
    old_value Nullable(String) COMMENT '旧值 — last value known before; NULL = none known; source: item_changes.old_value',
    new_value Nullable(String) COMMENT '新值 — value after the change; NULL = the message does not carry it; source: item_changes.new_value'
)
{{view_security}}
AS SELECT
    change.at AS at,
    change.num_iid AS num_iid,
    item.title AS title,
    coalesce(change.seller_id, item.seller_id) AS seller_id,
    item.seller_nick AS seller_nick,
    change.event AS event,
    change.field AS field,
    change.sku_id AS sku_id,
    change.old_value AS old_value,
    change.new_value AS new_value
FROM juliu.item_changes AS change
LEFT JOIN juliu.items AS item ON item.num_iid = change.num_iid
COMMENT '商品变更历史 — the log of changes with the item’s name; one row per item, field and business event';

CREATE OR REPLACE VIEW juliu.zero_stock_events {{on_cluster}}
(
    sold_out_at DateTime('Asia/Shanghai') COMMENT '卖空时间 — when the stock reached 0; UTC+8; source: events sold_out, sku_sold_out',
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — SKU that is sold out; NULL = the whole item; source: item_events.sku_id',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    restocked_at Nullable(DateTime('Asia/Shanghai')) COMMENT '补货时间 — first message after it with stock above 0; NULL = none yet; UTC+8; source: item_events.num, sku_num',
    zero_seconds Nullable(Int64) COMMENT '缺货时长 — restocked_at − sold_out_at; NULL = still sold out; unit: seconds; source: derived'
)
{{view_security}}
AS SELECT
    stock.at AS sold_out_at,
    stock.num_iid AS num_iid,
    if(stock.field = 'sku_num', stock.sku_id, NULL) AS sku_id,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    stock.restocked_at AS restocked_at,
    dateDiff('second', stock.at, stock.restocked_at) AS zero_seconds
FROM
(
    SELECT
        *,
        min(if(toInt64OrNull(new_value) > 0, at, NULL)) OVER
        (
            PARTITION BY num_iid, field, if(field = 'sku_num', sku_id, NULL)
            ORDER BY at, published_at, business_key
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS restocked_at
    FROM
    (
        SELECT
            num_iid,
            event,
            field,
            business_key,
            toDateTime(min(states.at)) AS at,
            max(states.sku_id) AS sku_id,
            max(states.new_value) AS new_value,
            max(states.published_at) AS published_at
        FROM juliu_store.item_changes_state AS states
        WHERE field IN ('num', 'sku_num')
        GROUP BY num_iid, event, field, business_key
    )
) AS stock
LEFT JOIN juliu.items AS item ON item.num_iid = stock.num_iid
WHERE (stock.event = 'sold_out' AND stock.field = 'num') OR (stock.event = 'sku_sold_out' AND stock.field = 'sku_num')
COMMENT '商品卖空 — one row each time an item or one of its SKUs was sold out, and until when';

CREATE OR REPLACE VIEW juliu.shelf_events {{on_cluster}}
(
    at DateTime('Asia/Shanghai') COMMENT '时间 — when it went on or off the shelves; UTC+8; source: item_events.publish_time',
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    shelf String COMMENT '方向 — on (上架) or off (下架); source: item_events.event',
    by_platform Bool COMMENT '是否平台操作 — the platform took it off; source: event punished_delisted',
    part_of_edit Bool COMMENT '是否编辑所致 — an edit of the item within one second: an edit on line takes it off and puts it on again; leave such rows out to count real changes; source: event updated'
)
{{view_security}}
AS SELECT
    shelf.at AS at,
    shelf.num_iid AS num_iid,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    if(shelf.event = 'listed', 'on', 'off') AS shelf,
    (shelf.event = 'punished_delisted')::Bool AS by_platform,
    (shelf.event != 'punished_delisted' AND shelf.edits_near > 0)::Bool AS part_of_edit
FROM
(
    SELECT
        num_iid,
        event,
        business_key,
        at,
        countIf(event = 'updated') OVER
        (
            PARTITION BY num_iid ORDER BY toUnixTimestamp(at) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING
        ) AS edits_near
    FROM
    (
        SELECT num_iid, event, business_key, toDateTime(min(states.at)) AS at
        FROM juliu_store.item_changes_state AS states
        WHERE event IN ('listed', 'delisted', 'punished_delisted', 'updated')
        GROUP BY num_iid, event, business_key
    )
) AS shelf
LEFT JOIN juliu.items AS item ON item.num_iid = shelf.num_iid
WHERE shelf.event != 'updated'
COMMENT '商品上下架 — one row each time an item went on or off the shelves';

CREATE OR REPLACE VIEW juliu.punished_items {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    punished Bool COMMENT '是否仍受处罚 — not listed again since the last verdict; source: items.punished',
    verdicts UInt64 COMMENT '处罚次数 — verdicts of the platform, each counted once; source: events punished_*',
    last_verdict Nullable(String) COMMENT '最近处罚 — delisted, deleted or cc; source: events punished_*',
    first_verdict_at DateTime('Asia/Shanghai') COMMENT '首次处罚时间 — UTC+8; source: events punished_*',
    last_verdict_at DateTime('Asia/Shanghai') COMMENT '最近处罚时间 — UTC+8; source: events punished_*'
)
{{view_security}}
AS SELECT
    verdict.num_iid AS num_iid,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    item.punished AS punished,
    verdict.verdicts AS verdicts,
    verdict.last_verdict AS last_verdict,
    verdict.first_verdict_at AS first_verdict_at,
    verdict.last_verdict_at AS last_verdict_at
FROM
(
    SELECT
        num_iid,
        uniqExact(event, business_key) AS verdicts,
        argMax(new_value, (at, published_at, business_key)) AS last_verdict,
        toDateTime(min(at)) AS first_verdict_at,
        toDateTime(max(at)) AS last_verdict_at
    FROM juliu_store.item_changes_state
    WHERE field = 'punished'
    GROUP BY num_iid
) AS verdict
LEFT JOIN juliu.items AS item ON item.num_iid = verdict.num_iid
COMMENT '受处罚商品 — items the platform took down, moved or deleted at least once, one row each';

CREATE OR REPLACE VIEW juliu.items_after_edit_at {{on_cluster}} {{view_security}}
AS
WITH
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'jump_days')) AS jump_days,
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'jump_factor')) AS jump_factor,
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'jump_min')) AS jump_min,
    toUInt32(round(jump_days * 86400)) AS jump_seconds
SELECT
    edit.num_iid AS num_iid,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    edit.edited_at AS edited_at,
    edit.fields AS fields,
    least(toFloat64(dateDiff('second', edit.edited_at, toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}))) / 86400, jump_days) AS days_after,
    edit.reviews_before AS bad_reviews_before,
    edit.reviews_after AS bad_reviews_after,
    edit.refunds_before AS refunds_before,
    edit.refunds_after AS refunds_after,
    (edit.reviews_after >= jump_min AND edit.reviews_after >= jump_factor * edit.reviews_before)::Bool AS bad_reviews_jumped,
    (edit.refunds_after >= jump_min AND edit.refunds_after >= jump_factor * edit.refunds_before)::Bool AS refunds_jumped
FROM
(
    SELECT
        edits.num_iid AS num_iid,
        edits.edited_at AS edited_at,
        any(edits.fields) AS fields,
        countIf(trouble.what = 'review' AND trouble.at < edits.edited_at AND trouble.at >= edits.edited_at - jump_seconds) AS reviews_before,
        countIf(trouble.what = 'review' AND trouble.at >= edits.edited_at AND trouble.at < edits.edited_at + jump_seconds) AS reviews_after,
        countIf(trouble.what = 'refund' AND trouble.at < edits.edited_at AND trouble.at >= edits.edited_at - jump_seconds) AS refunds_before,
        countIf(trouble.what = 'refund' AND trouble.at >= edits.edited_at AND trouble.at < edits.edited_at + jump_seconds) AS refunds_after
    FROM
    (
        -- Editing an item with many SKUs publishes a message for each: updates less than a minute apart are one edit.
        SELECT num_iid, edit_number, min(at) AS edited_at, arraySort(groupUniqArray(toString(field))) AS fields
        FROM
        (
            SELECT *, sum(begins) OVER (PARTITION BY num_iid ORDER BY at, begins DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS edit_number
            FROM
            (
                SELECT
                    num_iid,
                    toDateTime(states.at) AS at,
                    field,
                    ifNull(at >= lagInFrame(toNullable(at)) OVER (PARTITION BY num_iid ORDER BY at, field ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) + 60, 1) AS begins
                FROM juliu_store.item_changes_state AS states
                WHERE event = 'updated' AND basis = 'named' AND states.at <= {asof:DateTime64(3, 'Asia/Shanghai')}
            )
        )
        GROUP BY num_iid, edit_number
    ) AS edits
    INNER JOIN
    (
        SELECT assumeNotNull(num_iid) AS num_iid, 'review' AS what, arrayJoin(arrayFilter(t -> t IS NOT NULL, [reviewed_at, followed_up_at])) AS at
        FROM juliu.reviews
        WHERE num_iid IS NOT NULL
        UNION ALL
        SELECT assumeNotNull(num_iid) AS num_iid, 'refund' AS what, created_at AS at
        FROM juliu_store.refund_facts
        WHERE num_iid IS NOT NULL AND created_at IS NOT NULL
    ) AS trouble ON trouble.num_iid = edits.num_iid
    WHERE trouble.at <= {asof:DateTime64(3, 'Asia/Shanghai')}
    GROUP BY num_iid, edited_at
) AS edit
LEFT JOIN juliu.items AS item ON item.num_iid = edit.num_iid
WHERE bad_reviews_jumped OR refunds_jumped
COMMENT '编辑后恶化商品 — items_after_edit with asof given: items whose bad reviews or refunds jumped after an edit';

CREATE OR REPLACE VIEW juliu.items_after_edit {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    edited_at DateTime('Asia/Shanghai') COMMENT '编辑时间 — first message of the edit; updates of an item less than a minute apart are one edit; UTC+8; source: event updated',
    fields Array(String) COMMENT '变更字段 — fields the edit named; unspecified = it named none; source: item_events.changed_fields',
    days_after Float64 COMMENT '编辑后天数 — days passed since the edit, at most jump_days of kpi_settings; fewer = the counts after may still grow; unit: days',
    bad_reviews_before UInt64 COMMENT '编辑前差评数 — reviews and follow-ups with a negative impression in the jump_days before the edit; source: reviews.reviewed_at, followed_up_at',
    bad_reviews_after UInt64 COMMENT '编辑后差评数 — the same in the jump_days from the edit on; source: reviews.reviewed_at, followed_up_at',
    refunds_before UInt64 COMMENT '编辑前退款数 — refunds of the item created in the jump_days before the edit; source: refund_facts.created_at, num_iid',
    refunds_after UInt64 COMMENT '编辑后退款数 — the same in the jump_days from the edit on; source: refund_facts.created_at, num_iid',
    bad_reviews_jumped Bool COMMENT '差评是否激增 — bad_reviews_after ≥ jump_min and ≥ jump_factor × bad_reviews_before, both of kpi_settings',
    refunds_jumped Bool COMMENT '退款是否激增 — refunds_after ≥ jump_min and ≥ jump_factor × refunds_before, both of kpi_settings'
)
{{view_security}}
AS SELECT * FROM juliu.items_after_edit_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '编辑后恶化商品 — edits after which an item’s bad reviews or refunds jumped, as of now, one row per edit';
