import { readFileSync } from 'node:fs';
import type { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { ChannelCredentials, type Client, type ClientOptions, type Metadata } from '@grpc/grpc-js';
import rocketmq, { type ILogger } from 'rocketmq-client-nodejs';
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import type {
  HeartbeatRequest,
  HeartbeatResponse,
  NotifyClientTerminationRequest,
  NotifyClientTerminationResponse,
  QueryRouteRequest,
  QueryRouteResponse,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import type { RocketmqConnection } from '../options.js';

/**
 * Everything that reaches into rocketmq-client-nodejs, pinned at 1.0.8. Its SimpleConsumer keeps the session (settings,
 * heartbeats, routes, signatures); this file replaces the one part below it, the manager of its connections, and hands
 * out what receiving and acknowledging in bulk need: connections, request headers, encoded requests.
 *
 * Why the manager is replaced: the package's own makes a new connection at every refresh of a TLS route, has no
 * keepalive, a window of 64 KiB, a limit of 4 MiB per answer, cannot be given a certificate authority, and takes no
 * list of addresses.
 */

/** Where a broker is reached; the package makes a new object for it at every refresh. */
export interface Endpoints {
  /** `host:port`, several separated by `,`. */
  readonly facade: string;
}

/** One readable broker of a topic. */
export interface BrokerQueue {
  readonly broker: string;
  readonly endpoints: Endpoints;
  /** An encoded ReceiveMessageRequest for all of the topic's queues on that broker. */
  receiveRequest(batch: number): Buffer;
}

export interface ConsumerOptions {
  readonly connection: RocketmqConnection;
  readonly topic: string;
  readonly group: string;
  readonly filter: { readonly kind: 'tag' | 'sql'; readonly expression: string };
  readonly awaitMs: number;
  readonly invisibleMs: number;
  /** What goes wrong inside the package, one line each; may hold addresses, never secrets. */
  readonly onTrouble: (line: string) => void;
  /** The route was read anew. */
  readonly onRoute: () => void;
}

const KEEPALIVE: ClientOptions = {
  // The proxy drops clients that ping more often than every five minutes.
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 500,
  // Whoever calls here tries again; grpc-js would keep every message for a retry of its own, a tenth of a receive.
  'grpc.enable_retries': 0,
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': -1,
  'grpc-node.flow_control_window': 8 * 2 ** 20,
  // A new session must not inherit a dead connection of an old one.
  'grpc.use_local_subchannel_pool': 1,
};

/** Connections of one session by address; stands in for the package's RpcClientManager. */
export class Channels {
  readonly #clients = new Map<string, InstanceType<typeof services.MessagingServiceClient>>();
  readonly #credentials: ChannelCredentials;
  readonly #metadata: () => Metadata;
  #closed = false;

  constructor(tls: RocketmqConnection['tls'], metadata: () => Metadata) {
    this.#credentials = credentialsOf(tls);
    this.#metadata = metadata;
  }

  /** @throws Error after `close`. */
  client({ facade }: Endpoints): Client {
    return this.#client(facade);
  }

  #client(facade: string): InstanceType<typeof services.MessagingServiceClient> {
    if (this.#closed) throw new Error('the session is closed');
    let client = this.#clients.get(facade);
    if (client === undefined) {
      // grpc-js takes a list of addresses only with its scheme.
      const target = facade.includes(',') ? `ipv4:${facade}` : facade;
      client = new services.MessagingServiceClient(target, this.#credentials, KEEPALIVE);
      this.#clients.set(facade, client);
    }
    return client;
  }

  queryRoute({ facade }: Endpoints, request: QueryRouteRequest, ms: number): Promise<QueryRouteResponse> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, response: QueryRouteResponse): void => {
        // A start that was given up must not go on with a late route: it would set timers that nobody ends.
        if (error === null && !this.#closed) resolve(response);
        else reject(error ?? new Error('the session is closed'));
      };
      this.#client(facade).queryRoute(request, this.#metadata(), { deadline: Date.now() + ms }, done);
    });
  }

  heartbeat({ facade }: Endpoints, request: HeartbeatRequest, ms: number): Promise<HeartbeatResponse> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, response: HeartbeatResponse): void =>
        error === null ? resolve(response) : reject(error);
      this.#client(facade).heartbeat(request, this.#metadata(), { deadline: Date.now() + ms }, done);
    });
  }

  /** Never rejects: the package would leave its connections open. */
  notifyClientTermination(
    { facade }: Endpoints,
    request: NotifyClientTerminationRequest,
    ms: number,
  ): Promise<NotifyClientTerminationResponse | undefined> {
    return new Promise((resolve) => {
      const done = (_: Error | null, response?: NotifyClientTerminationResponse): void => resolve(response);
      if (this.#closed) {
        resolve(undefined);
        return;
      }
      this.#client(facade).notifyClientTermination(request, this.#metadata(), { deadline: Date.now() + ms }, done);
    });
  }

  /** The stream of settings. After `close` an inert one, for the package's last reconnect. */
  telemetry({ facade }: Endpoints, metadata: Metadata): EventEmitter {
    if (this.#closed) return inert();
    const stream = this.#client(facade).telemetry(metadata);
    // The package takes its listeners off before it lets go of a stream, whose late error would end the process.
    const removeAll = stream.removeAllListeners.bind(stream);
    stream.removeAllListeners = (...event: [] | [string | symbol]) => {
      // With an argument, even undefined, only that event's are taken off: a stream let go would reconnect for ever.
      removeAll(...event);
      return stream.on('error', () => undefined);
    };
    return stream;
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}

function inert(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done(), objectMode: true });
}

