import type { KindName } from './column-kinds.js';
import type { Cell } from './column-kinds.js';
import type { FamilyName } from './contract.js';

/** One TOP topic of a family. */
export interface Topic {
  /** The official name, which routes the message. */
  readonly name: string;
  /** Our short name of what happened; column `event`. */
  readonly event: string;
  /** The official Chinese label. */
  readonly label: string;
  /** Text columns whose value the topic itself decides, e.g. the refund status. */
  readonly sets: Readonly<Record<string, string>>;
  /**
   * The same thing may happen again with nothing in the content to tell the two apart by: the business key then takes
   * the second of publication and the columns named in `BusinessKey.states`.
   */
  readonly repeats: boolean;
}

/** A column that takes its value from a field of the content. */
export interface FieldColumn {
  readonly name: string;
  readonly kind: KindName;
  /** Source field names; of several usable ones the first named wins. */
  readonly from: readonly string[];
}

/** A column computed from cells of the same row, and from nothing else, so that replay gives the same. */
export interface DerivedColumn {
  readonly name: string;
  readonly empty: Cell;
  readonly inputs: readonly string[];
  /** `cells` are the inputs in order, `undefined` where the message has none. Undefined gives the empty cell. */
  readonly derive: (cells: readonly (Cell | undefined)[], row: DerivedFrom) => Cell | undefined;
}

export interface DerivedFrom {
  readonly topic: Topic;
  /** Source field names of the values that could not be used. */
  readonly defects: readonly string[];
}

/**
 * What makes two publications the same business event, whatever their event ids: `event | of | at | digest of hashed`,
 * for repeating topics with the states and the second of publication. Without any value in `of` nothing says which
 * thing the message is about, and the key is unique to the message.
 */
export interface BusinessKey {
  /** Columns that name the thing. */
  readonly of: readonly string[];
  /** Columns that say when or as what, by business time. */
  readonly at: readonly string[];
  /** Long text columns; only their digest enters. */
  readonly hashed: readonly string[];
  readonly states: readonly string[];
}

export interface Family {
  readonly name: Exclude<FamilyName, 'unknown'>;
  /** Table name within `juliu_store`. */
  readonly table: string;
  readonly topics: readonly Topic[];
  /** The columns of the table behind the common ones, in order. */
  readonly columns: readonly (FieldColumn | DerivedColumn)[];
  /** The id column whose value outside int64 makes the message a dead letter. */
  readonly key: string | null;
  readonly businessKey: BusinessKey;
}

/** One line of a family's topic list. */
export function topic(
  name: string,
  event: string,
  label: string,
  options: { readonly sets?: Readonly<Record<string, string>>; readonly repeats?: true } = {},
): Topic {
  return { name, event, label, sets: options.sets ?? {}, repeats: options.repeats ?? false };
}

/** A column filled from the field of the same name, or from the named fields. */
export function column(name: string, kind: KindName, ...from: readonly string[]): FieldColumn {
  return { name, kind, from: from.length === 0 ? [name] : from };
}

/** Columns of one kind, each filled from the field of its own name. */
export function columns(kind: KindName, ...names: readonly string[]): FieldColumn[] {
  return names.map((name) => column(name, kind));
}

export function derived(
  name: string,
  empty: Cell,
  inputs: readonly string[],
  derive: DerivedColumn['derive'],
): DerivedColumn {
  return { name, empty, inputs, derive };
}

/** The columns every typed table begins with. */
export const LEADING_COLUMNS = [
  'event_id',
  'app_key',
  'topic',
  'event',
  'publish_time',
  'seller_id',
  'seller_nick',
  'business_key',
] as const;

/** The columns every typed table ends with. */
export const TRAILING_COLUMNS = ['defects', 'version'] as const;

/** The seller (卖家) of the content; the envelope's user is preferred where there is one. */
export const SELLER_COLUMNS: readonly FieldColumn[] = [
  column('seller_id', 'id'),
  column('seller_nick', 'text', 'seller_nick', 'nick', 'user_nick'),
];
