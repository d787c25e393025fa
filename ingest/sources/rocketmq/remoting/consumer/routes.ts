import type { Clock } from '../../../../retry.js';
import type { BrokerClient, QueueId, TopicRoute } from '../connection/broker-client.js';

/** A broker that could not be reached is asked last for so long, ms. */
const AVOIDED_MS = 10_000;
const MASTER = 0;
const NO_ADDRESSES: ReadonlyMap<number, string> = new Map();

/** Which brokers have which queues, as the name servers last said. */
export class Routes {
  readonly #client: Pick<BrokerClient, 'route'>;
  readonly #clock: Clock;
  readonly #routes = new Map<string, TopicRoute>();
  /** Addresses that failed, and until when they are avoided. */
  readonly #avoided = new Map<string, number>();

  constructor(client: Pick<BrokerClient, 'route'>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * Asks again for a topic.
   * @returns false when the name servers do not know it; what was known before stays
   * @throws what the question fails with
   */
  async refresh(topic: string, signal?: AbortSignal): Promise<boolean> {
    const route = await this.#client.route(topic, signal);
    if (route === undefined) return false;
    this.#routes.set(topic, route);
    return true;
  }

  /** Queues of a topic that may be read; undefined before its route was known. */
  queues(topic: string): readonly QueueId[] | undefined {
    return this.#routes.get(topic)?.queues;
  }

  /** Every broker's address, slaves included: each hears the heartbeats. */
  addresses(): ReadonlySet<string> {
    const all = [...this.#routes.values()].flatMap(({ brokers }) => [...brokers.values()]);
    return new Set(all.flatMap(({ addresses }) => [...addresses.values()]));
  }

  /** The masters of a topic's brokers, those that failed lately last: any of them knows the group's members. */
  masters(topic: string): readonly string[] {
    const brokers = [...(this.#routes.get(topic)?.brokers.values() ?? [])];
    const masters = brokers.flatMap(({ addresses }) => addresses.get(MASTER) ?? [...addresses.values()].slice(0, 1));
    return this.#reachableFirst(masters);
  }

  /** The master of a queue's broker, which alone keeps offsets; undefined while it has none. */
  master(queue: QueueId): string | undefined {
    return this.#brokerOf(queue)?.addresses.get(MASTER);
  }

  /** Where to read a queue: the wished broker, else the master, else a slave; who failed lately comes last. */
  reader({ id, brokerId }: { readonly id: QueueId; readonly brokerId: number }): Reader | undefined {
    const addresses = this.#brokerOf(id)?.addresses ?? NO_ADDRESSES;
    const usual = addresses.get(brokerId);
    // Nearly always, and for every pull.
    if (usual !== undefined && this.#avoided.size === 0) return { address: usual, isMaster: brokerId === MASTER };
    const wished = [brokerId, MASTER, ...addresses.keys()];
    const candidates = wished.flatMap((one) => addresses.get(one) ?? []);
    const [address] = this.#reachableFirst(candidates);
    return address === undefined ? undefined : { address, isMaster: address === addresses.get(MASTER) };
  }

  /** It could not be reached: others are asked first for a while. */
  avoid(address: string): void {
    this.#avoided.set(address, this.#clock.now() + AVOIDED_MS);
  }

  #brokerOf({ topic, brokerName }: QueueId): { readonly addresses: ReadonlyMap<number, string> } | undefined {
    return this.#routes.get(topic)?.brokers.get(brokerName);
  }

  #reachableFirst(addresses: readonly string[]): readonly string[] {
    if (this.#avoided.size === 0) return addresses;
    const now = this.#clock.now();
    for (const [address, until] of this.#avoided) if (until <= now) this.#avoided.delete(address);
    const isAvoided = (address: string): boolean => this.#avoided.has(address);
    return [...addresses.filter((one) => !isAvoided(one)), ...addresses.filter(isAvoided)];
  }
}

export interface Reader {
  readonly address: string;
  /** Only a master knows what a queue really has: a slave may be behind. */
  readonly isMaster: boolean;
}
