import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BrokerClient, QueueId } from '../connection/broker-client.js';
import type { Routes } from './routes.js';

/** Where it is remembered how far each queue is stored. */
export interface OffsetStore {
  /** @returns undefined when nothing is remembered: the group has never read the queue */
  load(queue: QueueId): Promise<number | undefined>;
  /** Remembers offsets: everything below each is stored. @returns the queues that failed, with why */
  save(offsets: ReadonlyMap<QueueId, number>): Promise<ReadonlyMap<QueueId, unknown>>;
}

/** Clustering: the master of each queue's broker keeps the group's offsets, for whoever reads the queue next. */
export class BrokerOffsets implements OffsetStore {
  readonly #client: Pick<BrokerClient, 'queryOffset' | 'updateOffset'>;
  readonly #routes: Pick<Routes, 'master'>;
  readonly #group: string;

  /** @param group as it is on the wire */
  constructor(
    client: Pick<BrokerClient, 'queryOffset' | 'updateOffset'>,
    routes: Pick<Routes, 'master'>,
    group: string,
  ) {
    this.#client = client;
    this.#routes = routes;
    this.#group = group;
  }

  async load(queue: QueueId): Promise<number | undefined> {
    return this.#client.queryOffset(this.#master(queue), { ...queue, group: this.#group });
  }

  async save(offsets: ReadonlyMap<QueueId, number>): Promise<ReadonlyMap<QueueId, unknown>> {
    const failed = new Map<QueueId, unknown>();
    const save = async ([queue, offset]: readonly [QueueId, number]): Promise<void> => {
      try {
        await this.#client.updateOffset(this.#master(queue), { ...queue, group: this.#group }, offset);
      } catch (error) {
        failed.set(queue, error);
      }
    };
    await Promise.all([...offsets].map(save));
    return failed;
  }

  #master(queue: QueueId): string {
    const address = this.#routes.master(queue);
    if (address === undefined) throw new Error(`broker ${queue.brokerName} has no master at the moment`);
    return address;
  }
}

/**
 * Broadcasting: every instance reads everything, and remembers its offsets itself, in one small file that is replaced as
 * a whole (write, fsync, rename, fsync of the folder).
 */
export class LocalOffsets implements OffsetStore {
  readonly path: string;
  readonly #folder: string;
  readonly #group: string;
  readonly #offsets: Map<string, number>;
  #saving: Promise<void> = Promise.resolve();

  private constructor(folder: string, path: string, group: string, offsets: Map<string, number>) {
    this.#folder = folder;
    this.path = path;
    this.#group = group;
    this.#offsets = offsets;
  }

  /**
   * @param folder usually `<data>/positions`; made when needed
   * @param store what the messages go to: read into another store, they are read anew
   * @param group as it is on the wire, with the instance's prefix
   */
  static async open(folder: string, store: string, endpoints: string, group: string): Promise<LocalOffsets> {
    const key = createHash('sha256').update(`rocketmq\0${endpoints}\0${group}\0${store}`).digest('hex').slice(0, 20);
    const path = join(folder, `${key}.json`);
    return new LocalOffsets(folder, path, group, await readOffsets(path));
  }

  load(queue: QueueId): Promise<number | undefined> {
    return Promise.resolve(this.#offsets.get(keyOf(queue)));
  }

  async save(offsets: ReadonlyMap<QueueId, number>): Promise<ReadonlyMap<QueueId, unknown>> {
    if (offsets.size === 0) return new Map();
    for (const [queue, offset] of offsets) this.#offsets.set(keyOf(queue), offset);
    // One after the other: a later file never goes under an earlier one.
    const saving = this.#saving.then(() => this.#write());
    this.#saving = saving.catch(() => undefined);
    try {
      await saving;
      return new Map();
    } catch (error) {
      return new Map([...offsets.keys()].map((queue) => [queue, error]));
    }
  }

  async #write(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const saved: SavedOffsets = { group: this.#group, offsets: Object.fromEntries(this.#offsets) };
    const written = `${this.path}.${process.pid}.tmp`;
    const file = await open(written, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(saved, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(written, this.path);
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

interface SavedOffsets {
  readonly group: string;
  /** By `topic/broker/queue`. */
  readonly offsets: Readonly<Record<string, number>>;
}

/** What cannot be read counts as absent: messages come again, and change nothing. */
async function readOffsets(path: string): Promise<Map<string, number>> {
  try {
    const { offsets } = JSON.parse(await readFile(path, 'utf8')) as Partial<SavedOffsets>;
    return new Map(Object.entries(offsets ?? {}).filter(([, offset]) => Number.isSafeInteger(offset) && offset >= 0));
  } catch {
    return new Map();
  }
}

function keyOf({ topic, brokerName, queueId }: QueueId): string {
  return `${topic}/${brokerName}/${queueId}`;
}
