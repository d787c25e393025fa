import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { decodeBlocks } from './compressed-blocks.js';
import { FrontError } from './front-error.js';
import { decodeLz4Frames } from './lz4-frame.js';

/**
 * The request's body as the client meant it: `Content-Encoding` undone (identity, gzip, deflate, br, lz4 frames), then
 * ClickHouse's blocks (`decompress=1`). Decoded as it arrives; nothing is collected here.
 * @throws FrontError NOT_IMPLEMENTED for another encoding; CANNOT_DECOMPRESS and others while reading damaged bytes.
 */
export function decodeBody(body: Readable, contentEncoding: string, blocks: boolean): AsyncIterable<Uint8Array> {
  const plain = undoEncoding(body, contentEncoding);
  return blocks ? decodeBlocks(plain) : plain;
}

function undoEncoding(body: Readable, contentEncoding: string): AsyncIterable<Uint8Array> {
  switch (contentEncoding) {
    case 'identity':
      return body;
    case 'gzip':
      return inflated(body, createGunzip());
    case 'deflate':
      return inflated(body, createInflate());
    case 'br':
      return inflated(body, createBrotliDecompress());
    case 'lz4':
      return decodeLz4Frames(body);
    default:
      throw new FrontError(
        'NOT_IMPLEMENTED',
        `Content-Encoding \`${contentEncoding}\` is not read here; use gzip, deflate, br, lz4 or none`,
      );
  }
}

async function* inflated(body: Readable, inflate: Transform): AsyncGenerator<Uint8Array> {
  body.on('error', (error) => inflate.destroy(error));
  body.pipe(inflate);
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (body.destroyed && !body.readableEnded) throw error;
    throw new FrontError('CANNOT_DECOMPRESS', 'Cannot decompress the request body', { cause: error });
  } finally {
    body.unpipe(inflate);
    inflate.destroy();
  }
}
