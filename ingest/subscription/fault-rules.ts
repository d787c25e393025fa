import type { ErrorCode } from '../../errors/catalogue.js';
import type { RetryPolicy } from '../retry.js';
import type { GatewayFault } from './answer.js';

/** What to do about a fault of the gateway; plain data, so that it can be printed and tested. */
export interface FaultRule {
  /** Any of these codes, or the sub-code; a rule with neither takes everything. */
  readonly codes?: readonly number[];
  readonly subCode?: RegExp;
  /** The fault must have no sub-code: it tells more than the code, and rules for it stand above. */
  readonly bare?: true;
  /** What the fault's texts must say as well. */
  readonly says?: RegExp;
  /** Only calls that carried no session. */
  readonly withoutSession?: true;
  /** How it is told when no (further) try is made. */
  readonly error: ErrorCode;
  /** Tries in all; 1 = never again. */
  readonly tries: number;
  /** `all`: the next seller's call would fail alike, so a list stops here. */
  readonly hits: 'call' | 'all';
}

/** Waits between tries: 0.5 s, 1 s, 2 s, 4 s, each shortened at random by up to half. */
export const gatewayRetry: RetryPolicy = {
  initialMs: 500,
  maxMs: 15_000,
  multiplier: 2,
  jitter: 0.5,
  triesPerRound: 5,
};

const TRIES = gatewayRetry.triesPerRound;

/**
 * The first rule that fits decides. Sources: the open platform's list of codes, and what its own clients repeat: sub-codes that
 * begin with `isp.` but three, never `isv.` but one.
 */
export const faultRules: readonly FaultRule[] = [
  {
    subCode: /^accesscontrol\.limited-by-|^isp\.call-limited/,
    codes: [7],
    error: 'TOP_LIMITED',
    tries: TRIES,
    hits: 'all',
  },
  { codes: [26], withoutSession: true, error: 'TOP_SESSION_NEEDED', tries: 1, hits: 'call' },
  {
    subCode:
      /(^|[.:])(session-expired|session-not-exist|invalid-sessionkey|sessionkey-not-generated-by-server|session-is-blank)/,
    codes: [26, 27],
    error: 'TOP_SESSION_GONE',
    tries: 1,
    hits: 'call',
  },
  { codes: [24, 25], error: 'TOP_SIGNATURE', tries: 1, hits: 'all' },
  { codes: [30, 31], error: 'TOP_CLOCK', tries: 1, hits: 'all' },
  { codes: [28, 29], error: 'TOP_APP_KEY', tries: 1, hits: 'all' },
  {
    subCode: /^isp\.(null-pointer-exception|top-(mapping-)?parse-error)/,
    error: 'TOP_REFUSED',
    tries: 1,
    hits: 'call',
  },
  { subCode: /^isp\./, error: 'TOP_BUSY', tries: TRIES, hits: 'call' },
  {
    subCode: /^isv\..*-service-error:GENERIC_FAILURE/i,
    says: /try again later|稍后(再试|重试)/i,
    error: 'TOP_BUSY',
    tries: 3,
    hits: 'call',
  },
  { codes: [10, 15], bare: true, error: 'TOP_BUSY', tries: TRIES, hits: 'call' },
  { codes: [3, 9, 21, 22, 23, 32, 33, 34, 47], error: 'TOP_CALL', tries: 1, hits: 'all' },
  { codes: [11], error: 'TOP_APP_PERMISSION', tries: 1, hits: 'all' },
  { codes: [12, 42], error: 'TOP_SELLER_PERMISSION', tries: 1, hits: 'call' },
  // The topics are the same for every seller of a list.
  { subCode: /^isv\..*topic_?names?\b/i, error: 'TOP_ARGUMENT', tries: 1, hits: 'all' },
  {
    subCode: /^isv\.(missing-parameter|invalid-parameter|parameters-mismatch|[a-z_-]+-not-exist)/i,
    codes: [40, 41, 43],
    error: 'TOP_ARGUMENT',
    tries: 1,
    hits: 'call',
  },
  { subCode: /^isv\.(invalid-permission|permission-)/, error: 'TOP_SELLER_PERMISSION', tries: 1, hits: 'call' },
  { error: 'TOP_REFUSED', tries: 1, hits: 'call' },
];

/** The rule for a fault. */
export function ruleFor(fault: GatewayFault, hasSession: boolean): FaultRule {
  const rule = faultRules.find((one) => fits(one, fault, hasSession));
  if (rule === undefined) throw new TypeError('the last rule takes everything');
  return rule;
}

function fits(rule: FaultRule, fault: GatewayFault, hasSession: boolean): boolean {
  if (rule.withoutSession === true && hasSession) return false;
  if (rule.bare === true && fault.subCode !== '') return false;
  if (rule.says !== undefined && !rule.says.test(`${fault.message} ${fault.subMessage}`)) return false;
  if (rule.codes === undefined && rule.subCode === undefined) return true;
  const byCode = fault.code !== undefined && rule.codes?.includes(fault.code) === true;
  return byCode || rule.subCode?.test(fault.subCode) === true;
}

/** Seconds for which the gateway takes no further call, when it says so: 1 or 2 for a rate, up to a day for a quota. */
export function banSeconds(fault: GatewayFault): number | undefined {
  const said = /ban will last for (\d{1,7}) more seconds?/i.exec(`${fault.subMessage} ${fault.message}`)?.[1];
  return said === undefined ? undefined : Number(said);
}
