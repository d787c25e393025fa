import { type IncomingHttpHeaders, request } from 'node:http';

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface PlainRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** URL parameters. */
  readonly search?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** One HTTP request over a connection of its own. Rejects with the socket's error, `code` and all. */
export function ask(url: string, options: PlainRequest = {}): Promise<PlainAnswer> {
  const target = new URL(options.path ?? '/', url);
  for (const [key, value] of Object.entries(options.search ?? {})) target.searchParams.set(key, value);
  return new Promise((resolve, reject) => {
    const { method = 'POST', headers = {} } = options;
    const outgoing = request(target, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => {
        reject(Object.assign(error, { received: Buffer.concat(chunks).length, status: response.statusCode }));
      });
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const status = response.statusCode ?? 0;
        resolve({ status, headers: response.headers, bytes, text: bytes.toString('utf8') });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}
