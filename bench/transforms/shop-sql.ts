/**
 * A shop group as SQL over `numbers(…)`: ten million traces in minutes, the same ones every time. Everything about an
 * order or parcel follows from cityHash64 of its cohort and its number. Trade numbers are random, without any order in
 * time: the worst case for tables that are sorted by them.
 */

/** Orders and parcels that begin together. Numbers of different salts never meet. */
export interface Cohort {
  readonly salt: string;
  /** Epoch seconds: orders of the first day are created in [start, start + spread). */
  readonly start: number;
  readonly spread: number;
  /** Of a day. */
  readonly parcels: number;
  /** The days count down from this number to the present. */
  readonly daysAgo: number;
  readonly days: number;
}

const COMPANIES = ['中通快递', '圆通速递', '申通快递', '韵达快递', '顺丰速运', '极兔速递', '德邦快递', '京东快递'];
const WAYBILLS = ['78', 'YT', '77', '46', 'SF1', 'JT', 'DPK', 'JDV'];
const HUBS = ['转运中心', '转运中心', '分拨中心', '分拨中心', '中转场', '转运中心', '枢纽中心', '分拣中心'];
/** The first six are where the sellers keep their warehouses. */
const CITIES =
  '杭州 广州 金华 泉州 苏州 深圳 上海 北京 成都 重庆 武汉 郑州 西安 南京 长沙 天津 青岛 济南 沈阳 哈尔滨 长春 大连 合肥 福州 厦门 南昌 昆明 贵阳 南宁 石家庄 太原 兰州 宁波 无锡 东莞 佛山 温州 徐州 临沂 洛阳'.split(
    ' ',
  );
export const SELLERS = 20;
const FIRST_SELLER = 2_100_000_000;
/** Every so-manieth parcel is the second one of the order before it. */
const SPLIT = 20;
/** Orders nobody pays for, beside those with parcels: one in ten. */
const UNPAID = 9;

