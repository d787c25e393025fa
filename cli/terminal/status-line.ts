import { displayWidth } from './table.js';
import type { Output } from './output.js';

/** Erases from the start of the line to its end. */
const CLEAR = '\r\u001b[2K';

/**
 * The bottom line of a terminal that changes in place. Everything else written to the same stream goes through
 * `print`, so that a log line never lands in the middle of it. Invariant: at most one status is on the screen, and it
 * is the last line.
 */
export class StatusLine {
  readonly #output: Output;
  #shown = '';

  constructor(output: Output) {
    this.#output = output;
  }

  get isTerminal(): boolean {
    return this.#output.isTerminal;
  }

  /** Shows a text in place of the former one; cut to the terminal's width, because a wrapped line cannot be erased. */
  update(text: string): void {
    this.#shown = cut(text, this.#output.columns - 1);
    this.#output.writeNow(CLEAR + this.#shown);
  }

  /** A whole line that stays; the status moves below it. */
  print(line: string): void {
    this.#output.writeNow(this.#shown === '' ? `${line}\n` : `${CLEAR}${line}\n${this.#shown}`);
  }

  /** Takes the status away. */
  clear(): void {
    if (this.#shown !== '') this.#output.writeNow(CLEAR);
    this.#shown = '';
  }
}

function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
