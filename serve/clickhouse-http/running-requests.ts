import { FrontError } from './front-error.js';

/** One request between its headers and the last byte of its answer. */
export interface RunningRequest {
  readonly queryId: string;
  /** Aborted by KILL QUERY, the client's disconnect, the time limit or the front's close; the reason is the error. */
  readonly signal: AbortSignal;
  cancel(reason: FrontError): void;
  /** Frees the query id and the slot. */
  end(): void;
}

/** The requests at work: their number is bounded, their ids are unique, and each can be cancelled by its id. */
export class RunningRequests {
  readonly #limit: number;
  readonly #timeoutMs: number;
  readonly #running = new Map<string, RunningRequest>();
  readonly #empty = new Set<() => void>();

  constructor(options: { readonly concurrentRequests: number; readonly requestTimeoutMs: number }) {
    this.#limit = options.concurrentRequests;
    this.#timeoutMs = options.requestTimeoutMs;
  }

  /** @throws FrontError 216 when the id is in use, 202 when too many requests run. */
  begin(queryId: string): RunningRequest {
    if (this.#running.has(queryId)) {
      throw new FrontError('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', `Query with id = ${queryId} is already running`);
    }
    if (this.#running.size >= this.#limit) {
      throw new FrontError('TOO_MANY_SIMULTANEOUS_QUERIES', `Too many simultaneous queries. Maximum: ${this.#limit}`);
    }
    const controller = new AbortController();
    const cancel = (reason: FrontError): void => controller.abort(reason);
    const timer = setTimeout(() => {
      cancel(new FrontError('TIMEOUT_EXCEEDED', `Timeout exceeded: the front gives a request ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      this.#running.delete(queryId);
      if (this.#running.size === 0) for (const resolve of this.#empty) resolve();
    };
    const request = { queryId, signal: controller.signal, cancel, end };
    this.#running.set(queryId, request);
    return request;
  }

  /** @returns false when nothing runs under this id. */
  kill(queryId: string): boolean {
    const request = this.#running.get(queryId);
    request?.cancel(new FrontError('QUERY_WAS_CANCELLED', 'Query was cancelled'));
    return request !== undefined;
  }

  /** Cancels everything and resolves when the last request has ended. */
  async close(): Promise<void> {
    for (const queryId of [...this.#running.keys()]) this.kill(queryId);
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#empty.add(resolve));
  }
}
