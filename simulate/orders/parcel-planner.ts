import { at, type Random } from '../random.js';
import { HOUR, MINUTE, nextClock } from '../shanghai-time.js';
import { CARRIERS, type Carrier } from '../world/carriers.js';
import { CITIES, distanceKm, type City } from '../world/places.js';
import { Action, hubOf, packTrace, stationOf, type Parcel, type ParcelOutcome } from './parcel.js';

/** What the order has in mind for a parcel; the carrier may still lose it or let it lie. */
export type ParcelFate = 'deliver' | 'refuse' | 'intercept';

export interface ParcelRequest {
  readonly waybill: string;
  readonly carrier: number;
  readonly from: number;
  readonly to: number;
  readonly lines: readonly number[];
  readonly fate: ParcelFate;
  /** Epoch ms at which the seller hands in the waybill. */
  readonly consignAt: number;
  /** Epoch ms that the parcel's times count from. */
  readonly orderStart: number;
  /** Above 1 in promotion peaks: everything takes that much longer. */
  readonly congestion: number;
}

export interface PlannedParcel {
  readonly parcel: Parcel;
  /** Epoch ms of the last trace that matters: sign, failure, loss, or where news stopped. */
  readonly endAt: number;
}

/** Clock hours at which couriers leave with a load. */
const DELIVERY_WAVES = [8.3, 14.4] as const;
/** Lanes longer than this are routed over a hub between. */
const DIRECT_KM = 700;
/** A hub between may lengthen the way by this factor. */
const DETOUR = 1.2;
const REMOTE = new Set(['乌鲁木齐市', '西宁市', '拉萨市']);

const routes = new Map<number, readonly number[]>();

/** Cities of a lane in order, from the seller's to the buyer's. */
export function routeOf(from: number, to: number): readonly number[] {
  const key = from * 256 + to;
  let route = routes.get(key);
  if (route === undefined) {
    const [start, end] = [at(CITIES, from), at(CITIES, to)];
    const direct = distanceKm(start, end);
    let best = -1;
    let shortest = direct * DETOUR;
    for (const [index, via] of CITIES.entries()) {
      if (!via.hub || index === from || index === to) continue;
      const legs = [distanceKm(start, via), distanceKm(via, end)] as const;
      // A hub next door saves nothing.
      if (Math.min(...legs) < direct / 4 || legs[0] + legs[1] >= shortest) continue;
      shortest = legs[0] + legs[1];
      best = index;
    }
    route = from === to ? [from] : direct > DIRECT_KM && best >= 0 ? [from, best, to] : [from, to];
    routes.set(key, route);
  }
  return route;
}

/** The traces of one parcel while they are planned. */
class Way {
  readonly times: number[] = [];
  readonly actions: number[] = [];
  readonly nodes: number[] = [];
  private readonly orderStart: number;

  constructor(orderStart: number) {
    this.orderStart = Math.floor(orderStart / 1000) * 1000;
  }

  add(instant: number, action: number, node: number): void {
    const seconds = Math.floor((instant - this.orderStart) / 1000);
    const last = this.times.length - 1;
    // A scan is never earlier than the one before it.
    this.times.push(last >= 0 ? Math.max(seconds, at(this.times, last)) : Math.max(0, seconds));
    this.actions.push(action);
    this.nodes.push(node);
  }

  cutTo(length: number): void {
    this.times.length = this.actions.length = this.nodes.length = length;
  }

  pack(): readonly number[] {
    return this.times.map((time, index) => packTrace(time, at(this.actions, index), at(this.nodes, index)));
  }

  get end(): number {
    return this.orderStart + at(this.times, this.times.length - 1) * 1000;
  }
}

/** Plans a parcel's way from the waybill to the door, or to where it ends instead. */
export function planParcel(request: ParcelRequest, random: Random): PlannedParcel {
  const carrier = at(CARRIERS, request.carrier);
  const way = new Way(request.orderStart);
  const { consignAt } = request;
  if (random.chance(0.7)) way.add(consignAt - random.between(10, 150) * MINUTE, Action.create, -1);
  way.add(consignAt, Action.consign, -1);
  // Some waybills are handed in long before there is a parcel (虚假发货).
  const wait = random.chance(0.02) ? random.between(25, 70) : 0.3 + random.exponential(carrier.pickupHours);
  const gotAt = consignAt + (random.chance(0.02) ? wait + 12 : wait) * HOUR * request.congestion;
  const station = stationOf(request.from, random.below(at(CITIES, request.from).districts.length));
  way.add(gotAt, carrier.tms ? Action.tmsAccept : Action.got, station);
  const pickedUp = way.actions.length;
  const arrivedAt = travel(request, carrier, way, station, gotAt, random);

  let outcome: ParcelOutcome;
  if (request.fate === 'intercept') outcome = intercept(carrier, way, pickedUp, random);
  else if (random.chance(carrier.lost)) outcome = lose(way, pickedUp, random);
  else if (random.chance(carrier.stuck)) outcome = strand(carrier, way, pickedUp, random);
  else outcome = deliver(request, carrier, way, arrivedAt, random);
  return {
    parcel: {
      waybill: request.waybill,
      carrier: request.carrier,
      from: request.from,
      to: request.to,
      lines: request.lines,
      outcome,
      traces: way.pack(),
      announcesPickup: random.chance(0.25),
    },
    endAt: way.end,
  };
}

