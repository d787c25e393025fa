import type { Secret } from '../../config/secret.js';
import type { ErrorParams } from '../../errors/juliu-error.js';
import { systemClock, waitAfter, type Clock, type Random } from '../retry.js';
import { readAnswer, type Body, type GatewayFault } from './answer.js';
import { banSeconds, gatewayRetry, ruleFor } from './fault-rules.js';
import { postForm, TransportError, type HttpAnswer } from './post-form.js';
import { Redaction } from './redaction.js';
import { gatewayTime, sign, type SignMethod } from './signature.js';
import { TopError } from './top-error.js';

/** Answers are a few hundred bytes, lists of topics a few thousand. */
const MAX_ANSWER_BYTES = 1 << 20;
/** A limit that lasts longer is a quota of the day, not a rate: waiting for it is the person's decision. */
const LONGEST_BAN_SECONDS = 60;

export interface TopClientOptions {
  readonly appKey: string;
  readonly appSecret: Secret;
  readonly gateway: string;
  readonly signMethod: SignMethod;
  /** For one answer, ms. */
  readonly timeoutMs: number;
  /** Tries of one call at most, whatever the rule allows; undefined = as the rule says. */
  readonly tries?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  /** A wait before the next try; `reason` is fit for people. */
  readonly onRetry?: (retry: Retry) => void;
}

export interface Retry {
  readonly method: string;
  /** Tries made so far. */
  readonly tries: number;
  readonly waitMs: number;
  readonly reason: string;
  /** The platform asked for the wait. */
  readonly limited: boolean;
}

export interface TopCall {
  /** `taobao.jushita.jms.user.get` */
  readonly method: string;
  /** Its own parameters; empty values are not sent. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly session?: Secret;
  /** Nicks among the parameters, which errors show masked. */
  readonly nicks?: readonly string[];
  /** A fault told inside a success envelope. */
  readonly faultIn?: (body: Body) => GatewayFault | undefined;
}

type Failure =
  | { readonly by: 'gateway'; readonly fault: GatewayFault }
  | { readonly by: 'transport'; readonly error: TransportError };

/** Signed calls to a TOP gateway, repeated where the rules say so. One at a time or several; holds no connection open by itself. */
export class TopClient {
  readonly #options: TopClientOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  #skewMs: number | undefined;

  constructor(options: TopClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  /** This machine's clock minus the gateway's at its last answer, ms (whole seconds); undefined before, or when it told no time. */
  get skewMs(): number | undefined {
    return this.#skewMs;
  }

  /**
   * The body of the answer, without its envelope. Integers of 16 and more digits are strings in it.
   * @throws TopError; the signal's reason when that aborts
   */
  async call(call: TopCall, signal?: AbortSignal): Promise<Body> {
    const redaction = this.#redaction(call);
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const outcome = await this.#try(call, signal);
      if ('body' in outcome) return outcome.body;
      const next = this.#judge(outcome, call, tries, redaction);
      if (next instanceof TopError) throw next;
      this.#options.onRetry?.(next);
      await this.#clock.sleep(next.waitMs, signal);
    }
  }

  /**
   * Asks the gateway for its time by a call without any parameter, which it refuses.
   * @returns as `skewMs`
   * @throws TopError when it cannot be reached
   */
  async measureSkew(signal?: AbortSignal): Promise<number | undefined> {
    try {
      await this.#post({}, signal);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      throw this.#transportError(error);
    }
    return this.#skewMs;
  }

