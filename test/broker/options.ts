import type { BrokerPorts } from './ports.js';

export interface BrokerOptions {
  readonly topics?: readonly (string | TopicOptions)[];
  readonly groups?: readonly (string | GroupOptions)[];
  /** The proxy's setting of that name; its default is false. */
  readonly enableBatchAck?: boolean;
  /** Switches authentication on (ACL 2.0), with this one user, for gRPC and remoting. */
  readonly user?: { readonly accessKey: string; readonly accessSecret: string };
  /** PEM files; the proxy then talks TLS (plain text is answered too). See `createCertificate`. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Keeps data there over `stop`; default: a temporary folder. */
  readonly dataDir?: string;
  readonly ports?: BrokerPorts;
  readonly brokerName?: string;
  /** Lines of broker.conf over those in Configuration.java. */
  readonly brokerConfig?: Readonly<Record<string, string | number | boolean>>;
  /** Members of rmq-proxy.json over those in Configuration.java. */
  readonly proxyConfig?: Readonly<Record<string, unknown>>;
  /** Java heap, default 256. */
  readonly heapMb?: number;
  /** For benchmarks: starts no faster, and runs at full speed after a warm-up. */
  readonly longRun?: boolean;
  readonly logLevel?: 'WARN' | 'INFO' | 'DEBUG';
  readonly startTimeoutMs?: number;
}

export interface TopicOptions {
  readonly name: string;
  /** Default 8. */
  readonly queues?: number;
  /** Default NORMAL. */
  readonly type?: 'NORMAL' | 'FIFO' | 'DELAY' | 'TRANSACTION';
}

export interface GroupOptions {
  readonly name: string;
  /** Deliveries before a message goes to `%DLQ%<group>`, less one. Default 16. */
  readonly retryMaxTimes?: number;
}

export interface OutgoingMessage {
  readonly body: Uint8Array | string;
  readonly tag?: string;
  readonly keys?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
}

export interface ProduceOptions {
  /** Up to so many messages (≤ 500 is usual) go in one send and share one message id. Default 1. */
  readonly batch?: number;
  /**
   * What a Java producer compresses bodies with (all of them, whatever their size); `labelled` sends the given bytes
   * under the label of a compressed body, so that any bytes can be a poison message or a gzip body. Not with `batch`.
   */
  readonly compress?: 'zlib' | 'lz4' | 'zstd' | 'labelled';
  /** Messages per second; default as fast as it goes. */
  readonly rate?: number;
  /** All into this queue; default round robin. */
  readonly queue?: number;
  /** Tag of each message: the value of `topic` in its JSON body. */
  readonly tagFromTopic?: boolean;
  /** Ends the sending early; what was sent is the result. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface ProduceFileOptions extends ProduceOptions {
  /** Lines to leave out at the start, and the most to send. */
  readonly skip?: number;
  readonly limit?: number;
  /**
   * When the broker dies, waits until it runs again and goes on behind the last confirmed message: every line is sent
   * at least once, some twice.
   */
  readonly resume?: boolean;
  /** Messages the broker has confirmed so far, about five times a second. */
  readonly onProgress?: (messages: number) => void;
}

export interface Produced {
  readonly messages: number;
  readonly seconds: number;
  /** In the order given; only from `produce` without `batch`. */
  readonly messageIds?: readonly string[];
}

export interface TopicStats {
  /** Messages ever stored in the topic (sum of the queues' ends); −1 when there is no such topic. */
  readonly produced: number;
  /** Messages in `%DLQ%<group>`; only with a group, as the following. */
  readonly deadLetters?: number;
  /**
   * Messages of the topic no consumer of the group has received yet (what was received and not acknowledged is known
   * to the broker only as pending); −1 when the group never asked for it.
   */
  readonly unread?: number;
  /** Deliveries that ran out unacknowledged and were stored again for another one. */
  readonly redelivered?: number;
}
