import type { Reading } from './keywords/reading.js';
import type { SecondLevels } from './second-levels.js';

/** Reads one text of a review: what the job needs of the keyword extractor. */
export interface ReviewReader {
  /** Names everything that a row made with it depends on beside the message: extractor, lexicon, tables. */
  readonly version: string;
  /** What categories call the second levels of its findings. */
  readonly secondLevels: SecondLevels;
  /** Takes any text, in time that goes with its length. */
  read(text: string): Reading;
}

/** Where the job gets its reader from. */
export interface ReaderSource {
  /** Version of the reader that `open` would give now; cheap, as it is asked at every tick. */
  version(): Promise<string>;
  /** Loads it, or gives the one that is loaded when its lexicon is still the same. */
  open(): Promise<ReviewReader>;
}
