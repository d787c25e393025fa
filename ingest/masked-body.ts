import { maskAddress, maskNick, maskText, SENSITIVE_FIELDS, type Sensitivity } from './messages/masking.js';
import { toUtf16, wire } from './messages/wire-text.js';

const named = (sensitivity: Sensitivity): string =>
  [...SENSITIVE_FIELDS].flatMap(([name, kind]) => (kind === sensitivity ? [name] : [])).join('|');
/** A field's value as text; quotes may be escaped, because `content` is JSON inside JSON. */
const valueOf = (sensitivity: Sensitivity): RegExp =>
  new RegExp(`((?:${named(sensitivity)})\\\\*"\\s*:\\s*\\\\*")((?:\\\\+u[0-9a-fA-F]{4}|[^"\\\\])+)`, 'g');
const NICKS = valueOf('nick');
const ADDRESSES = valueOf('address');

/**
 * A raw body for people's eyes. It may not even be JSON, so it is masked as one text: contact details anywhere, nicks
 * and addresses by the names of their fields. Rather too much is hidden than too little.
 */
export function maskedBody(body: Uint8Array): string {
  const named = Buffer.from(body.buffer, body.byteOffset, body.length)
    .toString('utf8')
    .replace(NICKS, (_, name: string, nick: string) => name + masked(maskNick, plain(nick)))
    .replace(ADDRESSES, (_, name: string, address: string) => name + masked(maskAddress, address));
  return masked((text) => maskText(text, () => false), named);
}

function masked(mask: (text: ReturnType<typeof wire>) => ReturnType<typeof wire>, text: string): string {
  return toUtf16(mask(wire(text)));
}

/** `\u5f20` as the character it stands for. */
function plain(text: string): string {
  return text.replace(/\\+u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
