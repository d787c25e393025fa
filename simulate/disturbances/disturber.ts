import { EarliestFirst } from '../earliest-first.js';
import { envelope, tmcEnvelope, type BodyParts } from '../messages/body-writer.js';
import { JZFX, LOGISTICS, type Topic } from '../messages/topics.js';
import type { CheckedOptions } from '../options.js';
import { at, Random, Stream, Weighted } from '../random.js';
import { DAY, HOUR, MINUTE, SECOND } from '../shanghai-time.js';
import type { DisturbanceTruth } from '../truth.js';
import { DEAD_KINDS } from './dead-bodies.js';
import { unusableField, type UnusableField } from './unusable-fields.js';

/** How many extra or changed bodies a history of a given size has; together with the messages exactly that size. */
export interface DisturbanceQuotas {
  /** Messages proper, each of which comes once undisturbed or disturbed. */
  readonly messages: number;
  readonly duplicates: number;
  readonly republished: number;
  readonly dead: number;
  readonly defects: number;
}

/** Divides the bodies of a history among messages and their disturbances. */
export function disturbanceQuotas(options: CheckedOptions): DisturbanceQuotas {
  const { messages: bodies, duplicates, republish, defects } = options;
  const deadShare = defects / 2;
  const originals = Math.ceil(bodies / (1 + duplicates + republish + deadShare));
  let extra = bodies - originals;
  const take = (share: number): number => {
    const taken = Math.min(extra, Math.round(originals * share));
    extra -= taken;
    return taken;
  };
  const quotas = { duplicates: take(duplicates), republished: take(republish), dead: take(deadShare) };
  const messages = originals + extra;
  return { messages, ...quotas, defects: Math.round(messages * deadShare) };
}

/** Topics whose content carries a business time: re-publishing them gives a later publish time, and the same event. */
function hasBusinessTime(topic: Topic): boolean {
  return (
    topic === LOGISTICS.trace ||
    topic === LOGISTICS.accept ||
    topic.family === 'review' ||
    topic.name.startsWith('taobao_refund_Refund') ||
    topic === JZFX.create ||
    topic === JZFX.statusModify
  );
}

/** Of the duplicates, those that an ISV forwards from TMC in its spelling. */
const RESPELLED = 0.1;
const DEAD_WEIGHTS = new Weighted(DEAD_KINDS.map((kind) => kind.weight));

export interface DisturbanceCounts {
  duplicates: number;
  republished: number;
  disordered: number;
  late: number;
  dead: number;
  defects: number;
  readonly deadByReason: Map<string, number>;
  readonly defectsByField: Map<string, number>;
  readonly republishedByTopic: Map<string, number>;
}

/** What the disturber does with bodies and what it tells about them. */
export interface DisturberOutput {
  body(body: string): void;
  truth: ((line: DisturbanceTruth) => void) | undefined;
}

/**
 * Stands between the messages and the stream: passes each on, holds it back, adds copies of it. Draws from a stream of
 * its own, so that the messages themselves are the same with and without disturbances.
 *
 * In the history the number of copies is exact: with q left to give and r messages left, each gets one with
 * probability q/r (selection sampling). In live mode each message has its chance.
 */
export class Disturber {
  readonly counts: DisturbanceCounts = {
    duplicates: 0,
    republished: 0,
    disordered: 0,
    late: 0,
    dead: 0,
    defects: 0,
    deadByReason: new Map(),
    defectsByField: new Map(),
    republishedByTopic: new Map(),
  };
  private readonly options: CheckedOptions;
  private readonly quotas: DisturbanceQuotas;
  private readonly output: DisturberOutput;
  private readonly random: Random;
  /** Bodies that wait for their later place in the stream. */
  private readonly held = new EarliestFirst<string>();
  /** Epoch ms of the end of the history. */
  private readonly endAt: number;
  /** The longest any body is held back; short histories have shorter delays. */
  private readonly latest: number;
  private left: number;
  private defectsDue = 0;
  private defectsDrawn = 0;
  private defectOf = '';

  constructor(options: CheckedOptions, quotas: DisturbanceQuotas, output: DisturberOutput) {
    this.options = options;
    this.quotas = quotas;
    this.output = output;
    this.random = new Random(options.seed, Stream.disturbances);
    this.endAt = options.startAt + Math.floor(options.days * DAY);
    this.latest = Math.min(2 * DAY, (options.days * DAY) / 4);
    this.left = quotas.messages;
  }

  /** Whether there is anything to do; a plain capture goes past the disturber. */
  get active(): boolean {
    const { duplicates, republish, disorder, lateness, defects } = this.options;
    return duplicates + republish + disorder + lateness + defects > 0;
  }

