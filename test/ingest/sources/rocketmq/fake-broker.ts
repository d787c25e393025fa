import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server as TcpServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import messages, {
  type AckMessageRequest,
  type ChangeInvisibleDurationRequest,
  type QueryRouteRequest,
  type ReceiveMessageRequest,
  type TelemetryCommand,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';

/** What a broker's answers say about one call. */
export interface Said {
  readonly code: number;
  readonly text?: string;
}

/** One piece of an answer to a receive: a message, a status, or bytes that are neither. */
export type Piece = { readonly body: Uint8Array; readonly handle: string } | Said | Buffer;

export interface FakeBrokerBehaviour {
  /** Pieces of the answer to a receive; default after a short wait the status 40401, no message. */
  receive?: (request: ReceiveMessageRequest) => Promise<readonly Piece[]> | readonly Piece[];
  /** Overall status and entries of the answer to an acknowledgement; undefined: no answer at all. */
  ack?: (
    handles: readonly string[],
  ) => { readonly overall: number; readonly entries: readonly [string, number][] } | undefined;
  invisible?: (handle: string) => number;
  route?: () => Promise<Said | undefined> | Said | undefined;
  /** Names of the topic's brokers, all of them here; default one. */
  brokers?: readonly string[];
  /** False: the stream of settings is taken and never answered. */
  settings?: boolean;
}

/**
 * The gRPC side of a broker, with the service definition the client package ships: for answers that a real one gives
 * only when something is wrong with it. It keeps no messages.
 */
export class FakeBroker {
  behaviour: FakeBrokerBehaviour = {};
  /** Calls so far, by name. */
  readonly calls = new Map<string, number>();
  /** Connections that were used, by the client's address and port. */
  readonly connections = new Set<string>();
  /** Handles of every acknowledgement, call by call. */
  readonly acknowledged: (readonly string[])[] = [];
  readonly givenBack: string[] = [];
  readonly #streams = new Set<ServerDuplexStream<TelemetryCommand, TelemetryCommand>>();
  #server = new Server();
  #port = 0;
  #advertised = 0;

  static async start(tls?: { readonly cert: Buffer; readonly key: Buffer }): Promise<FakeBroker> {
    const broker = new FakeBroker();
    broker.#server.addService(rawAnswers(), broker.#implementation());
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }]);
    broker.#port = await new Promise((resolve, reject) => {
      broker.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    broker.#advertised = broker.#port;
    return broker;
  }

  get port(): number {
    return this.#port;
  }

  get endpoints(): string {
    return `127.0.0.1:${this.#advertised}`;
  }

  /** Clients are sent to this port, where something stands in front of the broker. */
  advertise(port: number): void {
    this.#advertised = port;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  /** Streams of settings that are open. */
  get openStreams(): number {
    return this.#streams.size;
  }

  /** Ends every stream of settings with an error, as a proxy that goes down. */
  breakTelemetry(): void {
    for (const stream of this.#streams) stream.emit('error', { code: 14, details: 'going down' });
    this.#streams.clear();
  }

  count(name: string): number {
    return this.calls.get(name) ?? 0;
  }

  #heard(name: string, call: { getPeer(): string }): void {
    this.calls.set(name, this.count(name) + 1);
    this.connections.add(call.getPeer());
  }

  #implementation(): UntypedServiceImplementation {
    return {
      queryRoute: (call: ServerUnaryCall<QueryRouteRequest, unknown>, done: sendUnaryData<unknown>) => {
        this.#heard('queryRoute', call);
        void this.#route(call.request).then((answer) => done(null, answer));
      },
      heartbeat: (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => {
        this.#heard('heartbeat', call);
        done(null, new messages.HeartbeatResponse().setStatus(status({ code: 20_000 })));
      },
      notifyClientTermination: (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => {
        this.#heard('notifyClientTermination', call);
        done(null, new messages.NotifyClientTerminationResponse().setStatus(status({ code: 20_000 })));
      },
      telemetry: (stream: ServerDuplexStream<TelemetryCommand, TelemetryCommand>) => {
        this.#heard('telemetry', stream);
        this.#streams.add(stream);
        stream.on('data', (command: TelemetryCommand) => {
          if (this.behaviour.settings !== false) stream.write(command);
        });
        stream.on('end', () => stream.end());
        stream.on('close', () => this.#streams.delete(stream));
        stream.on('cancelled', () => this.#streams.delete(stream));
        stream.on('error', () => undefined);
      },
      receiveMessage: (call: ServerWritableStream<ReceiveMessageRequest, unknown>) => {
        this.#heard('receiveMessage', call);
        void this.#receive(call);
      },
      ackMessage: (call: ServerUnaryCall<AckMessageRequest, unknown>, done: sendUnaryData<unknown>) => {
        this.#heard('ackMessage', call);
        const handles = call.request.getEntriesList().map((entry) => entry.getReceiptHandle());
        this.acknowledged.push(handles);
        const said = (
          this.behaviour.ack ?? ((all) => ({ overall: 20_000, entries: all.map((handle) => [handle, 20_000]) }))
        )(handles);
        if (said === undefined) return;
        const entries = said.entries.map(([handle, code]) =>
          new messages.AckMessageResultEntry().setReceiptHandle(handle).setStatus(status({ code })),
        );
        done(null, new messages.AckMessageResponse().setStatus(status({ code: said.overall })).setEntriesList(entries));
      },
      changeInvisibleDuration: (
        call: ServerUnaryCall<ChangeInvisibleDurationRequest, unknown>,
        done: sendUnaryData<unknown>,
      ) => {
        this.#heard('changeInvisibleDuration', call);
        const handle = call.request.getReceiptHandle();
        this.givenBack.push(handle);
        const code = this.behaviour.invisible?.(handle) ?? 20_000;
        done(null, new messages.ChangeInvisibleDurationResponse().setStatus(status({ code })).setReceiptHandle(handle));
      },
    };
  }

  async #route(request: QueryRouteRequest): Promise<unknown> {
    const said = await this.behaviour.route?.();
    const answer = new messages.QueryRouteResponse();
    if (said !== undefined) return answer.setStatus(status(said));
    const address = new definitions.Address().setHost('127.0.0.1').setPort(this.#advertised);
    const endpoints = new definitions.Endpoints().setScheme(definitions.AddressScheme.IPV4).setAddressesList([address]);
    const queues = (this.behaviour.brokers ?? ['fake']).map((name) =>
      new definitions.MessageQueue()
        .setTopic(request.getTopic())
        .setId(0)
        .setPermission(definitions.Permission.READ_WRITE)
        .setBroker(new definitions.Broker().setName(name).setId(0).setEndpoints(endpoints))
        .setAcceptMessageTypesList([definitions.MessageType.NORMAL]),
    );
    return answer.setStatus(status({ code: 20_000 })).setMessageQueuesList(queues);
  }

  async #receive(call: ServerWritableStream<ReceiveMessageRequest, unknown>): Promise<void> {
    const pieces = await (this.behaviour.receive ?? nothing)(call.request);
    for (const piece of pieces) call.write(encoded(piece));
    call.end();
  }
}

/** Waits a little, as a broker without messages does. */
export async function nothing(): Promise<readonly Piece[]> {
  await sleep(200);
  return [{ code: 40_401, text: 'no message' }];
}

function encoded(piece: Piece): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  const answer = new messages.ReceiveMessageResponse();
  if ('code' in piece) answer.setStatus(status(piece));
  else {
    const properties = new definitions.SystemProperties()
      .setMessageId(`id-${piece.handle}`)
      .setReceiptHandle(piece.handle);
    answer.setMessage(new definitions.Message().setBody(piece.body).setSystemProperties(properties));
  }
  return Buffer.from(answer.serializeBinary());
}

function status({ code, text = '' }: Said): InstanceType<typeof definitions.Status> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- codes nobody defined are part of the play
  return new definitions.Status().setCode(code).setMessage(text);
}

/** The service, except that answers to receives are bytes already. */
function rawAnswers() {
  const { MessagingServiceService: service } = services;
  return {
    ...service,
    receiveMessage: { ...service.receiveMessage, responseSerialize: (answer: Buffer) => answer },
  };
}

/** A TCP relay that can turn into a dead link: connections stay open and nothing comes through. */
export class Relay {
  /** Connections ever made through it. */
  connections = 0;
  readonly #server: TcpServer;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer((inner) => {
      this.connections++;
      const outer = connect(target, '127.0.0.1');
      const pass = (from: Socket, to: Socket): void => {
        this.#sockets.add(from);
        from.on('data', (chunk) => to.write(chunk));
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.on('error', () => undefined);
      };
      pass(inner, outer);
      pass(outer, inner);
    });
  }

  static async to(target: number): Promise<Relay> {
    const relay = new Relay(target);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that exist now swallow everything from now on; new ones work. */
  swallow(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners('data');
      socket.on('data', () => undefined);
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
