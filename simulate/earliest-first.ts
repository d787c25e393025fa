import { at } from './random.js';

interface Entry<T> {
  readonly dueAt: number;
  readonly order: number;
  readonly value: T;
}

/** What waits for its time: a binary heap by due time, ties in the order of addition. */
export class EarliestFirst<T> {
  private readonly heap: Entry<T>[] = [];
  private added = 0;

  add(dueAt: number, value: T): void {
    const entry = { dueAt, order: this.added++, value };
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

  /** Takes the earliest value that is due by `instant`, or undefined. */
  takeDue(instant: number): T | undefined {
    const { heap } = this;
    const top = heap[0];
    if (top === undefined || top.dueAt > instant) return undefined;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top.value;
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
    return top.value;
  }

  /** Shows every value that is due by `instant`, in no particular order, without looking at the others. */
  visitDue(instant: number, visit: (value: T) => void, place = 0): void {
    const entry = this.heap[place];
    if (entry === undefined || entry.dueAt > instant) return;
    visit(entry.value);
    this.visitDue(instant, visit, place * 2 + 1);
    this.visitDue(instant, visit, place * 2 + 2);
  }
}

function before(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}
