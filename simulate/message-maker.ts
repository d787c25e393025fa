import { ChunkBuilder } from './body-chunk.js';
import { Disturber, disturbanceQuotas } from './disturbances/disturber.js';
import { IdSpace } from './ids.js';
import type { LifeCycle } from './life-cycle.js';
import { BodyWriter, envelope } from './messages/body-writer.js';
import { ALL_TOPICS } from './messages/topics.js';
import type { CheckedOptions } from './options.js';
import { hash32, Stream } from './random.js';
import type { DisturbanceTruth, SummaryTruth } from './truth.js';
import type { World } from './world/world.js';

/** The part of the summary that comes from counting messages. */
export type MessageCounts = Omit<
  SummaryTruth,
  'kind' | 'seed' | 'days' | 'start_at' | 'end_at' | 'promotion_days' | 'lines'
>;

/** Each message has a block of ids: one for itself, some for copies of it. */
const ID_BLOCK = 8;

/** Makes the bodies of planned messages, in the order in which they are published, and counts them. */
export class MessageMaker {
  readonly chunk = new ChunkBuilder();
  readonly disturber: Disturber;
  /** Messages made so far, copies not counted. */
  made = 0;
  /** Bodies made so far, copies included. */
  bodies = 0;
  /** Publish time of the last message. */
  lastAt = 0;
  private readonly seed: number;
  private readonly writer = new BodyWriter();
  private readonly outgoingIds: IdSpace;
  private readonly byTopic = new Float64Array(ALL_TOPICS.length);
  private readonly bySeller: Float64Array;
  private readonly world: World;

  constructor(options: CheckedOptions, world: World, tell: ((line: DisturbanceTruth) => void) | undefined) {
    this.seed = options.seed;
    this.world = world;
    this.outgoingIds = new IdSpace(options.seed, 20, '5', 19, false);
    this.bySeller = new Float64Array(world.shops.sellers.length);
    this.disturber = new Disturber(options, disturbanceQuotas(options), {
      body: (body) => {
        this.bodies += 1;
        this.chunk.add(body);
      },
      truth: tell,
    });
  }

  /** Makes the next message of a life cycle, which is published at `publishAt` (epoch ms). */
  make(life: LifeCycle, messageCode: number, publishAt: number): void {
    const { writer, disturber } = this;
    const number = this.made++;
    const bits = hash32(this.seed, Stream.wire, number);
    writer.begin(bits);
    life.write(messageCode, publishAt, writer);
    const topic = writer.topic;
    if (topic !== undefined) this.byTopic[topic.index] = (this.byTopic[topic.index] ?? 0) + 1;
    if (writer.seller !== undefined) {
      this.bySeller[writer.seller.index] = (this.bySeller[writer.seller.index] ?? 0) + 1;
    }
    this.lastAt = publishAt;
    // Real ids of one second lie close together and are given out in the order of delivery.
    const outgoingId = this.outgoingIds.text(number * ID_BLOCK + (bits & 3));
    if (!disturber.active || topic === undefined) {
      this.bodies += 1;
      this.chunk.add(envelope(writer.end(), outgoingId, publishAt));
      return;
    }
    const defect = disturber.defectFor(topic);
    if (defect !== undefined) writer.json(defect.key, defect.value);
    const parts = writer.end();
    disturber.message(envelope(parts, outgoingId, publishAt), parts, outgoingId, publishAt, (copy) =>
      this.outgoingIds.text(number * ID_BLOCK + 4 + copy),
    );
  }

  /** The counts of a summary. */
  counts(): MessageCounts {
    const { counts } = this.disturber;
    const events = new Map<string, number>();
    const identities = new Map<string, number>();
    const families = new Map<string, number>();
    for (const topic of ALL_TOPICS) {
      const made = this.byTopic[topic.index] ?? 0;
      const total = made + (counts.republishedByTopic.get(topic.name) ?? 0);
      if (made > 0) events.set(topic.name, made);
      if (total > 0) identities.set(topic.name, total);
      families.set(topic.family, (families.get(topic.family) ?? 0) + total);
    }
    const sellers = new Map<string, number>();
    for (const seller of this.world.shops.sellers) sellers.set(seller.id, this.bySeller[seller.index] ?? 0);
    return {
      messages: this.bodies,
      bytes: this.chunk.bytes,
      identities: this.made + counts.republished,
      identities_by_topic: Object.fromEntries(identities),
      identities_by_family: Object.fromEntries(families),
      events_by_topic: Object.fromEntries(events),
      messages_by_seller: Object.fromEntries(sellers),
      dead: counts.dead,
      dead_by_reason: Object.fromEntries(counts.deadByReason),
      defects: counts.defects,
      defects_by_field: Object.fromEntries(counts.defectsByField),
      duplicates: counts.duplicates,
      republished: counts.republished,
      disordered: counts.disordered,
      late: counts.late,
    };
  }
}
