import { isUtf8 } from 'node:buffer';
import { BusinessNumbers } from './business-numbers.js';
import { type Cell, EMPTY_ARRAY } from './column-kinds.js';
import { ContentFields } from './content-fields.js';
import { type ContentForm, ContentReader } from './content.js';
import type {
  Dead,
  DeadReason,
  Decoded,
  DeliveryMeta,
  EncodedRow,
  Stored,
  StoredEvent,
  TableSpec,
} from './contract.js';
import { maskJson } from './entry-masking.js';
import { CARRIED_DEFECTS, EnvelopeReader, shortToken } from './envelope.js';
import { DEAD_LETTERS, EventRows, EVENTS } from './event-rows.js';
import { BodyHash, bodyHashOf, identityOfBody, versionOf } from './identity.js';
import { escapeRawControls, quote } from './json-text.js';
import { MAX_DEPTH } from './json-scan.js';
import { compileRoutes } from './registry.js';
import { integerText } from './digits.js';
import type { MessageFacts, Route } from './typed-table.js';
import { asBuffer, asWire, fromBytes, toUtf16, wire, type WireText } from './wire-text.js';

export type {
  Dead,
  DeadReason,
  Decoded,
  DeliveryMeta,
  EncodedRow,
  FamilyName,
  Stored,
  StoredEvent,
  TableSpec,
} from './contract.js';
export type { WireText } from './wire-text.js';

/** Every table an encoded row may belong to: events, dead letters, then one typed table per family. */
export const TABLES: readonly TableSpec[] = [EVENTS, DEAD_LETTERS, ...compileRoutes().tables.map(({ spec }) => spec)];

/** Larger bodies are dead, and kept up to this size. No broker carries a body a tenth as large. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** One message on its way to its rows, whether from a body or from the events table. */
interface Message {
  readonly facts: MessageFacts;
  readonly topic: WireText;
  readonly userId: string;
  readonly extra: WireText;
  /** Defects known before the content is read. */
  readonly defects: readonly string[];
  readonly version: WireText;
  readonly meta: DeliveryMeta;
}

/**
 * Turns message bodies into rows of the tables. Pure: the same body and delivery give the same rows, for ever.
 *
 * A body becomes an envelope (or a dead letter), the envelope's topic leads to a family (or to none), the family's
 * declaration says which fields of the content fill which columns. Free text is masked before anything is encoded. The
 * raw body shows up in dead letters only.
 *
 * A codec reuses its buffers from call to call and never suspends inside a call; what it returns is the caller's.
 */
export class MessageCodec {
  readonly #hash: BodyHash;
  readonly #envelopes = new EnvelopeReader();
  readonly #contents = new ContentReader();
  readonly #events = new EventRows();
  readonly #routes = compileRoutes().routes;
  /** Masks the content of topics no family claims. */
  readonly #unclaimed = new ContentFields([], null);

  private constructor(hash: BodyHash) {
    this.#hash = hash;
  }

  /** Loads the hash (WebAssembly), once per process or worker. */
  static async create(): Promise<MessageCodec> {
    return new MessageCodec(await BodyHash.create());
  }

