/** Wire values of `action`, and the stage of a parcel each one means. */
export const ACTIONS = [
  ['CREATE', 'created'],
  ['CONSIGN', 'consigned'],
  ['GOT', 'picked_up'],
  ['ARRIVAL', 'arrived'],
  ['DEPARTURE', 'departed'],
  ['SENT_CITY', 'destination_city'],
  ['SENT_SCAN', 'out_for_delivery'],
  ['SIGNED', 'signed'],
  ['STA_SIGN', 'signed'],
  ['FAILED', 'failed'],
  ['LOST', 'lost'],
  ['TO_EMS', 'handed_over'],
  ['OTHER', 'other'],
  ['TMS_ACCEPT', 'picked_up'],
  ['TMS_STATION_IN', 'arrived'],
  ['TMS_STATION_OUT', 'departed'],
  ['TMS_DELIVERING', 'out_for_delivery'],
  ['TMS_SIGN', 'signed'],
  ['TMS_FAILED', 'failed'],
  ['TMS_REJECT', 'rejected'],
  ['TMS_RETURN', 'returned'],
  ['TMS_ERROR', 'exception'],
] as const;

/** Indexes into ACTIONS. */
export const Action = {
  create: 0,
  consign: 1,
  got: 2,
  arrival: 3,
  departure: 4,
  sentCity: 5,
  sentScan: 6,
  signed: 7,
  stationSigned: 8,
  failed: 9,
  lost: 10,
  toEms: 11,
  other: 12,
  tmsAccept: 13,
  tmsIn: 14,
  tmsOut: 15,
  tmsDelivering: 16,
  tmsSign: 17,
  tmsFailed: 18,
  tmsReject: 19,
  tmsReturn: 20,
  tmsError: 21,
} as const;

export const PARCEL_OUTCOMES = ['signed', 'stuck', 'lost', 'refused', 'returned'] as const;
export type ParcelOutcome = (typeof PARCEL_OUTCOMES)[number];

/**
 * A place of a parcel's way as one small integer: city × 16 + 0 for the city's hub (分拨中心), 1 + d for the pick-up
 * and delivery point of district d (网点).
 */
export function hubOf(city: number): number {
  return city * 16;
}
export function stationOf(city: number, district: number): number {
  return city * 16 + 1 + district;
}

/** A planned parcel: its way, trace by trace. */
export interface Parcel {
  readonly waybill: string;
  /** Index into CARRIERS. */
  readonly carrier: number;
  readonly from: number;
  readonly to: number;
  /** Indexes of the order lines inside. */
  readonly lines: readonly number[];
  readonly outcome: ParcelOutcome;
  /** See packTrace; ascending by time. Packed, because open parcels are what the simulator's memory is made of. */
  readonly traces: readonly number[];
  /** Publishes an Accept message beside the pick-up trace. */
  readonly announcesPickup: boolean;
}

const ACTION_UNIT = 1024;
const TIME_UNIT = ACTION_UNIT * 32;

/**
 * One trace as one number: its business time in seconds after the start of the order, the index of its action in
 * ACTIONS, and its place (see hubOf; -1 when it names none).
 */
export function packTrace(time: number, action: number, node: number): number {
  return time * TIME_UNIT + action * ACTION_UNIT + node + 1;
}

/** Business time of trace `index`, seconds after the start of the order. */
export function traceTime(parcel: Parcel, index: number): number {
  return Math.floor((parcel.traces[index] ?? NaN) / TIME_UNIT);
}

/** Index into ACTIONS of trace `index`. */
export function traceAction(parcel: Parcel, index: number): number {
  const trace = parcel.traces[index] ?? NaN;
  return Math.floor((trace - Math.floor(trace / TIME_UNIT) * TIME_UNIT) / ACTION_UNIT);
}

/** Place of trace `index`, -1 when it names none. */
export function traceNode(parcel: Parcel, index: number): number {
  const trace = parcel.traces[index] ?? NaN;
  return trace - Math.floor(trace / ACTION_UNIT) * ACTION_UNIT - 1;
}
