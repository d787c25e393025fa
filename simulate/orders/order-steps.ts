import type { LifeCycle } from '../life-cycle.js';
import { LOGISTICS } from '../messages/topics.js';
import { exceptionCodes } from '../messages/logistics.js';
import { refundTopic } from '../messages/refunds.js';
import { paymentOf, statedIn } from '../messages/trades.js';
import { at } from '../random.js';
import type { OrderTruth, ParcelTruth, RefundTruth } from '../truth.js';
import { yuan } from '../wire-text.js';
import { Kind, WHOLE_TRADE } from './kinds.js';
import type { Order } from './order.js';
import type { Parcel } from './parcel.js';

const isSeen = (life: LifeCycle, index: number): boolean => index >= life.first && index < life.next;

/** Kinds whose argument is a status beside the line. */
const WITH_STATUS = new Set<number>([Kind.changed, Kind.memo]);
/** Kinds whose message names no order line, and those that name no payment. */
const WITHOUT_LINE = new Set<number>([Kind.createDelay, Kind.successDelay, Kind.address]);
const WITHOUT_PAYMENT = new Set<number>([
  Kind.successDelay,
  Kind.buyerPaySubOut,
  Kind.address,
  Kind.orderMessage,
  Kind.ratedOut,
]);

/** Every planned message of the trade family. */
export function tradeSteps(order: Order): OrderTruth['steps'] {
  const { facts } = order;
  const steps: OrderTruth['steps'][number][] = [];
  for (let index = 0; index < order.plan.length; index += 1) {
    const found = order.codeOf(index);
    const kind = found >> 8;
    if (kind >= Kind.stockTaken) continue;
    const argument = found & 255;
    const whole = WITHOUT_LINE.has(kind) || (!WITH_STATUS.has(kind) && argument === WHOLE_TRADE);
    const lineIndex = whole ? WHOLE_TRADE : argument & 7;
    const [topic, numIid] = statedIn(order, kind, lineIndex);
    const oid = whole ? facts.tid : at(facts.lines, lineIndex).oid;
    const payment = WITHOUT_PAYMENT.has(kind) ? '' : yuan(paymentOf(order, kind, lineIndex));
    steps.push([topic, oid === facts.tid ? '' : oid, order.timeOf(index), payment, numIid, isSeen(order, index)]);
  }
  return steps;
}

/** Every planned message about one refund. */
export function refundSteps(order: Order, refund: number): RefundTruth['steps'] {
  const steps: RefundTruth['steps'][number][] = [];
  for (let index = 0; index < order.plan.length; index += 1) {
    const found = order.codeOf(index);
    const kind = found >> 8;
    if (kind < Kind.refundCreated || kind >= Kind.badImpression || (found & 255) !== refund) continue;
    steps.push([refundTopic(kind).name, order.timeOf(index), isSeen(order, index)]);
  }
  return steps;
}

/** What the platform says about one parcel. */
export function verdicts(order: Order, parcel: Parcel, parcelIndex: number): ParcelTruth['verdicts'] {
  const said: ParcelTruth['verdicts'][number][] = [];
  for (let index = 0; index < order.plan.length; index += 1) {
    const found = order.codeOf(index);
    if ((found & 255) !== parcelIndex) continue;
    const kind = found >> 8;
    if (kind !== Kind.exceptionCreate && kind !== Kind.exceptionOff) continue;
    const created = kind === Kind.exceptionCreate;
    const topic = created ? LOGISTICS.exceptionCreate : LOGISTICS.exceptionOff;
    said.push([topic.name, order.timeOf(index), created ? exceptionCodes(parcel)[1] : '', isSeen(order, index)]);
  }
  return said;
}
