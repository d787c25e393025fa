import type { OrderTruth, ParcelTruth, RefundTruth, TruthLine } from '../../../simulate/truth.js';
import type { OrderDimension, OrderFact, ParcelFact, RefundFact, TraceFact } from './facts.js';
import { earliest, fen, groupBy, latest, second, type Instant } from './figures.js';
import { paidFor } from './payments.js';

type Of<K extends TruthLine['kind']> = Extract<TruthLine, { kind: K }>;

/** Everything the capture lets one know, from the truth alone. */
export interface Facts {
  readonly orders: readonly OrderFact[];
  readonly parcels: readonly ParcelFact[];
  /** The same and those of which nothing is known but a verdict of the platform. */
  readonly judged: readonly ParcelFact[];
  readonly refunds: readonly RefundFact[];
  readonly reviews: readonly Of<'review'>[];
  readonly purchases: readonly Of<'purchase_order'>[];
  readonly items: readonly Of<'item'>[];
  readonly configs: readonly Of<'warning_config'>[];
  readonly sellers: ReadonlyMap<string, string>;
  readonly endAt: Instant;
  readonly startAt: Instant;
}

export function readFacts(truth: readonly TruthLine[], dimensions: ReadonlyMap<string, OrderDimension>): Facts {
  const lines = <K extends TruthLine['kind']>(kind: K): Of<K>[] =>
    truth.filter((line): line is Of<K> => line.kind === kind);
  const refundLines = groupBy(lines('refund'), (refund) => refund.tid);
  const orders = new Map<string, OrderFact>();
  for (const line of lines('order')) {
    // An order none of whose own messages came is not known as an order.
    if (!line.steps.some((step) => step[5])) continue;
    orders.set(line.tid, orderFact(line, refundLines.get(line.tid) ?? [], dimensions.get(line.tid)));
  }
  const provinces = new Map(
    lines('parcel').flatMap((parcel) => [
      [parcel.from_city, parcel.from_province] as const,
      [parcel.to_city, parcel.to_province] as const,
    ]),
  );
  const [summary] = lines('summary');
  return {
    orders: [...orders.values()],
    // What the platform says about a parcel does not make it one.
    parcels: lines('parcel')
      .map((parcel) => parcelFact(parcel, orders.get(parcel.tid), provinces))
      .filter((parcel) => parcel.traces.length > 0 || parcel.pickedUpAt !== null),
    judged: lines('parcel').map((parcel) => parcelFact(parcel, orders.get(parcel.tid), provinces)),
    refunds: lines('refund').map((refund) => refundFact(refund, orders.get(refund.tid))),
    reviews: lines('review'),
    purchases: lines('purchase_order'),
    items: lines('item'),
    configs: lines('warning_config'),
    sellers: new Map(lines('seller').map((seller) => [seller.seller_id, seller.seller_nick])),
    startAt: second(summary?.start_at ?? 0),
    endAt: second(summary?.end_at ?? 0),
  };
}

const TRADE = 'taobao_trade_Trade';
const CREATION = [`${TRADE}Create`, `${TRADE}AlipayCreate`, `${TRADE}CreateDelay`];
/** Messages that do not name the type of the trade. */
const UNTYPED = [
  `${TRADE}CreateDelay`,
  `${TRADE}BuyerPaySubOut`,
  `${TRADE}LogisticsAddressChanged`,
  'taobao_rdcaligenius_OrderMsgSend',
];

const CLOSED = `${TRADE}Close`;
const SUCCEEDED = [`${TRADE}Success`, `${TRADE}SuccessDelay`];

/**
 * When the whole trade ended so: by a message about all of it, else with the last line, once every line known has ended
 * so or in one of the `other` ways.
 */
function wholeEnd(
  steps: OrderTruth['steps'],
  topics: readonly string[],
  others: readonly string[],
  known: ReadonlySet<string>,
): Instant | null {
  const ends = steps.filter((step) => topics.includes(step[0]));
  const told = ends.filter((step) => step[1] === '').map((step) => second(step[2]));
  if (told.length > 0) return earliest(...told);
  const over = steps.filter((step) => step[1] !== '' && [...topics, ...others].includes(step[0]));
  if (new Set(over.map((step) => step[1])).size < known.size) return null;
  const byLine = groupBy(ends, (step) => step[1]);
  return latest(...[...byLine.values()].map((list) => earliest(...list.map((step) => second(step[2])))));
}

