import { createHash } from 'node:crypto';

/**
 * What must become of a body. Worked out from the bytes and from how they were made, by code of its own: nothing here is
 * shared with the pipeline that is examined.
 */
export interface Expectation {
  /** Digits of `outgoing_id`, else of `id`; else `h:` and half of the body's SHA-256. */
  readonly identity: string;
  /** Set when it must be a dead letter, with these raw bytes. */
  readonly dead?: { readonly reason: string; readonly body: Uint8Array };
}

const LARGEST_ID = 2n ** 63n - 1n;
/** Reasons for which the envelope cannot be read, so that the body has no id. */
const WITHOUT_ID: ReadonlySet<string> = new Set([
  'not_json',
  'not_utf8',
  'not_an_object',
  'too_deep',
  'key_id_out_of_range',
]);

/**
 * @param broken reasons of bodies that were broken on purpose, by their `outgoing_id`
 */
export function expectationOf(body: Uint8Array, broken: ReadonlyMap<string, string>): Expectation {
  const text = Buffer.from(body).toString('utf8');
  const id = idOf(text);
  const reason = reasonWithoutId(body, text, id) ?? (id === undefined ? undefined : broken.get(id));
  const identity = id === undefined || (reason !== undefined && WITHOUT_ID.has(reason)) ? digestOf(body) : id;
  return { identity, ...(reason === undefined ? {} : { dead: { reason, body } }) };
}

/** The identity of a body without an id. */
export function digestOf(body: Uint8Array): string {
  return `h:${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
}

/** The flaws that hide or spoil the id itself. */
function reasonWithoutId(body: Uint8Array, text: string, id: string | undefined): string | undefined {
  if (!Buffer.from(text, 'utf8').equals(body)) return 'not_utf8';
  if (!isJson(text)) return 'not_json';
  if (!text.trimStart().startsWith('{')) return 'not_an_object';
  return id !== undefined && BigInt(id) > LARGEST_ID ? 'key_id_out_of_range' : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `JSON.parse` would round ids, so the members of the outermost object are found in the text. */
function idOf(text: string): string | undefined {
  if (!text.startsWith('{') || !isJson(text)) return undefined;
  const members = membersOf(text);
  for (const name of ['outgoing_id', 'id']) {
    const digits = /^"?0*([1-9][0-9]*)"?$/.exec(members.get(name) ?? '')?.[1];
    if (digits !== undefined) return digits;
  }
  return undefined;
}

function membersOf(text: string): Map<string, string> {
  const members = new Map<string, string>();
  for (let at = text.indexOf('"'); at >= 0;) {
    const keyEnd = endOfString(text, at);
    const from = text.indexOf(':', keyEnd) + 1;
    const to = endOfValue(text, from);
    members.set(text.slice(at + 1, keyEnd - 1), text.slice(from, to).trim());
    at = text[to] === ',' ? text.indexOf('"', to) : -1;
  }
  return members;
}

/** @param at the opening quotation mark */
function endOfString(text: string, at: number): number {
  for (let next = at + 1; ; next++) {
    if (text[next] === '\\') next++;
    else if (text[next] === '"') return next + 1;
  }
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if (depth === 0 && /[,}\]]/.test(character)) return at;
    else if (character === '}' || character === ']') depth--;
  }
  return text.length;
}
