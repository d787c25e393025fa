import { z } from 'zod';
import { show, type Problem } from './problems.js';
import { choice, duration, secret, text } from './fields.js';

/** Section `top`: the Taobao Open Platform (TOP) application whose sellers' messages are synced. */
export const top = z.strictObject({
  appKey: text('App key of the TOP application; its topic is rmq_sys_jst_<appKey>').optional(),
  appSecret: secret('App secret of that application; signs the calls of `juliu users`').optional(),
  appSecretFile: text('File that holds the app secret (a trailing line end is cut)').optional(),
  gateway: text('Address of the TOP gateway: https, except for this machine itself').default(
    'https://gw.api.taobao.com/router/rest',
  ),
  signMethod: choice(['hmac-sha256', 'hmac', 'md5'], 'How calls to the gateway are signed').default('hmac-sha256'),
  timeout: duration(100, 600_000, 'Longest wait for one answer of the gateway').default(15_000),
  usersFile: text(
    'List of sellers (as for `juliu users get --users-file`) whose authorisation doctor looks at',
  ).optional(),
});

type Top = z.output<typeof top>;

/** Settings of the section that are fine alone and wrong together, or wrong in a way no single field can tell. */
export function topContradictions(settings: Top, nameOf: (key: string) => string): Problem[] {
  const problems: Problem[] = [];
  const add = (wrong: boolean, key: string, value: string, cure: string): void => {
    if (wrong) problems.push({ key: nameOf(key), value, cure });
  };
  const url = URL.canParse(settings.gateway) ? new URL(settings.gateway) : undefined;
  const carried = url === undefined ? '' : url.username + url.password + url.search + url.hash;
  add(
    carried !== '',
    'top.gateway',
    'an address that carries more than host and path',
    'give it without user, password and parameters; juliu adds them to the body of each call',
  );
  add(
    url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))),
    'top.gateway',
    carried === '' ? show(settings.gateway) : 'not an https address',
    'give an https address, such as https://gw.api.taobao.com/router/rest (http only for this machine: calls carry session keys)',
  );
  return problems;
}

/** True for names and addresses that never leave the machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
