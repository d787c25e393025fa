/**
 * One lexeme of ClickHouse SQL that may hold a semicolon without ending a statement. Block comments nest in the engine,
 * so they are matched by hand.
 */
const opaque =
  /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|`(?:[^`\\]|\\[^]|``)*`|\$(\w*)\$[^]*?\$\1\$|--[^\n]*|#[ !][^\n]*/y;

/**
 * Splits SQL into its statements at semicolons outside of strings, quoted names, heredocs and comments. Comments and
 * blank lines around a statement are left out, those inside it stay.
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  /** Start of the current statement; -1 before its first lexeme. */
  let start = -1;
  /** End of its last lexeme that is no comment. */
  let end = -1;
  const finish = (): void => {
    if (start >= 0) statements.push(sql.slice(start, end));
    start = -1;
  };
  let at = 0;
  while (at < sql.length) {
    const lexeme = lexemeAt(sql, at);
    if (lexeme.kind === 'code') {
      if (start < 0) start = at;
      end = lexeme.end;
    } else if (lexeme.kind === 'separator') finish();
    at = lexeme.end;
  }
  finish();
  return statements;
}

interface Lexeme {
  readonly kind: 'code' | 'comment' | 'blank' | 'separator';
  readonly end: number;
}

function lexemeAt(sql: string, at: number): Lexeme {
  const character = sql.charAt(at);
  if (character === ';') return { kind: 'separator', end: at + 1 };
  if (/\s/.test(character)) return { kind: 'blank', end: at + 1 };
  if (sql.startsWith('/*', at)) return { kind: 'comment', end: endOfBlockComment(sql, at) };
  opaque.lastIndex = at;
  const match = opaque.exec(sql);
  if (match === null) return { kind: 'code', end: at + 1 };
  return { kind: /^(?:--|#)/.test(match[0]) ? 'comment' : 'code', end: opaque.lastIndex };
}

function endOfBlockComment(sql: string, at: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at;
  let depth = 0;
  for (let match = edge.exec(sql); match !== null; match = edge.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}