export const texts = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`;
const element = (values: readonly string[], index: string): string => `${texts(values)}[${index} + 1]`;
const bits = (hash: string, from: number, below: number): string => `bitShiftRight(${hash}, ${from}) % ${below}`;

/** Columns of the order `o` of the day `later` of a cohort; times are epoch seconds. */
function orderColumns({ salt, start, spread, daysAgo }: Cohort): string {
  return `
    cityHash64('${salt}', ${daysAgo} - later, o) AS k,
    cityHash64(k, 1) AS k1,
    cityHash64(k, 2) AS k2,
    toInt64(1000000000000000000 + k % 8000000000000000000) AS tid,
    least(k1 % ${SELLERS}, ${bits('k1', 8, SELLERS)}) AS seller,
    ${FIRST_SELLER} + seller * 7919 AS seller_id,
    concat('聚流商品旗舰店', toString(seller)) AS seller_nick,
    if(${bits('k2', 22, 5)} = 0, 2, 1) AS lines,
    toDecimal64(10 + ${bits('k2', 25, 50000)} / 100, 2) AS line_amount,
    635000000000 + ${bits('k1', 40, 2000)} AS num_iid,
    ${start} + later * 86400 + ${bits('k1', 16, spread)} AS created,
    created + 30 + ${bits('k1', 33, 1800)} AS paid,
    paid + 7200 + ${bits('k2', 0, 130000)} + if(${bits('k2', 17, 20)} = 0, 86400, 0) AS shipped`;
}

/** One row per parcel: its order's columns, and the times of its steps. */
export function parcels(cohort: Cohort): string {
  return `SELECT
    number % ${cohort.parcels} AS p,
    intDiv(number, ${cohort.parcels}) AS later,
    if(p % ${SPLIT} = ${SPLIT - 1}, p - 1, p) AS o,${orderColumns(cohort)},
    cityHash64('${cohort.salt}', ${cohort.daysAgo} - later, 'parcel', p) AS h,
    cityHash64(h, 1) AS h1,
    cityHash64(h, 2) AS h2,
    h1 % ${COMPANIES.length} AS carrier,
    concat(${element(WAYBILLS, 'carrier')}, leftPad(toString(h % 10000000000000), 13, '0')) AS out_sid,
    concat('【', ${element(CITIES, 'seller % 6')}, '市】', ${element(CITIES, 'seller % 6')}) AS origin,
    concat('【', ${element(CITIES, bits('h1', 3, CITIES.length))}, '市】', ${element(CITIES, bits('h1', 3, CITIES.length))}) AS middle,
    concat('【', ${element(CITIES, bits('h1', 9, CITIES.length))}, '市】', ${element(CITIES, bits('h1', 9, CITIES.length))}) AS goal,
    ${element(HUBS, 'carrier')} AS hub,
    shipped + 3600 + ${bits('h1', 15, 14400)} AS got,
    got + 3600 + ${bits('h1', 30, 14400)} AS left_origin,
    left_origin + 36000 + ${bits('h2', 0, 57600)} AS at_middle,
    at_middle + 3600 + ${bits('h2', 16, 18000)} AS left_middle,
    left_middle + 21600 + ${bits('h2', 32, 57600)} AS at_goal,
    at_goal + 1800 AS in_city,
    in_city + 7200 + ${bits('h1', 44, 21600)} AS out,
    out + 1800 + ${bits('h2', 48, 14400)} AS done
  FROM numbers(${cohort.parcels * cohort.days})`;
}

/** One row per order, those without parcels included. */
export function orders(cohort: Cohort): string {
  const all = cohort.parcels + Math.ceil(cohort.parcels / UNPAID);
  return `SELECT number % ${all} AS o, intDiv(number, ${all}) AS later,${orderColumns(cohort)}, o >= ${cohort.parcels} AS unpaid
  FROM numbers(${all * cohort.days}) WHERE unpaid OR o % ${SPLIT} != ${SPLIT - 1}`;
}

/**
 * The ten traces of a parcel as four arrays of one length: of a few parcels the pick-up or the sign is missing, of some
 * the first delivery fails.
 */
export const traceArrays = {
  at: '[shipped - 1800, shipped, got, left_origin, at_middle, left_middle, at_goal, in_city, out, done]',
  action: texts('CREATE CONSIGN GOT DEPARTURE ARRIVAL DEPARTURE ARRIVAL SENT_CITY SENT_SCAN'.split(' ')).replace(
    ']',
    `, if(${bits('h2', 8, 25)} = 0, 'FAILED', 'SIGNED')]`,
  ),
  description: `[
      '商家正通知快递公司揽件',
      '您的包裹已出库，等待快递公司揽收',
      concat(origin, '公司 的 王小军 已揽收，电话：[phone]'),
      concat('快件已从 ', origin, hub, ' 发出，下一站 ', middle, hub),
      concat('快件已到达 ', middle, hub),
      concat('快件已从 ', middle, hub, ' 发出，下一站 ', goal, hub),
      concat('快件已到达 ', goal, hub),
      concat('快件已到达目的城市 ', goal, hub),
      concat(goal, '公司，快件正在派送中，请保持电话畅通，派件员：李涛，电话：[phone]'),
      concat(goal, '公司，已签收，签收人：本人签收，感谢使用，期待再次为您服务。派件员电话：[phone]')]`,
  kept: `(action != 'GOT' OR ${bits('h1', 50, 33)} != 0) AND (action != 'SIGNED' OR ${bits('h1', 55, 50)} != 0)`,
} as const;

export const company = (carrier: string): string => element(COMPANIES, carrier);

/** As the normaliser derives it. */
export const stageOf = (action: string): string =>
  `transform(${action}, ${texts(['CREATE', 'CONSIGN', 'GOT', 'DEPARTURE', 'ARRIVAL', 'SENT_CITY', 'SENT_SCAN', 'SIGNED', 'FAILED'])},
     ${texts(['created', 'consigned', 'picked_up', 'departed', 'arrived', 'destination_city', 'out_for_delivery', 'signed', 'failed'])}, 'other')`;
