/** What can go wrong for a while: reading a queue, committing, … */
export type TroubleKind = 'read' | 'commit' | 'heartbeat' | 'route' | 'members' | 'unlisted' | 'begin';

/**
 * What goes wrong for a while, told to the operator: of each kind one sentence when it begins, and one when everything
 * is over, however many queues and attempts meet it.
 */
export class Troubles {
  readonly #onNotice: (sentence: string) => void;
  /** What is in trouble at the moment, by kind. */
  readonly #present = new Map<TroubleKind, Set<string>>();

  constructor(onNotice: (sentence: string) => void) {
    this.#onNotice = onNotice;
  }

  /** @param what the queue, topic … that is in trouble; of those of a kind only the first is told */
  begin(kind: TroubleKind, what: string, sentence: string): void {
    const present = this.#present.get(kind) ?? new Set();
    if (present.size === 0) this.#onNotice(sentence);
    this.#present.set(kind, present.add(what));
  }

  over(kind: TroubleKind, what: string): void {
    if (this.forget(kind, what) && this.#present.size === 0) this.#onNotice('RocketMQ answers again.');
  }

  /** It is nobody's concern here any more. @returns false when it was not in trouble */
  forget(kind: TroubleKind, what: string): boolean {
    const present = this.#present.get(kind);
    if (present?.delete(what) !== true) return false;
    if (present.size === 0) this.#present.delete(kind);
    return true;
  }

  /** Something that happened once. */
  tell(sentence: string): void {
    this.#onNotice(sentence);
  }
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
