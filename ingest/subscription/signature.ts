import { createHash, createHmac } from 'node:crypto';

/** `top.signMethod`, and the value of the parameter `sign_method`. */
export type SignMethod = 'md5' | 'hmac' | 'hmac-sha256';

/**
 * The signature of a call to TOP, upper-case hex (open platform article 101617): parameters with a name and a value,
 * sorted by the bytes of their names, name and value joined without separators, all in UTF-8. `sign_method` is among
 * them; `sign` is not.
 */
export function sign(parameters: Readonly<Record<string, string>>, secret: string, method: SignMethod): string {
  const text = Object.entries(parameters)
    .filter(([name, value]) => name !== '' && value !== '' && name !== 'sign')
    .map(([name, value]) => ({ bytes: Buffer.from(name), text: name + value }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map((parameter) => parameter.text)
    .join('');
  const digest =
    method === 'md5'
      ? createHash('md5').update(secret + text + secret, 'utf8')
      : createHmac(method === 'hmac' ? 'md5' : 'sha256', secret).update(text, 'utf8');
  return digest.digest('hex').toUpperCase();
}

const CHINA_OFFSET_MS = 8 * 3_600_000;

/** `yyyy-MM-dd HH:mm:ss` in GMT+8, as the parameter `timestamp` wants it, whatever zone this machine runs in. */
export function gatewayTime(epochMs: number): string {
  return new Date(epochMs + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}
