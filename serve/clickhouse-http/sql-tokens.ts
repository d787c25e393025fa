/**
 * Cuts SQL into tokens by the rules of ClickHouse's lexer, as far as the front needs them: to see where a statement
 * ends, which word is a keyword and which stands inside a string, a quoted name or a comment.
 *
 * Works on byte strings (`latin1` view: one character per byte), so positions are byte offsets.
 */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'name' | 'mark';
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
  /** Words in upper case, everything else as it stands. */
  readonly text: string;
}

const space = /[\s\0]+/y;
/** `--` and `#!` or `# ` to the end of the line; C comments do not nest. */
const comment = /--[^\n]*|#[ !][^\n]*|\/\*[^]*?(?:\*\/|$)/y;
const word = /[A-Za-z_\x80-\xff][\w$\x80-\xff]*/y;
const number = /\d[\w.]*/y;
const text = /'(?:[^'\\]|\\[^]|'')*(?:'|$)/y;
const name = /"(?:[^"\\]|\\[^]|"")*(?:"|$)|`(?:[^`\\]|\\[^]|``)*(?:`|$)/y;
const heredoc = /\$(\w*)\$[^]*?(?:\$\1\$|$)/y;

const kinds: readonly (readonly [RegExp, Token['kind'] | undefined])[] = [
  [space, undefined],
  [comment, undefined],
  [word, 'word'],
  [number, 'number'],
  [text, 'string'],
  [name, 'name'],
  [heredoc, 'string'],
];

/** The tokens of `sql` from `from` on, without spaces and comments. */
export function* tokens(sql: string, from = 0): Generator<Token> {
  let at = from;
  while (at < sql.length) {
    const [kind, end] = match(sql, at);
    if (kind !== undefined) {
      const raw = sql.slice(at, end);
      yield { kind, start: at, end, text: kind === 'word' ? raw.toUpperCase() : raw };
    }
    at = end;
  }
}

function match(sql: string, at: number): [Token['kind'] | undefined, number] {
  for (const [pattern, kind] of kinds) {
    pattern.lastIndex = at;
    if (pattern.test(sql)) return [kind, pattern.lastIndex];
  }
  return ['mark', at + 1];
}

/**
 * Watches the text of `VALUES (…), (…)` go by, chunk by chunk, for anything behind a closing `;`: the engine's reader
 * of Values drops what follows it without a word (measured), a server refuses it.
 */
export class ValuesEnd {
  #quote = 0;
  #escaped = false;
  #ended = false;

  /** @returns false when there is something behind the end. */
  accepts(chunk: Uint8Array): boolean {
    for (const byte of chunk) {
      if (this.#quote !== 0) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === this.#quote) this.#quote = 0;
      } else if (this.#ended) {
        if (byte > SPACE && byte !== SEMICOLON) return false;
      } else if (byte === QUOTE || byte === DOUBLE_QUOTE || byte === BACKQUOTE) {
        this.#quote = byte;
      } else if (byte === SEMICOLON) {
        this.#ended = true;
      }
    }
    return true;
  }
}

const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const QUOTE = 0x27;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const BACKQUOTE = 0x60;