  private draws(quota: number, given: number, fraction: number): boolean {
    return this.left > 0 ? this.random.unit() * this.left < quota - given : this.random.chance(fraction);
  }

  /** The unusable field to add to the next message, or undefined. Called once before each message's body is made. */
  defectFor(topic: Topic): UnusableField | undefined {
    this.defectOf = '';
    if (this.draws(this.quotas.defects, this.defectsDrawn, this.options.defects / 2)) {
      this.defectsDue += 1;
      this.defectsDrawn += 1;
    }
    // A topic without a suitable field leaves its defect to the next message.
    const field = this.defectsDue > 0 ? unusableField(topic, this.random.next()) : undefined;
    if (field === undefined) return undefined;
    this.defectsDue -= 1;
    this.defectOf = field.name;
    return field;
  }

  /**
   * Takes a message, its bytes `body`, and what is needed for copies of it. `freshId(k)` gives ids of its own, for k
   * from 0 to 2.
   */
  message(body: string, parts: BodyParts, outgoingId: string, publishAt: number, freshId: (k: number) => string): void {
    const { counts, quotas, options, random } = this;
    this.release(publishAt);
    if (this.defectOf !== '') {
      counts.defects += 1;
      count(counts.defectsByField, this.defectOf);
      this.tell('defect', parts, outgoingId, outgoingId, 'stored_with_defects', { defects: [this.defectOf] });
    }
    if (this.draws(quotas.duplicates, counts.duplicates, options.duplicates)) {
      counts.duplicates += 1;
      const respelled = !parts.tmc && random.chance(RESPELLED);
      this.hold(publishAt + this.copyDelay(), respelled ? tmcEnvelope(parts, outgoingId, publishAt) : body);
      this.tell('duplicate', parts, outgoingId, outgoingId, 'same_identity');
    }
    if (this.draws(quotas.republished, counts.republished, options.republish)) {
      counts.republished += 1;
      count(counts.republishedByTopic, parts.topic.name);
      const id = freshId(0);
      // The end of the history releases everything: nothing it holds may be published after it.
      const again = Math.min(publishAt + Math.floor(this.copyDelay()), this.left > 0 ? this.endAt : Infinity);
      this.hold(again, envelope(parts, id, hasBusinessTime(parts.topic) ? again : publishAt));
      this.tell('republished', parts, id, outgoingId, 'new_identity');
    }
    if (this.draws(quotas.dead, counts.dead, options.defects / 2)) this.kill(parts, outgoingId, publishAt, freshId(1));
    this.left -= 1;
    if (random.chance(options.lateness)) {
      counts.late += 1;
      this.hold(publishAt + random.between(Math.min(HOUR, this.latest / 4), this.latest), body);
      this.tell('late', parts, outgoingId, outgoingId, 'stored');
    } else if (random.chance(options.disorder)) {
      counts.disordered += 1;
      this.hold(publishAt + Math.min(this.latest, SECOND + random.exponential(MINUTE)), body);
      this.tell('disordered', parts, outgoingId, outgoingId, 'stored');
    } else this.output.body(body);
  }

  /** Lets out what is due by `instant`; all that is held when it is Infinity. */
  release(instant: number): void {
    for (let body = this.held.takeDue(instant); body !== undefined; body = this.held.takeDue(instant)) {
      this.output.body(body);
    }
  }

  private kill(parts: BodyParts, of: string, publishAt: number, id: string): void {
    const { counts, random } = this;
    for (;;) {
      const kind = at(DEAD_KINDS, DEAD_WEIGHTS.index(random.unit()));
      const body = kind.make(parts, id, publishAt);
      if (body === undefined) continue;
      counts.dead += 1;
      count(counts.deadByReason, kind.reason);
      this.output.body(body);
      this.tell('dead', parts, id, of, 'dead', { reason: kind.reason });
      return;
    }
  }

  private copyDelay(): number {
    const { random } = this;
    return Math.min(this.latest, random.chance(0.6) ? random.between(0, MINUTE) : random.between(MINUTE, 6 * HOUR));
  }

  private hold(releaseAt: number, body: string): void {
    this.held.add(releaseAt, body);
  }

  private tell(
    disturbance: DisturbanceTruth['disturbance'],
    parts: BodyParts,
    outgoingId: string,
    of: string,
    outcome: DisturbanceTruth['outcome'],
    more: Pick<DisturbanceTruth, 'reason' | 'defects'> = {},
  ): void {
    this.output.truth?.({
      kind: 'disturbance',
      disturbance,
      topic: parts.topic.name,
      outgoing_id: outgoingId,
      of,
      outcome,
      ...more,
    });
  }
}

export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
