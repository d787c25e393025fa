import type { RocketmqConnection, RocketmqSubscription } from '../../options.js';
import type { StartPosition } from '../../../../../config/start-position.js';

/** What to take over remoting. */
export interface RemotingSubscription extends Pick<
  RocketmqSubscription,
  'topics' | 'group' | 'filter' | 'awaitMs' | 'prefetch' | 'maxBodyBytes'
> {
  /** Clustering: the group's members share the queues, its brokers keep the offsets. */
  readonly mode: { readonly kind: 'clustering' } | Broadcasting;
  /** Where a group begins in a queue that it has never read. */
  readonly begin: StartPosition;
  /** Most messages of one queue from the oldest that is not stored to the newest received. */
  readonly unacknowledged: number;
  /**
   * `together`: the bodies of a pull share one piece of memory; the cheapest while all of them are kept for about as
   * long. `apart`: whoever receives keeps only some of them, and the others must not stay with these.
   */
  readonly bodies: 'together' | 'apart';
}

/** Every instance reads everything, and keeps its own offsets. */
export interface Broadcasting {
  readonly kind: 'broadcasting';
  /** Folder of the file that keeps them, and which store they are about. */
  readonly folder: string;
  readonly store: string;
}

export interface RemotingOptions {
  readonly connection: RocketmqConnection;
  /** Field OnsChannel of signatures, where the instance wants it. */
  readonly onsChannel?: string | undefined;
  readonly subscription: RemotingSubscription;
}
