import { at } from '../random.js';
import { dayStart, HOUR, localDay, localHour } from '../shanghai-time.js';

/** Relative number of orders in each hour of a day. */
const HOURS: readonly number[] = [
  0.7, 0.4, 0.22, 0.14, 0.12, 0.17, 0.35, 0.6, 0.9, 1.2, 1.45, 1.35, 1.25, 1.2, 1.2, 1.2, 1.2, 1.1, 1.05, 1.25, 1.6,
  1.75, 1.6, 1.1,
];
/** Relative number of orders on Monday to Sunday. */
const WEEKDAYS: readonly number[] = [1, 0.98, 0.97, 0.98, 1.02, 1.06, 1.04];
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 3;
/** A promotion day (大促) has this many times the orders of a common one, with the rush in its first hours. */
const PROMOTION = 9;
const RUSH: readonly number[] = [16, 7, 2.5];
/** Buyers hold back before a promotion. */
const HOLD_BACK = 0.65;
const DAYS_BETWEEN_PROMOTIONS = 30;
const SHORTEST_WITH_PROMOTION = 3;

/** How many orders are placed when, relative to a common hour: hours of the day, weekdays, promotion peaks. */
export class TrafficShape {
  /** Local days (see localDay) of the promotions. */
  readonly promotionDays: readonly number[];
  private readonly promotions: ReadonlySet<number>;

  constructor(startAt: number, days: number) {
    const first = localDay(startAt);
    const list: number[] = [];
    if (days >= SHORTEST_WITH_PROMOTION) {
      for (
        let day = Math.floor(Math.min(days, DAYS_BETWEEN_PROMOTIONS) * 0.62);
        day < days;
        day += DAYS_BETWEEN_PROMOTIONS
      ) {
        list.push(first + day);
      }
    }
    this.promotionDays = list;
    this.promotions = new Set(list);
  }

  isPromotion(instant: number): boolean {
    return this.promotions.has(localDay(instant));
  }

  /** How much longer packing and transport take than usual: 1, and more after a promotion. */
  congestion(instant: number): number {
    const day = localDay(instant);
    if (this.promotions.has(day)) return 1.7;
    if (this.promotions.has(day - 1)) return 1.5;
    return this.promotions.has(day - 2) ? 1.2 : 1;
  }

  /** Orders at this instant relative to the mean of a common week. */
  weight(instant: number): number {
    const day = localDay(instant);
    const hour = Math.floor(localHour(instant));
    const usual = at(HOURS, hour) * at(WEEKDAYS, (day + EPOCH_WEEKDAY) % 7);
    if (this.promotions.has(day)) return usual * PROMOTION + (RUSH[hour] ?? 0);
    return this.promotions.has(day + 1) || this.promotions.has(day + 2) ? usual * HOLD_BACK : usual;
  }

  /** Integral of {@link weight} over a span, in weighted hours. Exact, because the weight is constant within an hour. */
  weightedHours(from: number, to: number): number {
    let sum = 0;
    for (let clock = from; clock < to;) {
      const hourEnd = dayStart(localDay(clock)) + (Math.floor(localHour(clock)) + 1) * HOUR;
      const end = Math.min(hourEnd, to);
      sum += (this.weight(clock) * (end - clock)) / HOUR;
      clock = end;
    }
    return sum;
  }
}
