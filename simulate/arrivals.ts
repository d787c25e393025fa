import type { LifeCycle } from './life-cycle.js';
import { planOrder } from './orders/order-planner.js';
import { planPurchase } from './purchases/purchase.js';
import { mix32 } from './random.js';
import { DAY, HOUR } from './shanghai-time.js';
import type { TrafficShape } from './world/traffic-shape.js';
import type { World } from './world/world.js';

/** One arrival of this many is a purchase order between shops, the others are consumers' orders. */
const PURCHASE_EVERY = 40;

/** Plans arrival `number` (counted from 0 over the whole simulation) at `createdAt`. */
export function planArrival(world: World, number: number, createdAt: number): LifeCycle {
  return (mix32(number ^ world.seed) >>> 0) % PURCHASE_EVERY === 0
    ? planPurchase(world, number, createdAt)
    : planOrder(world, number, createdAt);
}

/** Sampled arrivals have numbers no simulation reaches, so that no real one is planned twice. */
const SAMPLE_BASE = 2 ** 36;
const SAMPLES = 1500;
/** Hours after its start in which a life cycle can still have messages. */
const PROFILE_HOURS = 60 * 24;

/** How many messages an arrival has, and when, on average over a sample. */
export interface ArrivalProfile {
  /** Mean number of messages in each hour after the arrival. */
  readonly hours: Float64Array;
  /** Mean number in all. */
  readonly messages: number;
}

/** Plans a sample of arrivals at the hours at which they come. */
export function profileArrivals(world: World, around: number): ArrivalProfile {
  const hours = new Float64Array(PROFILE_HOURS);
  let weights = 0;
  let messages = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const instant = around + Math.floor((sample / SAMPLES) * 7 * DAY);
    const weight = world.shape.weight(instant);
    const life = planArrival(world, SAMPLE_BASE + sample, instant);
    for (let index = 0; index < life.plan.length; index += 1) {
      const hour = Math.min(PROFILE_HOURS - 1, Math.floor((life.timeOf(index) - life.start) / HOUR));
      hours[hour] = (hours[hour] ?? 0) + weight;
    }
    messages += life.plan.length * weight;
    weights += weight;
  }
  return { hours: hours.map((sum) => sum / weights), messages: messages / weights };
}

/** Days of orders before the start that are still looked at, from the most realistic downward. */
const WARM_UPS: readonly number[] = [24, 16, 10, 6, 3, 1.5, 0.8, 0.4];
/** More orders than this are not planned for the sake of their rest, unless the history itself has as many. */
const MOST_WARM_UP = 60_000;

/** Arrivals per weighted hour, and how many messages are to be expected by when. */
export interface TrafficPlan {
  /** Epoch ms of the first arrival that is considered. */
  readonly warmUpAt: number;
  readonly perWeightedHour: number;
  /** Share of the messages expected by an instant of the history: 0 at its start, 1 at its end. */
  expectedBy(instant: number): number;
}

/** Works out the traffic that gives `messages` messages of life cycles between the two instants. */
export function planTraffic(
  shape: TrafficShape,
  profile: ArrivalProfile,
  startAt: number,
  endAt: number,
  messages: number,
): TrafficPlan {
  for (const days of WARM_UPS) {
    const warmUpAt = startAt - Math.round(days * DAY);
    const plan = trafficFrom(warmUpAt, shape, profile, startAt, endAt, messages);
    const before = plan.perWeightedHour * shape.weightedHours(warmUpAt, startAt);
    const during = plan.perWeightedHour * shape.weightedHours(startAt, endAt);
    if (before <= Math.max(MOST_WARM_UP, during)) return plan;
  }
  return trafficFrom(startAt, shape, profile, startAt, endAt, messages);
}

function trafficFrom(
  warmUpAt: number,
  shape: TrafficShape,
  profile: ArrivalProfile,
  startAt: number,
  endAt: number,
  messages: number,
): TrafficPlan {
  // Messages per step of the history for one arrival per weighted hour: arrivals folded with their profile.
  const step = Math.min(HOUR, (endAt - startAt) / 24);
  const steps = Math.ceil((endAt - startAt) / step);
  const sums = new Float64Array(steps + 1);
  const from = Math.floor((startAt - warmUpAt) / HOUR);
  const weights: number[] = [];
  for (let hour = 0; warmUpAt + hour * HOUR < endAt; hour += 1) {
    const begin = warmUpAt + hour * HOUR;
    weights.push(shape.weightedHours(begin, begin + HOUR));
  }
  for (let index = 0; index < steps; index += 1) {
    const hour = from + Math.floor((index * step) / HOUR);
    let sum = 0;
    for (let arrived = Math.max(0, hour - profile.hours.length + 1); arrived <= hour; arrived += 1) {
      sum += (weights[arrived] ?? 0) * (profile.hours[hour - arrived] ?? 0);
    }
    sums[index + 1] = (sums[index] ?? 0) + (sum * step) / HOUR;
  }
  const total = sums[steps] ?? 0;
  return {
    warmUpAt,
    perWeightedHour: total > 0 ? messages / total : 0,
    expectedBy(instant) {
      const place = Math.min(steps, Math.max(0, (instant - startAt) / step));
      const whole = Math.min(steps - 1, Math.floor(place));
      const [low, high] = [sums[whole] ?? 0, sums[whole + 1] ?? 0];
      return total > 0 ? (low + (high - low) * (place - whole)) / total : place / steps;
    },
  };
}
