import { createHash } from 'node:crypto';
import { isDimension, type Dimension } from './dimension.js';
import { invalid, type LexiconRow } from './lexicon-file.js';
import { ROLES, type Role } from './lexicon-roles.js';

/** A dimension and, where known, the second level under it. */
export interface Place {
  readonly dimension: Dimension;
  /** '' when the first level alone is known. */
  readonly subdimension: string;
}

/** Everything the lexicon says of one word, its roles merged. */
export interface Entry {
  readonly word: string;
  /** Roles as bits. */
  readonly mask: number;
  readonly polarity: -1 | 0 | 1;
  readonly weight: number;
  /** Where a complaint with this word belongs, as an aspect … */
  readonly aspectPlace: Place | null;
  readonly aspectForm: string;
  /** … as what is missed … */
  readonly wantedPlace: Place | null;
  readonly wantedForm: string;
  /** … and as what is said of one. */
  readonly opinionPlace: Place | null;
  readonly opinionForm: string;
  /** The aspect's place counts before the opinion's. */
  readonly yields: boolean;
  /** Dimensions and second levels for which it is bad, or good, to be so. */
  readonly badFor: ReadonlySet<string> | null;
  readonly goodFor: ReadonlySet<string> | null;
}

const ASPECTS = ROLES.aspect | ROLES.thing | ROLES.wanted | ROLES.body;

/** The compiled lexicon: one map from word to everything known of it. Immutable. */
export class Lexicon {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Texts the platform fills in for buyers who wrote nothing, punctuation left out. */
  readonly defaultReviews: ReadonlySet<string>;
  /** UTF-16 units they begin with. */
  readonly defaultBeginnings: ReadonlySet<number>;
  /** Characters outside the basic plane (emoji) that are words here. */
  readonly emoji: ReadonlySet<string>;
  /** Words with a role. */
  readonly size: number;
  /** Hash of what the lexicon says, not of how its files are laid out: comments, notes and order are free. */
  readonly hash: string;

  private constructor(rows: readonly LexiconRow[]) {
    const places = placesOf(rows);
    const words = new Map<string, LexiconRow[]>();
    const defaultReviews = new Set<string>();
    for (const row of rows) {
      if (row.role === 'default_review') defaultReviews.add(row.word.replace(/[\s\p{P}\p{S}]/gu, ''));
      else if (row.role !== 'subdimension') words.set(row.word, [...(words.get(row.word) ?? []), row]);
    }
    const entries = new Map<string, Entry>();
    for (const [word, roles] of words) entries.set(word, entryOf(word, roles, places));
    this.entries = entries;
    this.defaultReviews = defaultReviews;
    this.defaultBeginnings = new Set([...defaultReviews].map((text) => text.charCodeAt(0)));
    this.emoji = new Set([...words.keys()].filter((word) => /^[\u{10000}-\u{10ffff}]$/u.test(word)));
    this.size = words.size;
    this.hash = hashOf(rows);
  }

  /**
   * @param rows of all files in order; a later row replaces an earlier one of the same word and role, `off` removes
   * the word as far as it was given before
   * @throws JuliuError LEXICON_INVALID when a dimension is unknown
   */
  static compile(rows: readonly LexiconRow[]): Lexicon {
    return new Lexicon(effective(rows));
  }
}

function effective(rows: readonly LexiconRow[]): LexiconRow[] {
  const words = new Map<string, Map<string, LexiconRow>>();
  for (const row of rows) {
    if (row.role === 'off') {
      words.delete(row.word);
      continue;
    }
    const roles = words.get(row.word) ?? new Map<string, LexiconRow>();
    // An adjective is bad for each of several dimensions, by a row each.
    const key = row.role === 'bad_for' || row.role === 'good_for' ? `${row.role} ${row.dimension}` : row.role;
    roles.set(key, row);
    words.set(row.word, roles);
  }
  return [...words.values()].flatMap((roles) => [...roles.values()]);
}

function placesOf(rows: readonly LexiconRow[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const row of rows) {
    if (row.role !== 'subdimension') continue;
    if (!isDimension(row.dimension)) throw invalid(row, `“${row.dimension}” of “${row.word}” is no dimension`);
    places.set(row.word, { dimension: row.dimension, subdimension: row.word });
  }
  for (const row of rows) {
    if (row.dimension === '' || places.has(row.dimension)) continue;
    if (!isDimension(row.dimension)) {
      throw invalid(
        row,
        `“${row.dimension}” of “${row.word}” is neither a dimension nor a second level; name one, or add a row with the role subdimension`,
      );
    }
    places.set(row.dimension, { dimension: row.dimension, subdimension: '' });
  }
  return places;
}

function entryOf(word: string, rows: readonly LexiconRow[], places: ReadonlyMap<string, Place>): Entry {
  const mask = rows.reduce((bits, row) => bits | ROLES[row.role], 0);
  const aspect = rows.find(({ role }) => role === 'aspect') ?? rows.find(({ role }) => (ROLES[role] & ASPECTS) !== 0);
  const wanted = rows.find(({ role }) => role === 'wanted');
  const opinion =
    rows.find((row) => row.role === 'opinion') ??
    rows.find((row) => row.role === 'reaction') ??
    rows.find((row) => row.role === 'differing') ??
    rows.find((row) => row.role === 'fault') ??
    rows.find((row) => row.role === 'relative') ??
    rows.find((row) => row.role === 'complement');
  return {
    word,
    mask,
    polarity: opinion?.polarity ?? 0,
    weight: (opinion ?? aspect ?? rows[0])?.weight ?? 1,
    aspectPlace: places.get(aspect?.dimension ?? '') ?? null,
    aspectForm: formOf(aspect, word),
    wantedPlace: places.get(wanted?.dimension ?? '') ?? null,
    wantedForm: formOf(wanted, word),
    opinionPlace: places.get(opinion?.dimension ?? '') ?? null,
    opinionForm: formOf(opinion, word),
    yields: opinion?.yields ?? false,
    badFor: namesOf(rows, 'bad_for'),
    goodFor: namesOf(rows, 'good_for'),
  };
}

const formOf = (row: LexiconRow | undefined, word: string): string =>
  row === undefined || row.form === '' ? word : row.form;

function namesOf(rows: readonly LexiconRow[], role: Role): ReadonlySet<string> | null {
  const names = rows.filter((row) => row.role === role).map((row) => row.dimension);
  return names.length === 0 ? null : new Set(names);
}

function hashOf(rows: readonly LexiconRow[]): string {
  const said = rows.map(({ word, role, polarity, weight, dimension, yields, form }) =>
    [word, role, polarity, weight, dimension, yields, form].join('\t'),
  );
  return createHash('sha256').update(said.sort().join('\n')).digest('hex').slice(0, 16);
}
