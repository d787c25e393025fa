import { fen, groupBy } from './figures.js';

/** One payment a message names: `line` is '' when it speaks of the whole trade. */
export interface StatedPayment {
  readonly topic: string;
  readonly line: string;
  /** Epoch ms. */
  readonly at: number;
  readonly payment: string;
}

export interface Paid {
  readonly scope: '' | 'line' | 'trade' | 'unknown';
  readonly amount: number | null;
}

const latestOf = (list: readonly StatedPayment[]): StatedPayment | undefined =>
  list.reduce<StatedPayment | undefined>(
    (best, next) => (best === undefined || next.at >= best.at ? next : best),
    undefined,
  );
const amountOf = (stated: StatedPayment | undefined): number => fen(stated?.payment ?? '0');

type Evidence = 'line' | 'trade' | 'whole only' | 'none';
const STRENGTH: readonly Evidence[] = ['line', 'trade', 'whole only', 'none'];
const strongest = (all: readonly Evidence[]): Evidence => STRENGTH.find((kind) => all.includes(kind)) ?? 'none';

/** What the messages of one topic within ten seconds say. */
function evidence(moment: readonly StatedPayment[]): Evidence {
  const byLine = groupBy(moment, (stated) => stated.line);
  const whole = byLine.get('');
  byLine.delete('');
  const lines = [...byLine.values()].map((list) => amountOf(latestOf(list)));
  if (lines.length === 0) return 'whole only';
  if (new Set(lines).size > 1) return 'line';
  if (whole === undefined) return 'none';
  const said = amountOf(latestOf(whole));
  if (said === lines[0]) return 'trade';
  return said === lines.reduce((sum, value) => sum + value, 0) ? 'line' : 'none';
}

/** What was paid for a trade, by the rule written for juliu.trade_payments. */
export function paidFor(stated: readonly StatedPayment[]): Paid {
  if (stated.length === 0) return { scope: '', amount: null };
  const byTopic = groupBy(stated, (each) => each.topic);
  const ofTopic = new Map<string, Evidence>();
  for (const [topic, list] of byTopic) {
    const moments = groupBy(list, (each) => String(Math.floor(each.at / 10_000)));
    ofTopic.set(topic, strongest([...moments.values()].map(evidence)));
  }
  const whole = stated.filter((each) => each.line === '');
  switch (strongest([...ofTopic.values()])) {
    case 'line': {
      const telling = stated.filter((each) => each.line !== '' && ofTopic.get(each.topic) === 'line');
      let amount = 0;
      for (const list of groupBy(telling, (each) => each.line).values()) amount += amountOf(latestOf(list));
      return { scope: 'line', amount };
    }
    case 'trade':
      return { scope: 'trade', amount: amountOf(latestOf(stated)) };
    case 'whole only':
      return { scope: 'trade', amount: amountOf(latestOf(whole)) };
    case 'none':
      return { scope: 'unknown', amount: amountOf(latestOf(whole.length > 0 ? whole : stated)) };
  }
}
