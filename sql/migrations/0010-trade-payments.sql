-- juliu.trade_payments: what was paid for each trade (订单实付), one row per tid.
--
-- The payment of a trade message is the amount of one order line or of the whole trade. The message does not say which,
-- and there is a message per line, so adding payments up counts a trade once per line. This view decides per trade.
--
-- Words. A line message has an oid other than its tid; a trade-wide message has none, or oid = tid. The latest payment
-- of a line (or of the trade as a whole) is that of its message with the greatest (publish_time, event_id). Messages
-- without a payment say nothing. A moment is ten seconds of one topic of one trade: the platform publishes the messages
-- of all lines together, while a fee changed between two messages would make totals look like amounts of lines.
--
-- 1. Evidence, within one moment:
--    a. the latest payments of the lines differ                          -> line
--    b. a trade-wide payment equals each line's                          -> trade
--    c. a trade-wide payment equals the sum of the lines'                -> line
--    d. only trade-wide messages                                         -> trade, weakly: nothing is said about lines
--    e. anything else: equal payments on two or more lines and no trade-wide message, a single line, a trade-wide
--       payment that fits neither                                        -> unknown
-- 2. Scope of the trade: the strongest evidence of its moments; line (a, c) before trade (b) before trade (d) before
--    unknown.
-- 3. amount:
--    line     the sum over the lines of their latest payments in the topics with evidence for line: another topic may
--             repeat the total of the trade with each line;
--    trade    one value, never a sum: by (b) the latest payment of any message, by (d) the latest trade-wide payment;
--    unknown  one value, never a sum: the latest trade-wide payment if there is one, else the latest of any line. For
--             equal lines that is a lower bound of what was paid.
--
-- No storage: a view over trade_events, so it follows every message and its order does not matter. A condition on tid
-- reaches the skip index of trade_events.

CREATE OR REPLACE VIEW juliu.trade_payments {{on_cluster}}
(
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade (order), never NULL here; source: trade_events.tid',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; source: derived from trade_events.payment',
    amount Decimal(38, 2) COMMENT '实付金额 — paid for the trade; with scope unknown one payment, a lower bound; unit: CNY yuan; source: derived from trade_events.payment',
    lines UInt64 COMMENT '子订单数 — order lines seen with a payment; 0 = only trade-wide messages; source: derived from trade_events.oid'
)
{{view_security}}
AS
WITH
    -- The latest payment of each line (line 0 = trade-wide) in each moment.
    by_moment_line AS
    (
        SELECT
            tid,
            topic,
            toStartOfInterval(publish_time, INTERVAL 10 SECOND) AS moment,
            if(oid IS NULL OR oid = tid, 0, oid) AS line,
            argMax(payment, (publish_time, event_id)) AS line_payment,
            max((publish_time, event_id)) AS line_at
        FROM juliu.trade_events
        WHERE tid IS NOT NULL AND payment IS NOT NULL
        GROUP BY tid, topic, moment, line
    ),
    -- 3 = line, 2 = trade, 1 = trade by trade-wide messages alone, 0 = unknown.
    by_moment AS
    (
        SELECT
            tid,
            topic,
            countIf(line != 0) AS moment_lines,
            uniqExactIf(line_payment, line != 0) AS different,
            maxIf(line_payment, line != 0) AS highest,
            sumIf(line_payment, line != 0) AS total,
            countIf(line = 0) > 0 AS has_whole,
            maxIf(line_payment, line = 0) AS whole,
            multiIf(
                moment_lines = 0, 1,
                different > 1, 3,
                has_whole AND whole = highest, 2,
                has_whole AND whole = total, 3,
                0
            ) AS evidence,
            groupArray((line, line_payment, line_at)) AS entries
        FROM by_moment_line
        GROUP BY tid, topic, moment
    ),
    by_topic AS
    (
        SELECT
            tid,
            max(evidence) AS topic_evidence,
            groupArrayArray(entries) AS topic_entries
        FROM by_moment
        GROUP BY tid, topic
    ),
    -- The latest payment of each line over all topics, and over those that speak of lines.
    by_line AS
    (
        SELECT
            tid,
            entry.1 AS trade_line,
            max(topic_evidence) AS line_evidence,
            argMax(entry.2, entry.3) AS latest,
            max(entry.3) AS latest_at,
            argMaxIf(entry.2, entry.3, topic_evidence = 3) AS latest_of_line
        FROM by_topic
        ARRAY JOIN topic_entries AS entry
        GROUP BY tid, trade_line
    )
SELECT
    tid,
    multiIf(max(line_evidence) = 3, 'line', max(line_evidence) = 0, 'unknown', 'trade') AS payment_scope,
    multiIf(
        max(line_evidence) = 3, sumIf(latest_of_line, trade_line != 0 AND line_evidence = 3),
        max(line_evidence) != 2 AND countIf(trade_line = 0) > 0, maxIf(latest, trade_line = 0),
        argMax(latest, latest_at)
    ) AS amount,
    countIf(trade_line != 0) AS lines
FROM by_line
GROUP BY tid
COMMENT '订单实付 — what was paid per trade, one row per tid, by a written rule (see the migration)';
