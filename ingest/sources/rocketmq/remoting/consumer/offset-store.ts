import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { JuliuError } from '../../../../../errors/juliu-error.js';
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
   * @throws JuliuError FILE_FAILED when the file cannot be read, or there is only one that was written with other
   * endpoints: a group without offsets may begin at the latest message, and pass over what it has not read
   */
  static async open(folder: string, store: string, endpoints: string, group: string): Promise<LocalOffsets> {
    const ofGroup = `rocketmq-${digest(`${group}\0${store}`)}-`;
    const name = `${ofGroup}${digest(endpoints)}.json`;
    const names = await readdir(folder).catch((error: unknown): string[] => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    const path = join(folder, name);
    if (names.includes(name)) return new LocalOffsets(folder, path, group, await readOffsets(path));
    const other = names.find((one) => one.startsWith(ofGroup) && one.endsWith('.json'));
    if (other === undefined) return new LocalOffsets(folder, path, group, new Map());
    const detail = `it holds the offsets of group ${group} at other endpoints. If they are the same brokers, rename it to ${name}; if not, delete it`;
    throw new JuliuError('FILE_FAILED', { path: join(folder, other), detail });
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

/** @throws JuliuError FILE_FAILED */
async function readOffsets(path: string): Promise<Map<string, number>> {
  try {
    const { offsets } = JSON.parse(await readFile(path, 'utf8')) as Partial<SavedOffsets>;
    return new Map(Object.entries(offsets ?? {}).filter(([, offset]) => Number.isSafeInteger(offset) && offset >= 0));
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new JuliuError('FILE_FAILED', { path, detail }, { cause });
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function keyOf({ topic, brokerName, queueId }: QueueId): string {
  return `${topic}/${brokerName}/${queueId}`;
}
