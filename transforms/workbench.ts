import { JuliuError } from '../errors/juliu-error.js';
import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import { convertRows, type RowConverter } from './conversion.js';
import type { Day } from './days.js';
import type { MartJob } from './job.js';
import { rowsByDay, shareSettings, Staging, type EngineShare } from './staging.js';
import { dirtyStatement, recomputeStatements, touchedStatement } from './statement.js';
import type { Span } from './watermark.js';

export interface WorkbenchOptions {
  readonly share: EngineShare;
  readonly oldest: Day;
  readonly runId: string;
  readonly call: CallOptions;
}

/** Where one run works days out: its staging, and the things it was told were touched. */
export class Workbench {
  readonly #store: Store;
  readonly #job: MartJob;
  readonly #options: WorkbenchOptions;
  #staging: Staging | undefined;
  /** Table of the touched things. */
  #keys: string | undefined;
  /** How many they are. */
  #things = 0;
  #used = false;
  #converter: RowConverter | undefined;

  constructor(store: Store, job: MartJob, options: WorkbenchOptions) {
    this.#store = store;
    this.#job = job;
    this.#options = options;
  }

  /** How many things {@link touchedDays} found, which bound what patching their days takes. */
  get things(): number {
    return this.#things;
  }

  /** Every day of the mart, and every day on which the state knows something to have happened. */
  async everyDay(): Promise<readonly Day[]> {
    const { touched, output } = this.#job;
    const ofMart = (await rowsByDay(this.#store, output, this.#options.call)).keys();
    const ofState =
      touched === undefined
        ? await this.#daysOf(await dirtyStatement(this.#job, [{ from: 0, to: EVER }], this.#options.oldest))
        : await this.#daysOf(`SELECT DISTINCT day FROM ${touched.state}`);
    return [...new Set([...ofMart, ...ofState])];
  }

  /** Days of what rows stored in these spans speak of: where it stands, and where it will stand. */
  async touchedDays(stored: readonly Span[]): Promise<readonly Day[]> {
    if (stored.length === 0) return [];
    const { oldest, share, call } = this.#options;
    const { touched } = this.#job;
    if (touched !== undefined) {
      const staging = await this.#open();
      // Once: they are asked for when the days are looked up, when other rows are taken over, and when they are worked out.
      this.#keys = await staging.keep(await touchedStatement(this.#job, stored, oldest), share, call);
      const [row] = await selectRows(this.#store, `SELECT toString(count()) AS things FROM ${this.#keys}`, {}, call);
      this.#things = Number(row?.['things']);
    }
    return this.#daysOf(await dirtyStatement(this.#job, stored, oldest, this.#keys));
  }

  /**
   * Works out these days; returns how many rows each has.
   * @param patching only what was touched; everything else of these days is taken over from the mart
   * @param slices statements to cut the work into
   */
  async fill(
    days: readonly Day[],
    { patching, slices }: { readonly patching: boolean; readonly slices: number },
  ): Promise<Map<Day, number>> {
    const { oldest, call } = this.#options;
    const staging = await this.#open();
    if (this.#used) await staging.empty(call);
    this.#used = true;
    const keys = patching ? this.#keys : undefined;
    if (keys !== undefined) await staging.takeOver(days, this.#job.touched?.key ?? [], keys, call);
    for (const statement of await recomputeStatements(this.#job, { days, oldest, slices, keys })) {
      await this.#workOut(staging, statement);
    }
    const rows = await staging.rowsByDay(call);
    const foreign = [...rows.keys()].find((day) => !days.includes(day));
    if (foreign !== undefined) throw new JuliuError('TRANSFORM_FOREIGN_DAY', { job: this.#job.name, day: foreign });
    return rows;
  }

  /** Puts what was worked out last into the mart. */
  async swap(filled: readonly Day[], emptied: readonly Day[]): Promise<void> {
    await (await this.#open()).swap(filled, emptied, this.#options.call);
  }

  async clear(options: CallOptions): Promise<void> {
    await this.#staging?.drop(options);
  }

  async #workOut(staging: Staging, statement: string): Promise<void> {
    const { share, call } = this.#options;
    const { convert } = this.#job;
    if (convert === undefined) return staging.fill(statement, share, call);
    this.#converter ??= await convert.open();
    await convertRows(this.#store, statement, this.#converter, { table: staging.table, share, call });
  }

  async #open(): Promise<Staging> {
    this.#staging ??= await Staging.create(this.#store, this.#job.output, this.#options.runId, this.#options.call);
    return this.#staging;
  }

  async #daysOf(statement: string): Promise<readonly Day[]> {
    const rows = await selectRows(
      this.#store,
      // An alias of the outer statement is known inside the inner one: this must be none that a job's file may use.
      `SELECT DISTINCT toString(day) AS juliu_touched_day FROM (\n${statement}\n)`,
      {},
      { ...this.#options.call, settings: shareSettings(this.#options.share) },
    );
    return rows.map(({ juliu_touched_day: day = '' }) => day);
  }
}

/** Epoch ms: after anything a store can hold. */
const EVER = Date.UTC(2200, 0, 1);
