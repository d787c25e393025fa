import { planArrival, planTraffic, profileArrivals, type ArrivalProfile, type TrafficPlan } from './arrivals.js';
import type { LifeCycle } from './life-cycle.js';
import { MessageMaker } from './message-maker.js';
import { BURST_COMPLAINT } from './reviews/burst.js';
import { itemTruth, planOperation } from './operations/operation.js';
import type { CheckedOptions } from './options.js';
import { Random, Stream } from './random.js';
import { DAY, dayStart, HOUR, SECOND } from './shanghai-time.js';
import { SlotMessages, Timeline } from './timeline.js';
import type { SummaryTruth, TruthLine } from './truth.js';
import { unwire } from './wire-text.js';
import { TrafficShape } from './world/traffic-shape.js';
import { World } from './world/world.js';
import { disturbanceQuotas } from './disturbances/disturber.js';

/** Share of the messages that operations of the shops give; the rest are those of orders and purchase orders. */
export const OPERATION_SHARE = 0.12;
/** Orders get this much less than their share, so that operations can make up for chance. */
const MARGIN = 0.98;
/** Slots are cut so that about this many messages fall into one. */
const PER_SLOT = 400;

/**
 * The history of a shop group, slot by slot: orders arrive and are planned to their end, messages due in the slot are
 * sorted and made, and operations of the shops fill the slot up to what the traffic's shape expects, so that the
 * last message falls into the last slot.
 */
export class History {
  readonly world: World;
  readonly maker: MessageMaker;
  readonly profile: ArrivalProfile;
  readonly endAt: number;
  /** Life cycles with messages after the history; complete once it is over. */
  readonly open: LifeCycle[] = [];
  arrivals = 0;
  operations = 0;
  private readonly options: CheckedOptions;
  private readonly messages: number;
  private readonly slotLength: number;
  private readonly slot = new SlotMessages();
  private readonly random: Random;
  private readonly truthLines = new Map<string, number>();

  constructor(options: CheckedOptions) {
    this.options = options;
    const { seed, startAt, days } = options;
    const shape = new TrafficShape(startAt, days);
    this.world = new World(seed, shape, options.burstAt);
    this.messages = disturbanceQuotas(options).messages;
    this.endAt = startAt + Math.floor(days * DAY);
    const wanted = (days * DAY * PER_SLOT) / Math.max(1, this.messages);
    this.slotLength = Math.max(SECOND, Math.min(HOUR, Math.floor(wanted)));
    this.random = new Random(seed, Stream.arrivals);
    this.profile = profileArrivals(this.world, startAt);
    this.maker = new MessageMaker(options, this.world, options.onTruth === undefined ? undefined : this.tell);
  }

  /** Chunks of bodies in the order of publication. */
  *play(): Iterable<readonly Uint8Array[]> {
    const { options, maker, messages } = this;
    if (options.onTruth !== undefined) this.introduce();
    const timeline = new Timeline(options.startAt, this.slotLength);
    const lifeCycleMessages = messages * (1 - OPERATION_SHARE) * MARGIN;
    const traffic = planTraffic(this.world.shape, this.profile, options.startAt, this.endAt, lifeCycleMessages);
    this.warmUp(traffic, timeline);
    let carried = 0;
    for (let number = 0; maker.made < messages; number += 1) {
      const begin = options.startAt + number * this.slotLength;
      const end = Math.min(begin + this.slotLength, this.endAt);
      this.slot.begin(begin);
      for (const life of timeline.take(number)) this.admit(life, end, timeline);
      carried += traffic.perWeightedHour * this.world.shape.weightedHours(begin, end);
      for (; carried >= 1; carried -= 1) {
        this.admit(planArrival(this.world, this.arrivals++, this.instantIn(begin, end)), end, timeline);
      }
      const expected = end >= this.endAt ? messages : Math.round(messages * traffic.expectedBy(end));
      this.fill(expected - maker.made, begin, end, timeline);
      this.slot.play(messages - maker.made, this.make);
      yield* maker.chunk.full();
    }
    maker.disturber.release(Infinity);
    yield* maker.chunk.rest();
    this.close(timeline);
  }

