import { Kind } from '../orders/kinds.js';
import type { Order } from '../orders/order.js';
import { Action, ACTIONS, traceAction, traceNode, traceTime, type Parcel } from '../orders/parcel.js';
import { at, mix32 } from '../random.js';
import { two, wire, wireAll } from '../wire-text.js';
import { CARRIERS, type Carrier } from '../world/carriers.js';
import { CITIES } from '../world/places.js';
import type { BodyWriter } from './body-writer.js';
import { K } from './keys.js';
import { LOGISTICS } from './topics.js';

const ACTION_NAMES: readonly string[] = ACTIONS.map(([name]) => name);
const CARRIER_NAMES = wireAll(CARRIERS.map((carrier) => carrier.name));
const COURIERS = wireAll('张师傅 李强 王小军 刘洋 陈建国 赵磊 周亮 吴涛 孙志伟 杨波'.split(' '));

/** Wire text of a carrier's name. */
export function carrierName(carrierIndex: number): string {
  return CARRIER_NAMES[carrierIndex] ?? '';
}

/** Names of places by carrier × 1024 + place, made when first used. */
const placeNames = new Map<number, string>();

/** A carrier's name for one of its places, as its traces write it: `【杭州市】杭州转运中心`. */
export function placeName(carrierIndex: number, node: number): string {
  const key = carrierIndex * 1024 + node;
  let name = placeNames.get(key);
  if (name === undefined) {
    name = wire(nameOf(at(CARRIERS, carrierIndex), node));
    placeNames.set(key, name);
  }
  return name;
}

function nameOf(carrier: Carrier, node: number): string {
  const city = at(CITIES, node >> 4);
  const short = city.name.slice(0, -1);
  if ((node & 15) === 0) return `【${city.name}】${short}${carrier.hubName}`;
  return `【${city.name}】${short}${at(city.districts, (node & 15) - 1)}${carrier.stationName}`;
}

const T = {
  created: wire('商家正通知快递公司揽件'),
  consigned: wire('您的包裹已出库，等待快递公司揽收'),
  gotBy: wire(' 的 '),
  got: wire(' 已揽收，电话：'),
  arrived: wire('快件已到达 '),
  left: wire('快件已从 '),
  leftTo: wire(' 发出，下一站 '),
  leftEnd: wire(' 发出'),
  city: wire('快件已到达目的城市 '),
  scan: wire('快件正在派送中，请保持电话畅通，派件员：'),
  phone: wire('，电话：'),
  from: wire('，'),
  signedBy: ['已签收，签收人：本人签收', '已签收，签收人：家人代收', '已签收，签收人：前台代收'].map(wire),
  signedThanks: wire('，感谢使用，期待再次为您服务。派件员电话：'),
  station: wire('您的快件已暂存至菜鸟驿站，请凭取货码 '),
  stationEnd: wire(' 及时领取，如有疑问请联系：'),
  failed: ['联系不上收件人，改日再派', '收件地址不详，正在核实', '客户要求改期派送'].map(wire),
  refused: wire('收件人拒收，快件将退回发件人'),
  lost: wire('快件疑似丢失，正在理赔中'),
  ems: wire('已转交中国邮政EMS继续派送'),
  delayed: wire('受天气影响，快件时效略有延误，敬请谅解'),
  intercepted: wire('快件已拦截，正在退回商家'),
  error: wire('快件信息异常，客服核实中'),
} as const;

/** A made-up mobile number: the block 1380000xxxx. */
function phone(bits: number): string {
  return `1380000${two((bits >>> 3) % 100)}${two((bits >>> 11) % 100)}`;
}

function describe(order: Order, parcel: Parcel, index: number): string {
  const action = traceAction(parcel, index);
  const node = traceNode(parcel, index);
  const place = node < 0 ? '' : placeName(parcel.carrier, node);
  const bits =
    mix32(order.facts.variety ^ Math.imul(parcel.waybill.charCodeAt(parcel.waybill.length - 1), index + 7)) >>> 0;
  const courier = COURIERS[bits % COURIERS.length] ?? '';
  switch (action) {
    case Action.create:
      return T.created;
    case Action.consign:
      return T.consigned;
    case Action.got:
    case Action.tmsAccept:
      return place + T.gotBy + courier + T.got + phone(bits);
    case Action.arrival:
    case Action.tmsIn:
      return T.arrived + place;
    case Action.departure:
    case Action.tmsOut: {
      const next = nextPlace(parcel, index);
      return next < 0 ? T.left + place + T.leftEnd : T.left + place + T.leftTo + placeName(parcel.carrier, next);
    }
    case Action.sentCity:
      return T.city + place;
    case Action.sentScan:
    case Action.tmsDelivering:
      return place + T.from + T.scan + courier + T.phone + phone(bits);
    case Action.signed:
    case Action.tmsSign:
      return place + T.from + (T.signedBy[bits % 3] ?? '') + T.signedThanks + phone(bits);
    case Action.stationSigned:
      return `${T.station}${1 + (bits % 9)}-${1 + ((bits >>> 4) % 9)}-${1000 + ((bits >>> 8) % 9000)}${T.stationEnd}${phone(bits)}`;
    case Action.failed:
      return place + T.from + (parcel.outcome === 'refused' ? T.refused : at(T.failed, bits % 3));
    case Action.tmsFailed:
      return place + T.from + at(T.failed, bits % 3);
    case Action.tmsReject:
      return place + T.from + T.refused;
    case Action.lost:
      return T.lost;
    case Action.toEms:
      return place + T.from + T.ems;
    case Action.other:
      return (
        place +
        T.from +
        (parcel.outcome === 'returned' && index === parcel.traces.length - 2 ? T.intercepted : T.delayed)
      );
    case Action.tmsReturn:
      return place + T.from + T.intercepted;
    default:
      return T.error;
  }
}