/** @throws Error with `code` when a file cannot be read, or the system's text when it holds no certificate. */
function credentialsOf({ enabled, caFile, certFile, keyFile }: RocketmqConnection['tls']): ChannelCredentials {
  if (!enabled) return ChannelCredentials.createInsecure();
  const read = (file: string | undefined): Buffer | null => (file === undefined ? null : readFileSync(file));
  return ChannelCredentials.createSsl(read(caFile), read(keyFile), read(certFile));
}

/** A SimpleConsumer of one topic that keeps a session and hands out what is needed to receive and acknowledge in bulk. */
export class SessionConsumer extends rocketmq.SimpleConsumer {
  readonly channels: Channels;
  readonly #options: ConsumerOptions;
  readonly #filter: rocketmq.FilterExpression;
  #queues: readonly BrokerQueue[] = [];
  #maxAttempts = 0;

  constructor(options: ConsumerOptions) {
    const { connection, topic, group, filter } = options;
    const { SQL, TAG } = definitions.FilterType;
    const expression = new rocketmq.FilterExpression(filter.expression, filter.kind === 'sql' ? SQL : TAG);
    super({
      endpoints: connection.endpoints,
      namespace: connection.namespace ?? '',
      sslEnabled: connection.tls.enabled,
      requestTimeout: connection.timeouts.request,
      consumerGroup: group,
      subscriptions: new Map([[topic, expression]]),
      awaitDuration: options.awaitMs,
      logger: quietLogger(options.onTrouble),
      ...sessionCredentials(connection),
    });
    this.#options = options;
    this.#filter = expression;
    // Its timer would keep the process alive.
    this.rpcClientManager.close();
    this.channels = new Channels(connection.tls, () => this.getRequestMetadata());
    Reflect.set(this, 'rpcClientManager', this.channels);
  }

  /** The topic's readable brokers, as of the last route. */
  get queues(): readonly BrokerQueue[] {
    return this.#queues;
  }

  /** Deliveries of a message to the group before the broker gives it up; 0 until the broker has said so. */
  get maxAttempts(): number {
    return this.#maxAttempts;
  }

  override onSettingsCommand(...command: Parameters<rocketmq.SimpleConsumer['onSettingsCommand']>): void {
    const [, settings] = command;
    this.#maxAttempts = settings.getBackoffPolicy()?.getMaxAttempts() ?? 0;
    super.onSettingsCommand(...command);
  }

  /** The package’s own fails when a topic’s first queue is not readable. */
  protected override onTopicRouteDataUpdate(_topic: string, route: rocketmq.TopicRouteData): void {
    const { invisibleMs, awaitMs } = this.#options;
    const { READ, READ_WRITE } = definitions.Permission;
    const readable: number[] = [READ, READ_WRITE];
    const byBroker = new Map<string, BrokerQueue>();
    for (const queue of route.messageQueues) {
      const { name, endpoints } = queue.broker;
      // A receive goes to a broker, not to a queue: one readable queue of each is enough.
      if (!readable.includes(queue.permission) || byBroker.has(name)) continue;
      // The same for every receive of a size, and making one costs as much as the call.
      const encoded = new Map<number, Buffer>();
      const receiveRequest = (batch: number): Buffer => {
        const known = encoded.get(batch);
        if (known !== undefined) return known;
        const request = this.wrapReceiveMessageRequest(batch, queue, this.#filter, invisibleMs, awaitMs);
        // The package sends the namespace in the headers only; the Java client in both places.
        if (this.namespace !== '') {
          request.getGroup()?.setResourceNamespace(this.namespace);
          request.getMessageQueue()?.getTopic()?.setResourceNamespace(this.namespace);
        }
        const bytes = Buffer.from(request.serializeBinary());
        encoded.set(batch, bytes);
        return bytes;
      };
      byBroker.set(name, { broker: name, endpoints, receiveRequest });
    }
    this.#queues = [...byBroker.values()];
    this.#options.onRoute();
  }
}

function sessionCredentials({ accessKey, accessSecret, securityToken }: RocketmqConnection): {
  readonly sessionCredentials?: rocketmq.SessionCredentials;
} {
  if (accessKey === undefined || accessSecret === undefined) return {};
  const token = securityToken === undefined ? {} : { securityToken: securityToken.reveal() };
  return { sessionCredentials: { accessKey, accessSecret: accessSecret.reveal(), ...token } };
}

/** The package writes a file in the home folder unless it is given a logger. */
function quietLogger(onTrouble: (line: string) => void): ILogger {
  const tell = (...parts: unknown[]): void => {
    const [first] = parts;
    if (first instanceof Error) onTrouble(first.message);
    else onTrouble(parts.map(String).join(' '));
  };
  const nothing = (): void => undefined;
  return { info: nothing, debug: nothing, warn: tell, error: tell };
}
