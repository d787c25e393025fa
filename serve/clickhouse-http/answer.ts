import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { encodeBlocks } from './compressed-blocks.js';
import type { WireError } from './front-error.js';
import { contentTypeOf } from './formats.js';

/** How the client wants the bytes of the answer wrapped. */
export interface Wrapping {
  /** ClickHouse's compressed blocks (`compress=1`). */
  readonly compress: boolean;
  readonly acceptsGzip: boolean;
}

/** A finished result. Nothing is sent before the statement has succeeded, so a 200 is never taken back. */
export interface Result {
  /** undefined when the statement has no result (INSERT, DDL). */
  readonly format: string | undefined;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly bytes: number;
  readonly summary: Readonly<Record<string, number>>;
  /** Frees what the result holds; needed only when it is not sent. */
  readonly discard: () => Promise<void>;
}

/** Headers every answer carries. */
export interface AnswerFacts {
  readonly queryId: string;
  readonly timezone: string;
}

/** Sends a result. Rejects when the connection breaks meanwhile. */
export async function sendResult(
  response: ServerResponse,
  result: Result,
  facts: AnswerFacts,
  wrapping: Wrapping,
): Promise<void> {
  const gzip = wrapping.acceptsGzip && !wrapping.compress && result.bytes > 0;
  writeHead(response, result, facts, gzip);
  if (gzip) {
    response.setHeader('Content-Encoding', 'gzip');
    await pipeline(Readable.from(result.chunks), createGzip({ level: 1 }), response);
  } else if (wrapping.compress) {
    await pipeline(Readable.from(inBlocks(result.chunks)), response);
  } else {
    response.setHeader('Content-Length', result.bytes);
    await pipeline(Readable.from(result.chunks), response);
  }
}

/** Headers and half of the body, then the end of the connection: fault injection. */
export async function sendHalf(
  response: ServerResponse,
  result: Result,
  facts: AnswerFacts,
  wrapping: Wrapping,
): Promise<void> {
  writeHead(response, result, facts, false);
  const parts: Uint8Array[] = [];
  for await (const chunk of wrapping.compress ? inBlocks(result.chunks) : result.chunks) parts.push(chunk);
  const body = Buffer.concat(parts);
  // An empty body is chunked, and its last chunk never comes.
  if (body.length > 0) response.setHeader('Content-Length', body.length);
  response.flushHeaders();
  await new Promise<void>((resolve) => {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => resolve());
    if (body.length < 2) resolve();
  });
  response.socket?.destroySoon();
}

export function sendError(response: ServerResponse, error: WireError, facts: AnswerFacts): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = error.status;
  commonHeaders(response, facts);
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Exception-Code', error.engineCode);
  // What is left of a refused body must not be taken for the next request.
  if (!response.req.complete) response.setHeader('Connection', 'close');
  response.end(error.text);
}

function writeHead(response: ServerResponse, result: Result, facts: AnswerFacts, gzip: boolean): void {
  response.statusCode = 200;
  commonHeaders(response, facts);
  response.setHeader('Content-Type', contentTypeOf(result.format ?? ''));
  if (result.format !== undefined) response.setHeader('X-ClickHouse-Format', result.format);
  // Clients read numbers out of strings here: 64 bits do not fit into a JSON number.
  const summary = Object.entries(result.summary).map(([key, value]) => [key, String(value)]);
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(Object.fromEntries(summary)));
  response.setHeader('X-ClickHouse-Exception-Tag', randomBytes(8).toString('hex'));
  if (gzip) response.setHeader('Vary', 'Accept-Encoding');
}

function commonHeaders(response: ServerResponse, facts: AnswerFacts): void {
  response.setHeader('X-ClickHouse-Server-Display-Name', 'juliu');
  response.setHeader('X-ClickHouse-Query-Id', facts.queryId);
  response.setHeader('X-ClickHouse-Timezone', facts.timezone);
}

async function* inBlocks(chunks: Result['chunks']): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield* encodeBlocks(chunk);
}
