import type { Delivery, ReceiveLimits, Source } from '../../ingest/sources/source.js';

export interface ListOptions {
  /** Waits after the last body until it is aborted, instead of ending. */
  readonly endless?: boolean;
  /** Most messages of one receive. */
  readonly perReceive?: number;
}

/** Deliveries of bodies, with books about what was acknowledged and given back. */
export class ListSource implements Source {
  readonly name = 'list';
  readonly received: Delivery[] = [];
  readonly acked: Delivery[] = [];
  readonly nacked: Delivery[] = [];
  /** Calls of ack. */
  acks = 0;
  readonly #left: Iterator<string | Uint8Array>;
  readonly #endless: boolean;
  readonly #perReceive: number;

  constructor(bodies: Iterable<string | Uint8Array>, { endless = false, perReceive = 1000 }: ListOptions = {}) {
    this.#left = bodies[Symbol.iterator]();
    this.#endless = endless;
    this.#perReceive = perReceive;
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    signal.throwIfAborted();
    const deliveries: Delivery[] = [];
    const most = Math.max(1, Math.min(limits.messages, this.#perReceive));
    for (let bytes = 0; deliveries.length < most && (bytes === 0 || bytes < limits.bytes);) {
      const next = this.#left.next();
      if (next.done === true) break;
      const body = typeof next.value === 'string' ? Buffer.from(next.value) : next.value;
      bytes += body.length;
      // Now, because dead letters older than their retention are gone at once.
      deliveries.push({ body, receivedAt: Date.now(), position: String(this.received.length + deliveries.length) });
    }
    this.received.push(...deliveries);
    if (deliveries.length > 0) return deliveries;
    if (!this.#endless) return undefined;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  ack(deliveries: readonly Delivery[]): Promise<number> {
    this.acks++;
    this.acked.push(...deliveries);
    return Promise.resolve(0);
  }

  nack(deliveries: readonly Delivery[]): Promise<void> {
    this.nacked.push(...deliveries);
    return Promise.resolve();
  }

  lag(): number | undefined {
    return undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Ids (second word) of the bodies of deliveries. */
export function idsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ body }) => Buffer.from(body).toString().split(' ')[1] ?? '');
}
