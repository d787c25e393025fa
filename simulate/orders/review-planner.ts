import { code } from '../life-cycle.js';
import { at } from '../random.js';
import { DAY, MINUTE, SECOND } from '../shanghai-time.js';
import { BURST_COMPLAINT, COMPLAIN_OF_BURST } from '../reviews/burst.js';
import { composeReview } from '../reviews/composer.js';
import { wire } from '../wire-text.js';
import { Kind, STATUS } from './kinds.js';
import { plan, planChanged, type Draft } from './draft.js';

/** Share of finished orders that are rated, and of those that leave a negative impression in an ordinary shop. */
const RATED = 0.45;
const NEGATIVE = 0.12;
const FOLLOWED_UP = 0.22;

/** Plans the ratings of an order that was completed at `succeeded` (ms after the order). */
export function planReviews(draft: Draft, succeeded: number): void {
  const { random, agenda, lines, seller, reviews } = draft;
  if (!random.chance(RATED)) return;
  const rated = succeeded + 20 * SECOND + random.exponential(1.4 * DAY);
  plan(draft, rated, Kind.ratedByBuyer);
  planChanged(draft, rated, STATUS.finished);
  if (random.chance(0.7)) agenda.add(rated + random.between(1, 400) * MINUTE, code(Kind.ratedBySeller, 0));
  if (random.chance(0.03)) agenda.add(rated + SECOND, code(Kind.ratedOut, 0));
  const faulty = faultyLine(draft, rated);
  if (!random.chance(faulty === undefined ? NEGATIVE * seller.trouble : COMPLAIN_OF_BURST)) return;
  const line = faulty ?? random.below(lines.length);
  write('main', line, rated + random.between(0.2, 6) * MINUTE);
  if (!random.chance(FOLLOWED_UP)) return;
  // A follow-up review (追评) fires TradeRated again.
  const followed = rated + random.between(1, 12) * DAY;
  agenda.add(followed, code(Kind.ratedByBuyer, draft.perLine || lines.length === 1 ? line : 0));
  write('follow_up', line, followed + random.between(0.2, 6) * MINUTE);

  function write(kind: 'main' | 'follow_up', lineIndex: number, offset: number): void {
    const { item } = at(lines, lineIndex);
    const certain = faulty === undefined ? undefined : BURST_COMPLAINT;
    const composed = composeReview(item.kind, item.noun, kind === 'follow_up', random, certain);
    agenda.add(offset, code(Kind.badImpression, reviews.length));
    reviews.push({
      kind,
      line: lineIndex,
      feedback: wire(composed.feedback),
      imprWords: composed.imprWords === undefined ? '' : wire(composed.imprWords),
      labels: composed.labels,
      findings: composed.findings,
    });
  }
}

/** The line with the item that has a defect by then. */
function faultyLine({ world: { burst }, createdAt, lines }: Draft, rated: number): number | undefined {
  if (burst === undefined || createdAt + rated < burst.from) return undefined;
  const index = lines.findIndex(({ item }) => item === burst.item);
  return index === -1 ? undefined : index;
}
