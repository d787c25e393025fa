/** What the gateway says about a call that failed. Only `message` is always there. */
export interface GatewayFault {
  readonly code: number | undefined;
  readonly message: string;
  /** Empty when there is none. */
  readonly subCode: string;
  readonly subMessage: string;
  readonly requestId: string;
}

export type Body = Readonly<Record<string, unknown>>;

/**
 * One JSON answer: `{"x_response":{…}}`, `{"error_response":{…}}`, or with `simplify` the inner object alone. The
 * success test is that of the platform's own clients: neither `code` nor `sub_code`.
 * @throws SyntaxError when the text is no JSON object
 */
export function readAnswer(text: string): { readonly body: Body } | { readonly fault: GatewayFault } {
  const whole = parseTopJson(text.replace(/^\uFEFF/, ''));
  if (!isBody(whole)) throw new SyntaxError('it is no JSON object');
  const fault = whole['error_response'];
  if (isBody(fault)) return { fault: faultOf(fault) };
  const [inner] = Object.entries(whole).flatMap(([name, value]) =>
    name.endsWith('_response') && isBody(value) ? [value] : [],
  );
  const body = inner ?? whole;
  const failed = textOf(body['code']) !== '' || textOf(body['sub_code']) !== '';
  return failed ? { fault: faultOf(body) } : { body };
}

function faultOf(body: Body): GatewayFault {
  const code = Number(textOf(body['code']) || Number.NaN);
  return {
    code: Number.isInteger(code) ? code : undefined,
    message: textOf(body['msg']),
    subCode: textOf(body['sub_code']),
    subMessage: textOf(body['sub_msg']),
    requestId: textOf(body['request_id']),
  };
}

/**
 * JSON as TOP writes it: raw control characters inside strings are taken as themselves, and integers of 16 and more
 * digits become strings of digits, because a number would round them.
 */
export function parseTopJson(text: string): unknown {
  // Strings are matched whole, so digits inside them stay.
  const tokens = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  const strict = text.replace(tokens, (token) => {
    if (token.startsWith('"')) {
      return token.replace(/[\u0000-\u001f]/g, (raw) => `\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}`);
    }
    return /^-?\d{16,}$/.test(token) ? `"${token}"` : token;
  });
  return JSON.parse(strict);
}

/**
 * A list: bare (`simplify`), wrapped one level deeper (`{"string":[…]}`), one element that was not made a list, or
 * absent because it is empty.
 */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value;
  if (!isBody(value)) return [value];
  const inside = Object.values(value);
  const list: unknown = inside.find((one) => Array.isArray(one));
  if (Array.isArray(list)) return list;
  const [only, ...others] = inside;
  if (only === undefined || others.length > 0) return only === undefined ? [] : [value];
  return [only];
}

/** Text and numbers as text; anything else as the empty text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** `true` and `"true"`. */
export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
