import { inspect } from 'node:util';

/**
 * A value that must not be seen: every way of printing it (template, JSON, console, logger) gives the mask. Only
 * `reveal()`, called where the value is handed to the store's client, gives the text.
 */
export class Secret {
  static readonly mask = '********';
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    Object.freeze(this);
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return Secret.mask;
  }

  toJSON(): string {
    return Secret.mask;
  }

  [inspect.custom](): string {
    return Secret.mask;
  }
}
