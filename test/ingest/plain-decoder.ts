import type { Decoder } from '../../ingest/decoder.js';
import type { Decoded, EncodedRow, TableSpec, WireText } from '../../ingest/messages/codec.js';
import type { Delivery } from '../../ingest/sources/source.js';

export const TYPED: TableSpec = { name: 'juliu_store.typed', columns: ['id', 'value'] };
export const OTHER: TableSpec = { name: 'juliu_store.other', columns: ['id', 'value'] };
export const EVENTS: TableSpec = { name: 'juliu_store.events', columns: ['id', 'value'] };
export const DEAD: TableSpec = { name: 'juliu_store.dead_letters', columns: ['id', 'reason', 'detail'] };

const row = (table: TableSpec, ...values: string[]): EncodedRow => ({
  table,
  text: JSON.stringify(values) as WireText,
});

/**
 * Stands in for the codec where a test is about the pipeline: a body is `KIND ID`, where KIND is `typed` or `other` (a
 * row there and one in the events), `event` (only that), `defect` (as typed, with a defect) or `dead`.
 */
export class PlainDecoder implements Decoder {
  decode(delivery: Delivery): Decoded {
    const [kind = '', id = ''] = Buffer.from(delivery.body).toString().split(' ');
    if (kind === 'dead') {
      return { kind: 'dead', identity: id, reason: 'not_json', detail: '', rows: [row(DEAD, id, 'not_json', '')] };
    }
    const typed =
      kind === 'typed' || kind === 'defect' ? [row(TYPED, id, kind)] : kind === 'other' ? [row(OTHER, id, kind)] : [];
    return {
      kind: 'stored',
      eventId: id,
      family: 'unknown',
      topic: 'test',
      publishTime: 1_700_000_000_000,
      userId: null,
      defects: kind === 'defect' ? ['price'] : [],
      rows: [row(EVENTS, id, kind), ...typed],
    };
  }

  refused(delivery: Delivery, detail: string): EncodedRow {
    return row(DEAD, Buffer.from(delivery.body).toString().split(' ')[1] ?? '', 'store_refused', detail);
  }
}
