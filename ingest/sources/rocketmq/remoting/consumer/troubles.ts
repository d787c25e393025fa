/**
 * What goes wrong for a while, told to the operator: one sentence when it begins and one when all of it is over, however
 * many queues and attempts meet it.
 */
export class Troubles {
  readonly #onNotice: (sentence: string) => void;
  readonly #present = new Set<string>();

  constructor(onNotice: (sentence: string) => void) {
    this.#onNotice = onNotice;
  }

  /** @param what names the trouble; only the first of those present at once is told */
  begin(what: string, sentence: string): void {
    if (this.#present.size === 0) this.#onNotice(sentence);
    this.#present.add(what);
  }

  over(what: string): void {
    if (this.#present.delete(what) && this.#present.size === 0) this.#onNotice('RocketMQ answers again.');
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
