import type { LaneSettings } from '../../config/lanes.js';
import { JuliuError } from '../../errors/juliu-error.js';
import type { Store } from '../../sql/store.js';
import type { MeasuredPipeline } from '../accounts/metrics.js';
import type { Decoder } from '../decoder.js';
import { Pipeline, type PipelineOptions } from '../pipeline.js';
import type { Source } from '../sources/source.js';
import { InsertPlaces } from './insert-places.js';
import { LanePlans } from './lane-plans.js';
import { LaneSource } from './lane-source.js';
import type { PlannedLane } from './plan.js';
import { StoredPlans, type PlanStore } from './plan-store.js';
import { runLanes } from './run-lanes.js';
import { lookAt, WatchedFiles } from './watched-files.js';

export interface OpenLanesOptions {
  readonly lanes: readonly LaneSettings[];
  /** The section `ingest.laneChange`. */
  readonly change: { readonly grace: number; readonly recheck: number; readonly brokerKeepsDays: number };
  readonly store: Store;
  /** Runs these lanes; the others run in other processes. Undefined runs all. */
  readonly only?: readonly string[];
  /** Opens what receives for `lane.group` (with `lane.filter`, `lane.sql`, `lane.concurrency`). Closed by {@link OpenLanes}. */
  readonly openSource: (lane: LaneSettings) => Promise<Source>;
  readonly decoder: (source: Source) => Decoder;
  /** What all pipelines have alike; batch, budget and places are each lane's own. */
  readonly pipeline: Omit<PipelineOptions, 'source' | 'store' | 'decoder' | 'batch' | 'inFlight' | 'concurrentBatches'>;
  /** Where a change of the lists is seen: files, and how the lanes are read from them anew. */
  readonly reload?: {
    readonly files: readonly string[];
    readonly lanes: () => readonly LaneSettings[];
    readonly everyMs?: number;
  };
  /** Default: the table `lane_plans` of the store. */
  readonly plans?: PlanStore;
  readonly onNotice?: (sentence: string) => void;
}

interface OpenLane {
  readonly name: string;
  readonly source: Source;
  readonly pipeline: Pipeline;
  readonly measured: MeasuredPipeline;
}

const DAY_MS = 86_400_000;

/**
 * Lanes of one process over one store: a source, a pipeline and a share of the insert places each. A lane of an earlier
 * plan that is gone from the configuration runs on, as `NAME (leaving)`, in the process that has the default lane, until
 * the broker can hold no message of its time any more.
 */
export class OpenLanes {
  readonly plans: LanePlans;
  readonly #options: OpenLanesOptions;
  readonly #lanes: readonly OpenLane[];
  readonly #watched: WatchedFiles | undefined;
  /** As last read without an error: they name the files to watch. */
  #configured: readonly LaneSettings[];

