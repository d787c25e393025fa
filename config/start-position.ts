/** Where reading a queue of RocketMQ begins. */
export type StartPosition =
  | { readonly kind: 'latest' | 'earliest' }
  /** The first message stored at or after it, epoch ms. */
  | { readonly kind: 'timestamp'; readonly at: number }
  /** Queues that are not named are left as they are. */
  | { readonly kind: 'offsets'; readonly offsets: readonly NamedOffset[] };

export interface NamedOffset {
  /** Undefined: of any topic. */
  readonly topic: string | undefined;
  readonly broker: string;
  readonly queue: number;
  readonly offset: number;
}

/** A day, a time of day, and how far from UTC. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;
/** As in the column `position`, with the topic before it where there are several. */
const OFFSET = /^(?:([^/,]+)\/)?([^/,]+)\/(\d{1,9})\/(\d{1,15})$/;

/** What {@link parseStartPosition} takes, as a sentence. */
export const startPositionForms =
  'latest, earliest, a time (2026-11-01 or 2026-11-01T08:30+08:00; without a zone it is China’s), or positions (broker-a/0/1234,broker-a/1/5678)';

/** @returns undefined when the text is none of {@link startPositionForms} */
export function parseStartPosition(text: string): StartPosition | undefined {
  if (text === 'latest' || text === 'earliest') return { kind: text };
  const [whole, day = '', time = '00:00', zone = '+08:00'] = TIME.exec(text) ?? [];
  if (whole !== undefined) {
    const at = Date.parse(`${day}T${time}${zone}`);
    return at >= 0 && isDay(day) ? { kind: 'timestamp', at } : undefined;
  }
  const offsets: NamedOffset[] = [];
  for (const part of text.split(',')) {
    const [, topic, broker, queue, offset] = OFFSET.exec(part.trim()) ?? [];
    if (broker === undefined) return undefined;
    offsets.push({ topic, broker, queue: Number(queue), offset: Number(offset) });
  }
  return { kind: 'offsets', offsets };
}

/** A day that the calendar has: Date takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