/** Hop by hop to the delivery point; returns the arrival there. */
function travel(
  request: ParcelRequest,
  carrier: Carrier,
  way: Way,
  station: number,
  gotAt: number,
  random: Random,
): number {
  const arrival = carrier.tms ? Action.tmsIn : Action.arrival;
  const departure = carrier.tms ? Action.tmsOut : Action.departure;
  const slow = request.congestion;
  let clock = gotAt + random.between(0.4, 3) * HOUR * slow;
  way.add(clock, departure, station);
  clock += random.between(0.6, 2.5) * HOUR;
  const route = routeOf(request.from, request.to);
  for (const [leg, cityIndex] of route.entries()) {
    const next = route[leg + 1];
    way.add(clock, arrival, hubOf(cityIndex));
    if (next === undefined) break;
    clock += (0.6 + random.exponential(carrier.hubHours)) * HOUR * slow;
    way.add(clock, departure, hubOf(cityIndex));
    if (random.chance(0.012)) way.add(clock + HOUR, Action.other, hubOf(cityIndex));
    clock += haul(at(CITIES, cityIndex), at(CITIES, next), carrier) * random.between(0.9, 1.3) * HOUR;
  }
  const city = at(CITIES, request.to);
  if (!carrier.tms && random.chance(0.6)) way.add(clock + 4 * MINUTE, Action.sentCity, hubOf(request.to));
  if (!carrier.tms && REMOTE.has(city.name) && random.chance(0.3))
    way.add(clock + HOUR, Action.toEms, hubOf(request.to));
  clock += (0.5 + random.exponential(carrier.hubHours * 0.7)) * HOUR * slow;
  way.add(clock, departure, hubOf(request.to));
  clock += random.between(0.6, 3.5) * HOUR;
  way.add(clock, arrival, stationOf(request.to, random.below(city.districts.length)));
  return clock;
}

function haul(from: City, to: City, carrier: Carrier): number {
  return 1.5 + distanceKm(from, to) / carrier.speed;
}

/** Attempts at the door until somebody signs or refuses. */
function deliver(request: ParcelRequest, carrier: Carrier, way: Way, arrivedAt: number, random: Random): ParcelOutcome {
  const station = at(way.nodes, way.nodes.length - 1);
  const scan = carrier.tms ? Action.tmsDelivering : Action.sentScan;
  let clock = arrivedAt;
  for (let attempt = 1; ; attempt += 1) {
    clock = nextClock(clock, DELIVERY_WAVES) + random.between(0, 1.4) * HOUR;
    way.add(clock, scan, station);
    clock += random.between(0.5, 5) * HOUR;
    if (request.fate === 'refuse') {
      way.add(clock, carrier.tms ? Action.tmsReject : Action.failed, station);
      if (carrier.tms) way.add(clock + random.between(4, 30) * HOUR, Action.tmsReturn, hubOf(request.to));
      else way.add(clock + random.between(6, 30) * HOUR, Action.arrival, hubOf(request.to));
      return carrier.tms ? 'returned' : 'refused';
    }
    if (attempt === 4 || !random.chance(carrier.attemptFails)) break;
    way.add(clock, carrier.tms ? Action.tmsFailed : Action.failed, station);
  }
  const atStation = random.chance(carrier.stationShare);
  way.add(clock, carrier.tms ? Action.tmsSign : atStation ? Action.stationSigned : Action.signed, station);
  // Left at a station first and signed for when fetched: several signed events of one parcel happen.
  if (atStation && !carrier.tms && random.chance(0.15)) {
    way.add(clock + random.between(2, 40) * HOUR, Action.signed, station);
  }
  return 'signed';
}

/** The refund was agreed on the way: the carrier turns the parcel round. */
function intercept(carrier: Carrier, way: Way, pickedUp: number, random: Random): ParcelOutcome {
  way.cutTo(random.whole(pickedUp + 1, way.actions.length - 1));
  const node = at(way.nodes, way.nodes.length - 1);
  const clock = way.end + random.between(1, 12) * HOUR;
  way.add(clock, carrier.tms ? Action.tmsReturn : Action.other, node);
  way.add(clock + 2 * HOUR, carrier.tms ? Action.tmsOut : Action.departure, node);
  return 'returned';
}

function lose(way: Way, pickedUp: number, random: Random): ParcelOutcome {
  way.cutTo(random.whole(pickedUp, way.actions.length - 2));
  way.add(way.end + random.between(80, 200) * HOUR, Action.lost, -1);
  return 'lost';
}

/** News stops somewhere; TMS carriers sometimes say that something is wrong. */
function strand(carrier: Carrier, way: Way, pickedUp: number, random: Random): ParcelOutcome {
  way.cutTo(random.whole(pickedUp, way.actions.length - 2));
  if (carrier.tms && random.chance(0.5)) {
    way.add(way.end + random.between(5, 30) * HOUR, Action.tmsError, at(way.nodes, way.nodes.length - 1));
  }
  return 'stuck';
}
