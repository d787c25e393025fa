import { decodeEntity } from './entities.js';
import { simplified } from './simplified.js';

/** A review in the one spelling that the lexicon is written in, and the way back to what the buyer wrote. */
export interface Normalised {
  readonly text: string;
  /** True when the buyer wrote a character three times or more: 太太太差, !!!. */
  readonly repeated: boolean;
  /** Offset in the original of each unit of `text`, and of its end; null when every unit stands where it stood. */
  readonly origins: Int32Array | null;
}

/** The span of the original that became [start, end) of the normalised text. */
export function originalSpan(origins: Int32Array | null, start: number, end: number): readonly [number, number] {
  if (origins === null) return [start, end];
  const from = origins[start] ?? 0;
  let last = end;
  // One character can become several (㎏ → kg); a span never ends before the character it began in.
  while ((origins[last] ?? 0) <= from && last < origins.length - 1) last += 1;
  return [from, Math.max(from, origins[last] ?? from)];
}

const DROP = 0;
/** Needs more than a look at the table: surrogates, & of an entity, characters that become several. */
const SPECIAL = 1;
const BLANK = 0x20;

const AMPERSAND = 0x26;
const QUOTES = '"“”‘’「」『』＂';
const several = new Map<number, string>();
const table = buildTable();

/** What each UTF-16 unit becomes: NFKC, lower case, simplified; control characters and odd blanks become a blank. */
function buildTable(): Uint16Array {
  const units = new Uint16Array(0x10000);
  for (let code = 0; code < 0x10000; code += 1) units[code] = targetOf(code);
  units[AMPERSAND] = SPECIAL;
  return units;
}

function targetOf(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) return SPECIAL;
  if (code < 0x20 || (code >= 0x7f && code < 0xa1)) return BLANK;
  const character = String.fromCharCode(code);
  // Zero-width characters, joiners, variation selectors, soft hyphen: they part words that belong together.
  if (/^[\p{Cf}\p{Mn}]$/u.test(character)) return DROP;
  // Quotation marks part words that belong together as well: 没有“色差”.
  if (QUOTES.includes(character)) return DROP;
  // Punctuation ends a clause in either width; left as it is, most reviews need not be written anew.
  if (code >= 0xff00 && /^[\p{P}\p{S}]$/u.test(character)) return code;
  // Three dots would be three clause ends; the ellipsis is one.
  if (code === 0x2026) return code;
  const normal = character.normalize('NFKC').toLowerCase();
  if (normal.length === 1) {
    const unit = simplified(normal.charCodeAt(0));
    return unit <= SPECIAL || /^\s$/u.test(String.fromCharCode(unit)) ? BLANK : unit;
  }
  several.set(code, normal);
  return SPECIAL;
}

/** Linear in the length of the text. Any string is taken: lone surrogates become blanks. */
export function normalise(original: string, kept: ReadonlySet<string>): Normalised {
  const { length } = original;
  let previous = -1;
  let run = 1;
  let same = true;
  for (let at = 0; at < length; at += 1) {
    const code = original.charCodeAt(at);
    const unit = table[code] ?? BLANK;
    if (unit <= SPECIAL) return rewrite(original, kept);
    if (unit !== code) same = false;
    if (unit !== previous) {
      previous = unit;
      run = 1;
    } else if (++run > 2 && !isDigit(unit)) return rewrite(original, kept);
  }
  return { text: same ? original : mapUnits(original), repeated: false, origins: null };
}

function mapUnits(original: string): string {
  const { length } = original;
  const units = new Uint16Array(length);
  for (let at = 0; at < length; at += 1) units[at] = table[original.charCodeAt(at)] ?? BLANK;
  return decode(units, length);
}

/** The way for texts whose length changes. */
function rewrite(original: string, kept: ReadonlySet<string>): Normalised {
  const writer = new Writer(original.length);
  const { length } = original;
  for (let at = 0; at < length;) {
    const code = original.charCodeAt(at);
    const unit = table[code] ?? BLANK;
    if (unit > SPECIAL) {
      writer.add(unit, at);
      at += 1;
    } else if (unit === DROP) at += 1;
    else at += special(original, at, code, kept, writer);
  }
  return writer.finish();
}

/** @returns units of the original that were taken */
function special(original: string, at: number, code: number, kept: ReadonlySet<string>, writer: Writer): number {
  if (code === AMPERSAND) {
    const entity = decodeEntity(original, at);
    if (entity === undefined) writer.add(AMPERSAND, at);
    else
      for (const unit of unitsOf(entity.text))
        if (table[unit] !== DROP) writer.add(table[unit] === SPECIAL ? unit : (table[unit] ?? BLANK), at);
    return entity?.length ?? 1;
  }
  if (code >= 0xd800 && code <= 0xdfff) {
    const point = original.codePointAt(at) ?? 0;
    if (point < 0x10000) {
      writer.add(BLANK, at);
      return 1;
    }
    const character = String.fromCodePoint(point);
    // Emoji outside the lexicon only end a clause.
    if (kept.has(character)) writer.addPair(character, at);
    else writer.add(BLANK, at);
    return 2;
  }
  for (const unit of unitsOf(several.get(code) ?? ' ')) writer.add(unit, at);
  return 1;
}

function* unitsOf(text: string): Iterable<number> {
  for (let at = 0; at < text.length; at += 1) yield text.charCodeAt(at);
}

/** Collects units and where they came from; a character is written at most twice in a row, a Chinese one once. */
class Writer {
  #units: Uint16Array;
  #origins: Int32Array;
  #length = 0;
  #previous = -1;
  #run = 1;
  #repeated = false;
  readonly #end: number;

  constructor(length: number) {
    this.#units = new Uint16Array(length + 16);
    this.#origins = new Int32Array(length + 17);
    this.#end = length;
  }

  add(unit: number, origin: number): void {
    if (unit === this.#previous && !isDigit(unit)) {
      this.#run += 1;
      if (this.#run > 2) {
        if (unit !== BLANK) this.#repeated = true;
        // 太太 is a wife, so a Chinese run shrinks to one.
        if (this.#run === 3 && isChinese(unit)) this.#length -= 1;
        return;
      }
    } else {
      this.#previous = unit;
      this.#run = 1;
    }
    this.#push(unit, origin);
  }

  addPair(character: string, origin: number): void {
    this.#previous = -1;
    this.#push(character.charCodeAt(0), origin);
    this.#push(character.charCodeAt(1), origin);
  }

  finish(): Normalised {
    const origins = this.#origins.slice(0, this.#length + 1);
    origins[this.#length] = this.#end;
    return { text: decode(this.#units, this.#length), repeated: this.#repeated, origins };
  }

  #push(unit: number, origin: number): void {
    if (this.#length + 1 >= this.#units.length) this.#grow();
    this.#units[this.#length] = unit;
    this.#origins[this.#length] = origin;
    this.#length += 1;
  }

  #grow(): void {
    const units = new Uint16Array(this.#units.length * 2);
    units.set(this.#units);
    const origins = new Int32Array(units.length + 1);
    origins.set(this.#origins);
    this.#units = units;
    this.#origins = origins;
  }
}

function decode(units: Uint16Array, length: number): string {
  return Buffer.from(units.buffer, units.byteOffset, length * 2).toString('utf16le');
}

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
const isChinese = (unit: number): boolean => unit >= 0x4e00 && unit <= 0x9fff;