  /** Decodes one body. Never throws, for any bytes: what cannot be stored is a dead letter that keeps the bytes. */
  decode(body: Uint8Array, meta: DeliveryMeta): Decoded {
    const bytes = asBuffer(body);
    if (bytes.length > MAX_BODY_BYTES) return this.#dead(bytes, meta, 'body_too_large', '');
    if (!isUtf8(bytes)) return this.#dead(bytes, meta, 'not_utf8', `${bytes.length} bytes`);
    const envelope = this.#envelopes.read(bytes);
    if ('reason' in envelope) return this.#dead(bytes, meta, envelope.reason, envelope.detail, envelope.id);

    const route = this.#routes.get(envelope.topic);
    const form = this.#contents.open(this.#envelopes.entries, envelope);
    if (form === 'too_deep') {
      return this.#dead(bytes, meta, 'too_deep', `content nested deeper than ${MAX_DEPTH}`, envelope.id);
    }
    if (route !== undefined && form === 'opaque') {
      return this.#dead(bytes, meta, 'content_unreadable', 'content is no JSON object', envelope.id);
    }
    const fields = this.#read(route, form);
    if (fields.keyOutOfRange !== undefined) {
      const detail = `${route?.table.family.key ?? 'id'} ${shortToken(fields.keyOutOfRange)}`;
      return this.#dead(bytes, meta, 'key_id_out_of_range', detail, envelope.id);
    }
    const { publishTime, publishDigits, userId } = envelope;
    const message = {
      facts: {
        eventId: envelope.id === '' ? identityOfBody(bytes) : envelope.id,
        appKey: envelope.appKey,
        userId: userId === '' ? undefined : asWire(`"${userId}"`),
        userNick: envelope.userNick,
        publishTime,
        publishCell: publishDigits,
      },
      topic: envelope.topic,
      userId,
      extra: envelope.extra,
      defects: envelope.defects,
      version: versionOf(this.#hash.body(bytes)),
      meta,
    };
    return this.#stored(message, route, form, fields);
  }

  /** The dead letter of a body that the source or the store refused, or that the caller gives up on. */
  deadLetter(body: Uint8Array, meta: DeliveryMeta, reason: DeadReason, detail: string): Dead {
    const bytes = asBuffer(body);
    const readable = bytes.length <= MAX_BODY_BYTES && isUtf8(bytes);
    return this.#dead(bytes, meta, reason, detail, readable ? this.#envelopes.read(bytes).id : asWire(''));
  }

  /**
   * Makes the rows of a stored event anew, for replay after the normaliser changed. Identity and the hash within the
   * version are carried, so that the new rows replace the old ones. A stored event never becomes a dead letter: where a
   * new rule would refuse it, it keeps its row with a defect.
   */
  renormalise(stored: StoredEvent): Stored {
    const topic = wire(stored.topic);
    const route = this.#routes.get(topic);
    const form = this.#contents.openStored(wire(stored.content));
    const fields = this.#read(route, form);
    const message = {
      facts: {
        eventId: wire(stored.eventId),
        appKey: quote(wire(stored.appKey)),
        userId: stored.userId === null ? undefined : asWire(`"${stored.userId}"`),
        userNick: stored.userNick === null ? undefined : quote(wire(stored.userNick)),
        publishTime: stored.publishTime,
        publishCell: integerText(stored.publishTime),
      },
      topic,
      userId: stored.userId ?? '',
      extra: wire(stored.extra),
      defects: stored.defects.filter((name) => CARRIED_DEFECTS.has(name)),
      version: versionOf(bodyHashOf(stored.version)),
      meta: stored,
    };
    return this.#stored(message, route, form, fields);
  }

  #read(route: Route | undefined, form: ContentForm): ContentFields {
    const fields = route?.table.fields ?? this.#unclaimed;
    if (form === 'object') fields.take(this.#contents.entries);
    else fields.clear();
    return fields;
  }

  #stored(message: Message, route: Route | undefined, form: ContentForm, fields: ContentFields): Stored {
    const { facts, topic, version } = message;
    const hasDefect = route !== undefined && form !== 'object';
    const defects = sortedDefects(message.defects, fields.defects, hasDefect);
    const defectsCell = defects.length === 0 ? EMPTY_ARRAY : quoteAll(defects);
    const event = this.#events.event(
      {
        facts,
        topicAndFamily: route?.topicAndFamily ?? asWire(`,${quote(topic)},"unknown",`),
        content: this.#contentCell(form, fields),
        extra: message.extra,
        defects: defectsCell,
        version,
      },
      message.meta,
    );
    const rows: EncodedRow[] = [{ table: EVENTS, text: event }];
    if (route !== undefined) {
      const { table } = route;
      rows.push({ table: table.spec, text: table.encode(facts, route, defectsCell, version, this.#hash) });
    }
    return {
      kind: 'stored',
      eventId: facts.eventId,
      family: route?.table.family.name ?? 'unknown',
      topic: route === undefined ? toUtf16(topic) : topic,
      publishTime: facts.publishTime,
      userId: message.userId === '' ? null : message.userId,
      defects,
      rows,
    };
  }

  #contentCell(form: ContentForm, fields: ContentFields): Cell {
    const { json, verbatim, entries, isStrict } = this.#contents;
    if (form === 'object') {
      if (!fields.isMasked) return verbatim ?? quote(json);
      return isStrict ? fields.quotedMaskedContent(entries) : quote(escapeRawControls(fields.maskedContent(entries)));
    }
    return quote(form === 'opaque' ? maskJson(json, 'text', NO_NUMBERS) : json);
  }

  #dead(body: Buffer, meta: DeliveryMeta, reason: DeadReason, detail: string, id: WireText = asWire('')): Dead {
    const kept = body.subarray(0, MAX_BODY_BYTES);
    if (kept.length < body.length) detail = `${detail} ${body.length} bytes, the first ${kept.length} kept`.trim();
    const identity = id === '' ? identityOfBody(body) : id;
    const letter = { identity, reason, detail, body: fromBytes(kept), bodyHash: this.#hash.body(kept) };
    const row: EncodedRow = { table: DEAD_LETTERS, text: this.#events.dead(letter, meta) };
    return { kind: 'dead', identity, reason, detail, rows: [row] };
  }
}

const NO_NUMBERS = new BusinessNumbers();
const NO_DEFECTS: readonly string[] = [];

function sortedDefects(envelope: readonly string[], content: readonly string[], noContent: boolean): readonly string[] {
  if (envelope.length === 0 && content.length === 0 && !noContent) return NO_DEFECTS;
  return [...new Set([...envelope, ...content, ...(noContent ? ['content'] : [])])].sort();
}

/** Names of fields, which need no escapes. */
function quoteAll(names: readonly string[]): Cell {
  return asWire(`["${names.join('","')}"]`);
}
