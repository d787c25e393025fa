import type { ClauseContext } from '../clause-context.js';
import type { Dimension } from '../dimension.js';
import { ROLES } from '../lexicon-roles.js';

/** What a shop can do better at once; hopes for an effect (希望能祛痘) are no complaints. */
const IN_THE_SHOPS_HANDS: ReadonlySet<Dimension> = new Set(['packaging', 'logistics', 'service', 'price', 'match']);

/** 希望发货再快点, 建议改进包装: something is not good enough yet, though nobody is angry. */
export function wish(context: ClauseContext, at: number): void {
  const aspect = context.row.entries[context.aspect];
  if (aspect === undefined || (aspect.mask & ROLES.aspect) === 0 || (context.mask & ROLES.better) === 0) return;
  const place = aspect.aspectPlace;
  if (place === null || !IN_THE_SHOPS_HANDS.has(place.dimension)) return;
  const to = Math.max(at, context.aspect) + 1;
  const from = Math.min(at, context.aspect);
  context.judge({ weight: -0.5, opinion: '待改进', from, to, rule: 'wish', place, aspect, soft: true });
}
