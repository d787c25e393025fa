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
}