  private constructor(options: OpenLanesOptions, plans: LanePlans, lanes: readonly OpenLane[], since: string) {
    this.#options = options;
    this.plans = plans;
    this.#lanes = lanes;
    this.#configured = options.lanes;
    const { reload, onNotice } = options;
    if (reload === undefined) return;
    this.#watched = new WatchedFiles({
      since,
      files: () => filesOf(reload.files, this.#configured),
      ...(reload.everyMs === undefined ? {} : { everyMs: reload.everyMs }),
      onChange: () => this.reload(),
      onError: (error) =>
        onNotice?.(`The lanes stay as they are: ${error instanceof Error ? error.message : String(error)}`),
    });
  }

  /**
   * Opens every source. Nothing is received before {@link run}.
   * @throws JuliuError of a source or of the store; LANE_UNKNOWN when `only` names no lane; LANE_GROUP_TAKEN
   */
  static async open(options: OpenLanesOptions): Promise<OpenLanes> {
    const { lanes, change, store, only, onNotice } = options;
    const unknown = only?.find((wanted) => !lanes.some(({ name }) => name === wanted));
    if (unknown !== undefined) {
      throw new JuliuError('LANE_UNKNOWN', { lane: unknown, lanes: lanes.map(({ name }) => name).join(', ') });
    }
    const mine = only === undefined ? lanes : lanes.filter(({ name }) => only.includes(name));
    // Connecting takes its time: what is edited meanwhile is seen.
    const since = await lookAt(filesOf(options.reload?.files ?? [], lanes));
    // What cannot be reached must not have changed the plan of all processes.
    const sources = await openSources(mine, options);
    const plans = await LanePlans.open({
      plans: options.plans ?? new StoredPlans(store),
      lanes: plannedLanes(lanes),
      graceMs: change.grace,
      recheckMs: change.recheck,
      keepMs: change.brokerKeepsDays * DAY_MS,
      ...(onNotice === undefined ? {} : { onNotice }),
    }).catch(async (error: unknown) => {
      await Promise.allSettled(sources.map((source) => source.close()));
      throw error;
    });
    const places = new InsertPlaces(store);
    const opened: OpenLane[] = [];
    try {
      const leaving = leavingLanes(lanes, plans);
      const alsoMine = mine.some(({ isDefault }) => isDefault) ? leaving : [];
      sources.push(...(await openSources(alsoMine, options)));
      for (const [index, lane] of [...mine, ...alsoMine].entries()) {
        const source = sources[index];
        if (source !== undefined) opened.push(openLane(lane, source, options, plans, places));
      }
      return new OpenLanes(options, plans, opened, since);
    } catch (error) {
      await Promise.allSettled(sources.map((source) => source.close()));
      await plans.close();
      throw error;
    }
  }

  /** One per lane, for metrics and progress. */
  get measured(): readonly MeasuredPipeline[] {
    return this.#lanes.map(({ measured }) => measured);
  }

  /** Runs until all lanes have ended or {@link stop} is called. @throws what the first lane to fail threw */
  run(): Promise<void> {
    return runLanes(this.#lanes, this.#options.onNotice);
  }

  stop(): void {
    for (const { pipeline } of this.#lanes) pipeline.stop();
  }

  /** Reads the lists anew and proposes them: what a changed file, or SIGHUP, leads to. Other settings need a restart. */
  async reload(): Promise<void> {
    const { reload } = this.#options;
    if (reload === undefined) return;
    this.#configured = reload.lanes();
    await this.plans.change(plannedLanes(this.#configured));
  }

  /** Waits for what was passed over to be acknowledged. */
  async close(): Promise<void> {
    await this.#watched?.close();
    await Promise.allSettled(this.#lanes.map(({ source }) => source.close()));
    await this.plans.close();
  }
}

function filesOf(files: readonly string[], lanes: readonly LaneSettings[]): readonly string[] {
  return [...files, ...lanes.flatMap(({ usersFile }) => usersFile ?? [])];
}

/** All of them, or none and what the first one failed with. */
async function openSources(lanes: readonly LaneSettings[], { openSource }: OpenLanesOptions): Promise<Source[]> {
  const openings = await Promise.allSettled(lanes.map((lane) => openSource(lane)));
  const opened = openings.flatMap((opening) => (opening.status === 'fulfilled' ? [opening.value] : []));
  const failed = openings.find((opening) => opening.status === 'rejected');
  if (failed === undefined) return opened;
  await Promise.allSettled(opened.map((source) => source.close()));
  throw failed.reason;
}

function openLane(
  lane: LaneSettings,
  inner: Source,
  options: OpenLanesOptions,
  plans: LanePlans,
  places: InsertPlaces,
): OpenLane {
  const { name, group, batch, inFlight, concurrentBatches } = lane;
  const { ackTimeoutMs, clock } = options.pipeline;
  const { onNotice = () => undefined } = options;
  const told = (sentence: string): void => onNotice(`Lane ${name}: ${sentence}`);
  const source = lane.takesAll
    ? inner
    : new LaneSource({
        source: inner,
        plans,
        lane: name,
        group,
        onNotice: told,
        ...(ackTimeoutMs === undefined ? {} : { ackTimeoutMs }),
        ...(clock === undefined ? {} : { clock }),
      });
  const pipeline = new Pipeline({
    ...options.pipeline,
    onNotice: told,
    source,
    store: places.lane(),
    decoder: options.decoder(source),
    batch,
    inFlight,
    ...(concurrentBatches === undefined ? {} : { concurrentBatches }),
  });
  const measured: MeasuredPipeline = {
    source: source.name,
    lane: name,
    state: () => pipeline.snapshot(),
    ages: () => pipeline.ages(),
    ...(source instanceof LaneSource ? { passedOver: () => source.passedOver } : {}),
  };
  return { name, source, pipeline, measured };
}

/** What of the lanes is a plan's. A lane that the broker filters for takes nothing from the others: see docs/lanes.md. */
export function plannedLanes(lanes: readonly LaneSettings[]): PlannedLane[] {
  return lanes
    .filter(({ takesAll }) => !takesAll)
    .map(({ name, group, isDefault, users }) => ({ name, group, isDefault, users }));
}

/** With the default lane's settings: nothing else is known of them. */
function leavingLanes(lanes: readonly LaneSettings[], plans: LanePlans): LaneSettings[] {
  const model = lanes.find(({ isDefault }) => isDefault);
  if (model === undefined) return [];
  const leaving = plans.history.leaving();
  // Its filter would keep from it what waits in the group for the users it had.
  const taken = lanes.find(({ takesAll, group }) => takesAll && leaving.some((lane) => lane.group === group));
  if (taken !== undefined) throw new JuliuError('LANE_GROUP_TAKEN', { lane: taken.name, group: taken.group });
  return leaving.map(({ name, group }) => ({
    ...model,
    name: `${name} (leaving)`,
    group,
    isDefault: false,
    filter: undefined,
    sql: undefined,
  }));
}
