import { type Cell, NULL } from './column-kinds.js';
import type { DeadReason, DeliveryMeta, FamilyName, TableSpec } from './decoded.js';
import { quote } from './json-text.js';
import { integerText } from './reading.js';
import type { MessageFacts } from './typed-table.js';
import { asWire, wire, type WireText } from './wire-text.js';

export const EVENTS: TableSpec = {
  name: 'juliu_store.events',
  columns: [
    ...['event_id', 'app_key', 'topic', 'family', 'user_id', 'user_nick', 'publish_time', 'content', 'extra'],
    ...['defects', 'version', 'received_at', 'source', 'position'],
  ],
};

export const DEAD_LETTERS: TableSpec = {
  name: 'juliu_store.dead_letters',
  columns: [...['identity', 'reason', 'body', 'detail', 'source', 'position', 'received_at', 'retried_at', 'version']],
};

export interface EventRow {
  readonly facts: MessageFacts;
  readonly topic: Cell;
  readonly family: FamilyName;
  /** The JSON string of the content's JSON text. */
  readonly content: Cell;
  /** A JSON object. */
  readonly extra: WireText;
  readonly defects: Cell;
  readonly version: Cell;
}

const NO_EXTRA = asWire('"{}"');

/** Encodes the rows of the two tables that take every message, whatever its family. */
export class EventRows {
  #source = '';
  #sourceCell: Cell = asWire('""');
  #receivedAt = 0;
  #receivedAtCell: Cell = asWire('0');

  event(row: EventRow, meta: DeliveryMeta): WireText {
    const { facts } = row;
    const extra = row.extra === '{}' ? NO_EXTRA : quote(row.extra);
    return asWire(
      `["${facts.eventId}",${facts.appKey},${row.topic},"${row.family}",${facts.userId ?? NULL},` +
        `${facts.userNick ?? NULL},${facts.publishCell},${row.content},${extra},${row.defects},${row.version},` +
        `${this.#received(meta)},${this.#sourceOf(meta)},${plainText(meta.position)}]`,
    );
  }

  /** @param body the raw bytes, one char each; they may be invalid UTF-8, which the engine takes */
  dead(
    letter: {
      readonly identity: WireText;
      readonly reason: DeadReason;
      readonly detail: string;
      readonly body: WireText;
      readonly bodyHash: number;
    },
    meta: DeliveryMeta,
  ): WireText {
    return asWire(
      `["${letter.identity}","${letter.reason}",${quote(letter.body)},${quote(wire(letter.detail))},` +
        `${this.#sourceOf(meta)},${plainText(meta.position)},${this.#received(meta)},null,${letter.bodyHash}]`,
    );
  }

  #sourceOf(meta: DeliveryMeta): Cell {
    if (meta.source !== this.#source) {
      this.#source = meta.source;
      this.#sourceCell = plainText(meta.source);
    }
    return this.#sourceCell;
  }

  #received(meta: DeliveryMeta): Cell {
    if (meta.receivedAt !== this.#receivedAt) {
      this.#receivedAt = meta.receivedAt;
      this.#receivedAtCell = integerText(Math.floor(meta.receivedAt));
    }
    return this.#receivedAtCell;
  }
}

/** A JSON string of ordinary text, mostly short and ASCII. */
function plainText(text: string): Cell {
  return /^[ !#-[\]-~]*$/.test(text) ? asWire(`"${text}"`) : quote(wire(text));
}
