import type { Config } from '../../config/load.js';
import { JuliuError } from '../../errors/juliu-error.js';
import type { TopClient } from '../../ingest/subscription/client.js';
import { maskedNick } from '../../ingest/subscription/redaction.js';
import { Sellers } from '../../ingest/subscription/sellers.js';
import { TopError } from '../../ingest/subscription/top-error.js';
import { printable } from '../terminal/table.js';
import { topClient } from '../users/top-client.js';
import { readUserList } from '../users/user-list.js';
import { fail, note, ok, warn, type Finding } from './finding.js';

/** The gateway refuses calls further away than this. */
const TOLERATED_SKEW_MS = 600_000;
const NOTABLE_SKEW_MS = 60_000;
/** Doctor answers within about a minute, however long the list and however slow the gateway. */
const CALL_TIMEOUT_MS = 10_000;
const LONGEST_MS = 60_000;
const SHOWN = 10;

/** A seller to look at. */
export interface SellerToCheck {
  /** Where it is listed, such as `line 3`; empty for nowhere in particular. */
  readonly place: string;
  readonly nick: string;
}

/**
 * The TOP application and its sellers: clock against the gateway's, app key and secret, whose authorisation is invalid.
 * @param more sellers besides those of `top.usersFile`, such as the lanes'
 */
export async function checkSubscription(config: Config, more: readonly SellerToCheck[] = []): Promise<Finding[]> {
  let sellers: readonly SellerToCheck[];
  let client: TopClient;
  try {
    sellers = [...(await listed(config.top.usersFile)), ...more];
    client = topClient(config, { timeoutMs: Math.min(config.top.timeout, CALL_TIMEOUT_MS), tries: 2 });
  } catch (error) {
    if (error instanceof JuliuError) {
      return [error.code === 'TOP_NOT_CONFIGURED' ? warn('top', error.message) : fail('sellers', error.message)];
    }
    const { code = 'error' } = error as NodeJS.ErrnoException;
    return [fail('sellers', `top.usersFile ${config.top.usersFile ?? ''} cannot be read (${code}).`)];
  }
  const findings: Finding[] = [];
  try {
    findings.push(judgeSkew(await client.measureSkew()));
    findings.push(...(sellers.length === 0 ? await checkCredentials(client) : await checkSellers(client, sellers)));
    return findings;
  } catch (error) {
    if (!(error instanceof JuliuError)) throw error;
    // Receiving works without the gateway; only those who asked for their sellers miss something.
    return [...findings, sellers.length === 0 ? warn('top', error.message) : fail('top', error.message)];
  }
}

/** This machine's clock against the gateway's header `Date`. */
export function judgeSkew(skewMs: number | undefined): Finding {
  if (skewMs === undefined) return note('top clock', 'the gateway does not tell its time');
  const seconds = Math.abs(skewMs) / 1_000;
  const text = `this clock is ${seconds} s ${skewMs < 0 ? 'behind' : 'ahead of'} the gateway’s`;
  if (seconds * 1_000 >= TOLERATED_SKEW_MS) return fail('top clock', `${text}; it refuses calls: set the clock (NTP).`);
  if (seconds * 1_000 >= NOTABLE_SKEW_MS)
    return warn('top clock', `${text}; at 600 s it refuses calls: set the clock (NTP).`);
  return ok('top clock', seconds === 0 ? 'this clock agrees with the gateway’s' : text);
}

/** Without a seller to ask for, a call that needs none tells whether key and secret are right. */
async function checkCredentials(client: TopClient): Promise<Finding[]> {
  const hint = note('sellers', 'none is listed; top.usersFile names a list whose authorisation doctor looks at');
  try {
    await new Sellers(client).groups([]).next();
    return [ok('top', 'the gateway takes app key and secret'), hint];
  } catch (error) {
    if (!(error instanceof TopError)) throw error;
    const wrong = ['TOP_SIGNATURE', 'TOP_APP_KEY', 'TOP_CLOCK', 'TOP_CALL'].includes(error.code);
    return [wrong ? fail('top', error.message) : warn('top', error.message), hint];
  }
}

async function checkSellers(client: TopClient, sellers: readonly SellerToCheck[]): Promise<Finding[]> {
  const api = new Sellers(client);
  const deadline = AbortSignal.timeout(LONGEST_MS);
  const groups = { valid: [], invalid: [], absent: [], failed: [] } as Record<string, string[]>;
  let reason = '';
  let asked = 0;
  for (const { place, nick } of sellers) {
    let state: string;
    try {
      const seller = await api.get(nick, deadline);
      state = seller === undefined ? 'absent' : seller.isValid ? 'valid' : 'invalid';
    } catch (error) {
      if (deadline.aborted) break;
      if (!(error instanceof TopError)) throw error;
      if (error.hits === 'all') throw error;
      state = 'failed';
      reason ||= error.message;
    }
    asked += 1;
    const shown = printable(maskedNick(nick));
    groups[state]?.push(place === '' ? shown : `${place} (${shown})`);
  }
  const { valid = [], invalid = [], absent = [], failed = [] } = groups;
  return [
    ...(valid.length === 0 ? [] : [ok('sellers', `${valid.length} of ${sellers.length}: the authorisation is valid`)]),
    ...(invalid.length === 0
      ? []
      : [
          fail(
            'sellers',
            `The authorisation of ${some(invalid)} is invalid, no messages come; let them authorise the application again.`,
          ),
        ]),
    ...(absent.length === 0
      ? []
      : [warn('sellers', `${some(absent)} not switched on: juliu users add --session-file FILE.`)]),
    ...(failed.length === 0 ? [] : [warn('sellers', `Not known for ${some(failed)}: ${reason}`)]),
    ...(asked === sellers.length
      ? []
      : [
          warn(
            'sellers',
            `Only ${asked} of ${sellers.length} were asked in a minute; juliu users get --users-file asks all.`,
          ),
        ]),
  ];
}

function some(places: readonly string[]): string {
  const shown = places.slice(0, SHOWN).join(', ');
  return places.length > SHOWN ? `${shown} and ${places.length - SHOWN} more` : shown;
}

async function listed(file: string | undefined): Promise<SellerToCheck[]> {
  if (file === undefined) return [];
  return (await readUserList(file, 'nick')).flatMap(({ line, nick }) =>
    nick === undefined ? [] : [{ place: `line ${line}`, nick }],
  );
}
