import type { Conversion } from './conversion.js';

/** One mart and how it follows its inputs. */
export interface MartJob {
  readonly name: string;
  /** One sentence for `transform --list`. */
  readonly description: string;
  /** Tables whose stored_at moves the watermark, as `juliu_store.trade_events`. */
  readonly inputs: readonly string[];
  /** Marts of other jobs it reads: they run before, and its watermark never passes theirs. */
  readonly reads: readonly string[];
  /** The mart it replaces partitions of (in juliu_store, PARTITION BY day). */
  readonly output: string;
  /** File of a SELECT with one column `day`: partitions touched by rows stored in [from, to), before and after. */
  readonly dirty: URL;
  /** File of a SELECT of all columns of `output`, in its column order, of every thing whose anchor day is in {days}. */
  readonly recompute: URL;
  /** For marts with many rows a day; without it every thing of a dirty day is worked out again. */
  readonly touched?: TouchedThings;
  /**
   * For what SQL cannot say: makes the rows of the mart, which then has a column `version`, out of those of `recompute`,
   * which then has columns of its own.
   */
  readonly convert?: Conversion;
}

/**
 * What lets an incremental run work out only the things that changed, and take the other rows of their days over from
 * the mart, where earlier runs put them. `dirty` then holds the place {touched}, `recompute` the place {keys}: both are
 * SELECTs of the key.
 *
 * Where `byFirstDay` is set, each thing is one row of the mart, on the first day the state has of it, and `recompute` needs
 * nothing of the state from before that day. `dirty` may then hold the place {first_days}, a SELECT of the key and `first_day`
 * of the touched things, and {keys} are those alone that began on {days}: a history of years costs a run hardly more than one
 * of weeks.
 */
export interface TouchedThings {
  /** Columns that name a thing, in the mart and in the state alike; never NULL. */
  readonly key: readonly string[];
  /** The state that has the key and `day`. */
  readonly state: string;
  /** File of a SELECT of the key of every thing that rows stored in [from, to) say something about. */
  readonly statement: URL;
  readonly byFirstDay: boolean;
}
