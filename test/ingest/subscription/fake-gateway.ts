import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Form = Readonly<Record<string, string>>;
/** What to answer a call that passed the checks: a JSON text, or full control. */
export type Answer = string | ((response: ServerResponse) => void);

export interface GatewayOptions {
  readonly secret: string;
  readonly appKey: string;
  readonly respond: (form: Form, call: number) => Answer;
  /** Epoch ms of its clock, for the timestamp check and the header Date. */
  readonly now?: () => number;
}

/**
 * A TOP gateway on loopback. It checks what the real one checks, by its own reading of the received bytes: form, encoding,
 * common parameters, time within ten minutes, signature.
 */
export async function startGateway(options: GatewayOptions): Promise<{
  readonly url: string;
  readonly calls: Form[];
  close(): Promise<void>;
}> {
  const calls: Form[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then((bytes) => {
      response.setHeader('date', new Date((options.now ?? Date.now)()).toUTCString());
      const form = parseForm(bytes);
      const refused = check(request, form, options);
      if (refused === undefined) calls.push(form);
      const answer = refused ?? options.respond(form, count++);
      if (typeof answer === 'function') answer(response);
      else response.setHeader('content-type', 'text/javascript;charset=UTF-8').end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/router/rest`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function errorResponse(code: number, msg: string, subCode = '', subMessage = ''): string {
  return JSON.stringify({
    error_response: {
      code,
      msg,
      ...(subCode === '' ? {} : { sub_code: subCode }),
      ...(subMessage === '' ? {} : { sub_msg: subMessage }),
      request_id: '16j6gjy0fqf1h',
    },
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** `a=b&c=d`, percent-decoded byte by byte. */
function parseForm(bytes: Buffer): Record<string, string> {
  const form: Record<string, string> = {};
  for (const pair of bytes.toString('latin1').split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    form[unescaped(pair.slice(0, equals))] = unescaped(pair.slice(equals + 1));
  }
  return form;
}

function unescaped(text: string): string {
  const latin = text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(latin, 'latin1').toString('utf8');
}

function check(
  request: IncomingMessage,
  form: Form,
  { secret, appKey, now = Date.now }: GatewayOptions,
): string | undefined {
  const type = request.headers['content-type']?.replaceAll(' ', '').toLowerCase();
  if (request.method !== 'POST') return errorResponse(9, 'Http action not allowed');
  if (type !== 'application/x-www-form-urlencoded;charset=utf-8') return errorResponse(47, 'Invalid encoding');
  if (form['method'] === undefined) return errorResponse(21, 'Missing method');
  if (form['format'] !== 'json') return errorResponse(23, 'Invalid format');
  if (form['v'] !== '2.0') return errorResponse(33, 'Invalid version');
  if (form['app_key'] !== appKey) return errorResponse(29, 'Invalid app Key');
  const at = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(form['timestamp'] ?? '');
  const skew = Math.abs(Date.parse(`${at?.[1] ?? ''}T${at?.[2] ?? ''}+08:00`) - now());
  if (!(skew <= 600_000))
    return errorResponse(31, 'Invalid timestamp', 'isv.invalid-timestamp', 'it&apos;s too far away');
  if (form['sign'] !== signatureOf(form, secret)) {
    // The real gateway has been seen to repeat what it was sent.
    return errorResponse(25, 'Invalid signature', 'isv.invalid-signature', `of ${JSON.stringify(form)} with ${secret}`);
  }
  return undefined;
}

/** Independent of the code under test: a byte string built by insertion in order of the names' bytes. */
export function signatureOf(form: Form, secret: string): string {
  const names = Object.keys(form).filter((name) => name !== 'sign' && name !== '' && form[name] !== '');
  names.sort((a, b) => (Buffer.from(a).toString('hex') < Buffer.from(b).toString('hex') ? -1 : 1));
  let bytes = Buffer.alloc(0);
  for (const name of names) bytes = Buffer.concat([bytes, Buffer.from(name), Buffer.from(form[name] ?? '')]);
  const key = Buffer.from(secret);
  switch (form['sign_method'] ?? '') {
    case 'md5':
      return createHash('md5')
        .update(Buffer.concat([key, bytes, key]))
        .digest('hex')
        .toUpperCase();
    case 'hmac':
      return createHmac('md5', key).update(bytes).digest('hex').toUpperCase();
    case 'hmac-sha256':
      return createHmac('sha256', key).update(bytes).digest('hex').toUpperCase();
    default:
      return 'unknown sign_method';
  }
}
