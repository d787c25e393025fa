import { simulateHistory, type SimulationOptions } from '../../simulate/shop-simulation.js';
import type { SummaryTruth, TruthLine } from '../../simulate/truth.js';

/** A JSON value with every number as the text it was written as: nothing is lost, and quoted differs from unquoted. */
export type Json = string | boolean | null | Digits | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}
export class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A strict reader of its own, so that the simulator's output is not judged by code it shares. Throws SyntaxError. */
export function readJson(text: string): Json {
  const token =
    /[ \t\r\n]*(?:([{}[\]:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;
  const next = (): RegExpExecArray => {
    const found = token.exec(text);
    if (found === null) throw new SyntaxError(`unreadable at ${token.lastIndex}`);
    return found;
  };
  const value = (found: RegExpExecArray): Json => {
    if (found[2] !== undefined) return JSON.parse(found[2]) as string;
    if (found[3] !== undefined) return new Digits(found[3]);
    if (found[4] !== undefined) return JSON.parse(found[4]) as boolean | null;
    if (found[1] === '[') {
      const list: Json[] = [];
      for (let item = next(); item[1] !== ']'; item = next()) {
        if (item[1] === ',') item = next();
        list.push(value(item));
      }
      return list;
    }
    if (found[1] !== '{') throw new SyntaxError(`unexpected ${found[0]}`);
    const object: JsonObject = {};
    for (let key = next(); key[1] !== '}'; key = next()) {
      if (key[1] === ',') key = next();
      if (key[2] === undefined || next()[1] !== ':') throw new SyntaxError('a key is missing');
      const name = JSON.parse(key[2]) as string;
      if (name in object) throw new SyntaxError(`${name} comes twice`);
      object[name] = value(next());
    }
    return object;
  };
  const result = value(next());
  if (text.slice(token.lastIndex).trim() !== '') throw new SyntaxError('something follows');
  return result;
}

/** One message as a careful reader of the wire sees it. */
export interface Message {
  readonly topic: string;
  readonly id: string;
  /** Epoch ms; whole seconds in TMC spelling. */
  readonly publishedAt: number;
  readonly tmc: boolean;
  readonly appKey: string;
  readonly sellerId: string | undefined;
  readonly sellerNick: string | undefined;
  readonly contentForm: 'string' | 'object' | 'no JSON';
  /** Content with all scalars as text. */
  readonly content: Readonly<Record<string, string>>;
  readonly body: string;
}

const plain = (value: Json | undefined): string | undefined =>
  value === undefined || value === null
    ? undefined
    : typeof value === 'string'
      ? value
      : value instanceof Digits
        ? value.text
        : JSON.stringify(value);

const ENVELOPE = new Set([
  'content',
  'topic',
  'outgoing_id',
  'publish_time',
  'user_id',
  'user_nick',
  'publisher_appkey',
]);
const TMC_ENVELOPE = new Set(['content', 'topic', 'id', 'pub_time', 'user_id', 'user_nick', 'pub_app_key']);

/** Reads one body; throws when anything about it is not as it is on the wire. */
export function readMessage(bytes: Uint8Array): Message {
  const body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (body.includes('\n')) throw new SyntaxError('a line end inside a body');
  const envelope = readJson(body);
  if (envelope === null || typeof envelope !== 'object' || Array.isArray(envelope) || envelope instanceof Digits) {
    throw new SyntaxError('no object');
  }
  const tmc = 'pub_time' in envelope;
  for (const key of Object.keys(envelope)) {
    if (!(tmc ? TMC_ENVELOPE : ENVELOPE).has(key)) throw new SyntaxError(`key ${key}`);
  }
  const id = envelope[tmc ? 'id' : 'outgoing_id'];
  if (!(id instanceof Digits)) throw new SyntaxError('the id is no number');
  const time = envelope[tmc ? 'pub_time' : 'publish_time'];
  const publishedAt =
    time instanceof Digits ? Number(time.text) : typeof time === 'string' ? shanghai(time) : Number.NaN;
  if (!Number.isSafeInteger(publishedAt)) throw new SyntaxError('no publish time');
  if (typeof envelope['topic'] !== 'string' || envelope['topic'] === '') throw new SyntaxError('no topic');
  const raw = envelope['content'];
  let content: Json = raw ?? null;
  let contentForm: Message['contentForm'] = 'object';
  if (typeof raw === 'string') {
    contentForm = 'string';
    try {
      content = readJson(raw);
    } catch {
      contentForm = 'no JSON';
    }
  }
  const fields: Record<string, string> = {};
  if (contentForm !== 'no JSON') {
    if (content === null || typeof content !== 'object' || Array.isArray(content) || content instanceof Digits) {
      throw new SyntaxError('content is no object');
    }
    for (const [key, value] of Object.entries(content)) fields[key] = plain(value) ?? '';
  }
  return {
    topic: envelope['topic'],
    id: id.text,
    publishedAt,
    tmc,
    appKey: plain(envelope[tmc ? 'pub_app_key' : 'publisher_appkey']) ?? '',
    sellerId: plain(envelope['user_id']),
    sellerNick: plain(envelope['user_nick']),
    contentForm,
    content: fields,
    body,
  };
}

/** Epoch ms of `yyyy-MM-dd HH:mm:ss` in UTC+8. */
export function shanghai(text: string): number {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return Number.NaN;
  return Date.parse(`${text.replace(' ', 'T')}+08:00`);
}

/** 2026-06-01 00:00 in Shanghai. */
export const START = Date.UTC(2026, 4, 31, 16);

export interface Run {
  readonly bodies: readonly Uint8Array[];
  readonly truth: readonly TruthLine[];
  readonly summary: SummaryTruth;
}

/** A whole history in memory, with its truth. */
export function run(options: Partial<SimulationOptions> & { readonly messages: number }): Run {
  const truth: TruthLine[] = [];
  const bodies: Uint8Array[] = [];
  const all: SimulationOptions = {
    seed: 11,
    days: 30,
    startAt: START,
    onTruth: (line) => truth.push(JSON.parse(line) as TruthLine),
    ...options,
  };
  for (const chunk of simulateHistory(all)) bodies.push(...chunk);
  const summary = truth[truth.length - 1];
  if (summary?.kind !== 'summary') throw new Error('the truth has no summary at its end');
  return { bodies, truth, summary };
}

/** The lines of one kind. */
export function linesOf<K extends TruthLine['kind']>(run: Run, kind: K): Extract<TruthLine, { kind: K }>[] {
  return run.truth.filter((line): line is Extract<TruthLine, { kind: K }> => line.kind === kind);
}

export function countBy<T>(list: Iterable<T>, key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of list) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}
