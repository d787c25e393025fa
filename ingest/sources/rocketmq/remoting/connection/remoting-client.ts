import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { systemClock, type Clock } from '../../../../retry.js';
import { Secret } from '../../../../../config/secret.js';
import { JuliuError } from '../../../../../errors/juliu-error.js';
import { RequestCode, ResponseCode } from '../protocol/codes.js';
import type { Command } from '../protocol/frame.js';
import { asList, asNumber, asObject, asText } from '../protocol/json-values.js';
import { decodePullAnswer, pullFields } from '../protocol/pull.js';
import { decodeRoute } from '../protocol/route.js';
import { signedFields, type Credentials } from '../protocol/signature.js';
import { encodeHeartbeat } from '../protocol/subscription.js';
import type {
  BrokerClient,
  BrokerClientOptions,
  ClientCount,
  GroupQueue,
  GroupSubscriptions,
  PullAnswer,
  PullRequest,
  TopicQueue,
  TopicRoute,
} from './broker-client.js';
import { answerBroker } from './broker-requests.js';
import { callError } from './call-error.js';
import { NameServers } from './name-servers.js';
import { readTlsFiles, type TlsFiles } from './open-socket.js';
import { RemotingConnection, type Request } from './remoting-connection.js';

const MAX_FRAME_BYTES = 16 * 2 ** 20;
/** Brokers look at pulls that wait every 5 s only. */
const SUSPEND_DOUBT_MS = 5_000;

/** What a call names in its errors. */
interface About {
  readonly topic?: string;
  readonly group?: string;
}

/**
 * Opens no connection: each is opened by the first call to its address.
 * @throws JuliuError ROCKETMQ_TLS when a certificate cannot be read
 */
export function openBrokerClient(options: BrokerClientOptions): BrokerClient {
  return new RemotingClient(options);
}

