import { toJson, type Output } from './output.js';
import type { StatusLine } from './status-line.js';

export interface ProgressOptions<Sample extends { readonly done: number }> {
  readonly status: StatusLine;
  /** Given with `--json`: one document per line goes here, and nothing to the status line. */
  readonly json?: Output | undefined;
  /** The totals of this moment; `done` is what the rate is taken of. */
  readonly sample: () => Sample;
  readonly text: (sample: Sample, perSecond: number) => string;
  readonly document: (sample: Sample, perSecond: number) => Readonly<Record<string, unknown>>;
}

/** Five times a second in place; whole lines and documents every three seconds. */
const IN_PLACE_MS = 200;
const LINES_MS = 3_000;
/** Lines come that often for the first two minutes, then every thirty seconds. */
const MANY_LINES_MS = 120_000;
const FEW_LINES_MS = 30_000;
/** The rate shown is that of the last five seconds. */
const RATE_WINDOW_MS = 5_000;

/** Shows how a run goes: one line in place on a terminal, plain lines when piped, documents with `--json`. */
export class Progress<Sample extends { readonly done: number }> {
  readonly #options: ProgressOptions<Sample>;
  readonly #startedAt = performance.now();
  readonly #history: { readonly at: number; readonly done: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #shownAt = 0;

  constructor(options: ProgressOptions<Sample>) {
    this.#options = options;
  }

  start(): this {
    const inPlace = this.#options.json === undefined && this.#options.status.isTerminal;
    this.#rate(this.#options.sample().done);
    this.#timer = setInterval(
      () => {
        if (inPlace || this.#options.json !== undefined || this.#lineIsDue()) this.#show();
      },
      inPlace ? IN_PLACE_MS : LINES_MS,
    );
    this.#timer.unref();
    return this;
  }

  /** Takes the line away and says how long it took. */
  stop(): { readonly sample: Sample; readonly seconds: number; readonly perSecond: number } {
    clearInterval(this.#timer);
    this.#options.status.clear();
    const sample = this.#options.sample();
    const seconds = Math.round(performance.now() - this.#startedAt) / 1_000;
    return { sample, seconds, perSecond: seconds > 0 ? Math.round(sample.done / seconds) : 0 };
  }

  /** A log must not fill with lines of a run that goes on for days. */
  #lineIsDue(): boolean {
    const now = performance.now();
    if (now - this.#startedAt > MANY_LINES_MS && now - this.#shownAt < FEW_LINES_MS) return false;
    this.#shownAt = now;
    return true;
  }

  #show(): void {
    const { status, json, text, document } = this.#options;
    const sample = this.#options.sample();
    const rate = this.#rate(sample.done);
    if (json !== undefined) json.writeNow(`${toJson(document(sample, rate))}\n`);
    else if (status.isTerminal) status.update(text(sample, rate));
    else status.print(text(sample, rate));
  }

  #rate(done: number): number {
    const at = performance.now();
    this.#history.push({ at, done });
    while (this.#history.length > 2 && at - (this.#history[1]?.at ?? at) > RATE_WINDOW_MS) this.#history.shift();
    const oldest = this.#history[0];
    return oldest === undefined || at === oldest.at ? 0 : ((done - oldest.done) * 1_000) / (at - oldest.at);
  }
}

/** 1234567.8 → `1,234,568` */
export function grouped(amount: number): string {
  return Math.round(amount).toLocaleString('en-US');
}

/** 75.3 → `75 s`, 3.14 → `3.1 s` */
export function secondsText(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : grouped(seconds)} s`;
}
