-- What customers complain about (负面关键词): by day, against the period before, and what is unusual.
--
-- What is counted are trades: a buyer who says it in ten order lines of one trade, in review and follow-up, in two
-- sentences, has complained once. A trade that names two items counts once for each of them.
-- Denominators are trades with a text that was read; default reviews (默认好评) and labels without a text are left out.
-- Where the numbers come from stands once, in juliu_store.review_mentions; which trades are compared with which, in
-- juliu_store.keyword_comparisons_at. What depends on the clock is x_at with asof; its twin x says the same as of now.

CREATE OR REPLACE VIEW juliu_store.review_mentions {{on_cluster}}
(
    reviewed_at DateTime('Asia/Shanghai') COMMENT '评价时间 — first known state of the text; UTC+8; source: review_readings.reviewed_at',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_readings.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_readings.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_readings.num_iid',
    tid Int64 COMMENT '交易编号 — id of the trade; source: review_readings.tid',
    keyword String COMMENT '负面关键词 — normalised phrase; empty = the text itself; source: review_readings.findings',
    dimension String COMMENT '维度 — dimension of the complaint; empty = the text itself; source: review_readings.findings',
    subdimension String COMMENT '二级维度 — second level; empty when none is known; source: review_readings.findings',
    clause String COMMENT '所在分句 — the clause that says it, personal data masked; source: review_readings.findings'
)
{{view_security}}
AS SELECT
    reading.reviewed_at AS reviewed_at,
    reading.seller_id AS seller_id,
    reading.seller_nick AS seller_nick,
    reading.num_iid AS num_iid,
    reading.tid AS tid,
    mention.1 AS keyword,
    mention.2 AS dimension,
    mention.3 AS subdimension,
    mention.4 AS clause
FROM juliu_store.review_readings AS reading
-- The first one, without a keyword, is the text itself: shares are of these.
ARRAY JOIN arrayPushFront(
    arrayMap(finding -> (finding.keyword, finding.dimension, finding.subdimension, finding.clause), reading.findings),
    ('', '', '', '')) AS mention
WHERE reading.skipped = ''
COMMENT '评价提及 — one row per text that was read (keyword empty) and one per complaint in it; storage only';

CREATE OR REPLACE VIEW juliu.negative_keywords_at {{on_cluster}} {{view_security}}
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t
SELECT
    counted.day AS day,
    counted.seller_id AS seller_id,
    counted.nick AS seller_nick,
    counted.num_iid AS num_iid,
    counted.dimension AS dimension,
    counted.subdimension AS subdimension,
    counted.keyword AS keyword,
    counted.trades AS reviews,
    counted.trades_of_item AS item_reviews,
    reviews / item_reviews AS item_share,
    counted.trades_of_seller AS seller_reviews,
    reviews / seller_reviews AS seller_share,
    known.first_at AS first_seen_at,
    known.last_at AS last_seen_at,
    if(known.least_tid = known.greatest_tid, [], counted.clauses) AS examples
FROM
(
    SELECT
        *,
        maxIf(trades, keyword = '') OVER (PARTITION BY day, seller_id, num_iid) AS trades_of_item,
        sumIf(trades, keyword = '') OVER (PARTITION BY day, seller_id) AS trades_of_seller
    FROM
    (
        SELECT
            toDate(reviewed_at) AS day,
            seller_id,
            num_iid,
            dimension,
            subdimension,
            keyword,
            max(seller_nick) AS nick,
            uniqExact(tid) AS trades,
            -- Short ones first, as long as they are more than the bare word. Of the same clause 16 copies are looked through.
            arrayMap(example -> substringUTF8(example.3, 1, 60), arraySlice(arrayDistinct(
                groupArraySorted(16)((lengthUTF8(clause) < 6, lengthUTF8(clause), clause))), 1, 3)) AS clauses
        FROM juliu_store.review_mentions
        WHERE reviewed_at <= t
            AND reviewed_at >= toDateTime({from:Date}, 'Asia/Shanghai')
            AND reviewed_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
        GROUP BY day, seller_id, num_iid, dimension, subdimension, keyword
    )
) AS counted
INNER JOIN
(
    SELECT
        ifNull(seller_id, 0) AS seller_key,
        ifNull(num_iid, 0) AS item_key,
        dimension,
        subdimension,
        keyword,
        min(reviewed_at) AS first_at,
        max(reviewed_at) AS last_at,
        min(tid) AS least_tid,
        max(tid) AS greatest_tid
    FROM juliu_store.review_mentions
    WHERE reviewed_at <= t AND keyword != ''
    GROUP BY seller_key, item_key, dimension, subdimension, keyword
) AS known
    ON known.seller_key = ifNull(counted.seller_id, 0) AND known.item_key = ifNull(counted.num_iid, 0)
    AND known.dimension = counted.dimension AND known.subdimension = counted.subdimension AND known.keyword = counted.keyword
