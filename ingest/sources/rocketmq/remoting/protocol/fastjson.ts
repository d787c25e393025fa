/**
 * Servers written with fastjson send what JSON forbids: keys without quotes (`{0:"10.0.0.7:10911"}` in routes of 4.x)
 * and objects as keys (`{{"brokerName":"a","queueId":0}:5}` in offsets), and expect the same of clients.
 */

/** Deeper nesting than any message of the protocol has. */
const MAX_DEPTH = 64;

/**
 * Reads it; a key that is no string becomes its JSON text, so `{0:1}` is `{"0":1}`.
 * @throws SyntaxError when that makes no JSON either
 */
export function parseFastjson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(new KeyQuoter(text).quoted());
  }
}

/** Copies the text and puts quotes around keys that have none. Linear: each character is copied at most once per level. */
class KeyQuoter {
  readonly #text: string;
  #at = 0;
  #inKey = false;

  constructor(text: string) {
    this.#text = text;
  }

  quoted(): string {
    return this.#value(0);
  }

  #value(depth: number): string {
    if (depth > MAX_DEPTH) throw new SyntaxError('nested too deeply');
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '[') return this.#members(']', () => this.#value(depth + 1));
    if (first === '{') return this.#members('}', () => this.#entry(depth + 1));
    return this.#word();
  }

  #entry(depth: number): string {
    const key = this.#key(depth);
    this.#skipSpace();
    this.#expect(':');
    return `${key.startsWith('"') ? key : JSON.stringify(key)}:${this.#value(depth)}`;
  }

  /** Quotes of a key within a key double at every level, so there is but one. */
  #key(depth: number): string {
    this.#skipSpace();
    if (this.#text[this.#at] === '"') return this.#string();
    if (this.#inKey) throw new SyntaxError('a key within a key');
    this.#inKey = true;
    const key = this.#value(depth);
    this.#inKey = false;
    return key;
  }

  #members(close: string, member: () => string): string {
    const open = this.#text[this.#at++] ?? '';
    const parts: string[] = [];
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] === close) break;
      if (parts.length > 0) this.#expect(',');
      parts.push(member());
    }
    this.#at++;
    return `${open}${parts.join(',')}${close}`;
  }

  #string(): string {
    const start = this.#at++;
    for (; this.#at < this.#text.length; this.#at++) {
      const one = this.#text[this.#at];
      if (one === '\\') this.#at++;
      else if (one === '"') return this.#text.slice(start, ++this.#at);
    }
    throw new SyntaxError('a text does not end');
  }

  /** A number, true, false, null. */
  #word(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && /[-+.\w]/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#at === start) throw new SyntaxError(`nothing usable at character ${start}`);
    return this.#text.slice(start, this.#at);
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #expect(one: string): void {
    if (this.#text[this.#at++] !== one) throw new SyntaxError(`no ${one} at character ${this.#at - 1}`);
  }
}
