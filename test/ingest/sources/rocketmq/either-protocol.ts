/** Tests that say the same of both protocols. */
import type { RocketmqConnection, RocketmqSubscription } from '../../../../ingest/sources/rocketmq/options.js';
import type { Source } from '../../../../ingest/sources/source.js';
import { openSource } from './open-source.js';
import { openRemoting } from './remoting/consumer/open-remoting.js';

export const PROTOCOLS = ['grpc', 'remoting'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Where a broker is to be found over either. */
export interface Reachable {
  readonly endpoints: string;
  readonly nameServer: string;
}

export interface EitherSettings {
  readonly topics: readonly string[];
  readonly group: string;
  readonly filter?: RocketmqSubscription['filter'];
  readonly connection?: Partial<RocketmqConnection>;
  /** Longest wait for an answer, ms. */
  readonly requestMs?: number;
  readonly startMs?: number;
}

/** A source that keeps what it tells its operator. */
export interface EitherSource {
  readonly source: Source;
  readonly notices: readonly string[];
}

/** Opens a source of a protocol with the shortest waits; whoever opens it closes it. */
export function openEither(
  protocol: Protocol,
  broker: Reachable,
  { requestMs = 3_000, startMs = 15_000, connection, ...settings }: EitherSettings,
): Promise<EitherSource> {
  const endpoints = addressOf(protocol, broker);
  const waits = { timeouts: { start: startMs, request: requestMs }, ...connection };
  if (protocol === 'grpc') return openSource({ ...settings, endpoints, connection: waits });
  return openRemoting({ ...settings, endpoints, connection: waits });
}

/** What the setting `endpoints` is. */
export function addressOf(protocol: Protocol, { endpoints, nameServer }: Reachable): string {
  return protocol === 'grpc' ? endpoints : nameServer;
}

/** For the command line: which protocol, and where. */
export function environmentOf(protocol: Protocol, broker: Reachable): Readonly<Record<string, string>> {
  return {
    JULIU_INGEST_ROCKETMQ_PROTOCOL: protocol,
    JULIU_INGEST_ROCKETMQ_ENDPOINTS: addressOf(protocol, broker),
  };
}