WHERE counted.keyword != ''
SETTINGS join_use_nulls = 0
COMMENT '负面关键词 — the same as juliu.negative_keywords with asof given, for reviews of the days from … to';

CREATE OR REPLACE VIEW juliu.negative_keywords {{on_cluster}}
(
    day Date COMMENT '评价日期 — day of the review or follow-up; UTC+8; source: review_readings.reviewed_at',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; NULL when no message names it; source: review_events.num_iid',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall',
    subdimension String COMMENT '二级维度 — second level; empty when none is known',
    keyword String COMMENT '负面关键词 — normalised phrase',
    reviews UInt64 COMMENT '评价数 — reviews of the item that say so that day, each trade once however often it says it; unit: trades',
    item_reviews UInt64 COMMENT '商品评价数 — reviews of the item that day that were read, with or without a complaint; unit: trades',
    item_share Float64 COMMENT '商品占比 — reviews / item_reviews; 0 to 1',
    seller_reviews UInt64 COMMENT '店铺评价数 — item_reviews summed over the items of the seller; unit: trades',
    seller_share Float64 COMMENT '店铺占比 — reviews / seller_reviews, the part this item’s keyword has of the shop; adds up over items; 0 to 1',
    first_seen_at DateTime('Asia/Shanghai') COMMENT '首次出现时间 — first review of the item that says so, on whatever day; UTC+8',
    last_seen_at DateTime('Asia/Shanghai') COMMENT '最近出现时间 — last review of the item that says so; UTC+8',
    examples Array(String) COMMENT '示例 — at most three clauses of that day that say so, personal data masked; empty while only one trade has said it of the item'
)
{{view_security}}
AS SELECT day, seller_id, seller_nick, num_iid, dimension, subdimension, keyword, reviews, item_reviews, item_share, seller_reviews, seller_share, first_seen_at, last_seen_at, examples
FROM juliu.negative_keywords_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '负面关键词 — what reviews complain of, one row per day, item, dimension and keyword; add up days with care: a review and its follow-up are two days';

-- Pairs of groups of reviews, and how often each says a keyword. The period are the last keyword_days days before asof:
-- item_vs_shop      reviews of an item in the period, against those of the seller's other items
-- shop_vs_category  a seller's reviews in a category in the period, against those of other sellers in it; items without an
--                   imported category are one category, so that without any file a shop is compared with all shops
-- item_vs_before    reviews of an item in the period, against those of the period before
-- shop_vs_before    the same of all of the seller's reviews
--
-- main_item is the item that more than half of the texts are about.
--
-- Weighted log-odds with an informative Dirichlet prior (Monroe, Colaresi, Quinn 2008): each group is given 50 reviews
-- beforehand that say keywords as often as all reviews of all sellers in both periods do. A keyword that few say therefore
-- needs more than one or two reviews to stand out, and a group without any review of its own is compared with the usual.
--   log_odds = ln((y + a) / (n + 50 - y - a)) of the group - the same of the other; a = 50 × share in all reviews
--   z = log_odds / sqrt(1 / (y + a) + 1 / (y_other + a))
CREATE OR REPLACE VIEW juliu_store.keyword_comparisons_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t,
    (SELECT toInt64(value * 86400) FROM juliu.kpi_settings WHERE name = 'keyword_days') AS period_seconds,
    50 AS prior_reviews
SELECT
    comparison,
    seller_id,
    seller_nick,
    num_iid,
    main_item,
    category,
    keyword,
    dimension,
    subdimension,
    trades AS reviews,
    trades_in_all AS of_reviews,
    other AS other_reviews,
    other_in_all AS other_of_reviews,
    if(of_reviews = 0, NULL, reviews / of_reviews) AS share,
    if(other_of_reviews = 0, NULL, other_reviews / other_of_reviews) AS other_share,
    prior_reviews * said_by_all / (all_reviews + 1) AS prior,
    log((reviews + prior) / (of_reviews + prior_reviews - reviews - prior))
        - log((other_reviews + prior) / (other_of_reviews + prior_reviews - other_reviews - prior)) AS log_odds,
    log_odds / sqrt(1 / (reviews + prior) + 1 / (other_reviews + prior)) AS z
