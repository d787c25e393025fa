import { JuliuError } from '../errors/juliu-error.js';

/** What a statement says about itself on the outside: enough to route it, never to judge whether it is safe. */
export interface StatementShape {
  /** First word, upper case; `(` when it starts with a parenthesis, '' when empty. */
  readonly verb: string;
  /** The statement without trailing semicolons, comments and blanks. */
  readonly text: string;
  /** Format of a trailing FORMAT clause, as written. */
  readonly format: string | undefined;
  /** Where the trailing FORMAT clause begins in `text`; its end when there is none. */
  readonly formatAt: number;
  /** True when a semicolon separates two statements: the embedded engine would run both. */
  readonly multiple: boolean;
  /** True when it writes its result into a file of the machine. */
  readonly intoOutfile: boolean;
}

interface Token {
  readonly text: string;
  readonly at: number;
  readonly end: number;
  readonly depth: number;
}

/** Blanks and comments, then one token: quoted text, heredoc, word, or a single character. */
const tokenPattern =
  /(?:\s+|--[^\n]*|#[ !][^\n]*|\/\*[^]*?(?:\*\/|$))|('(?:[^'\\]|\\[^]|'')*'?|"(?:[^"\\]|\\[^]|"")*"?|`(?:[^`\\]|\\[^]|``)*`?|\$(\w*)\$[^]*?\$\2\$|\w+|[^])/gy;

function tokenise(sql: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (const match of sql.matchAll(tokenPattern)) {
    const text = match[1];
    if (text === undefined) continue;
    if (text === ')') depth--;
    tokens.push({ text, at: match.index, end: match.index + text.length, depth });
    if (text === '(') depth++;
  }
  return tokens;
}

/**
 * Reads the outer shape of one SQL statement. Strings, quoted names, heredocs and comments are skipped as ClickHouse's
 * lexer does, so a `;` or `FORMAT` inside them is not taken for a clause.
 */
export function shapeOf(sql: string): StatementShape {
  const tokens = tokenise(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  const end = tokens.at(-1)?.end ?? 0;
  const start = tokens[0]?.at ?? 0;
  const word = (index: number): string => tokens[index]?.text.toUpperCase() ?? '';
  let format: Token | undefined;
  let formatAt = end;
  let multiple = false;
  let intoOutfile = false;
  tokens.forEach((token, index) => {
    if (token.text === ';') multiple = true;
    if (token.depth !== 0) return;
    if (word(index) === 'INTO' && word(index + 1) === 'OUTFILE') intoOutfile = true;
    const after = word(index + 2);
    if (word(index) === 'FORMAT' && /^\w+$/.test(word(index + 1)) && (after === '' || after === 'SETTINGS')) {
      format = tokens[index + 1];
      formatAt = token.at;
    }
  });
  return {
    verb: word(0),
    text: sql.slice(start, end),
    format: format?.text,
    formatAt: formatAt - start,
    multiple,
    intoOutfile,
  };
}

/** Verbs that only read. Not a fence against hostile statements: that is `readonly` plus the gateway's judge. */
const readingVerbs = new Set(['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', '(']);

/**
 * Lets only a single reading statement pass.
 * @throws JuliuError STORE_NOT_READING
 */
export function refuseWriting(shape: StatementShape): void {
  const detail = notReading(shape);
  if (detail !== undefined) throw new JuliuError('STORE_NOT_READING', { detail });
}

/** True when the statement only reads, by its first word. */
export function isReading(shape: StatementShape): boolean {
  return readingVerbs.has(shape.verb);
}

function notReading(shape: StatementShape): string | undefined {
  if (shape.verb === '') return 'the statement is empty';
  if (shape.multiple) return 'this is more than one';
  if (!isReading(shape)) return `${shape.verb} does more than read`;
  if (shape.intoOutfile) return 'INTO OUTFILE writes a file';
  return undefined;
}
