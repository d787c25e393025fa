import { inspect } from 'node:util';
import { Secret } from '../../../config/secret.js';
import { TopClient, type Retry, type TopClientOptions } from '../../../ingest/subscription/client.js';
import { TopError } from '../../../ingest/subscription/top-error.js';
import { startGateway, type Answer, type Form } from './fake-gateway.js';

export const APP_KEY = '23279400';
export const APP_SECRET = 'f3c1b2a4958677d0e1a2b3c4d5e6f708';
export const SESSION = '61005e2a9c7b4f1d8e3a6b5c0d9f8e7a6b5c4d3e2f1a0b9c8d7e6f5';
export const NICK = '测试店铺';

export interface Trial {
  readonly client: TopClient;
  readonly calls: readonly Form[];
  /** Waits between tries, ms; none of them is really waited. */
  readonly waits: number[];
  readonly retries: Retry[];
}

/** A client and a gateway that answers as told; waiting takes no time. */
export async function withGateway(
  respond: (form: Form, call: number) => Answer,
  body: (trial: Trial) => Promise<void>,
  options: Partial<TopClientOptions> & { readonly gatewayNow?: () => number } = {},
): Promise<void> {
  const { gatewayNow, ...more } = options;
  const server = await startGateway({
    secret: APP_SECRET,
    appKey: APP_KEY,
    respond,
    ...(gatewayNow === undefined ? {} : { now: gatewayNow }),
  });
  const waits: number[] = [];
  const retries: Retry[] = [];
  const clock = {
    now: () => Date.now(),
    sleep: (ms: number, signal?: AbortSignal): Promise<void> => {
      signal?.throwIfAborted();
      waits.push(ms);
      return Promise.resolve();
    },
  };
  const client = new TopClient({
    appKey: APP_KEY,
    appSecret: new Secret(APP_SECRET),
    gateway: server.url,
    signMethod: 'hmac-sha256',
    timeoutMs: 5_000,
    clock,
    random: () => 0,
    onRetry: (retry) => void retries.push(retry),
    ...more,
  });
  try {
    await body({ client, calls: server.calls, waits, retries });
  } finally {
    await server.close();
  }
}

/** The error of a call that must fail. */
export async function failureOf(work: Promise<unknown>): Promise<TopError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TopError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

/** Everything any printer could show of a value: own and inherited text, JSON, causes, stacks. */
export function everythingOf(value: unknown): string {
  const shown = inspect(value, { depth: 20, showHidden: true, getters: true });
  const stack = value instanceof Error ? `${value.stack ?? ''}\n${everythingOf(value.cause)}` : '';
  return `${shown}\n${JSON.stringify(value)}\n${String(value)}\n${stack}`;
}
