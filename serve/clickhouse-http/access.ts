import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { FrontError } from './front-error.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Checks user and password; without configured credentials only the engine's own `default` user without a password
 * gets in, as on a fresh server.
 * @throws FrontError 516
 */
export function authenticate(given: Credentials, expected: Credentials = { username: 'default', password: '' }): void {
  // Both are always compared, so that the time taken does not tell which one was wrong.
  const user = same(given.username, expected.username);
  const password = same(given.password, expected.password);
  if (!user || !password) {
    throw new FrontError(
      'AUTHENTICATION_FAILED',
      `${given.username}: Authentication failed: password is incorrect, or there is no user with such name`,
    );
  }
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length ? timingSafeEqual(a, b) : !timingSafeEqual(b, b);
}

/**
 * Refuses what a web page in a browser on this machine could send: requests with an Origin, and names that resolve to
 * the loopback address (DNS rebinding). A ClickHouse client sends neither.
 * @throws FrontError 497
 */
export function refuseBrowsers(request: IncomingMessage): void {
  if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] === 'cross-site') {
    throw new FrontError('ACCESS_DENIED', 'Requests from web pages are not allowed');
  }
  const local = request.socket.localAddress ?? '';
  if (!/^(::ffff:)?127\.|^::1$/.test(local)) return;
  const host = (request.headers.host ?? 'localhost').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (host !== 'localhost' && isIP(host) === 0) {
    throw new FrontError('ACCESS_DENIED', `Host \`${host}\` is not this machine's; use localhost or its address`);
  }
}
