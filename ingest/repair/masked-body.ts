import { maskAddress, maskNick, maskText, SENSITIVE_FIELDS, type Sensitivity } from '../messages/masking.js';
import { toUtf16, wire } from '../messages/wire-text.js';

/** Field names as the platform spells them, and as receiverName. */
const named = (sensitivity: Sensitivity): string =>
  [...SENSITIVE_FIELDS].flatMap(([name, kind]) => (kind === sensitivity ? [name.replaceAll('_', '_?')] : [])).join('|');
/**
 * A field's value as text, in JSON and in JSON inside strings of JSON: it ends at a quote behind as many backslashes as
 * the one it began with. A run of any other length belongs to the value, with what it escapes.
 */
const valueOf = (sensitivity: Sensitivity): RegExp =>
  new RegExp(`((?:${named(sensitivity)})\\\\*"\\s*:\\s*(\\\\*)")((?:[^"\\\\]|(?!\\2")\\\\+[^\\\\])+)`, 'gi');
const NICKS = valueOf('nick');
const ADDRESSES = valueOf('address');

/**
 * A raw body for people's eyes. It may not even be JSON, so it is masked as one text: contact details anywhere, nicks
 * and addresses by the names of their fields. Rather too much is hidden than too little.
 */
export function maskedBody(body: Uint8Array): string {
  const text = unescaped(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
    .replace(NICKS, (_, name: string, _quote, nick: string) => name + masked(maskNick, nick))
    .replace(ADDRESSES, (_, name: string, _quote, address: string) => name + masked(maskAddress, address));
  return masked((wireText) => maskText(wireText, () => false), text);
}

function masked(mask: (text: ReturnType<typeof wire>) => ReturnType<typeof wire>, text: string): string {
  return toUtf16(mask(wire(text)));
}

/**
 * Without the escapes that would hide a word or a number from the patterns: `\u5f20` becomes its character, a line break
 * or tab a blank (its letter would stand before a word). Quotes and backslashes stay escaped: the text keeps its form.
 */
function unescaped(text: string): string {
  return text.replace(/(?<!\\)(\\+)(?:u([0-9a-fA-F]{4})|[nrt])/g, (_, slashes: string, code: string | undefined) => {
    if (code === undefined) return ' ';
    const char = String.fromCharCode(Number.parseInt(code, 16));
    if (char < ' ') return ' ';
    return char === '"' || char === '\\' ? slashes + char : char;
  });
}
