-- purchase_facts of those of the purchase orders {keys} whose first day is in {days}, from the states: what juliu.purchase_orders says,
-- reading only these orders, their lines and the refunds of those.
WITH
    orders AS
    (
        SELECT model, purchase_id
        FROM juliu_store.purchases_state
        WHERE purchase_id IN ({keys})
        GROUP BY model, purchase_id
        HAVING min(day) IN {days}
    ),
    lines AS
    (
        SELECT state.sub_order_id AS sub_order_id, max(state.purchase_id) AS purchase_id, max(state.model) AS model
        FROM juliu_store.purchase_lines_state AS state
        WHERE state.sub_order_id IN
            (SELECT sub_order_id FROM juliu_store.purchase_lines_state WHERE purchase_id IN (SELECT purchase_id FROM orders))
        GROUP BY state.sub_order_id
    ),
    reverses AS
    (
        SELECT DISTINCT refund_key FROM juliu_store.purchase_refunds_state
        WHERE kind = 'reverse' AND purchase_id IN (SELECT purchase_id FROM orders)
    ),
    refund_rows AS
    (
        SELECT
            if(refund.kind = 'reverse', 'jzfx', line.model) AS model,
            if(refund.kind = 'reverse', refund.purchase_id, line.purchase_id) AS purchase_id,
            refund.refund_key AS refund_key,
            refund.fee AS fee,
            refund.status AS status,
            refund.tc_order_id AS tc_order_id,
            refund.created_at AS created_at,
            refund.succeeded_at AS succeeded_at,
            refund.closed_at AS closed_at
        FROM
        (
            SELECT
                state.kind AS kind,
                state.refund_key AS refund_key,
                max(state.purchase_id) AS purchase_id,
                argMaxMerge(state.fee) AS fee,
                argMaxMerge(state.status) AS status,
                max(state.tc_order_id) AS tc_order_id,
                min(state.created_at) AS created_at,
                min(state.succeeded_at) AS succeeded_at,
                min(state.closed_at) AS closed_at
            FROM juliu_store.purchase_refunds_state AS state
            WHERE (state.kind = 'line' AND state.refund_key IN (SELECT sub_order_id FROM lines))
                OR (state.kind = 'reverse' AND state.refund_key IN (SELECT refund_key FROM reverses))
            GROUP BY state.kind, state.refund_key
        ) AS refund
        LEFT JOIN lines AS line ON refund.kind = 'line' AND line.sub_order_id = refund.refund_key
    )
SELECT
    known.anchor AS day,
    known.model AS model,
    known.purchase_id AS purchase_id,
    known.seller_id AS seller_id,
    known.seller_nick AS seller_nick,
    known.distributor AS distributor,
    known.supplier AS supplier,
    coalesce(known.tc_order_id, refund.tc_order_id) AS tc_order_id,
    known.trade_type AS trade_type,
    known.amount AS amount,
    known.adjust_fee AS adjust_fee,
    known.post_fee AS post_fee,
    known.status AS status,
    known.logistics_company AS logistics_company,
    known.logistics_id AS logistics_id,
    known.created_at AS created_at,
    known.paid_at AS paid_at,
    known.shipped_at AS shipped_at,
    known.finished_at AS finished_at,
    known.settled_at AS settled_at,
    known.closed_at AS closed_at,
    toUInt32(refund.refunds) AS refunds,
    toUInt32(refund.refunds_succeeded) AS refunds_succeeded,
    refund.refund_status AS refund_status,
    refund.refund_fee AS refund_fee,
    refund.refunded AS refunded,
    refund.refund_created_at AS refund_created_at,
    refund.refund_succeeded_at AS refund_succeeded_at,
    refund.refund_steps AS refund_steps,
    (known.created_at IS NULL)::Bool AS first_seen_midlife,
    known.last_message_at AS last_message_at
FROM
(
    SELECT
        min(state.day) AS anchor,
        state.model AS model,
        state.purchase_id AS purchase_id,
        max(state.seller_id) AS seller_id,
        max(state.seller_nick) AS seller_nick,
        max(state.distributor) AS distributor,
        max(state.supplier) AS supplier,
        max(state.tc_order_id) AS tc_order_id,
        argMaxMerge(state.trade_type) AS trade_type,
        argMaxMerge(state.amount) AS amount,
        argMaxMerge(state.adjust_fee) AS adjust_fee,
        argMaxMerge(state.post_fee) AS post_fee,
        argMaxMerge(state.status) AS status,
        argMaxMerge(state.logistics_company) AS logistics_company,
        argMaxMerge(state.logistics_id) AS logistics_id,
        min(state.created_at) AS created_at,
        min(state.paid_at) AS paid_at,
        min(state.shipped_at) AS shipped_at,
        min(state.finished_at) AS finished_at,
        min(state.settled_at) AS settled_at,
        min(state.closed_at) AS closed_at,
        max(state.last_message_at) AS last_message_at
    FROM juliu_store.purchases_state AS state
    WHERE (state.model, state.purchase_id) IN (SELECT model, purchase_id FROM orders)
    GROUP BY state.model, state.purchase_id
) AS known
LEFT JOIN
(
    SELECT
        model,
        purchase_id,
        count() AS refunds,
        countIf(succeeded_at IS NOT NULL) AS refunds_succeeded,
        argMax(status, (ifNull(created_at, toDateTime(0, 'Asia/Shanghai')), refund_key)) AS refund_status,
        sumIf(ifNull(fee, 0), closed_at IS NULL OR succeeded_at IS NOT NULL) AS refund_fee,
        sumIf(ifNull(fee, 0), succeeded_at IS NOT NULL) AS refunded,
        max(tc_order_id) AS tc_order_id,
        arraySort(groupArrayIf((assumeNotNull(succeeded_at), toDecimal64(ifNull(fee, 0), 2)), succeeded_at IS NOT NULL)) AS refund_steps,
        min(created_at) AS refund_created_at,
        min(succeeded_at) AS refund_succeeded_at
    FROM refund_rows
    WHERE purchase_id != ''
    GROUP BY model, purchase_id
) AS refund ON refund.model = known.model AND refund.purchase_id = known.purchase_id
WHERE known.anchor IN {days}
    AND (known.model, known.purchase_id) NOT IN (SELECT model, purchase_id FROM juliu_store.purchase_facts WHERE day < {oldest})