FROM
(
    SELECT
        *,
        endsWith(comparison, '_before') AS in_time,
        maxIf(trades, keyword = '') OVER (PARTITION BY scope_number, seller_id, num_iid, category_number) AS trades_in_all,
        maxIf(before, keyword = '') OVER (PARTITION BY scope_number, seller_id, num_iid, category_number) AS before_in_all,
        sum(trades) OVER (PARTITION BY scope_number, pool, category_number, word) AS pooled,
        sumIf(trades, keyword = '') OVER (PARTITION BY scope_number, pool, category_number) AS pooled_in_all,
        sumIf(before, keyword = '') OVER (PARTITION BY scope_number, seller_id) AS before_of_seller,
        sum(trades + before) OVER (PARTITION BY scope_number, word) AS said_by_all,
        sumIf(trades + before, keyword = '') OVER (PARTITION BY scope_number) AS all_reviews,
        if(in_time, before, pooled - trades) AS other,
        if(in_time, before_in_all, pooled_in_all - trades_in_all) AS other_in_all
    FROM
    (
        SELECT
            scope.1 AS comparison,
            -- Numbers, because sorting millions of rows by texts takes several times as long.
            cityHash64(comparison) AS scope_number,
            cityHash64(category) AS category_number,
            cityHash64(dimension, subdimension, keyword) AS word,
            if(comparison = 'item_vs_shop', mention.seller_id, NULL) AS pool,
            mention.seller_id AS seller_id,
            max(mention.seller_nick) AS seller_nick,
            scope.2 AS num_iid,
            scope.3 AS category,
            mention.keyword AS keyword,
            mention.dimension AS dimension,
            mention.subdimension AS subdimension,
            sumMapIf([assumeNotNull(mention.num_iid)], [1],
                startsWith(scope.1, 'shop') AND mention.num_iid IS NOT NULL AND mention.reviewed_at > t - period_seconds) AS texts,
            if(2 * arrayMax(texts.2) > arraySum(texts.2), texts.1[indexOf(texts.2, arrayMax(texts.2))], NULL) AS main_item,
            toInt64(uniqExactIf(mention.tid, mention.reviewed_at > t - period_seconds)) AS trades,
            toInt64(uniqExactIf(mention.tid, mention.reviewed_at <= t - period_seconds)) AS before
        FROM juliu_store.review_mentions AS mention
        LEFT JOIN juliu.item_dimensions AS item ON item.num_iid = mention.num_iid
        ARRAY JOIN
            [
                ('item_vs_shop', mention.num_iid, ''),
                ('shop_vs_category', NULL, ifNull(item.category, '')),
                ('item_vs_before', mention.num_iid, ''),
                ('shop_vs_before', NULL, '')
            ] AS scope
        WHERE mention.reviewed_at <= t AND mention.reviewed_at > t - 2 * period_seconds
            AND (scope.2 IS NOT NULL OR startsWith(scope.1, 'shop'))
        GROUP BY comparison, pool, seller_id, num_iid, category, keyword, dimension, subdimension
    )
)
-- With nobody to compare with there is nothing to say; an item without reviews in the period before is one that had none to
-- complain of, unless the whole shop was not seen then.
WHERE keyword != '' AND if(in_time, before_of_seller > 0, other_in_all > 0)
SETTINGS join_use_nulls = 0
COMMENT '关键词对比 — how often a group of reviews says a keyword, against another group; storage only';

CREATE OR REPLACE VIEW juliu.keyword_trend_at {{on_cluster}} {{view_security}}
AS SELECT
    seller_id,
    seller_nick,
    num_iid,
    dimension,
    subdimension,
    keyword,
    reviews,
    of_reviews,
    share,
    other_reviews AS reviews_before,
    other_of_reviews AS of_reviews_before,
    other_share AS share_before,
    reviews - reviews_before AS change,
    if(of_reviews = 0, NULL, z) AS z
FROM juliu_store.keyword_comparisons_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
WHERE endsWith(comparison, '_before')
COMMENT '关键词趋势 — the same as juliu.keyword_trend with asof given';

