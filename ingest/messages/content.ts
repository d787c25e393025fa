import type { Envelope } from './envelope.js';
import { Flag, Kind, ObjectScanner } from './json-scan.js';
import { escapeRawControls, quote, Unescaper } from './json-text.js';
import { asWire, fromBytes, toBytes, type WireText } from './wire-text.js';

/**
 * What a message's content is:
 * - `object`: its entries can be read;
 * - `none`: absent, null or the empty string;
 * - `opaque`: anything else; `json` is its JSON text, of a string that is no JSON the string literal;
 * - `too_deep`.
 */
export type ContentForm = 'object' | 'none' | 'opaque' | 'too_deep';

/**
 * Opens the content (业务内容) of a message, which is seen as a string that holds JSON and as an object. Reused from
 * message to message.
 */
export class ContentReader {
  /** The entries when the form is `object`. */
  readonly entries = new ObjectScanner();
  /** The content as JSON text; '' when absent. Strict, whatever control characters the body held. */
  json: WireText = asWire('');
  /** The JSON string of `json`, when the body already holds it letter for letter. */
  verbatim: WireText | undefined;
  readonly #unescaper = new Unescaper();

  /** Opens the content of a body that `envelope` was read from; `body` holds the body's entries. */
  open(body: ObjectScanner, envelope: Envelope): ContentForm {
    this.verbatim = undefined;
    const entry = envelope.content;
    if (entry < 0) return this.#none('');
    const start = body.start(entry);
    const end = body.end(entry);
    switch (body.kind(entry)) {
      case Kind.null:
        return this.#none('null');
      case Kind.string:
        return end - start === 2 ? this.#none('""') : this.#openString(body, entry);
      case Kind.object:
        return this.#scan(body.bytes, body.text, start, end);
      case Kind.array:
      case Kind.number:
      case Kind.true:
      case Kind.false:
        this.json = body.literal(entry);
        if ((body.valueFlags(entry) & Flag.rawControl) !== 0) this.json = escapeRawControls(this.json);
        return 'opaque';
    }
  }

  /** Opens a content that was stored before, for replay. */
  openStored(json: WireText): ContentForm {
    this.verbatim = undefined;
    if (json === '' || json === 'null' || json === '""') return this.#none(json);
    const bytes = toBytes(json);
    return this.#scan(bytes, json, 0, bytes.length);
  }

  /** False when strings of the content hold raw control characters. */
  get isStrict(): boolean {
    return (this.entries.flags & Flag.rawControl) === 0;
  }

  #none(json: string): ContentForm {
    this.json = asWire(json);
    return 'none';
  }

  #openString(body: ObjectScanner, entry: number): ContentForm {
    const start = body.start(entry) + 1;
    const end = body.end(entry) - 1;
    const flags = body.valueFlags(entry);
    let form: ContentForm;
    if ((flags & Flag.escaped) === 0) {
      form = this.#scan(body.bytes, body.text, start, end);
    } else {
      const length = this.#unescaper.unescape(body.bytes, start, end);
      const text = fromBytes(this.#unescaper.bytes, 0, length);
      form = this.#scan(this.#unescaper.bytes, text, 0, length);
    }
    const changed = (flags & Flag.rewrite) !== 0 || !this.isStrict;
    if (!changed && !this.#isText) this.verbatim = body.literal(entry);
    return form;
  }

  #isText = false;

  #scan(bytes: Buffer, text: WireText, from: number, to: number): ContentForm {
    const outcome = this.entries.scan(bytes, text, from, to);
    this.json = asWire(text.slice(from, to));
    this.#isText = outcome === 'invalid';
    if (outcome === 'too_deep') return 'too_deep';
    if (outcome === 'invalid') this.json = quote(this.json);
    else if (!this.isStrict) this.json = escapeRawControls(this.json);
    return outcome === 'object' ? 'object' : 'opaque';
  }
}
