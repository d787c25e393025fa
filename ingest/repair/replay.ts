import type { Decoder } from '../decoder.js';
import type { Decoded, MessageCodec } from '../messages/codec.js';
import { Pipeline } from '../pipeline.js';
import type { RepairOptions } from './retry-dead-letters.js';
import type { Delivery } from '../sources/source.js';
import { storedEventOf, StoredEventSource, type EventRange } from '../sources/stored-events.js';

/** Normalises stored events again; identity and the hash in the version are carried, never recomputed. */
class StoredEventDecoder implements Decoder {
  readonly #codec: MessageCodec;

  constructor(codec: MessageCodec) {
    this.#codec = codec;
  }

  decode(delivery: Delivery): Decoded {
    return this.#codec.renormalise(storedEventOf(delivery.body));
  }

  /** The raw body is gone (the stored one is masked), and the event is in the store as it was: it is kept. */
  refused(): undefined {
    return undefined;
  }
}

/**
 * A pipeline that reads stored events of a time range and writes them and their typed rows again, for example after a
 * fix of a normaliser. The rows of a newer normaliser win over the older ones; with the same normaliser nothing changes,
 * because every row comes out the same.
 */
export function replayPipeline(options: RepairOptions, range: EventRange): Pipeline {
  const { codec, ...rest } = options;
  return new Pipeline({
    ...rest,
    source: new StoredEventSource(options.store, range),
    decoder: new StoredEventDecoder(codec),
  });
}
