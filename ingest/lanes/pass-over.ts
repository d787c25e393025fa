import { Condition } from '../condition.js';
import { within, type Clock } from '../retry.js';
import type { Delivery, Source } from '../sources/source.js';

export interface PassOverOptions {
  readonly source: Pick<Source, 'ack'>;
  /** An acknowledgement without an answer for so long is given up, ms; its messages come again. */
  readonly ackTimeoutMs: number;
  readonly clock: Clock;
  readonly onNotice: (sentence: string) => void;
}

/** Messages in one acknowledgement, and how long fewer wait for company. */
const LARGEST_GROUP = 4096;
const FULL_ENOUGH = 256;
const LINGER_MS = 50;
/** Acknowledgements under way at once. */
const AT_ONCE = 2;
/** What may wait to be acknowledged. */
const MOST_MESSAGES = 16_384;
const MOST_BYTES = 32 * 2 ** 20;

/** Acknowledges messages of other lanes in the background, many at a time, within bounded memory. */
export class PassOver {
  readonly #options: PassOverOptions;
  readonly #changed = new Condition();
  #waiting: Delivery[] = [];
  #heldMessages = 0;
  #heldBytes = 0;
  #underWay = 0;
  #lingering: AbortController | undefined;
  #passed = 0;
  #failing = false;

  constructor(options: PassOverOptions) {
    this.#options = options;
  }

  /** Messages acknowledged for other lanes to store. */
  get passed(): number {
    return this.#passed;
  }

  add(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) {
      this.#waiting.push(delivery);
      this.#heldBytes += delivery.body.length;
    }
    this.#heldMessages += deliveries.length;
    this.#next();
  }

  /** Waits until there is room for more. */
  room(signal: AbortSignal): Promise<void> {
    return this.#changed.until(() => this.#heldMessages < MOST_MESSAGES && this.#heldBytes < MOST_BYTES, signal);
  }

  /** Waits until everything is acknowledged or given up. */
  async settle(): Promise<void> {
    this.#lingering?.abort();
    while (this.#heldMessages > 0) {
      this.#start();
      await this.#changed.wait();
    }
  }

  /** Starts an acknowledgement now, when enough wait, or a little later. */
  #next(): void {
    if (this.#waiting.length >= FULL_ENOUGH) {
      this.#start();
      return;
    }
    if (this.#waiting.length === 0 || this.#lingering !== undefined) return;
    const lingering = (this.#lingering = new AbortController());
    void this.#options.clock
      .sleep(LINGER_MS, lingering.signal)
      .catch(() => undefined)
      .then(() => {
        this.#lingering = undefined;
        this.#start();
      });
  }

  #start(): void {
    while (this.#underWay < AT_ONCE && this.#waiting.length > 0) {
      this.#underWay++;
      void this.#ack(this.#waiting.splice(0, LARGEST_GROUP));
    }
  }

  /** Never rejects. What is not acknowledged comes again, and is passed over again. */
  async #ack(group: readonly Delivery[]): Promise<void> {
    const { source, clock, ackTimeoutMs, onNotice } = this.#options;
    try {
      const left = await within(ackTimeoutMs, clock, source.ack(group));
      this.#passed += group.length - left;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        onNotice(`${group.length} messages of other lanes could not be acknowledged and come again: ${String(error)}`);
      }
      this.#failing = true;
    }
    this.#underWay--;
    this.#heldMessages -= group.length;
    for (const { body } of group) this.#heldBytes -= body.length;
    this.#next();
    this.#changed.notify();
  }
}
