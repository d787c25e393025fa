import { code } from '../life-cycle.js';
import { at } from '../random.js';
import { HOUR, MINUTE } from '../shanghai-time.js';
import { pickupOf } from '../messages/logistics.js';
import { CARRIERS } from '../world/carriers.js';
import { Kind, STATUS } from './kinds.js';
import { plan, planChanged, type Draft, type Fate } from './draft.js';
import { traceTime, type Parcel } from './parcel.js';
import { planParcel, type ParcelFate } from './parcel-planner.js';

export interface ShippingPlan {
  /** Offset of the last consignment, ms after the order. */
  readonly consigned: number;
  /** Offset of the last trace of the last parcel. */
  readonly endAt: number;
  readonly allSigned: boolean;
}

/** Packs the lines from `firstLine` on into parcels, consigns them from offset `consigned` on, and plans every trace. */
export function planShipping(draft: Draft, consigned: number, firstLine: number, fate: Fate): ShippingPlan {
  const { random, world, seller, lines, createdAt } = draft;
  const left = lines.length - firstLine;
  const several = left > 1 ? random.chance(0.35) : random.chance(0.02);
  const count = several ? Math.min(3, Math.max(2, left - random.below(2))) : 1;
  const to = world.destinations.index(random.unit());
  // Half of a shop's parcels go with its first carrier.
  const carrier = at(seller.carriers, random.chance(0.5) ? 0 : random.below(seller.carriers.length));
  const congestion = world.shape.congestion(createdAt + consigned);
  const parcelFate: ParcelFate =
    fate === 'intercepted' ? 'intercept' : fate === 'refused_parcel' ? 'refuse' : 'deliver';
  let endAt = 0;
  let allSigned = true;
  let offset = consigned;
  for (let index = 0; index < count; index += 1) {
    const { waybillLead, waybillDigits } = at(CARRIERS, carrier);
    const planned = planParcel(
      {
        waybill: world.waybill(draft.number, index, waybillLead, waybillDigits),
        carrier,
        from: seller.warehouse,
        to,
        lines: linesOf(index, count, firstLine, lines.length),
        fate: parcelFate,
        consignAt: createdAt + offset,
        orderStart: createdAt,
        congestion,
      },
      random,
    );
    draft.parcels.push(planned.parcel);
    planTraces(draft, planned.parcel, index);
    endAt = Math.max(endAt, planned.endAt - createdAt);
    allSigned &&= planned.parcel.outcome === 'signed';
    if (index < count - 1) {
      for (const line of linesOf(index, count, firstLine, lines.length))
        draft.agenda.add(offset, code(Kind.partlyShip, line));
      offset += random.between(0.5, 30) * HOUR;
    } else {
      plan(draft, offset, Kind.ship);
      if (random.chance(0.3)) planChanged(draft, offset, STATUS.sent);
    }
  }
  return { consigned: offset, endAt, allSigned };
}

/** Lines of parcel `index`: spread evenly; a single line in several parcels is in all of them. */
function linesOf(index: number, parcels: number, firstLine: number, lineCount: number): number[] {
  const found: number[] = [];
  for (let line = firstLine; line < lineCount; line += 1) {
    if (lineCount - firstLine < parcels || (line - firstLine) % parcels === index) found.push(line);
  }
  return found;
}

/** Hours of silence after which the platform opens an exception on a parcel. */
const PICKUP_LIMIT_HOURS = 24;
const SILENCE_LIMIT_HOURS = 48;

function planTraces(draft: Draft, parcel: Parcel, index: number): void {
  const { random, agenda, createdAt } = draft;
  const { delayMinutes } = at(CARRIERS, parcel.carrier);
  // Business times count from the whole second of the creation.
  const base = Math.floor(createdAt / 1000) * 1000 - createdAt;
  for (let trace = 0; trace < parcel.traces.length; trace += 1) {
    const delay = random.chance(0.02) ? random.between(0.5, 3) * HOUR : 400 + random.exponential(delayMinutes * MINUTE);
    agenda.add(1000 + base + traceTime(parcel, trace) * 1000 + delay, code(Kind.trace, index * 64 + trace));
  }
  const pickup = pickupOf(parcel);
  if (parcel.announcesPickup) {
    agenda.add(1000 + base + traceTime(parcel, pickup) * 1000 + random.below(5 * MINUTE), code(Kind.accept, index));
  }
  const consigned = traceTime(parcel, pickup - 1);
  const waited = (traceTime(parcel, pickup) - consigned) / 3600;
  const last = traceTime(parcel, parcel.traces.length - 1);
  if (waited > PICKUP_LIMIT_HOURS && random.chance(0.7)) {
    agenda.add((consigned + PICKUP_LIMIT_HOURS * 3600) * 1000 + 5 * MINUTE, code(Kind.exceptionCreate, index));
    agenda.add(traceTime(parcel, pickup) * 1000 + 10 * MINUTE, code(Kind.exceptionOff, index));
  } else if (parcel.outcome === 'stuck' && random.chance(0.6)) {
    agenda.add((last + SILENCE_LIMIT_HOURS * 3600) * 1000 + 5 * MINUTE, code(Kind.exceptionCreate, index));
  }
}
