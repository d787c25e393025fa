import { BusinessNumbers } from './business-numbers.js';
import { type Cell, type ColumnKind, KINDS } from './column-kinds.js';
import { maskEntry } from './entry-masking.js';
import type { FieldColumn } from './family.js';
import { KeyIndex } from './key-index.js';
import { Flag, Kind, type ObjectScanner } from './json-scan.js';
import { quote, stringWriter } from './json-text.js';
import { SENSITIVE_FIELDS, type Sensitivity } from './masking.js';
import { NONE, OUT_OF_RANGE, type Reading, UNUSABLE } from './reading.js';
import { asWire, type WireText } from './wire-text.js';

/** What is done with one field of the content. */
interface Field {
  readonly name: string;
  readonly sensitivity: Sensitivity | undefined;
  /** Which cell it fills; -1 for a field that is only masked. */
  readonly slot: number;
  /** Of two fields for one slot the lower rank wins. */
  readonly rank: number;
  readonly read: ColumnKind['read'];
  readonly takesNested: boolean;
  readonly isKey: boolean;
  /** The message it was last seen in, to tell duplicates. */
  seenIn: number;
}

/** A masked value that replaces a span of the content. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly literal: WireText;
}

const NO_DEFECTS: readonly string[] = [];

/**
 * Takes the content's entries apart: masks what is sensitive and fills the cells of the columns. Messages are sparse
 * (about 8 entries for up to 45 columns), so it goes through the entries and looks up each field, not the other way.
 * Reused from message to message; everything it holds is of the last `take`.
 */
export class ContentFields {
  /** One cell per column; undefined where the message has no usable value. */
  readonly cells: (Cell | undefined)[];
  /** Names of the fields that could not be used, in no order. */
  defects: readonly string[] = NO_DEFECTS;
  /** The key id's digits, when it is an integer outside int64. */
  keyOutOfRange: WireText | undefined;
  readonly #fields: KeyIndex<Field>;
  readonly #ranks: number[];
  readonly #numbers = new BusinessNumbers();
  #edits: Edit[] = [];
  #message = 0;

  constructor(columns: readonly (FieldColumn | undefined)[], key: string | null) {
    this.cells = columns.map(() => undefined);
    this.#ranks = columns.map(() => 0);
    const fields = new Map<string, Field>();
    const add = (name: string, slot: number, rank: number, column?: FieldColumn): void => {
      if (fields.has(name)) throw new Error(`field ${name} fills two columns`);
      fields.set(name, {
        name,
        slot,
        rank,
        sensitivity: SENSITIVE_FIELDS.get(name),
        read: KINDS[column?.kind ?? 'text'].read,
        takesNested: column?.kind === 'document',
        isKey: key !== null && column?.name === key,
        seenIn: 0,
      });
    };
    columns.forEach((column, slot) => column?.from.forEach((name, rank) => add(name, slot, rank, column)));
    for (const name of SENSITIVE_FIELDS.keys()) if (!fields.has(name)) add(name, -1, 0);
    this.#fields = new KeyIndex(fields);
  }

  /** Reads the entries of a content object. Of duplicate keys the last counts; all are masked. */
  take(entries: ObjectScanner): void {
    this.clear();
    const message = ++this.#message;
    this.#numbers.of(entries);
    for (let entry = entries.count - 1; entry >= 0; entry--) {
      const field = this.#fields.find(entries, entry);
      let masked: WireText | undefined;
      if (field?.sensitivity !== undefined || entries.isNested(entry)) {
        masked = maskEntry(entries, entry, field?.sensitivity, this.#numbers);
        if (masked !== undefined) {
          this.#edits.push({ start: entries.start(entry), end: entries.end(entry), literal: masked });
        }
      }
      if (field === undefined || field.seenIn === message) continue;
      field.seenIn = message;
      if ((entries.valueFlags(entry) & Flag.unicode) !== 0 && entries.hasLoneSurrogate(entry)) this.#defect(field);
      const reading = masked === undefined ? field.read(entries, entry) : readMasked(entries, entry, field, masked);
      if (typeof reading === 'string') this.#fill(field, reading);
      else if (reading !== NONE) {
        this.#defect(field);
        if (reading === OUT_OF_RANGE && field.isKey) this.keyOutOfRange = entries.value(entry);
      }
    }
  }

  /** Forgets the last message: as if the content had no entries. */
  clear(): void {
    this.cells.fill(undefined);
    this.defects = NO_DEFECTS;
    this.keyOutOfRange = undefined;
    if (this.#edits.length > 0) this.#edits = [];
  }

  /** True when something was masked, so that the content must be stored as `maskedContent` gives it. */
  get isMasked(): boolean {
    return this.#edits.length > 0;
  }

  /** The content's JSON text with the masked values in place; everything else byte for byte as it came. */
  maskedContent(entries: ObjectScanner): WireText {
    let text = '';
    let from = entries.from;
    // Edits were found from the last entry to the first.
    for (const { start, end, literal } of this.#edits.toReversed()) {
      text += entries.text.slice(from, start) + literal;
      from = end;
    }
    return asWire(text + entries.text.slice(from, entries.to));
  }

  /** The same as a JSON string. */
  quotedMaskedContent(entries: ObjectScanner): Cell {
    const writer = stringWriter.begin();
    let from = entries.from;
    for (let i = this.#edits.length - 1; i >= 0; i--) {
      const edit = this.#edits[i];
      if (edit === undefined) continue;
      writer.bytes(entries.bytes, from, edit.start);
      writer.text(edit.literal);
      from = edit.end;
    }
    writer.bytes(entries.bytes, from, entries.to);
    return writer.finish();
  }

  #fill(field: Field, cell: Cell): void {
    const { slot, rank } = field;
    if (slot < 0 || (this.cells[slot] !== undefined && (this.#ranks[slot] ?? 0) < rank)) return;
    this.cells[slot] = cell;
    this.#ranks[slot] = rank;
  }

  #defect(field: Field): void {
    this.defects = [...this.defects, field.name];
  }
}

function readMasked(entries: ObjectScanner, entry: number, field: Field, masked: WireText): Reading {
  const kind = entries.kind(entry);
  if (kind !== Kind.object && kind !== Kind.array) return masked;
  return field.takesNested ? quote(masked) : UNUSABLE;
}
