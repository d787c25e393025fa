/** What came back over HTTP, whatever it says. */
export interface HttpAnswer {
  readonly status: number;
  /** The server's clock in its header `Date`, epoch ms, whole seconds. */
  readonly serverTime: number | undefined;
  readonly text: string;
}

/** No answer, or none that can be used. Carries no causes: those of HTTP clients may hold parts of what was sent. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** `unreachable`: nothing came back; `unusable`: something did. */
  readonly kind: 'unreachable' | 'unusable';
  readonly again: boolean;

  constructor(kind: 'unreachable' | 'unusable', detail: string, again: boolean) {
    super(detail);
    this.kind = kind;
    this.again = again;
  }
}

export interface PostOptions {
  readonly timeoutMs: number;
  /** Most bytes of an answer, unpacked. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Faults of the address or its certificate, which another try meets again. */
const LASTING: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is unknown',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, or this clock is wrong',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'an authority unknown here signed its certificate (NODE_EXTRA_CA_CERTS adds one)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'an authority unknown here signed its certificate (NODE_EXTRA_CA_CERTS adds one)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'an authority unknown here signed its certificate (NODE_EXTRA_CA_CERTS adds one)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'it speaks no TLS there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS there',
};

/**
 * Sends a form in UTF-8 and reads the answer, both within `timeoutMs`. Redirections are not followed: the form holds
 * session keys, and a gateway does not redirect.
 * @throws TransportError; the signal's reason when that aborts
 */
export async function postForm(
  url: string,
  parameters: Readonly<Record<string, string>>,
  { timeoutMs, maxBytes, signal }: PostOptions,
): Promise<HttpAnswer> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded;charset=utf-8',
        accept: 'application/json',
        'user-agent': 'juliu',
      },
      body: new URLSearchParams(parameters).toString(),
      redirect: 'manual',
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
    const text = await readText(response, maxBytes);
    const at = Date.parse(response.headers.get('date') ?? '');
    return { status: response.status, serverTime: Number.isNaN(at) ? undefined : at, text };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TransportError) throw error;
    if (late.aborted) throw new TransportError('unreachable', `no whole answer within ${timeoutMs} ms`, true);
    throw networkFault(error);
  }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TransportError('unusable', `it is longer than ${maxBytes} bytes`, false);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** fetch says `fetch failed`, and why in its causes; of those only the code is told. */
function networkFault(error: unknown): TransportError {
  let code = '';
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    const { code: own } = one as NodeJS.ErrnoException;
    if (typeof own === 'string') code = own;
  }
  const lasting = LASTING[code];
  return new TransportError(
    'unreachable',
    lasting ?? (code === '' ? 'the connection broke' : code),
    lasting === undefined,
  );
}
