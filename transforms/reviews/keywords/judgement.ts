import type { Entry, Place } from './lexicon.js';

/** One judgement of a clause, before it is worded: negative ones become findings, all weigh in the score. */
export interface Judgement {
  /** Above 0 praises, below 0 complains. */
  readonly weight: number;
  readonly aspect: Entry | null;
  /** Normal form of what is said. */
  readonly opinion: string;
  readonly place: Place | null;
  /** The aspect's place counts before `place`. */
  readonly yields: boolean;
  /** Tokens of the opinion, the end exclusive. */
  readonly from: number;
  readonly to: number;
  /** A wish or a suggestion. */
  readonly soft: boolean;
  /** Feeling or advice: a finding only where the review says nothing else. */
  readonly reaction: boolean;
  /** Where it happened, when the clause names the parcel or those who brought it. */
  readonly scene: Place | null;
  /** Which rule judged, for people who ask why. */
  readonly rule: string;
}

/** Second levels of what breaks or leaks. */
const DAMAGE: ReadonlySet<string> = new Set(['defect', 'wrapping']);

/** It tells that something broke or leaked. */
export function isDamage({ place }: Judgement): boolean {
  return place !== null && DAMAGE.has(place.subdimension);
}
