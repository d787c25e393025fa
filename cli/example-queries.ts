import type { Config } from '../config/load.js';

type Locale = Config['locale'];

/** A question people really ask, for the first screen. */
export interface ExampleQuery {
  readonly question: Readonly<Record<Locale, string>>;
  readonly sql: string;
}

export const exampleQueries: readonly ExampleQuery[] = [
  {
    question: { en: 'What has come in?', zh: '收到了什么？' },
    sql: `SELECT family, count() AS messages, uniqExact(user_nick) AS shops, min(publish_time) AS first, max(publish_time) AS latest
FROM juliu.events GROUP BY family ORDER BY messages DESC`,
  },
  {
    question: {
      en: 'Which carriers are slow? Hours from the first to the signed trace, per parcel.',
      zh: '哪家快递慢？每个包裹从第一条轨迹到签收的小时数。',
    },
    sql: `SELECT company_name, count() AS parcels, round(quantileExact(0.5)(hours), 1) AS median_hours, round(quantileExact(0.9)(hours), 1) AS p90_hours
FROM (
  SELECT any(company_name) AS company_name, dateDiff('minute', min(action_time), maxIf(action_time, stage = 'signed')) / 60 AS hours
  FROM juliu.logistics_traces WHERE out_sid != '' GROUP BY tid, out_sid HAVING countIf(stage = 'signed') > 0
)
GROUP BY company_name ORDER BY parcels DESC LIMIT 8`,
  },
  {
    question: { en: 'What do buyers complain about?', zh: '买家在抱怨什么？' },
    sql: `SELECT label.category AS category, label.phrase AS phrase, uniqExact(oid) AS order_lines
FROM juliu.review_events ARRAY JOIN impr_labels AS label
WHERE label.polarity = '负面' GROUP BY category, phrase ORDER BY order_lines DESC, phrase LIMIT 8`,
  },
];
