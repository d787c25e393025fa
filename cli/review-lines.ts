import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { JuliuError } from '../errors/juliu-error.js';

/** One line of input: a review, or why it is none. */
export type ReviewLine =
  | { readonly id: string | number | null; readonly text: string; readonly error?: undefined }
  | { readonly id: string | number | null; readonly error: JuliuError };

/** Longest line in UTF-16 units; a longer one is refused without being held in memory. */
export const LONGEST_LINE = 8 << 20;

/** Units from the beginning of a line within which its id is looked for when it cannot be parsed. */
const ID_WITHIN = 300;
const ID = /"id"\s*:\s*(?:"([^"\\]*)"|(-?\d+)(?=\s*[,}]))/u;

/**
 * Reviews from lines of JSON, in order, one array for each chunk that was read; never more than one line and one chunk in memory.
 * @param plain takes a line that is no JSON object as the text itself
 */
export async function* reviewLines(input: Readable, plain: boolean): AsyncIterable<ReviewLine[]> {
  const decoder = new StringDecoder('utf8');
  let number = 0;
  /** Pieces of the line that has not ended yet; of one that is too long its beginning only. */
  let pieces: string[] = [];
  let held = 0;
  let tooLong = false;
  const take = (line: string): ReviewLine | undefined => {
    number += 1;
    if (tooLong) {
      tooLong = false;
      return { id: idOf(line), error: invalid(number, `it is longer than ${LONGEST_LINE} characters`) };
    }
    return line.trim() === '' ? undefined : parse(line, number, plain);
  };
  for await (const chunk of input as AsyncIterable<Buffer>) {
    const lines = decoder.write(chunk).split('\n');
    const last = lines.pop() ?? '';
    const taken: ReviewLine[] = [];
    for (const end of lines) {
      if (!tooLong) pieces.push(end);
      const line = take(pieces.join(''));
      if (line !== undefined) taken.push(line);
      pieces = [];
      held = 0;
    }
    if (!tooLong && last !== '') {
      pieces.push(last);
      held += last.length;
    }
    if (held > LONGEST_LINE) {
      tooLong = true;
      pieces = [pieces.join('').slice(0, ID_WITHIN)];
      held = 0;
    }
    if (taken.length > 0) yield taken;
  }
  const rest = pieces.join('') + decoder.end();
  if (rest !== '' || tooLong) {
    const last = take(rest);
    if (last !== undefined) yield [last];
  }
}

function parse(line: string, number: number, plain: boolean): ReviewLine {
  if (plain && !line.trimStart().startsWith('{')) return { id: String(number), text: line.trim() };
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return { id: idOf(line), error: invalid(number, 'it is no JSON') };
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { id: null, error: invalid(number, 'it is no JSON object') };
  }
  const { id = null, text } = document as { readonly id?: unknown; readonly text?: unknown };
  // JSON.parse rounds integers beyond 2^53: such an id stays as it is written.
  const rounded = typeof id === 'number' && !Number.isSafeInteger(id);
  const known = rounded ? (idOf(line) ?? id) : typeof id === 'string' || typeof id === 'number' ? id : null;
  if (known === null && id !== null) return { id: null, error: invalid(number, 'its id is neither text nor a number') };
  if (typeof text !== 'string') return { id: known, error: invalid(number, 'its text is missing or no string') };
  return { id: known, text };
}

/** The id as it is written at the beginning of a line that may be no JSON; null when none can be read there. */
function idOf(line: string): string | null {
  const [, text, digits] = ID.exec(line.slice(0, ID_WITHIN)) ?? [];
  return text ?? digits ?? null;
}

function invalid(line: number, detail: string): JuliuError {
  return new JuliuError('REVIEW_LINE_INVALID', { line, detail });
}
