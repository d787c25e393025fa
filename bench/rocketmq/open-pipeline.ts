import { remotingOptions, rocketmqConnection, rocketmqSubscription } from '../../cli/rocketmq-source.js';
import { loadConfig, type Config } from '../../config/load.js';
import { BodyDecoder } from '../../ingest/decoder.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { Pipeline } from '../../ingest/pipeline.js';
import { RocketmqSource } from '../../ingest/sources/rocketmq/grpc/source.js';
import { RemotingSource, type RemotingSourceOptions } from '../../ingest/sources/rocketmq/remoting/source.js';
import type { Source } from '../../ingest/sources/source.js';
import { EmbeddedStore } from '../../sql/embedded/embedded-store.js';
import { Migrator } from '../../sql/migrate/migrator.js';

export interface Place {
  readonly endpoints: string;
  readonly topic: string;
  readonly group: string;
}

/** The default configuration for a topic; `settings` are further environment variables. */
export function benchConfig(
  { endpoints, topic, group }: Place,
  settings: Readonly<Record<string, string>> = {},
  directory = '/',
): Config {
  const environment = {
    JULIU_INGEST_ROCKETMQ_ENDPOINTS: endpoints,
    JULIU_INGEST_ROCKETMQ_TOPICS: topic,
    JULIU_INGEST_ROCKETMQ_GROUP: group,
    ...settings,
  };
  return loadConfig({ directory, environment, overrides: {} }).config;
}

/** As `juliu ingest --source rocketmq` opens it. */
export function openSource(config: Config): Promise<RocketmqSource> {
  return RocketmqSource.open({
    connection: rocketmqConnection(config),
    subscription: rocketmqSubscription(config),
    onNotice: (sentence) => console.error(sentence),
  });
}

/** Settings for a topic's first message on, over remoting; `endpoints` are then name servers. */
export const remotingSettings = {
  JULIU_INGEST_ROCKETMQ_PROTOCOL: 'remoting',
  JULIU_INGEST_ROCKETMQ_BEGIN: 'earliest',
} as const;

/** The same with {@link remotingSettings}. @param connect default: a client over TCP */
export function openRemotingSource(
  config: Config,
  more: Pick<RemotingSourceOptions, 'decode'> = {},
): Promise<RemotingSource> {
  return RemotingSource.open({
    ...remotingOptions(config),
    onNotice: (sentence) => console.error(sentence),
    ...more,
  });
}

/** A new embedded store with juliu's tables. */
export async function newStore(dataDir: string, config: Config): Promise<EmbeddedStore> {
  const store = await EmbeddedStore.open(dataDir, { maxMemoryBytes: config.store.embedded.memory });
  await new Migrator(store).apply();
  return store;
}

/** The pipeline with the configuration's settings. */
export async function benchPipeline(config: Config, store: EmbeddedStore, source: Source): Promise<Pipeline> {
  const { batch, inFlight, timeouts } = config.ingest;
  return new Pipeline({
    source,
    decoder: new BodyDecoder(await MessageCodec.create(), source.name),
    store,
    batch: { rows: batch.rows, bytes: batch.bytes, ageMs: batch.age },
    inFlight,
    insertTimeoutMs: timeouts.insert,
    ackTimeoutMs: timeouts.ack,
    onNotice: (sentence) => console.error(sentence),
  });
}
