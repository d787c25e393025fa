declare const brand: unique symbol;

/**
 * Text as it stands on the wire: a byte string whose char codes (0–255) are the bytes of its UTF-8 form.
 *
 * The structure of JSON is ASCII and every byte of a multi-byte UTF-8 character is ≥ 0x80, so scanning bytes finds
 * exactly the quotes, braces and digits that scanning characters would. V8 keeps such a string one byte per char, and
 * writing it out is a copy (`buffer.write(text, at, 'latin1')`), which is why a message is never turned into UTF-16 on
 * its way through. Slices of wire text are wire text; a cut must fall between characters (next to an ASCII one).
 */
export type WireText = string & { readonly [brand]: 'WireText' };

/** The wire form of ordinary text. A lone surrogate becomes U+FFFD. */
export function wire(text: string): WireText {
  return Buffer.from(text, 'utf8').toString('latin1') as WireText;
}

/** The ordinary (UTF-16) form, for patterns over characters and for people. Bytes that are not UTF-8 become U+FFFD. */
export function toUtf16(text: WireText): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** The bytes of wire text. */
export function toBytes(text: WireText): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Bytes as wire text, one char each. They need not be valid UTF-8; `toBytes` gives the same bytes back. */
export function fromBytes(bytes: Buffer, start = 0, end = bytes.length): WireText {
  return bytes.toString('latin1', start, end) as WireText;
}

/** A part of wire text; offsets are bytes. */
export function cut(text: WireText, start: number, end?: number): WireText {
  return text.slice(start, end) as WireText;
}

/** Checks that text is ASCII, and so its own wire form. For constants, at load time. */
export function ascii(text: string): WireText {
  if (!/^[ -~]*$/.test(text)) throw new Error(`not ASCII: ${text}`);
  return text as WireText;
}

/** Declares text that is ASCII or already made of wire text, and so its own wire form. */
export function asWire(text: string): WireText {
  return text as WireText;
}

/** Without ASCII blanks at both ends. (`trim` would take 0xA0 for a blank, which ends many a Chinese character.) */
export function trimBlanks(text: string): WireText {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end) as WireText;
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
