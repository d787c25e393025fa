import type { Clock } from '../../../retry.js';
import { JuliuError } from '../../../../errors/juliu-error.js';
import type { RocketmqConnection } from '../options.js';
import { SessionConsumer, type BrokerQueue, type Endpoints } from './client-internals.js';
import { call } from './rpc.js';
import { callError, NOTHING_THERE, OK, statusError, type Place } from './status.js';
import { decodeAckAnswer, encodeAckRequest, ackPrefix, type AckAnswer, type AckEntry } from './wire/ack-message.js';
import { encodeInvisibleRequest, decodeInvisibleAnswer } from './wire/invisible-message.js';
import { decodeReceiveAnswer, type ReceivedMessage } from './wire/received-message.js';

export interface SessionOptions {
  readonly connection: RocketmqConnection;
  readonly topic: string;
  readonly group: string;
  readonly filter: { readonly kind: 'tag' | 'sql'; readonly expression: string };
  readonly awaitMs: number;
  readonly invisibleMs: number;
  readonly clock: Clock;
  /** The route was read anew: brokers may have come and gone. */
  readonly onRoute: () => void;
}

/** What one receive brought; messages that came before a failure are messages. */
export interface Received {
  readonly messages: readonly ReceivedMessage[];
  /** Epoch ms at which the first of them arrived: their leases began a little earlier. */
  readonly arrivedAt: number;
  /** Answers that could not be decoded. */
  readonly unreadable: number;
  readonly failure: unknown;
}

/**
 * One session with the broker for one topic: the client package keeps it alive (settings, heartbeats every 10 s, route
 * every 30 s); messages go past the package, as bytes.
 *
 * A session is started once and closed once. It never heals a dead connection by itself: whoever uses it sees that
 * `silentMs` grows, closes it and starts another.
 */
export class BrokerSession {
  readonly #options: SessionOptions;
  readonly #consumer: SessionConsumer;
  readonly #ackPrefix: Buffer;
  readonly #began: number;
  /** When each broker answered last, by address. */
  readonly #answered = new Map<string, number>();
  #trouble = '';
  #closed = false;

  private constructor(options: SessionOptions) {
    const { connection, topic, group, clock, onRoute } = options;
    this.#options = options;
    this.#ackPrefix = ackPrefix(group, topic, connection.namespace ?? '');
    this.#began = clock.now();
    const onTrouble = (line: string): void => {
      this.#trouble = line;
    };
    this.#consumer = new SessionConsumer({ ...options, onTrouble, onRoute });
  }

