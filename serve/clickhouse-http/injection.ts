import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, FaultMoment, InjectedCode } from './faults.js';
import { type EngineCodeName, FrontError } from './front-error.js';

/** What the server has to offer to faults. */
export interface FaultHost {
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
  /** Stops listening and cuts all connections for a while. */
  outage(downMs: number): void;
}

const texts: Readonly<Record<InjectedCode, readonly [EngineCodeName, string]>> = {
  241: ['MEMORY_LIMIT_EXCEEDED', '(total) memory limit exceeded: would use 3.61 GiB, maximum: 3.60 GiB'],
  252: ['TOO_MANY_PARTS', 'Too many parts (3000). Merges are processing significantly slower than inserts'],
  159: ['TIMEOUT_EXCEEDED', 'Timeout exceeded: elapsed 30012.5 ms, maximum: 30000 ms'],
  60: ['UNKNOWN_TABLE', 'Table does not exist'],
  243: ['NOT_ENOUGH_SPACE', 'Cannot reserve 1.00 MiB, not enough space'],
};

/**
 * Lets a fault happen at its moment.
 * @returns true when the request is over: its answer or the end of its connection is on the way.
 * @throws FrontError for a fault that is an error of the engine.
 */
export async function inject(fault: Fault | undefined, moment: FaultMoment, host: FaultHost): Promise<boolean> {
  const { response } = host;
  if (fault === undefined || fault.kind === 'half') return false;
  if (fault.kind === 'refuse') {
    if (moment === 'after') return false;
    host.outage(fault.downMs);
    return true;
  }
  if (fault.when !== moment) return false;
  switch (fault.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'status':
      // What a proxy answers that has lost its upstream: no engine text, no ClickHouse header.
      response.writeHead(fault.status, { 'Content-Type': 'text/html' });
      response.end(`<html><body><h1>${fault.status}</h1></body></html>\n`);
      return true;
    case 'engine': {
      const [name, text] = texts[fault.code];
      throw new FrontError(name, `${text} (injected)`);
    }
    case 'slow':
      await delay(fault.delayMs, undefined, { signal: host.signal }).catch(() => undefined);
      host.signal.throwIfAborted();
      return false;
  }
}
