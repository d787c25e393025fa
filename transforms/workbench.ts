import { JuliuError } from '../errors/juliu-error.js';
import { selectRows } from '../sql/migrate/rows.js';
import type { CallOptions, Store } from '../sql/store.js';
import { convertRows, type RowConverter } from './conversion.js';
import type { Day } from './days.js';
import type { MartJob } from './job.js';
import { rowsByDay, shareSettings, Staging, type EngineShare, type ReadSince } from './staging.js';
import { dirtyStatement, firstDaysStatement, recomputeStatements, touchedStatement, type Kept } from './statement.js';
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
  /** What was looked up of the touched things. */
  #kept: Kept | undefined;
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
    const { oldest, call } = this.#options;
    if (this.#job.touched !== undefined) {
      this.#kept = await this.#keep(stored);
      const { touched } = this.#kept;
      const [row] = await selectRows(this.#store, `SELECT toString(count()) AS things FROM ${touched}`, {}, call);
      this.#things = Number(row?.['things']);
    }
    return this.#daysOf(await dirtyStatement(this.#job, stored, oldest, this.#kept));
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
    const { touched } = this.#job;
    const staging = await this.#open();
    if (this.#used) await staging.empty(call);
    this.#used = true;
    const kept = patching ? this.#kept : undefined;
    if (kept !== undefined) await staging.takeOver(days, touched?.key ?? [], kept.touched, call);
    const since =
      touched !== undefined && kept?.firstDays !== undefined ? { table: touched.state, day: first(days) } : undefined;
    for (const statement of await recomputeStatements(this.#job, { days, oldest, slices, kept })) {
      await this.#workOut(staging, statement, since);
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

  /** Once: the things are asked for when days are looked up, when other rows are taken over, and when they are worked out. */
  async #keep(stored: readonly Span[]): Promise<Kept> {
    const { oldest, share, call } = this.#options;
    const staging = await this.#open();
    const touched = await staging.keep('touched', await touchedStatement(this.#job, stored, oldest), share, call);
    if (this.#job.touched?.byFirstDay !== true) return { touched, firstDays: undefined };
    const statement = firstDaysStatement(this.#job, `SELECT * FROM ${touched}`);
    return { touched, firstDays: await staging.keep('first_days', statement, share, call) };
  }

  async #workOut(staging: Staging, statement: string, since: ReadSince | undefined): Promise<void> {
    const { share, call } = this.#options;
    const { convert } = this.#job;
    if (convert === undefined) return staging.fill(statement, share, call, since);
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

function first(days: readonly Day[]): Day {
  return days.reduce((oldest, day) => (day < oldest ? day : oldest));
}

/** Epoch ms: after anything a store can hold. */
const EVER = Date.UTC(2200, 0, 1);
