import type { BodyWriter } from './messages/body-writer.js';
import type { TruthLine } from './truth.js';

/** A planned message packed into one number, so that a plan is one array of doubles and sorts as numbers. */
const CODES = 65_536;

/** What a message is about: its kind (0–255) and an argument of the kind (0–255). */
export function code(kind: number, argument = 0): number {
  return kind * 256 + argument;
}

/** Collects the messages of one plan in any order. One is reused for all plans. */
export class Agenda {
  private readonly entries: number[] = [];

  /** Plans a message `offset` ms after the start of the life cycle. */
  add(offset: number, messageCode: number): void {
    const entry = Math.floor(Math.max(0, offset)) * CODES + messageCode;
    const { entries } = this;
    // Plans come nearly in order, which is where insertion beats a general sort.
    let place = entries.length;
    entries.push(entry);
    for (let before = entries[place - 1] ?? 0; place > 0 && before > entry; before = entries[place - 1] ?? 0) {
      entries[place] = before;
      place -= 1;
    }
    entries[place] = entry;
  }

  /** The plan in order of time; the agenda is empty afterwards. */
  take(): readonly number[] {
    const plan = this.entries.slice();
    this.entries.length = 0;
    return plan;
  }

  /** Forgets every message planned after `offset`. */
  cut(offset: number): void {
    const limit = (Math.floor(offset) + 1) * CODES;
    while ((this.entries[this.entries.length - 1] ?? -1) >= limit) this.entries.pop();
  }
}

/**
 * Something with a planned course: an order with all that belongs to it, a purchase order, one operation of a shop.
 * The whole course is planned before its first message is made; playing it only reads the plan.
 */
export abstract class LifeCycle {
  /** Epoch ms that the offsets of the plan count from. */
  start: number;
  readonly plan: readonly number[];
  /** Index of the first message that belongs to the capture; those before it were published before the subscription. */
  first = 0;
  /** Index of the next message to be made. */
  next = 0;

  constructor(start: number, plan: readonly number[]) {
    this.start = start;
    this.plan = plan;
  }

  get finished(): boolean {
    return this.next >= this.plan.length;
  }

  get played(): boolean {
    return this.next > this.first;
  }

  /** Epoch ms of planned message `index`. */
  timeOf(index: number): number {
    return this.start + Math.floor((this.plan[index] ?? NaN) / CODES);
  }

  codeOf(index: number): number {
    const entry = this.plan[index] ?? NaN;
    return entry - Math.floor(entry / CODES) * CODES;
  }

  /** Leaves out every message before `instant`, as a subscription that starts then does. */
  skipUntil(instant: number): void {
    while (this.next < this.plan.length && this.timeOf(this.next) < instant) this.next += 1;
    this.first = this.next;
  }

  /** Writes topic, shop and content of the message with this code, published at `publishAt` (epoch ms). */
  abstract write(messageCode: number, publishAt: number, writer: BodyWriter): void;

  /** Lines of the ground truth: the plan, and how much of it the capture shows. */
  abstract truth(): readonly TruthLine[];
}