  async #try(call: TopCall, signal: AbortSignal | undefined): Promise<Failure | { readonly body: Body }> {
    try {
      // Signed anew at each try: a wait may be long, and the gateway looks at the time.
      const { status, text } = await this.#post(this.#signed(call), signal);
      const answer = readable(status, text);
      if ('fault' in answer) return { by: 'gateway', fault: answer.fault };
      const fault = call.faultIn?.(answer.body);
      return fault === undefined ? answer : { by: 'gateway', fault };
    } catch (error) {
      if (error instanceof TransportError) return { by: 'transport', error };
      throw error;
    }
  }

  async #post(form: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { gateway, timeoutMs } = this.#options;
    const asked = this.#clock.now();
    const options = { timeoutMs, maxBytes: MAX_ANSWER_BYTES, ...(signal === undefined ? {} : { signal }) };
    const answer = await postForm(gateway, form, options);
    // The header has whole seconds and is of some moment between question and answer.
    this.#skewMs = answer.serverTime === undefined ? undefined : skew(asked, this.#clock.now(), answer.serverTime);
    return answer;
  }

  #signed(call: TopCall): Record<string, string> {
    const { appKey, appSecret, signMethod } = this.#options;
    const own = Object.entries(call.parameters).filter(([, value]) => value !== '');
    const form: Record<string, string> = {
      ...Object.fromEntries(own),
      method: call.method,
      app_key: appKey,
      timestamp: gatewayTime(this.#clock.now()),
      v: '2.0',
      format: 'json',
      sign_method: signMethod,
      ...(call.session === undefined ? {} : { session: call.session.reveal() }),
    };
    return { ...form, sign: sign(form, appSecret.reveal(), signMethod) };
  }

  #judge(failure: Failure, call: TopCall, tries: number, redaction: Redaction): TopError | Retry {
    const { method } = call;
    const most = this.#options.tries ?? Number.POSITIVE_INFINITY;
    if (failure.by === 'transport') {
      const { error } = failure;
      if (!error.again || tries >= Math.min(most, gatewayRetry.triesPerRound)) return this.#transportError(error);
      return { method, tries, waitMs: this.#backoff(tries), reason: error.message, limited: false };
    }
    const { fault } = failure;
    const rule = ruleFor(fault, call.session !== undefined);
    const reason = redaction.clean(reasonOf(fault));
    const ban = rule.error === 'TOP_LIMITED' ? banSeconds(fault) : undefined;
    if (tries < Math.min(most, rule.tries) && (ban === undefined || ban <= LONGEST_BAN_SECONDS)) {
      // A ban is waited out whole; the random part on top keeps several clients from coming back in step.
      const waitMs = ban === undefined ? this.#backoff(tries) : Math.round(ban * 1_000 + 500 * this.#random());
      return { method, tries, waitMs, reason, limited: rule.error === 'TOP_LIMITED' };
    }
    const retryAt = ban === undefined ? undefined : this.#clock.now() + ban * 1_000;
    const params: ErrorParams = {
      ...this.#named(),
      method,
      reason,
      tries,
      skew: skewSentence(this.#skewMs),
      when: retryAt === undefined ? 'later' : `at ${gatewayTime(retryAt)} (UTC+8), in ${ban ?? 0} seconds`,
    };
    return new TopError(rule.error, params, {
      hits: rule.hits,
      subCode: redaction.clean(fault.subCode),
      requestId: redaction.clean(fault.requestId),
      ...(retryAt === undefined ? {} : { retryAt }),
    });
  }

  #transportError(error: TransportError): TopError {
    const code = error.kind === 'unreachable' ? 'TOP_UNREACHABLE' : 'TOP_ANSWER';
    return new TopError(code, { ...this.#named(), detail: error.message }, { hits: 'all' });
  }

  #named(): { readonly appKey: string; readonly signMethod: string; readonly address: string } {
    const { appKey, signMethod, gateway } = this.#options;
    return { appKey, signMethod, address: new URL(gateway).origin };
  }

  #backoff(tries: number): number {
    return waitAfter(gatewayRetry, tries, this.#random);
  }

  #redaction(call: TopCall): Redaction {
    const { appSecret } = this.#options;
    return new Redaction(call.session === undefined ? [appSecret] : [appSecret, call.session], call.nicks ?? []);
  }
}

/** A status other than 200 may still carry an answer of the gateway; without one it is somebody else's. */
function readable(status: number, text: string): ReturnType<typeof readAnswer> {
  try {
    const answer = readAnswer(text);
    if ('fault' in answer || status === 200) return answer;
  } catch {
    // Told below, without the text: it may repeat what was sent.
  }
  const again = status === 200 || status === 408 || status === 429 || status >= 500;
  throw new TransportError('unusable', status === 200 ? 'it is no JSON answer' : `HTTP status ${status}`, again);
}

/** `code 27, invalid-sessionkey: Invalid session (request 12ab)` */
function reasonOf({ code, subCode, message, subMessage, requestId }: GatewayFault): string {
  const name = [code === undefined ? '' : `code ${code}`, subCode].filter((part) => part !== '').join(', ');
  const text = subMessage === '' ? message : subMessage;
  const said = [name, text].filter((part) => part !== '').join(': ');
  return `${said === '' ? 'no reason given' : said}${requestId === '' ? '' : ` (request ${requestId})`}`;
}

function skew(asked: number, answered: number, serverTime: number): number {
  const middle = (asked + answered) / 2;
  // Adding 0 turns -0 into 0.
  return Math.round((middle - (serverTime + 500)) / 1_000) * 1_000 + 0;
}

function skewSentence(skewMs: number | undefined): string {
  if (skewMs === undefined) return 'its answer does not tell its own time';
  const seconds = Math.abs(skewMs) / 1_000;
  if (seconds < 1) return 'yet this clock agrees with the gateway’s';
  return `this clock is ${seconds} seconds ${skewMs > 0 ? 'ahead of' : 'behind'} the gateway’s`;
}
