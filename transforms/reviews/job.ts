import type { MartJob } from '../job.js';
import { LabelWords } from './labels.js';
import { readingsOf } from './readings.js';
import type { ReaderSource } from './review-reader.js';

/** From the compiled file, the folder of the package. */
const folder = new URL('../../../transforms/reviews/', import.meta.url);

/** @param source what reads the texts; opened only by a run that has some to read */
export function reviewsJob(source: ReaderSource): MartJob {
  return {
    name: 'reviews',
    description: 'Texts of reviews with what they complain of: review_readings',
    inputs: ['juliu_store.review_events', 'juliu_store.item_dimensions'],
    reads: [],
    output: 'review_readings',
    dirty: new URL('dirty.sql', folder),
    recompute: new URL('recompute.sql', folder),
    touched: {
      key: ['tid'],
      state: 'juliu_store.reviews_state',
      statement: new URL('touched.sql', folder),
      byFirstDay: false,
    },
    convert: {
      version: () => source.version(),
      open: async () => readingsOf(await source.open(), await LabelWords.load()),
    },
  };
}
