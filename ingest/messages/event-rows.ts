import { type Cell, EMPTY_ARRAY, NULL } from './column-kinds.js';
import type { DeadReason, DeliveryMeta, TableSpec } from './contract.js';
import { quote } from './json-text.js';
import { integerText } from './digits.js';
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
  /** `,topic,family,` */
  readonly topicAndFamily: WireText;
  /** The JSON string of the content's JSON text. */
  readonly content: Cell;
  /** A JSON object. */
  readonly extra: WireText;
  readonly defects: Cell;
  readonly version: Cell;
}

/** Extra and defects of nearly every message. */
const NOTHING_ODD = ',"{}",[],';

/**
 * Encodes the rows of the two tables that take every message, whatever its family. A row is written in few pieces,
 * because joining them is a good part of the cost.
 */
export class EventRows {
  #source = '';
  #receivedAt = NaN;
  /** `,received_at,source,` of the last delivery; a whole batch shares it. */
  #arrival = '';

  event(row: EventRow, meta: DeliveryMeta): WireText {
    const { facts, extra, defects } = row;
    const odd = extra === '{}' && defects === EMPTY_ARRAY ? NOTHING_ODD : `,${quote(extra)},${defects},`;
    return asWire(
      `["${facts.eventId}",${facts.appKey}${row.topicAndFamily}${facts.userId ?? NULL},${facts.userNick ?? NULL},` +
        `${facts.publishCell},${row.content}${odd}${row.version}${this.#arrivalOf(meta)}${plainText(meta.position)}]`,
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
        `${plainText(meta.source)},${plainText(meta.position)},${integerText(Math.floor(meta.receivedAt))},null,` +
        `${letter.bodyHash}]`,
    );
  }

  #arrivalOf(meta: DeliveryMeta): string {
    if (meta.source !== this.#source || meta.receivedAt !== this.#receivedAt) {
      this.#source = meta.source;
      this.#receivedAt = meta.receivedAt;
      this.#arrival = `,${integerText(Math.floor(meta.receivedAt))},${plainText(meta.source)},`;
    }
    return this.#arrival;
  }
}

/** A JSON string of ordinary text, mostly short and ASCII. */
function plainText(text: string): Cell {
  return /^[ !#-[\]-~]*$/.test(text) ? asWire(`"${text}"`) : quote(wire(text));
}