  /**
   * Connects, reads the topic's route and registers with its brokers.
   * @throws JuliuError of class `fatal`: ROCKETMQ_TOPIC_MISSING, ROCKETMQ_REFUSED, ROCKETMQ_TLS, ROCKETMQ_UNREACHABLE,
   * ROCKETMQ_FILTER, ROCKETMQ_START_TIMEOUT …; the signal's reason when aborted
   */
  static async start(options: SessionOptions, signal?: AbortSignal): Promise<BrokerSession> {
    const { connection, topic, clock } = options;
    const { endpoints, timeouts } = connection;
    const place = placeOf(options);
    signal?.throwIfAborted();
    let session: BrokerSession;
    try {
      session = new BrokerSession(options);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new JuliuError(
        connection.tls.enabled ? 'ROCKETMQ_TLS' : 'ROCKETMQ_UNREACHABLE',
        { endpoints, detail },
        { cause: error, errorClass: 'fatal' },
      );
    }
    const ended = new AbortController();
    const onAbort = (): void => ended.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const late = clock.sleep(timeouts.start, ended.signal).then(() => {
      const detail = session.#trouble === '' ? 'it gave no reason' : session.#trouble;
      const seconds = timeouts.start / 1000;
      throw new JuliuError('ROCKETMQ_START_TIMEOUT', { endpoints, topic, seconds, detail }, { errorClass: 'fatal' });
    });
    try {
      await Promise.race([session.#consumer.startup(), late]);
      return session;
    } catch (error) {
      await session.close();
      signal?.throwIfAborted();
      throw callError(error, place, 'fatal');
    } finally {
      signal?.removeEventListener('abort', onAbort);
      ended.abort(new Error('started'));
      late.catch(() => undefined);
    }
  }

  /** The topic's readable brokers. */
  get queues(): readonly BrokerQueue[] {
    return this.#consumer.queues;
  }

  /** Deliveries of a message to the group before the broker gives it up; 0 when it did not say. */
  get maxAttempts(): number {
    return this.#consumer.maxAttempts;
  }

  /** Ms since a broker answered anything. */
  silentMs({ facade }: Endpoints): number {
    return this.#options.clock.now() - (this.#answered.get(facade) ?? this.#began);
  }

  /** Takes up to `batch` messages of a broker; waits for the first as long as the session's options say. Never rejects. */
  async receive(queue: BrokerQueue, batch: number, signal: AbortSignal): Promise<Received> {
    const { connection, awaitMs, clock } = this.#options;
    const messages: ReceivedMessage[] = [];
    let arrivedAt = 0;
    let unreadable = 0;
    let status = { code: 0, text: '' };
    const onAnswer = (bytes: Buffer): void => {
      if (arrivedAt === 0) arrivedAt = clock.now();
      try {
        const { message, code, text } = decodeReceiveAnswer(bytes);
        if (message !== undefined) messages.push(message);
        else if (code !== 0) status = { code, text };
      } catch {
        unreadable++;
      }
    };
    let failure: unknown;
    try {
      const timeoutMs = awaitMs + connection.timeouts.request;
      const request = queue.receiveRequest(batch);
      await this.#call(queue.endpoints, 'ReceiveMessage', request, onAnswer, timeoutMs, signal);
      if (status.code !== OK && status.code !== NOTHING_THERE && status.code !== 0) {
        failure = statusError(status.code, status.text, placeOf(this.#options));
      }
      if (unreadable > 0 && messages.length === 0) {
        failure = statusError(0, `${unreadable} answers could not be decoded`, placeOf(this.#options));
      }
    } catch (error) {
      failure = error;
    }
    return { messages, arrivedAt, unreadable, failure };
  }

  /**
   * Acknowledges deliveries of one broker in one call.
   * @throws RpcFailure; Error without an answer
   */
  async ack(endpoints: Endpoints, entries: readonly AckEntry[]): Promise<AckAnswer> {
    let answer: AckAnswer | undefined;
    const request = encodeAckRequest(this.#ackPrefix, entries);
    await this.#call(endpoints, 'AckMessage', request, (bytes) => (answer = decodeAckAnswer(bytes)));
    if (answer === undefined) throw new Error('the broker closed the call without an answer');
    return answer;
  }

  /**
   * Makes a delivery come again after `invisibleMs`.
   * @returns the status code of the protocol
   * @throws RpcFailure
   */
  async changeInvisible(endpoints: Endpoints, entry: AckEntry, invisibleMs: number): Promise<number> {
    let code = 0;
    const request = encodeInvisibleRequest(this.#ackPrefix, entry, invisibleMs);
    await this.#call(endpoints, 'ChangeInvisibleDuration', request, (bytes) => {
      code = decodeInvisibleAnswer(bytes);
    });
    return code;
  }

  /** @param broken the broker does not answer: nothing is said to it. */
  async close(broken = false): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (broken) this.#consumer.channels.close();
    try {
      await this.#consumer.shutdown();
    } finally {
      this.#consumer.channels.close();
    }
  }

  async #call(
    endpoints: Endpoints,
    method: Parameters<typeof call>[1],
    request: Buffer,
    onAnswer: (answer: Buffer) => void,
    timeoutMs = this.#options.connection.timeouts.request,
    signal?: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#options;
    const heard = (bytes: Buffer): void => {
      this.#answered.set(endpoints.facade, clock.now());
      onAnswer(bytes);
    };
    const metadata = this.#consumer.getRequestMetadata();
    await call(this.#consumer.channels.client(endpoints), method, request, heard, { metadata, timeoutMs, signal });
    this.#answered.set(endpoints.facade, clock.now());
  }
}

function placeOf({ connection, topic, group }: SessionOptions): Place {
  return { endpoints: connection.endpoints, topic, group };
}
