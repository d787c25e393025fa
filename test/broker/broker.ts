/** A real RocketMQ 5.3.3 for tests and development: name server, broker and proxy in one JVM of its own. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchServer, preparedJava, type Launch } from './launch.js';
import { freePorts, type BrokerPorts } from './ports.js';
import { ServerGone, type ServerProcess } from './server-process.js';
import { removeAtExit } from './temporary-folders.js';
import type {
  BrokerOptions,
  GroupOptions,
  OutgoingMessage,
  ProduceFileOptions,
  ProduceOptions,
  Produced,
  TopicOptions,
  TopicStats,
} from './options.js';

export { brokerAvailable, requireBroker } from './availability.js';
export { ServerGone } from './server-process.js';
export type * from './options.js';

const START_MS = 120_000;
const COMMAND_MS = 90_000;
const PRODUCE_MS = 600_000;
const SHUTDOWN_MS = 20_000;

/**
 * Starts a broker; resolves when a client can use every topic. About 4 s, the first time on a machine 20 s (fetch).
 * @throws ToolMissing without Java 17 or Maven; Error with the end of the server's log when it does not start.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const java = await preparedJava();
  const temporary = options.dataDir === undefined;
  const home = resolve(options.dataDir ?? (await mkdtemp(join(tmpdir(), 'juliu-broker-'))));
  if (temporary) removeAtExit(home);
  await mkdir(join(home, 'commands'), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const ports = options.ports ?? (await freePorts());
    const broker = new Broker({ ...java, home, temporary, ports, options, topics: [], groups: [] }, options);
    try {
      await broker.restart();
      return broker;
    } catch (error) {
      await broker.kill();
      // Another process may have taken a port between the check and the start.
      const taken = broker.stderrMentions('BindException') || broker.stderrMentions('Address already in use');
      if (options.ports === undefined && taken && attempt < 3) continue;
      if (temporary) await rm(home, { recursive: true, force: true });
      throw error;
    }
  }
}

export class Broker {
  readonly ports: BrokerPorts;
  /** Where its data, configuration and log lie; deleted by `stop` unless it was given. */
  readonly home: string;
  readonly #temporary: boolean;
  readonly #launch: Launch;
  readonly #startTimeoutMs: number;
  readonly #topics = new Map<string, TopicOptions>();
  readonly #groups = new Map<string, GroupOptions>();
  #server: ServerProcess | undefined;
  #lastStderr = '';
  #files = 0;

  /** Use `startBroker`. */
  constructor(launch: Launch, options: BrokerOptions) {
    this.#launch = launch;
    this.home = launch.home;
    this.ports = launch.ports;
    this.#temporary = launch.temporary;
    this.#startTimeoutMs = options.startTimeoutMs ?? START_MS;
    for (const topic of options.topics ?? []) this.#rememberTopic(typeof topic === 'string' ? { name: topic } : topic);
    for (const group of options.groups ?? []) this.#rememberGroup(typeof group === 'string' ? { name: group } : group);
  }

  /** The proxy's gRPC address: what clients are configured with. */
  get endpoints(): string {
    return `127.0.0.1:${this.ports.grpc}`;
  }

  /** For remoting clients (Java's DefaultLitePullConsumer). */
  get nameServer(): string {
    return `127.0.0.1:${this.ports.nameServer}`;
  }

  get pid(): number {
    return this.#running().pid;
  }

  get running(): boolean {
    return this.#server?.running === true;
  }

  /** kill -9; data, ports and clients stay. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await server.kill();
    this.#lastStderr = server.stderr;
    this.#server = undefined;
  }

  /** Starts it again on the same ports and data, after kill -9 where it still runs; resolves when clients can use it. */
  async restart(options: { readonly graceful?: boolean } = {}): Promise<void> {
    if (options.graceful === true) await this.#server?.shutdown(SHUTDOWN_MS);
    await this.kill();
    const launch = { ...this.#launch, topics: [...this.#topics.values()], groups: [...this.#groups.values()] };
    const server = await launchServer(launch);
    this.#server = server;
    try {
      await server.ready(this.#startTimeoutMs);
    } catch (error) {
      throw new Error(`The broker did not start: ${String(error)}\n${await this.logs()}`, { cause: error });
    }
  }

  /** Ends it; its data goes too unless a folder was given. */
  async stop(): Promise<void> {
    // Nothing has to be flushed where the data is thrown away, and an orderly end takes seconds.
    if (!this.#temporary) await this.#server?.shutdown(SHUTDOWN_MS);
    await this.kill();
    if (this.#temporary) await rm(this.home, { recursive: true, force: true });
  }

  /** SIGSTOP: connections stay open and nobody answers, as behind a dead link. */
  freeze(): void {
    this.#running().signal('SIGSTOP');
  }

  thaw(): void {
    this.#running().signal('SIGCONT');
  }

  /** Resolves when the proxy gives clients the topic's route. */
  async createTopic(name: string, options: Omit<TopicOptions, 'name'> = {}): Promise<void> {
    this.#rememberTopic({ name, ...options });
    await this.#ask('createTopic', { topic: name, ...options });
  }

  /** Resolves when the proxy answers clients with TOPIC_NOT_FOUND. */
  async deleteTopic(name: string): Promise<void> {
    this.#topics.delete(name);
    await this.#ask('deleteTopic', { topic: name });
  }

  /** Creates or changes a consumer group. `retryMaxTimes`: deliveries before the dead-letter topic, less one. */
  async createGroup(name: string, options: Omit<GroupOptions, 'name'> = {}): Promise<void> {
    this.#rememberGroup({ name, ...options });
    await this.#ask('createGroup', { group: name, ...options });
  }

  /** Sets where a group goes on in every queue of a topic: at the first message, or behind the last one. */
  async resetOffsets(topic: string, group: string, to: 'beginning' | 'end' = 'beginning'): Promise<void> {
    await this.#ask('resetOffsets', { topic, group, toEnd: to === 'end' });
  }

  /** Sends messages over the Java protocol; resolves when the broker has stored all. */
  async produce(topic: string, messages: Iterable<OutgoingMessage>, options: ProduceOptions = {}): Promise<Produced> {
    const file = join(this.home, 'commands', `${String(++this.#files)}.jsonl`);
    await pipeline(Readable.from(records(messages)), createWriteStream(file));
    try {
      return await this.#produce(topic, { file, format: 'messages' }, options);
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Sends a file with one body per line (gzip where the name ends in .gz); empty lines are left out. */
  async produceFile(topic: string, path: string, options: ProduceFileOptions = {}): Promise<Produced> {
    const { resume = false, skip = 0, limit, onProgress, ...rest } = options;
    const started = Date.now();
    let sent = 0;
    for (;;) {
      const before = sent;
      const part = {
        file: resolve(path),
        format: 'bodies',
        skip: skip + sent,
        ...(limit === undefined ? {} : { limit: limit - sent }),
      };
      const progress = (messages: number): void => {
        sent = before + messages;
        onProgress?.(sent);
      };
      try {
        const { messages } = await this.#produce(topic, part, { ...rest, onProgress: progress });
        sent = before + messages;
        return { messages: sent, seconds: (Date.now() - started) / 1000 };
      } catch (error) {
        if (!resume || !(error instanceof ServerGone)) throw error;
        await this.#untilRunning();
      }
    }
  }

  async stats(topic: string, group?: string): Promise<TopicStats> {
    return (await this.#ask('stats', { topic, ...(group === undefined ? {} : { group }) })) as TopicStats;
  }

  /** CPU the JVM has used since it (re)started: user and system, all threads. */
  async cpuSeconds(): Promise<number> {
    return (await this.#ask('cpuSeconds', {})) as number;
  }

  /** The end of what the server wrote to standard error and its log. */
  async logs(lines = 60): Promise<string> {
    const log = await readFile(join(this.home, 'server.log'), 'utf8').catch(() => '');
    return `${this.#server?.stderr ?? this.#lastStderr}\n${log}`.trimEnd().split('\n').slice(-lines).join('\n');
  }

  stderrMentions(word: string): boolean {
    return (this.#server?.stderr ?? this.#lastStderr).includes(word);
  }

  async #produce(
    topic: string,
    input: Readonly<Record<string, unknown>>,
    { signal, onProgress, timeoutMs, ...options }: ProduceOptions & { onProgress?: (messages: number) => void },
  ): Promise<Produced> {
    if (options.compress !== undefined && (options.batch ?? 1) > 1)
      throw new Error('A batch is never compressed by Java producers: give either batch or compress.');
    const command = { do: 'produce', topic, ...input, ...options };
    const result = await this.#running().ask(command, { timeoutMs: timeoutMs ?? PRODUCE_MS, onProgress, signal });
    return result as Produced;
  }

  #ask(command: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#running().ask({ do: command, ...parameters }, { timeoutMs: COMMAND_MS });
  }

  #running(): ServerProcess {
    if (this.#server === undefined) throw new ServerGone('the broker does not run');
    return this.#server;
  }

  async #untilRunning(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (this.#server?.running !== true) {
      if (Date.now() > deadline) throw new ServerGone(`the broker was not started again within ${START_MS / 1000} s`);
      await sleep(100);
    }
    await this.#server.ready(START_MS);
  }

  #rememberTopic(topic: TopicOptions): void {
    this.#topics.set(topic.name, topic);
  }

  #rememberGroup(group: GroupOptions): void {
    this.#groups.set(group.name, group);
  }
}

const asBuffer = (body: Uint8Array | string): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

function* records(messages: Iterable<OutgoingMessage>): Generator<string> {
  for (const { body, ...rest } of messages)
    yield `${JSON.stringify({ ...rest, body: asBuffer(body).toString('base64') })}\n`;
}
