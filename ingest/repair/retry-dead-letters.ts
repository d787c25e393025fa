import type { DeadLetterFilter } from './list-dead-letters.js';
import { BodyDecoder } from '../decoder.js';
import type { MessageCodec } from '../messages/codec.js';
import { Pipeline, type PipelineOptions } from '../pipeline.js';
import { DeadLetterSource } from '../sources/dead-letters.js';

export type RepairOptions = Omit<PipelineOptions, 'source' | 'decoder' | 'onSettled'> & {
  readonly codec: MessageCodec;
};

/**
 * A pipeline that tries dead letters again from their raw bodies, identity recomputed. Its accounts say how many are
 * stored now and how many are still dead; `source.skipped`, how many cannot be tried because their body is incomplete.
 */
export function deadLetterPipeline(
  options: RepairOptions,
  filter: DeadLetterFilter = {},
): { readonly pipeline: Pipeline; readonly source: DeadLetterSource } {
  const { codec, ...rest } = options;
  const source = new DeadLetterSource(options.store, filter);
  const pipeline = new Pipeline({
    ...rest,
    source,
    decoder: new BodyDecoder(codec, source.name),
    onSettled: (delivery, outcome) => source.settled(delivery, outcome),
  });
  return { pipeline, source };
}
