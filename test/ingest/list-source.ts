import type { Delivery, ReceiveLimits, Source } from '../../ingest/sources/source.js';

/** Deliveries of bodies, with books about what was acknowledged and given back. */
export class ListSource implements Source {
  readonly name = 'list';
  readonly received: Delivery[] = [];
  readonly acked: Delivery[] = [];
  readonly nacked: Delivery[] = [];
  /** Calls of ack. */
  acks = 0;
  readonly #left: Iterator<string>;
  readonly #endless: boolean;
  readonly #perReceive: number;

  /** @param options `endless`: waits after the last body until it is aborted, instead of ending. */
  constructor(bodies: Iterable<string>, options: { readonly endless?: boolean; readonly perReceive?: number } = {}) {
    this.#left = bodies[Symbol.iterator]();
    this.#endless = options.endless ?? false;
    this.#perReceive = options.perReceive ?? 1000;
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    signal.throwIfAborted();
    const deliveries: Delivery[] = [];
    let bytes = 0;
    while (
      deliveries.length < Math.max(1, Math.min(limits.messages, this.#perReceive)) &&
      (bytes === 0 || bytes < limits.bytes)
    ) {
      const next = this.#left.next();
      if (next.done === true) break;
      const body = Buffer.from(next.value);
      bytes += body.length;
      deliveries.push({ body, receivedAt: 0, position: String(this.received.length + deliveries.length) });
    }
    this.received.push(...deliveries);
    if (deliveries.length > 0 || !this.#endless) return deliveries.length > 0 ? deliveries : undefined;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  ack(deliveries: readonly Delivery[]): Promise<void> {
    this.acks++;
    this.acked.push(...deliveries);
    return Promise.resolve();
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