CREATE OR REPLACE VIEW juliu.keyword_trend {{on_cluster}}
(
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the item; NULL = all of the seller’s reviews',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall',
    subdimension String COMMENT '二级维度 — second level; empty when none is known',
    keyword String COMMENT '负面关键词 — normalised phrase',
    reviews Int64 COMMENT '本期评价数 — reviews that say so in the last keyword_days days (7 unless configured); unit: trades',
    of_reviews Int64 COMMENT '本期评价总数 — reviews that were read in that time; unit: trades',
    share Nullable(Float64) COMMENT '本期占比 — reviews / of_reviews; NULL without reviews; 0 to 1',
    reviews_before Int64 COMMENT '上期评价数 — reviews that said so in the keyword_days days before; unit: trades',
    of_reviews_before Int64 COMMENT '上期评价总数 — reviews that were read in that time; unit: trades',
    share_before Nullable(Float64) COMMENT '上期占比 — reviews_before / of_reviews_before; NULL without reviews; 0 to 1',
    change Int64 COMMENT '增减 — reviews − reviews_before; unit: trades',
    z Nullable(Float64) COMMENT '显著性 — how surely the share has grown, in standard deviations; below 0 it has shrunk; NULL without reviews in this period; see unusual_keywords'
)
{{view_security}}
AS SELECT seller_id, seller_nick, num_iid, dimension, subdimension, keyword, reviews, of_reviews, share, reviews_before, of_reviews_before, share_before, change, z
FROM juliu.keyword_trend_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '关键词趋势 — keywords of an item, and of a whole shop, in the last days against as many days before, as of now; only sellers with reviews in the days before';

CREATE OR REPLACE VIEW juliu.unusual_keywords_at {{on_cluster}} {{view_security}}
AS
WITH
    (SELECT value FROM juliu.kpi_settings WHERE name = 'keyword_min') AS least_reviews,
    (SELECT value FROM juliu.kpi_settings WHERE name = 'keyword_z') AS least_z,
    (
        SELECT CAST((groupArray(concat(dimension, '/', subdimension)), groupArray(action)), 'Map(String, String)')
        FROM juliu.keyword_actions
    ) AS actions
SELECT
    row_number() OVER (ORDER BY z DESC, reviews DESC, comparison, seller_id, num_iid, keyword, dimension, subdimension) AS position,
    comparison,
    seller_id,
    seller_nick,
    ifNull(num_iid, main_item) AS num_iid,
    category,
    dimension,
    subdimension,
    keyword,
    reviews,
    of_reviews,
    share,
    other_reviews,
    other_of_reviews,
    other_share,
    log_odds,
    z,
    if(actions[concat(dimension, '/', subdimension)] != '', actions[concat(dimension, '/', subdimension)],
        actions[concat(dimension, '/')]) AS action
FROM juliu_store.keyword_comparisons_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
WHERE reviews >= least_reviews AND z >= least_z
COMMENT '异常关键词 — the same as juliu.unusual_keywords with asof given';

CREATE OR REPLACE VIEW juliu.unusual_keywords {{on_cluster}}
(
    position UInt64 COMMENT '名次 — 1 = the most unusual of all',
    comparison String COMMENT '对比方式 — item_vs_shop (商品对全店), shop_vs_category (店铺对类目), item_vs_before (商品对上期) or shop_vs_before (店铺对上期)',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the item; when the comparison is about the shop, the item that more than half of the texts are about, NULL when there is none',
    category String COMMENT '类目 — category of shop_vs_category; empty = items without one, or another comparison; source: item_dimensions.category',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall',
    subdimension String COMMENT '二级维度 — second level; empty when none is known',
    keyword String COMMENT '负面关键词 — normalised phrase',
    reviews Int64 COMMENT '评价数 — reviews of the item or shop that say so in the last keyword_days days (7 unless configured), at least keyword_min; unit: trades',
    of_reviews Int64 COMMENT '评价总数 — its reviews that were read in that time; unit: trades',
    share Nullable(Float64) COMMENT '占比 — reviews / of_reviews; 0 to 1',
    other_reviews Int64 COMMENT '对比评价数 — reviews that say so among those it is compared with; unit: trades',
    other_of_reviews Int64 COMMENT '对比评价总数 — reviews it is compared with: the shop’s other items, other shops of the category, or the keyword_days days before; unit: trades',
    other_share Nullable(Float64) COMMENT '对比占比 — other_reviews / other_of_reviews; NULL without reviews; 0 to 1',
    log_odds Float64 COMMENT '对数优势比 — weighted log-odds of saying so, with an informative Dirichlet prior of 50 reviews; 0 = as often as the others',
    z Float64 COMMENT '显著性 — log_odds in standard deviations, at least keyword_z; rank by it',
    action String COMMENT '建议动作 — what to do; empty when the table of actions has none; source: keyword_actions'
)
{{view_security}}
AS SELECT position, comparison, seller_id, seller_nick, num_iid, category, dimension, subdimension, keyword, reviews, of_reviews, share, other_reviews, other_of_reviews, other_share, log_odds, z, action
FROM juliu.unusual_keywords_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '异常关键词 — what is complained of unusually often, as of now: item against shop, shop against category, both against the period before';