function orderFact(line: OrderTruth, refundLines: readonly RefundTruth[], dimension?: OrderDimension): OrderFact {
  const steps = line.steps.filter((step) => step[5]);
  const first = (...topics: readonly string[]): Instant | null =>
    earliest(...steps.filter((step) => topics.includes(step[0])).map((step) => second(step[2])));
  const stated = steps
    .filter((step) => step[3] !== '')
    .map(([topic, oid, at, payment]) => ({ topic, line: oid, at, payment }));
  const { scope, amount } = paidFor(stated);
  const depositAt = first(`${TRADE}BuyerStepPay`);
  const type = steps.some((step) => !UNTYPED.includes(step[0])) ? line.type : null;

  const ownLines = new Set(steps.map((step) => step[1]).filter((oid) => oid !== ''));
  const itemOf = new Map<string, string>();
  for (const [, oid, , , numIid] of steps) {
    if (numIid === '') continue;
    if (oid !== '') itemOf.set(oid, numIid);
    else if (ownLines.size === 0) itemOf.set(line.tid, numIid);
  }

  const refunds = refundLines.map((refund) => refundFact(refund, undefined)).filter((refund) => refund.tid !== null);
  const succeeded = refunds.filter((refund) => refund.succeededAt !== null);
  const refunded = succeeded.reduce((sum, refund) => sum + (refund.fee ?? 0), 0);
  const fullyRefundedAt =
    // Of unknown scope it is only a lower bound.
    scope !== 'unknown' && amount !== null && amount > 0 && refunded >= amount
      ? latest(...succeeded.map((refund) => refund.succeededAt))
      : null;
  const closedAt = wholeEnd(steps, [CLOSED], [], ownLines);
  return {
    tid: line.tid,
    seller: line.seller_id,
    type,
    presale: type === 'step' || depositAt !== null,
    midlife: first(...CREATION) === null,
    createdAt: first(...CREATION),
    depositAt,
    paidAt: first(`${TRADE}BuyerPay`) ?? first(`${TRADE}BuyerPaySubOut`),
    shippedAt: first(`${TRADE}SellerShip`),
    finishedAt: wholeEnd(steps, SUCCEEDED, [CLOSED, `${TRADE}PartlyRefund`], ownLines),
    closedAt,
    scope,
    amount,
    lines: Math.max(1, ownLines.size),
    numIids: [...new Set(itemOf.values())].sort(),
    itemOf,
    refunded,
    refunds: refunds.length,
    refundsSucceeded: succeeded.length,
    refundOpenAt: earliest(...refunds.map((refund) => refund.createdAt)),
    fullyRefundedAt,
    leftAt: earliest(closedAt, fullyRefundedAt),
    promisedAt: dimension?.promisedAt ?? null,
    sendType: dimension?.sendType ?? null,
    province: dimension?.province ?? null,
    plan: { total: fen(line.payment_total), form: line.payment_form, lines: line.lines.length },
  };
}

const REFUND = 'taobao_refund_';
const STATUS: Readonly<Record<string, string>> = {
  RefundCreated: 'WAIT_SELLER_AGREE',
  RefundBuyerModifyAgreement: 'WAIT_SELLER_AGREE',
  RefundSellerRefuseAgreement: 'SELLER_REFUSE_BUYER',
  RefundBuyerReturnGoods: 'WAIT_SELLER_CONFIRM_GOODS',
  RefundClosed: 'CLOSED',
  RefundSuccess: 'SUCCESS',
  OrderStatusSync: 'SUCCESS',
};

function refundFact(line: RefundTruth, order: OrderFact | undefined): RefundFact {
  const steps = line.steps.filter((step) => step[2]);
  const first = (name: string): Instant | null =>
    earliest(...steps.filter((step) => step[0] === REFUND + name).map((step) => second(step[1])));
  let status: string | null = null;
  for (const [topic] of steps) {
    const name = topic.replace(REFUND, '');
    if (name === 'RefundSellerAgreeAgreement' && line.bill_type === 'return_bill') status = 'WAIT_BUYER_RETURN_GOODS';
    else status = STATUS[name] ?? status;
  }
  // The synchronisation names the refund alone, the platform's retention (挽回) the trade too, all others everything.
  const named = steps.some(([topic]) => topic !== `${REFUND}OrderStatusSync`);
  const full = steps.some(([topic]) => topic.startsWith(REFUND) && topic !== `${REFUND}OrderStatusSync`);
  const line0 = order?.itemOf.get(line.oid) ?? null;
  return {
    id: line.refund_id,
    tid: named ? line.tid : null,
    oid: named ? line.oid : null,
    seller: line.seller_id,
    numIid: named ? line0 : null,
    order: named ? order : undefined,
    phase: full ? line.refund_phase : null,
    status,
    fee: full ? fen(line.refund_fee) : null,
    createdAt: first('RefundCreated'),
    agreedAt: first('RefundSellerAgreeAgreement'),
    refusedAt: first('RefundSellerRefuseAgreement'),
    goodsReturnedAt: first('RefundBuyerReturnGoods'),
    interventionAppliedAt: first('TaobaoInterApplied'),
    intervenedAt: first('TaobaoIntervened'),
    succeededAt: first('RefundSuccess'),
    closedAt: first('RefundClosed'),
    billType: full ? line.bill_type : null,
    steps: steps.map(([topic, at]) => ({ name: topic.replace(REFUND, ''), at: second(at) })),
  };
}

