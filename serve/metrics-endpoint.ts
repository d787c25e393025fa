import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { JuliuError } from '../errors/juliu-error.js';
import type { Store } from '../sql/store.js';

export interface MetricsEndpointOptions {
  readonly registry: Registry;
  /** Asked by `/healthz`. */
  readonly store: Pick<Store, 'health'>;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

export interface MetricsEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `GET /metrics` in Prometheus text format, and `GET /healthz`: 200 while the store answers, else 503 with the reason.
 * Neither holds message text or secrets; there is no authentication, so the default address is this machine's own.
 * @throws JuliuError SERVE_CANNOT_LISTEN
 */
export async function startMetricsEndpoint(options: MetricsEndpointOptions): Promise<MetricsEndpoint> {
  const { registry, store, host, port } = options;
  // Half a second to load for commands of which most serve nothing.
  const { fastify } = await import('fastify');
  const server = fastify({ logger: false, requestTimeout: 10_000, forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => {
    await reply.type(registry.contentType).send(await registry.metrics());
  });
  server.get('/healthz', async (_request, reply) => {
    const { ok, engineVersion, detail } = await store
      .health({ timeoutMs: 5_000 })
      .catch((error: unknown) => ({ ok: false, engineVersion: '', detail: String(error) }));
    await reply.code(ok ? 200 : 503).send({ ok, engineVersion, detail });
  });
  try {
    await server.listen({ host, port });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new JuliuError('SERVE_CANNOT_LISTEN', { address: `${host}:${port}`, detail }, { cause: error });
  }
  const { port: taken } = server.server.address() as AddressInfo;
  return { url: `http://${host}:${taken}`, close: () => server.close() };
}
