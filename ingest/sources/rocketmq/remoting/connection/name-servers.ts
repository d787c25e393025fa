import http from 'node:http';
import https from 'node:https';
import { JuliuError } from '../../../../../errors/juliu-error.js';
import type { Clock } from '../../../../retry.js';
import { isAddressService, parseAddresses } from './address.js';

/** A list from an address service is asked for again after this, ms. */
const LOOKUP_MS = 120_000;
/** A list of addresses is short. */
const MAX_LIST_BYTES = 64 * 1024;

/**
 * Where the name servers are: a fixed list, or what an address service says (寻址服务, ONS: a GET whose answer is such a
 * list). The one that answered last is asked first.
 */
export class NameServers {
  readonly #endpoints: string;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  #list: readonly string[] = [];
  #lookedUpAt: number | undefined;
  #lookingUp: Promise<void> | undefined;
  #preferred = 0;

  constructor(endpoints: string, timeoutMs: number, clock: Clock) {
    this.#endpoints = endpoints.trim();
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /**
   * Asks one after the other until one knows.
   * @returns undefined when none knows, though one has answered: the first after a restart knows nothing for a while
   * @throws what the last one failed with, when none has answered; ROCKETMQ_NAME_SERVERS when there is no list; the signal's reason
   */
  async ask<T>(
    question: (address: string) => Promise<T | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined> {
    const list = await this.#current();
    let failure: unknown;
    let hasAnswered = false;
    for (let tries = 0; tries < list.length; tries++) {
      const at = (this.#preferred + tries) % list.length;
      try {
        const answer = await question(list[at] ?? '');
        hasAnswered = true;
        if (answer === undefined) continue;
        this.#preferred = at;
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
      }
    }
    if (hasAnswered) return undefined;
    // Servers may have moved.
    this.#lookedUpAt = undefined;
    throw failure;
  }

  async #current(): Promise<readonly string[]> {
    const isFresh = this.#lookedUpAt !== undefined && this.#clock.now() - this.#lookedUpAt < LOOKUP_MS;
    if (!isFresh) {
      this.#lookingUp ??= this.#lookUp().finally(() => (this.#lookingUp = undefined));
      await this.#lookingUp;
    }
    return this.#list;
  }

  async #lookUp(): Promise<void> {
    try {
      const endpoints = this.#endpoints;
      const isService = isAddressService(endpoints);
      const list = parseAddresses(isService ? await getText(endpoints, this.#timeoutMs) : endpoints);
      if (list.join() !== this.#list.join()) this.#preferred = 0;
      this.#list = list;
    } catch (cause) {
      // An address service that is away says nothing about the servers it named before.
      if (this.#list.length === 0) {
        const detail = cause instanceof Error ? cause.message : String(cause);
        throw new JuliuError('ROCKETMQ_NAME_SERVERS', { address: this.#endpoints, detail }, { cause });
      }
    }
    this.#lookedUpAt = this.#clock.now();
  }
}

/** The answer to a GET, when that is 200 and short. */
async function getText(url: string, timeoutMs: number): Promise<string> {
  const get = url.startsWith('https:') ? https.get : http.get;
  return new Promise((resolve, reject) => {
    const request = get(url, { signal: AbortSignal.timeout(timeoutMs), agent: false }, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_LIST_BYTES) request.destroy(new Error(`its answer is longer than ${MAX_LIST_BYTES} bytes`));
        else parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(parts).toString());
        else reject(new Error(`it answers with status ${String(response.statusCode)}`));
      });
    });
    request.on('error', (error) => {
      reject(
        error.name === 'TimeoutError' || error.name === 'AbortError'
          ? new Error(`no answer within ${timeoutMs} ms`)
          : error,
      );
    });
  });
}
