import { type Dead, type Decoded, type EncodedRow, MessageCodec, type Stored } from '../../../ingest/messages/codec.js';

export const META = { receivedAt: 1_731_254_400_062, source: 'test', position: 'queue 0/17' };

export const codec = await MessageCodec.create();

/** A row as the engine would read it: bytes, then UTF-8, then JSON, named by its columns. */
export function rowObject(row: EncodedRow): Record<string, unknown> {
  const values = JSON.parse(Buffer.from(row.text, 'latin1').toString('utf8')) as unknown[];
  if (values.length !== row.table.columns.length) {
    throw new Error(`${row.table.name}: ${values.length} values for ${row.table.columns.length} columns`);
  }
  return Object.fromEntries(row.table.columns.map((column, i) => [column, values[i]]));
}

export function decode(body: string | Uint8Array): Decoded {
  return codec.decode(typeof body === 'string' ? Buffer.from(body, 'utf8') : body, META);
}

export function stored(body: string | Uint8Array): Stored {
  const decoded = decode(body);
  if (decoded.kind !== 'stored') throw new Error(`dead: ${decoded.reason} ${decoded.detail}`);
  return decoded;
}

export function dead(body: string | Uint8Array): Dead {
  const decoded = decode(body);
  if (decoded.kind !== 'dead') throw new Error(`stored: ${decoded.topic}`);
  return decoded;
}

/** The events row of a body that must be stored. */
export function eventOf(body: string | Uint8Array): Record<string, unknown> {
  const [event] = stored(body).rows;
  if (event === undefined) throw new Error('no row');
  return rowObject(event);
}

/** The typed row of a body that must be stored by a family. */
export function typedOf(body: string | Uint8Array): Record<string, unknown> {
  const typed = stored(body).rows[1];
  if (typed === undefined) throw new Error('no typed row');
  return rowObject(typed);
}

/**
 * A body of a topic whose content is the given JSON text, as the string that the wire mostly carries. `envelope` is
 * JSON text of further keys.
 */
export function bodyOf(topic: string, content: string, envelope = ''): string {
  return (
    `{"topic":"${topic}","content":${JSON.stringify(content)},"outgoing_id":5091501188142226555,` +
    `"publish_time":1450923004062,"publisher_appkey":"12497914","user_id":2200000001,"user_nick":"花间集"` +
    `${envelope === '' ? '' : `,${envelope}`}}`
  );
}
