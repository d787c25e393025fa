import { type Token, tokens } from './sql-tokens.js';

/** An INSERT whose rows follow it in the request. Positions are byte offsets into the request. */
export interface InsertStatement {
  /** `INSERT INTO t (a, b)`. */
  readonly target: Span;
  /** `SETTINGS …` between the columns and the rows; empty when there is none. */
  readonly settings: Span;
  /** Format of the rows, as written; `Values` for INSERT … VALUES. */
  readonly format: string;
  /** First byte of the rows. */
  readonly rowsAt: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Words that say: the rows do not follow, they come from elsewhere. */
const otherSources = new Set(['SELECT', 'WITH', 'FROM', 'WATCH']);

/**
 * Finds where the rows of an INSERT begin.
 * @param sql the request, or its first part, as a byte string.
 * @returns undefined for anything but an INSERT with its rows behind it.
 */
export function readInsert(sql: string): InsertStatement | undefined {
  let first: Token | undefined;
  let previous: Token | undefined;
  let settingsAt: number | undefined;
  let depth = 0;
  for (const token of tokens(sql)) {
    if (first === undefined) {
      if (token.text !== 'INSERT') return undefined;
      first = token;
    }
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    else if (depth === 0 && previous !== undefined) {
      const found = (format: string, clauseAt: number, rowsAt: number): InsertStatement => ({
        target: { start: first?.start ?? 0, end: settingsAt ?? clauseAt },
        settings: { start: settingsAt ?? clauseAt, end: clauseAt },
        format,
        rowsAt,
      });
      if (previous.text === 'FORMAT' && previous.kind === 'word' && token.kind === 'word') {
        // Tokens carry words in upper case; names of formats are case-sensitive.
        return found(sql.slice(token.start, token.end), previous.start, behindFormat(sql, token.end));
      }
      // Behind a dot a keyword is the name of a table.
      if (token.kind === 'word' && previous.text !== '.') {
        if (token.text === 'VALUES') return found('Values', token.start, token.end);
        if (otherSources.has(token.text)) return undefined;
        if (token.text === 'SETTINGS') settingsAt = token.start;
      }
    }
    previous = token;
  }
  return undefined;
}

/** Rows begin behind the format's name, blanks and one line end (the engine's rule). */
function behindFormat(sql: string, end: number): number {
  const gap = /[ \t\f]*(?:\r?\n)?/y;
  gap.lastIndex = end;
  gap.test(sql);
  return gap.lastIndex;
}
