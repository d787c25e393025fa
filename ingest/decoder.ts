import type { Decoded, DeliveryMeta, EncodedRow, MessageCodec } from './messages/codec.js';
import type { Delivery } from './sources/source.js';

/** Turns deliveries into rows. Pure: the same delivery gives the same rows, and it never throws for a bad message. */
export interface Decoder {
  decode(delivery: Delivery): Decoded;
  /**
   * The dead letter of a message the store refused a row of; undefined when none is due, because the message is in the
   * store as it was before: its outcome is `kept`.
   */
  refused(delivery: Delivery, detail: string): EncodedRow | undefined;
}

/** Decodes message bodies as they came from a broker, a capture or the simulator. */
export class BodyDecoder implements Decoder {
  readonly #codec: MessageCodec;
  readonly #source: string;

  /** @param source name of the source the deliveries come from; stored with each row. */
  constructor(codec: MessageCodec, source: string) {
    this.#codec = codec;
    this.#source = source;
  }

  decode(delivery: Delivery): Decoded {
    const { unreadable } = delivery;
    return unreadable === undefined
      ? this.#codec.decode(delivery.body, this.#meta(delivery))
      : this.#codec.deadLetter(delivery.body, this.#meta(delivery), unreadable.reason, unreadable.detail);
  }

  refused(delivery: Delivery, detail: string): EncodedRow {
    return this.#codec.deadLetter(delivery.body, this.#meta(delivery), 'store_refused', detail).rows[0];
  }

  #meta(delivery: Delivery): DeliveryMeta {
    return {
      receivedAt: delivery.receivedAt,
      source: delivery.origin ?? this.#source,
      position: delivery.position,
    };
  }
}
