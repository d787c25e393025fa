import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { resolveLanes, type LaneSettings } from '../config/lanes.js';
import { loadConfig } from '../config/load.js';
import { JuliuError } from '../errors/juliu-error.js';
import { BodyDecoder } from '../ingest/decoder.js';
import { OpenLanes } from '../ingest/lanes/open-lanes.js';
import { hasLanePlans } from '../ingest/lanes/plan-store.js';
import { MessageCodec } from '../ingest/messages/codec.js';
import { CaptureSource } from '../ingest/sources/capture.js';
import type { Source } from '../ingest/sources/source.js';
import type { Store } from '../sql/store.js';
import { positionsOf } from './open-store.js';
import { openRocketmq, requireStartPosition, rocketmqSettings } from './rocketmq-source.js';
import { commonOptions, ingestPipeline } from './run-pipeline.js';
import type { Context } from './runtime.js';
import { openSimulatedShop } from './simulated-shop.js';
import { workOfLanes, workOfPipeline, type Work } from './work.js';

export interface IngestFrom {
  /** `rocketmq`, `simulate`, `-` or a path. */
  readonly source: string;
  /** Of the lanes only these; default all. */
  readonly lanes?: readonly string[];
  readonly restart?: boolean;
  /** With rocketmq: where the groups are to go on. */
  readonly from?: string;
  readonly rate?: number;
  readonly stdin?: Readable;
}

/**
 * The lanes of the configuration; undefined when there are none. Users' files are read, relative to the configuration.
 * @throws ConfigError
 */
export function lanesOf({ config, loaded }: Pick<Context, 'config' | 'loaded'>): readonly LaneSettings[] | undefined {
  return resolveLanes(config.ingest, loaded.file === undefined ? process.cwd() : dirname(loaded.file));
}

/**
 * Says what is missing in the configuration before anything is opened.
 * @throws ConfigError, JuliuError ROCKETMQ_INCOMPLETE
 */
export function checkIngest(context: Context, { source, lanes: only = [], from }: IngestFrom): void {
  if (source !== 'rocketmq') {
    if (from === undefined) return;
    throw new JuliuError('USAGE', { detail: '--from goes with --source rocketmq; a capture has --restart.' });
  }
  if (from !== undefined) requireStartPosition(context, from);
  const lanes = lanesOf(context);
  const unknown = only.find((wanted) => lanes?.some(({ name }) => name === wanted) !== true);
  if (unknown !== undefined) {
    const known = lanes?.map(({ name }) => name).join(', ') ?? 'none (ingest.lanes is not set)';
    throw new JuliuError('LANE_UNKNOWN', { lane: unknown, lanes: known });
  }
  for (const lane of lanes ?? [undefined]) rocketmqSettings(context.config, lane);
}

/** Opens what takes messages from `from` into the store, hands it to `body`, and closes it. */
export async function withIngestWork(
  context: Context,
  from: IngestFrom,
  store: Store,
  body: (work: Work) => Promise<void>,
): Promise<void> {
  const lanes =
    from.source === 'rocketmq'
      ? (lanesOf(context) ?? ((await hasLanePlans(store)) ? withoutLanes(context.config) : undefined))
      : undefined;
  await (lanes === undefined ? withPipeline(context, from, store, body) : withLanes(context, from, lanes, store, body));
}

/** The whole configuration as one lane: after lanes were given up, what waits in their groups must still be read. */
function withoutLanes(config: Context['config']): readonly LaneSettings[] | undefined {
  const { group } = config.ingest.rocketmq;
  return resolveLanes({ ...config.ingest, lanes: [{ name: 'all', group, default: true }] }, '.');
}

async function withPipeline(
  context: Context,
  from: IngestFrom,
  store: Store,
  body: (work: Work) => Promise<void>,
): Promise<void> {
  const source = await openSource(context, from);
  try {
    const decoder = new BodyDecoder(await MessageCodec.create(), source.name);
    await body(workOfPipeline(ingestPipeline(context, store, source, decoder), source.name));
  } finally {
    await source.close();
  }
}

async function withLanes(
  context: Context,
  { lanes: only }: IngestFrom,
  lanes: readonly LaneSettings[],
  store: Store,
  body: (work: Work) => Promise<void>,
): Promise<void> {
  const codec = await MessageCodec.create();
  const open = await OpenLanes.open({
    lanes,
    change: context.config.ingest.laneChange,
    store,
    ...(only === undefined ? {} : { only }),
    openSource: (lane) => openRocketmq(context, lane),
    decoder: (source) => new BodyDecoder(codec, source.name),
    pipeline: commonOptions(context),
    reload: { files: context.loaded.file === undefined ? [] : [context.loaded.file], lanes: () => reloaded(context) },
    onNotice: (sentence) => context.log.warn(sentence),
  });
  const onHangUp = (): void => {
    open.reload().catch((error: unknown) => context.log.warn(`The lanes stay as they are: ${String(error)}`));
  };
  process.on('SIGHUP', onHangUp);
  try {
    await body(workOfLanes(open, 'rocketmq'));
  } finally {
    process.off('SIGHUP', onHangUp);
    await open.close();
  }
}

/** The lanes as the configuration's file says now. Whether there are lanes at all needs a restart. */
function reloaded({ loaded }: Context): readonly LaneSettings[] {
  const again = loadConfig({
    directory: process.cwd(),
    environment: process.env,
    ...(loaded.file === undefined ? {} : { file: loaded.file }),
  });
  const lanes = lanesOf({ config: again.config, loaded: again });
  if (lanes === undefined) throw new JuliuError('LANES_GONE', {});
  return lanes;
}

function openSource(context: Context, { source, restart = false, rate, stdin }: IngestFrom): Promise<Source> {
  if (source === 'rocketmq') return openRocketmq(context);
  if (source === 'simulate') return openSimulatedShop(context, { liveRate: rate, restart });
  return CaptureSource.open({
    path: source,
    maxBodyBytes: context.config.ingest.maxBodyBytes,
    positions: positionsOf(context.config),
    restart,
    onNotice: (sentence: string) => context.status.print(sentence),
    ...(stdin === undefined ? {} : { stdin }),
  });
}
