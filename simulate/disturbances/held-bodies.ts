import { at } from '../random.js';

interface Held {
  readonly releaseAt: number;
  readonly order: number;
  readonly body: string;
}

/** Bodies that wait for their later place in the stream: a binary heap by release time, then by order of arrival. */
export class HeldBodies {
  private readonly heap: Held[] = [];
  private held = 0;

  get count(): number {
    return this.heap.length;
  }

  hold(releaseAt: number, body: string): void {
    const entry = { releaseAt, order: this.held++, body };
    const { heap } = this;
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (before(at(heap, parent), entry)) break;
      heap[place] = at(heap, parent);
      place = parent;
    }
    heap[place] = entry;
  }

  /** Takes the earliest body that is due by `instant`, or undefined. */
  takeDue(instant: number): string | undefined {
    const { heap } = this;
    const top = heap[0];
    if (top === undefined || top.releaseAt > instant) return undefined;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top.body;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(at(heap, child + 1), at(heap, child))) child += 1;
      if (before(last, at(heap, child))) break;
      heap[place] = at(heap, child);
      place = child;
    }
    heap[place] = last;
    return top.body;
  }
}

function before(a: Held, b: Held): boolean {
  return a.releaseAt < b.releaseAt || (a.releaseAt === b.releaseAt && a.order < b.order);
}