CREATE OR REPLACE VIEW juliu.label_agreement_at {{on_cluster}} {{view_security}}
AS SELECT
    label_dimension AS dimension,
    count() AS labelled,
    countIf(has(found, label_dimension)) AS agreed,
    agreed / labelled AS share,
    countIf(notEmpty(found) AND NOT has(found, label_dimension)) AS found_others,
    countIf(empty(found)) AS found_none
FROM
(
    SELECT
        arrayDistinct(arrayMap(finding -> finding.dimension, findings)) AS found,
        arrayDistinct(arrayMap(label -> label.dimension,
            arrayFilter(label -> label.dimension != '' AND label.polarity IN ('', '负面'), labels))) AS label_dimensions
    FROM juliu_store.review_readings
    WHERE skipped = ''
        AND reviewed_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
        AND reviewed_at >= toDateTime({from:Date}, 'Asia/Shanghai')
        AND reviewed_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
)
ARRAY JOIN label_dimensions AS label_dimension
GROUP BY label_dimension
COMMENT '印象词一致率 — the same as juliu.label_agreement with asof given, for reviews of the days from … to';

CREATE OR REPLACE VIEW juliu.label_agreement {{on_cluster}}
(
    dimension String COMMENT '维度 — dimension of the platform’s label, by the table of labels',
    labelled UInt64 COMMENT '有印象词评价数 — texts that were read and have a negative label of this dimension; unit: texts',
    agreed UInt64 COMMENT '一致评价数 — of them, those in which a complaint of the same dimension was found; unit: texts',
    share Float64 COMMENT '一致率 — agreed / labelled; 0 to 1',
    found_others UInt64 COMMENT '维度不同评价数 — of them, those in which only complaints of other dimensions were found; unit: texts',
    found_none UInt64 COMMENT '未发现评价数 — of them, those in which no complaint was found; unit: texts'
)
{{view_security}}
AS SELECT dimension, labelled, agreed, share, found_others, found_none
FROM juliu.label_agreement_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '印象词一致率 — how often the platform’s labels and the keywords found speak of the same dimension, one row per dimension';

CREATE OR REPLACE VIEW juliu.cashback_mentions_at {{on_cluster}} {{view_security}}
AS SELECT
    toDate(reviewed_at) AS day,
    seller_id,
    max(reading.seller_nick) AS seller_nick,
    num_iid,
    uniqExactIf(tid, cashback) AS reviews,
    uniqExact(tid) AS of_reviews,
    reviews / of_reviews AS share
FROM juliu_store.review_readings AS reading
WHERE skipped = ''
    AND reviewed_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
    AND reviewed_at >= toDateTime({from:Date}, 'Asia/Shanghai')
    AND reviewed_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
GROUP BY day, seller_id, num_iid
HAVING reviews > 0
COMMENT '好评返现提及 — the same as juliu.cashback_mentions with asof given, for reviews of the days from … to';

CREATE OR REPLACE VIEW juliu.cashback_mentions {{on_cluster}}
(
    day Date COMMENT '评价日期 — day of the review or follow-up; UTC+8; source: review_readings.reviewed_at',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_events.num_iid',
    reviews UInt64 COMMENT '提及返现评价数 — reviews that speak of money or gifts for good reviews; unit: trades',
    of_reviews UInt64 COMMENT '评价总数 — reviews of the item that day that were read; unit: trades',
    share Float64 COMMENT '占比 — reviews / of_reviews; 0 to 1'
)
{{view_security}}
AS SELECT day, seller_id, seller_nick, num_iid, reviews, of_reviews, share
FROM juliu.cashback_mentions_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '好评返现提及 — reviews that speak of money or gifts for good reviews (好评返现), a risk for the shop; one row per day and item';