/** The next place of the way after the one at `index`, or -1. */
function nextPlace(parcel: Parcel, index: number): number {
  const here = traceNode(parcel, index);
  for (let later = index + 1; later < parcel.traces.length; later += 1) {
    const node = traceNode(parcel, later);
    if (node >= 0 && node !== here) return node;
  }
  return -1;
}

/** Writes one trace (物流详情跟踪); `argument` is parcel × 64 + trace. The content names no seller. */
export function writeTrace(order: Order, argument: number, writer: BodyWriter): void {
  const parcel = at(order.facts.parcels, argument >> 6);
  const index = argument & 63;
  writer.topic = LOGISTICS.trace;
  writer.time(K.time, order.startSecond + traceTime(parcel, index));
  writer.text(K.desc, describe(order, parcel, index));
  writer.text(K.companyName, carrierName(parcel.carrier));
  writer.text(K.outSid, parcel.waybill);
  writer.text(K.action, ACTION_NAMES[traceAction(parcel, index)] ?? '');
  writer.id(K.tid, order.facts.tid);
}

/** Index of the pick-up trace of a parcel, -1 when it has none. */
export function pickupOf(parcel: Parcel): number {
  return parcel.traces.findIndex((_, index) => {
    const action = traceAction(parcel, index);
    return action === Action.got || action === Action.tmsAccept;
  });
}

/** Writes the pick-up message (物流揽收) of the newer topic: time as epoch ms, seller as open uid. */
export function writeAccept(order: Order, parcelIndex: number, writer: BodyWriter): void {
  const parcel = at(order.facts.parcels, parcelIndex);
  const index = pickupOf(parcel);
  writer.topic = LOGISTICS.accept;
  writer.text(K.cpCode, at(CARRIERS, parcel.carrier).code);
  writer.text(K.logisticsDescription, describe(order, parcel, index));
  writer.text(K.mailNo, parcel.waybill);
  writer.int(K.occurTime, (order.startSecond + traceTime(parcel, index)) * 1000);
  writer.text(K.sellerOpenUid, order.facts.seller.openUid);
  writer.text(K.statusCode, 'ACCEPT');
  writer.id(K.tid, order.facts.tid);
}

/** exception_code, sub_exception_code and exception_type of the platform's verdict on a parcel. */
export function exceptionCodes(parcel: Parcel): readonly [code: string, subCode: string, type: string] {
  return pickupOf(parcel) < 0 || parcel.outcome === 'signed'
    ? ['COLLECT_TIMEOUT', 'COLLECT_TIMEOUT_24H', 'COLLECT']
    : ['TRANSPORT_STOP', 'TRANSPORT_STOP_48H', 'TRANSPORT'];
}

/** Writes the platform's verdict on a parcel (包裹中心异常), or its withdrawal. */
export function writeException(
  order: Order,
  kind: number,
  parcelIndex: number,
  publishAt: number,
  writer: BodyWriter,
): void {
  const { facts } = order;
  const parcel = at(facts.parcels, parcelIndex);
  const excepId = `EX${facts.tid.slice(-9)}${parcelIndex}`;
  if (kind === Kind.exceptionOff) {
    writer.topic = LOGISTICS.exceptionOff;
    writer.text(K.excepId, excepId);
    writer.text(K.msgId, `${excepId}-2`);
    writer.text(K.sellerId, facts.seller.id);
    return;
  }
  const [code, subCode, type] = exceptionCodes(parcel);
  writer.topic = LOGISTICS.exceptionCreate;
  writer.text(K.compensateAmount, '5.00');
  writer.int(K.createTime, publishAt - (publishAt % 1000));
  writer.text(K.detailType, 'PACKAGE');
  writer.text(K.exceptionCode, code);
  writer.text(K.exceptionType, type);
  writer.text(K.excepId, excepId);
  writer.escaped(
    K.mailDetails,
    `[{\\"mailNo\\":\\"${parcel.waybill}\\",\\"cpCode\\":\\"${at(CARRIERS, parcel.carrier).code}\\"}]`,
  );
  writer.text(K.msgId, `${excepId}-1`);
  writer.time(K.overTime, Math.floor(publishAt / 1000) + 86_400);
  writer.text(K.sellerId, facts.seller.id);
  writer.text(K.subExceptionCode, subCode);
  writer.escaped(K.tradeDetails, `[{\\"tid\\":\\"${facts.tid}\\"}]`);
}