  private readonly make = (life: LifeCycle, messageCode: number, publishAt: number): void => {
    this.maker.make(life, messageCode, publishAt);
    if (life.finished) this.tellOf(life);
  };

  /** Takes part of a life cycle into the current slot and files the rest. */
  private admit(life: LifeCycle, end: number, timeline: Timeline): void {
    const next = this.slot.collect(life, end);
    if (next !== Infinity) timeline.file(life, next);
  }

  /** Orders from before the subscription: their past is not in the capture, their future is. */
  private warmUp(traffic: TrafficPlan, timeline: Timeline): void {
    const { startAt } = this.options;
    let carried = 0;
    for (let begin = traffic.warmUpAt; begin < startAt; begin += HOUR) {
      const end = Math.min(begin + HOUR, startAt);
      carried += traffic.perWeightedHour * this.world.shape.weightedHours(begin, end);
      for (; carried >= 1; carried -= 1) {
        const life = planArrival(this.world, this.arrivals++, this.instantIn(begin, end));
        life.skipUntil(startAt);
        if (!life.finished) timeline.file(life, life.timeOf(life.next));
      }
    }
  }

  /** Adds operations until the slot has `wanted` messages. */
  private fill(wanted: number, begin: number, end: number, timeline: Timeline): void {
    while (this.slot.count < wanted) {
      this.admit(planOperation(this.world, this.operations++, this.instantIn(begin, end)), end, timeline);
    }
  }

  private instantIn(begin: number, end: number): number {
    return begin + this.random.below(Math.max(1, end - begin));
  }

  /** After the last message: gathers what goes on, and finishes the truth. */
  private close(timeline: Timeline): void {
    const seen = new Set<LifeCycle>();
    for (const life of [...this.slot.participants, ...timeline.remaining()]) {
      if (life.finished || seen.has(life)) continue;
      seen.add(life);
      this.open.push(life);
      this.tellOf(life);
    }
    if (this.options.onTruth === undefined) return;
    for (const seller of this.world.shops.sellers) {
      for (const item of seller.items) if (item.messages.size > 0) this.tell(itemTruth(item));
    }
    this.options.onTruth(JSON.stringify(this.summary()));
  }

  private introduce(): void {
    for (const seller of this.world.shops.sellers) {
      this.tell({
        kind: 'seller',
        seller_id: seller.id,
        seller_nick: unwire(seller.nick),
        seller_open_uid: seller.openUid,
        share: seller.share,
      });
    }
    const { burst } = this.world;
    if (burst === undefined) return;
    const { dimension, aspect, phrase } = BURST_COMPLAINT;
    const { numIid, seller } = burst.item;
    this.tell({ kind: 'burst', num_iid: numIid, seller_id: seller.id, from_at: burst.from, dimension, aspect, phrase });
  }

  private tellOf(life: LifeCycle): void {
    if (this.options.onTruth !== undefined && life.played) for (const line of life.truth()) this.tell(line);
  }

  private readonly tell = (line: TruthLine): void => {
    this.truthLines.set(line.kind, (this.truthLines.get(line.kind) ?? 0) + 1);
    this.options.onTruth?.(JSON.stringify(line));
  };

  private summary(): SummaryTruth {
    const { options, maker } = this;
    return {
      kind: 'summary',
      seed: options.seed,
      days: options.days,
      start_at: options.startAt,
      end_at: maker.lastAt,
      promotion_days: this.world.shape.promotionDays.map((day) =>
        new Date(dayStart(day) + 8 * HOUR).toISOString().slice(0, 10),
      ),
      ...maker.counts(),
      lines: Object.fromEntries(this.truthLines),
    };
  }
}