class RemotingClient implements BrokerClient {
  readonly clientId: string;
  readonly #options: BrokerClientOptions;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #tlsFiles: TlsFiles;
  readonly #credentials: Credentials | undefined;
  readonly #nameServers: NameServers;
  readonly #connections = new Map<string, RemotingConnection>();
  readonly #counts: Record<ClientCount, number> = {
    connects: 0,
    disconnects: 0,
    requests: 0,
    timeouts: 0,
    late_answers: 0,
    broker_requests: 0,
    bytes_received: 0,
  };
  #closed = false;

  constructor(options: BrokerClientOptions) {
    const { connection } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#startedAt = this.#clock.now();
    this.clientId = options.clientId ?? newClientId();
    this.#tlsFiles = readTlsFiles(connection);
    this.#credentials = credentialsOf(options);
    this.#nameServers = new NameServers(connection.endpoints, connection.timeouts.request, this.#clock);
  }

  async route(topic: string, signal?: AbortSignal): Promise<TopicRoute | undefined> {
    const call = `the route of ${topic}`;
    const fields = { topic, acceptStandardJsonOnly: 'true' };
    return this.#nameServers.ask(async (address) => {
      const answer = await this.#ask(address, { call, code: RequestCode.route, fields }, undefined, signal);
      if (answer.code === ResponseCode.topicMissing) return undefined;
      this.#requireSuccess(answer, address, call, { topic });
      return this.#read(address, call, () => decodeRoute(topic, answer.body));
    }, signal);
  }

  async pull(address: string, request: PullRequest, signal?: AbortSignal): Promise<PullAnswer> {
    const call = `pull of ${request.topic}/${request.queueId}`;
    const { request: requestMs } = this.#options.connection.timeouts;
    const timeoutMs = requestMs + (request.suspendMs > 0 ? request.suspendMs + SUSPEND_DOUBT_MS : 0);
    const fields = { ...pullFields(request), ...brokerField(request) };
    const answer = await this.#ask(address, { call, code: RequestCode.pull, fields }, timeoutMs, signal);
    const pulled = this.#read(address, call, () => decodePullAnswer(answer, this.#clock.now()));
    if (pulled === undefined) throw this.#callError(answer, address, call, request);
    return pulled;
  }

  async queryOffset(address: string, queue: GroupQueue): Promise<number | undefined> {
    const call = `the offset of ${queue.group} in ${queue.topic}/${queue.queueId}`;
    const fields = { ...groupQueueFields(queue), setZeroIfNotFound: 'false' };
    const answer = await this.#ask(address, { call, code: RequestCode.queryOffset, fields });
    if (answer.code === ResponseCode.notFound) return undefined;
    this.#requireSuccess(answer, address, call, queue);
    return this.#read(address, call, () => asNumber(answer.fields.get('offset'), 'offset'));
  }

  async updateOffset(address: string, queue: GroupQueue, offset: number): Promise<void> {
    const request = offsetUpdate(queue, offset);
    this.#requireSuccess(await this.#ask(address, request), address, request.call, queue);
  }

  async updateOffsetOneway(address: string, queue: GroupQueue, offset: number): Promise<void> {
    await this.#connection(address).oneway(this.#signed(offsetUpdate(queue, offset)));
  }

  async heartbeat(address: string, groups: readonly GroupSubscriptions[]): Promise<void> {
    const call = 'a heartbeat';
    const body = encodeHeartbeat(this.clientId, groups);
    const answer = await this.#ask(address, { call, code: RequestCode.heartbeat, fields: {}, body });
    this.#requireSuccess(answer, address, call, { group: groups.map(({ group }) => group).join(', ') });
  }

  async unregister(address: string, group: string): Promise<void> {
    const call = `the leave of ${group}`;
    const fields = { clientID: this.clientId, consumerGroup: group };
    const answer = await this.#ask(address, { call, code: RequestCode.unregister, fields });
    this.#requireSuccess(answer, address, call, { group });
  }

  async consumerIds(address: string, group: string): Promise<readonly string[]> {
    const call = `the members of ${group}`;
    const request = { call, code: RequestCode.consumerIds, fields: { consumerGroup: group } };
    const answer = await this.#ask(address, request);
    // A group without a member is a system error there: 1 “no consumer for this group”.
    if (answer.code === ResponseCode.systemError && answer.remark.startsWith('no consumer for this group')) return [];
    this.#requireSuccess(answer, address, call, { group });
    return this.#read(address, call, () => {
      if (answer.body.length === 0) return [];
      const ids = asObject(JSON.parse(answer.body.toString()), 'the answer')['consumerIdList'];
      return asList(ids, 'consumerIdList').map((id) => asText(id, 'a client id'));
    });
  }

  searchOffset(address: string, queue: TopicQueue, timestamp: number): Promise<number> {
    const fields = { timestamp: String(timestamp), boundaryType: 'LOWER' };
    return this.#queueOffset(address, queue, RequestCode.searchOffset, 'the offset by time of', fields);
  }

  maxOffset(address: string, queue: TopicQueue): Promise<number> {
    return this.#queueOffset(address, queue, RequestCode.maxOffset, 'the last offset of', { committed: 'true' });
  }

  minOffset(address: string, queue: TopicQueue): Promise<number> {
    return this.#queueOffset(address, queue, RequestCode.minOffset, 'the first offset of', {});
  }

  counts(): Readonly<Record<ClientCount, number>> {
    return { ...this.#counts };
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
    return Promise.resolve();
  }

  async #queueOffset(
    address: string,
    queue: TopicQueue,
    code: number,
    what: string,
    more: Readonly<Record<string, string>>,
  ): Promise<number> {
    const call = `${what} ${queue.topic}/${queue.queueId}`;
    const fields = { topic: queue.topic, queueId: String(queue.queueId), ...brokerField(queue), ...more };
    const answer = await this.#ask(address, { call, code, fields });
    this.#requireSuccess(answer, address, call, queue);
    return this.#read(address, call, () => asNumber(answer.fields.get('offset'), 'offset'));
  }

  async #ask(
    address: string,
    request: Request,
    timeoutMs = this.#options.connection.timeouts.request,
    signal?: AbortSignal,
  ): Promise<Command> {
    return this.#connection(address).request(this.#signed(request), timeoutMs, signal);
  }

  #signed(request: Request): Request {
    if (this.#credentials === undefined) return request;
    return { ...request, fields: signedFields(request.fields, request.body, this.#credentials) };
  }

  #connection(address: string): RemotingConnection {
    if (this.#closed) throw new JuliuError('ROCKETMQ_CLIENT_CLOSED', { call: `a call to ${address}` });
    const known = this.#connections.get(address);
    if (known !== undefined) return known;
    const { connection, maxFrameBytes = MAX_FRAME_BYTES, handlers = {}, random = Math.random } = this.#options;
    const made = new RemotingConnection({
      address,
      tlsFiles: this.#tlsFiles,
      connectMs: Math.min(connection.timeouts.start, connection.timeouts.request),
      maxFrameBytes,
      counts: this.#counts,
      clock: this.#clock,
      random,
      onRequest: (request) => answerBroker(request, handlers, this.#startedAt),
    });
    this.#connections.set(address, made);
    return made;
  }

  #requireSuccess(answer: Command, address: string, call: string, about: About): void {
    if (answer.code !== ResponseCode.success) throw this.#callError(answer, address, call, about);
  }

  #callError(answer: Command, address: string, call: string, { topic, group }: About): JuliuError {
    const accessKey = this.#credentials?.accessKey ?? '(none)';
    const secrets = [this.#credentials?.secret, this.#credentials?.securityToken].filter((one) => one !== undefined);
    const names = { ...(topic === undefined ? {} : { topic }), ...(group === undefined ? {} : { group }) };
    return callError(answer, { address, call, ...names, accessKey, secrets });
  }

  /** What an answer says, or that it says nothing that can be read. */
  #read<T>(address: string, call: string, decode: () => T): T {
    try {
      return decode();
    } catch (cause) {
      // The parser quotes what it read; so would the cause.
      const secrets = [this.#credentials?.secret, this.#credentials?.securityToken];
      let reason = cause instanceof Error ? cause.message : String(cause);
      for (const secret of secrets)
        if (secret !== undefined && secret !== '') reason = reason.replaceAll(secret, Secret.mask);
      throw new JuliuError('ROCKETMQ_CALL_FAILED', { address, call, detail: `the answer cannot be read: ${reason}` });
    }
  }
}

function offsetUpdate(queue: GroupQueue, offset: number): Request {
  return {
    call: `the commit of ${queue.group} in ${queue.topic}/${queue.queueId}`,
    code: RequestCode.updateOffset,
    fields: { ...groupQueueFields(queue), commitOffset: String(offset) },
  };
}

function groupQueueFields(queue: GroupQueue): Record<string, string> {
  const { group, topic, queueId } = queue;
  return { consumerGroup: group, topic, queueId: String(queueId), ...brokerField(queue) };
}

function brokerField({ brokerName }: TopicQueue): Record<string, string> {
  return brokerName === undefined ? {} : { bname: brokerName };
}

function credentialsOf({ connection, onsChannel }: BrokerClientOptions): Credentials | undefined {
  const { accessKey, accessSecret, securityToken } = connection;
  if (accessKey === undefined || accessSecret === undefined) return undefined;
  return {
    accessKey,
    secret: accessSecret.reveal(),
    ...(securityToken === undefined ? {} : { securityToken: securityToken.reveal() }),
    ...(onsChannel === undefined ? {} : { onsChannel }),
  };
}

/** `address@process#random`: members of a group must differ, and the console shows where they are. */
function newClientId(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
  return `${own}@${process.pid}#${randomBytes(6).toString('hex')}`;
}
