import type { Secret } from '../../../config/secret.js';

/** How to reach a RocketMQ instance; the same for every topic and group taken from it. */
export interface RocketmqConnection {
  /** `host:port`, several separated by `;`. */
  readonly endpoints: string;
  readonly tls: {
    readonly enabled: boolean;
    /** PEM files. */
    readonly caFile?: string | undefined;
    readonly certFile?: string | undefined;
    readonly keyFile?: string | undefined;
  };
  readonly accessKey?: string | undefined;
  readonly accessSecret?: Secret | undefined;
  readonly securityToken?: Secret | undefined;
  /** Instance id, where one endpoint serves several. */
  readonly namespace?: string | undefined;
  readonly timeouts: {
    /** The connection must stand within this, ms. */
    readonly start: number;
    /** Longest wait for an answer, ms; at least 1,000. */
    readonly request: number;
  };
}

/** What to take from it. */
export interface RocketmqSubscription {
  readonly topics: readonly string[];
  readonly group: string;
  /** Which messages: a tag expression (`A||B`, `*`) or SQL92 over properties. All members of a group must say the same. */
  readonly filter: { readonly kind: 'tag' | 'sql'; readonly expression: string };
  /** Also take what the broker gave up on (`%DLQ%<group>`). */
  readonly deadLetterQueue: boolean;
  /** Receives under way at once, per broker and topic. */
  readonly concurrency: number;
  /** The broker answers an empty receive after this, ms; it takes 5,000 to 20,000. */
  readonly awaitMs: number;
  /** A message received and not acknowledged comes again after this, ms; it takes 10,000 to 43,200,000. */
  readonly invisibleMs: number;
  /** Bounds of what is received ahead of the pipeline. */
  readonly prefetch: { readonly messages: number; readonly bytes: number };
  /** A body that unpacks to more than this cannot be read, bytes. */
  readonly maxBodyBytes: number;
}

/** The topic where the broker puts what it has delivered too often. */
export function deadLetterTopic(group: string): string {
  return `%DLQ%${group}`;
}

/**
 * The group that reads {@link deadLetterTopic}. Not the group itself: a message there has used up that group's
 * deliveries, and the proxy (5.3.3) would put it back at the topic's end at every receive, for ever.
 */
export function deadLetterGroup(group: string): string {
  return `${group}_dlq`;
}
