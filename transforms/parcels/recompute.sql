-- The parcels {keys}, whose first event known lies in {days}, with the milestones of its order.
WITH
    wanted AS ({keys}),
    trades AS
    (
        SELECT *
        FROM juliu_store.order_facts
        WHERE tid IN (SELECT tid FROM wanted)
    ),
    coalesce(path.picked_up_at, path.first_moved_at) AS got_at
SELECT
    path.day AS day,
    path.tid AS tid,
    path.out_sid AS out_sid,
    coalesce(path.seller_id, trade.seller_id) AS seller_id,
    coalesce(path.seller_nick, trade.seller_nick) AS seller_nick,
    path.carrier AS carrier,
    path.created_at AS created_at,
    path.consigned_at AS consigned_at,
    path.picked_up_at AS picked_up_at,
    path.first_moved_at AS first_moved_at,
    path.got_inferred AS got_inferred,
    path.destination_city_at AS destination_city_at,
    path.out_for_delivery_at AS out_for_delivery_at,
    path.last_out_for_delivery_at AS last_out_for_delivery_at,
    path.signed_at AS signed_at,
    path.failed_at AS failed_at,
    path.refused_at AS refused_at,
    path.returned_at AS returned_at,
    path.lost_at AS lost_at,
    path.first_event_at AS first_event_at,
    path.last_event_at AS last_event_at,
    path.last_stage AS last_stage,
    path.last_place AS last_place,
    path.first_seen_midlife AS first_seen_midlife,
    path.traces AS traces,
    path.attempts AS attempts,
    path.scan_days_before_sign AS scan_days_before_sign,
    path.failed_before_sign AS failed_before_sign,
    path.carrier_event_after_consign_at AS carrier_event_after_consign_at,
    path.origin_city AS origin_city,
    path.destination_city AS destination_city,
    path.origin_province AS origin_province,
    path.destination_province AS destination_province,
    path.lane AS lane,
    path.max_gap_seconds AS max_gap_seconds,
    path.hops AS hops,
    path.segments AS segments,
    path.event_ats AS event_ats,
    path.event_stages AS event_stages,
    (trade.tid != 0)::Bool AS order_known,
    trade.first_seen_midlife AS order_first_seen_midlife,
    trade.paid_at AS paid_at,
    trade.created_at AS order_created_at,
    trade.shipped_at AS order_shipped_at,
    trade.finished_at AS order_finished_at,
    trade.closed_at AS order_closed_at,
    trade.left_at AS left_at,
    trade.presale AS presale,
    ifNull(trade.trade_type, '') AS trade_type,
    trade.num_iids AS num_iids,
    trade.promised_at AS promised_at,
    ifNull(trade.send_type, '') AS send_type,
    ifNull(trade.province, '') AS receiver_province,
    ifNull(path.consigned_at < trade.paid_at, 0)
        + ifNull(got_at < path.consigned_at, 0)
        + ifNull(got_at < trade.paid_at, 0)
        + ifNull(path.destination_city_at < got_at, 0)
        + ifNull(path.out_for_delivery_at < got_at, 0)
        + ifNull(path.signed_at < path.out_for_delivery_at, 0)
        + ifNull(path.signed_at < got_at, 0) AS negative_intervals
FROM juliu_store.parcel_paths AS path
LEFT ANY JOIN trades AS trade ON trade.tid = path.tid
WHERE (path.tid, path.out_sid) IN wanted
    AND path.day IN {days}
    AND (path.tid, path.out_sid) NOT IN (SELECT tid, out_sid FROM juliu_store.parcel_facts WHERE day < {oldest})
