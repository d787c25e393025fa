import { type Cell, EMPTY_TEXT, KINDS, NULL } from './column-kinds.js';
import { ContentFields } from './content-fields.js';
import type { TableSpec } from './contract.js';
import {
  type DerivedColumn,
  type Family,
  type FieldColumn,
  LEADING_COLUMNS,
  SELLER_COLUMNS,
  type Topic,
  TRAILING_COLUMNS,
} from './family.js';
import type { BodyHash } from './identity.js';
import { quote } from './json-text.js';
import { asWire, wire, type WireText } from './wire-text.js';

/** What the envelope says about a message, as cells. */
export interface MessageFacts {
  readonly eventId: WireText;
  readonly appKey: Cell;
  readonly userId: Cell | undefined;
  readonly userNick: Cell | undefined;
  /** Epoch ms. */
  readonly publishTime: number;
  readonly publishCell: Cell;
}

/** A topic, compiled for the encoder. */
export interface Route {
  readonly table: TypedTable;
  readonly topic: Topic;
  /** `,topic,family,` of the events row. */
  readonly topicAndFamily: WireText;
  /** `,topic,event,` of the typed row. */
  readonly head: WireText;
  /** Cells the topic decides: slot and cell. */
  readonly sets: readonly (readonly [slot: number, cell: Cell])[];
}

interface CompiledDerived {
  readonly slot: number;
  readonly inputs: readonly number[];
  readonly derive: DerivedColumn['derive'];
}

/** The cells start with the seller's; the family's columns follow. */
const SELLER_SLOTS = SELLER_COLUMNS.length;

/**
 * The encoder of one family's table, compiled from its declaration. Cells are numbered in slots: the seller's two, then
 * the family's columns in order. A row is the few filled cells between ready-made runs of empty ones.
 */
export class TypedTable {
  readonly family: Family;
  readonly spec: TableSpec;
  readonly fields: ContentFields;
  readonly routes: readonly Route[];
  readonly #empty: readonly Cell[];
  readonly #derived: readonly CompiledDerived[];
  readonly #inputs: (Cell | undefined)[] = [];
  /** `#gaps[from][to]`: the empty cells of the slots from..to-1 and the commas around them. */
  readonly #gaps: readonly (readonly WireText[])[];
  readonly #of: readonly number[];
  readonly #at: readonly number[];
  readonly #hashed: readonly number[];
  readonly #states: readonly number[];

  constructor(family: Family) {
    this.family = family;
    const columns = [...SELLER_COLUMNS, ...family.columns];
    const slotOf = (name: string): number => {
      const slot = columns.findIndex((column) => column.name === name);
      if (slot < 0) throw new Error(`table ${family.table} has no column ${name}`);
      return slot;
    };
    this.spec = {
      name: `juliu_store.${family.table}`,
      columns: [...LEADING_COLUMNS, ...family.columns.map(({ name }) => name), ...TRAILING_COLUMNS],
    };
    this.fields = new ContentFields(
      columns.map((column) => (isField(column) ? column : undefined)),
      family.key,
    );
    this.#empty = columns.map((column) => (isField(column) ? KINDS[column.kind].empty : column.empty));
    this.#gaps = gaps(this.#empty);
    this.#derived = columns.flatMap((column, slot) =>
      isField(column) ? [] : [{ slot, inputs: column.inputs.map(slotOf), derive: column.derive }],
    );
    const { of, at, hashed, states } = family.businessKey;
    this.#of = of.map(slotOf);
    this.#at = at.map(slotOf);
    this.#hashed = hashed.map(slotOf);
    this.#states = states.map(slotOf);
    this.routes = family.topics.map((topic) => {
      const topicCell = asWire(`"${topic.name}"`);
      return {
        table: this,
        topic,
        topicAndFamily: asWire(`,${topicCell},"${family.name}",`),
        head: asWire(`,${topicCell},"${topic.event}",`),
        sets: Object.entries(topic.sets).map(([name, text]) => [slotOf(name), quote(wire(text))] as const),
      };
    });
  }

  /** The row of the message whose content `fields` took last. `defects` and `version` are cells. */
  encode(facts: MessageFacts, route: Route, defects: Cell, version: Cell, hash: BodyHash): WireText {
    const { cells } = this.fields;
    for (const [slot, cell] of route.sets) cells[slot] = cell;
    for (const { slot, inputs, derive } of this.#derived) {
      if (cells[slot] !== undefined) continue;
      const given = this.#inputs;
      given.length = inputs.length;
      for (let i = 0; i < inputs.length; i++) given[i] = cells[inputs[i] ?? 0];
      cells[slot] = derive(given, { topic: route.topic, defects: this.fields.defects });
    }
    const sellerId = facts.userId ?? cells[0] ?? NULL;
    const sellerNick = facts.userNick ?? cells[1] ?? NULL;
    let row =
      `["${facts.eventId}",${facts.appKey}${route.head}${facts.publishCell},${sellerId},${sellerNick},` +
      this.#businessKey(facts, route.topic, hash);
    let from = SELLER_SLOTS;
    const slots = cells.length;
    for (let slot = from; slot < slots; slot++) {
      const cell = cells[slot];
      if (cell === undefined) continue;
      row += this.#gap(from, slot) + cell;
      from = slot + 1;
    }
    return asWire(`${row}${this.#gap(from, slots)}${defects},${version}]`);
  }

  #gap(from: number, to: number): string {
    return this.#gaps[from]?.[to] ?? ',';
  }

  #businessKey(facts: MessageFacts, topic: Topic, hash: BodyHash): Cell {
    let key = '"' + topic.event;
    let named = false;
    for (const slot of this.#of) {
      const text = this.#inner(slot);
      if (text !== '') named = true;
      key += '|' + text;
    }
    if (!named) return asWire(`${key}|${facts.eventId}"`);
    for (const slot of this.#at) key += '|' + this.#inner(slot);
    let long = '';
    for (const slot of this.#hashed) long += this.fields.cells[slot] ?? '';
    if (long !== '') key += '|' + hash.digest(asWire(long));
    if (topic.repeats) {
      for (const slot of this.#states) key += '|' + this.#inner(slot);
      key += '|' + String(Math.floor(facts.publishTime / 1000));
    }
    return asWire(key + '"');
  }

  /** The inside of a scalar cell; '' when it is empty. */
  #inner(slot: number): string {
    const cell = this.fields.cells[slot];
    if (cell === undefined || cell === EMPTY_TEXT) return '';
    return cell.charCodeAt(0) === 0x22 ? cell.slice(1, -1) : cell;
  }
}

function isField(column: FieldColumn | DerivedColumn): column is FieldColumn {
  return 'from' in column;
}

function gaps(empty: readonly Cell[]): WireText[][] {
  const all: WireText[][] = [];
  for (let from = 0; from <= empty.length; from++) {
    const row: WireText[] = [];
    for (let to = from; to <= empty.length; to++) {
      row[to] = asWire([',', ...empty.slice(from, to).map((cell) => `${cell},`)].join(''));
    }
    all.push(row);
  }
  return all;
}
