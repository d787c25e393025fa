import { JuliuError } from '../../errors/juliu-error.js';

/** How to reach a ClickHouse server over HTTP. */
export interface ServerConfig {
  readonly kind: 'server' | 'cluster';
  /** `http://host:8123` or `https://host:8443`; a path prefix is kept. */
  readonly url: string;
  readonly username: string;
  /** Never part of a message, a log line or a printed value. */
  readonly password?: string;
  /** Name in the servers' `remote_servers`; for kind `cluster`. */
  readonly clusterName?: string;
  /** PEM texts. A client certificate needs the authority's, too. */
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** Longest silence of the server on one request, ms; default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Unused connections are closed after this, ms; must be below the server's keep-alive. Default 2,500. */
  readonly idleSocketMs?: number;
  /** Default 10. */
  readonly maxOpenConnections?: number;
}

/**
 * The address without user, password and query, which have settings of their own; also for messages.
 * @throws JuliuError STORE_ADDRESS
 */
export function plainAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new JuliuError('STORE_ADDRESS');
  const { protocol, host, pathname } = parsed;
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