/** Course of a parcel: which of two stages of one second came first. */
const COURSE = [
  'created consigned picked_up arrived departed destination_city handed_over other exception',
  'out_for_delivery failed rejected returned lost signed',
]
  .join(' ')
  .split(' ');
/** Texts of these actions name no place, whatever the plan knows. */
const PLACELESS = ['STA_SIGN', 'TMS_ERROR', 'LOST', 'CREATE', 'CONSIGN'];

function parcelFact(
  line: ParcelTruth,
  order: OrderFact | undefined,
  provinces: ReadonlyMap<string, string>,
): ParcelFact {
  const accepted = line.accept_at !== null && !line.unseen.includes('accept_at') ? second(line.accept_at) : null;
  const traced: TraceFact[] = line.traces
    .filter((trace) => trace[4])
    .map(([action, stage, at, place]) => ({
      at: second(at),
      action,
      stage,
      place: PLACELESS.includes(action) ? '' : place,
    }));
  // A pick-up that only the Accept message tells is an event all the same.
  const told = traced.some(({ stage, at }) => stage === 'picked_up' && at === accepted);
  const pickUp: TraceFact[] =
    accepted === null || told ? [] : [{ at: accepted, action: 'ACCEPT', stage: 'picked_up', place: '' }];
  const traces = [...traced, ...pickUp].sort(
    (a, b) => a.at - b.at || COURSE.indexOf(a.stage) - COURSE.indexOf(b.stage),
  );
  const all = (...stages: readonly string[]): Instant[] =>
    traces.filter((trace) => stages.includes(trace.stage)).map((trace) => trace.at);
  const first = (...stages: readonly string[]): Instant | null => earliest(...all(...stages));
  const pickedUpAt = first('picked_up');
  const consignedAt = first('consigned');
  const refused = traces.filter(
    // A carrier without an action of its own for it says so in the text of a failure.
    ({ action, stage }) =>
      stage === 'rejected' || stage === 'returned' || (action === 'FAILED' && line.outcome === 'refused'),
  );
  const afterConsign = traces.filter(
    ({ at, stage }) => consignedAt !== null && at >= consignedAt && stage !== 'created' && stage !== 'consigned',
  );
  const city = (trace: TraceFact | undefined): string | null => /【(.+?)】/.exec(trace?.place ?? '')?.[1] ?? null;
  const withCity = traces.filter((trace) => city(trace) !== null);
  const originCity = city(withCity.find((trace) => trace.stage === 'picked_up') ?? withCity[0]);
  const destinationCity = city(
    withCity.find(({ stage }) => ['destination_city', 'out_for_delivery', 'signed'].includes(stage)),
  );
  return {
    tid: line.tid,
    waybill: line.out_sid,
    seller: line.seller_id,
    carrier: traced.length > 0 ? line.company_name : '',
    order,
    traces,
    told: traced.length,
    midlife: first('created', 'consigned', 'picked_up') === null,
    createdAt: first('created'),
    consignedAt,
    pickedUpAt,
    gotAt: pickedUpAt ?? first('arrived', 'departed'),
    cityAt: first('destination_city'),
    scanAt: first('out_for_delivery'),
    scans: all('out_for_delivery'),
    signedAt: first('signed'),
    failedAt: first('failed', 'rejected'),
    refusedAt: earliest(...refused.map((trace) => trace.at)),
    returnedAt: first('returned'),
    lostAt: first('lost'),
    carrierAfterConsignAt: earliest(...afterConsign.map((trace) => trace.at)),
    originCity,
    destinationCity,
    originProvince: provinces.get(originCity ?? '') ?? null,
    destinationProvince: provinces.get(destinationCity ?? '') ?? null,
    lane: originCity !== null && destinationCity !== null ? `${originCity}→${destinationCity}` : '',
    verdicts: line.verdicts
      .filter((verdict) => verdict[3])
      .map(([topic, at, code]) => ({ at: second(at), created: topic.endsWith('Create'), code })),
  };
}
