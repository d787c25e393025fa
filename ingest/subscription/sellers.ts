import type { Secret } from '../../config/secret.js';
import { isBody, isTrue, listOf, textOf, type Body, type GatewayFault } from './answer.js';
import type { TopClient } from './client.js';
import { TopError } from './top-error.js';

/** The platform's own limit for one call. */
export const MAX_NAMES_PER_CALL = 20;
const PAGE_SIZE = 50;
/** A server that never says it is done must not hold us for ever. */
const MAX_PAGES = 1_000;

/** A seller whose messages are synced. */
export interface SyncedSeller {
  readonly userNick: string;
  /** 64 bits as digits; empty when the platform does not tell it. */
  readonly userId: string;
  /** The seller's authorisation is still valid; when it is not, no messages come. */
  readonly isValid: boolean;
  /** `yyyy-MM-dd HH:mm:ss` in UTC+8, as the platform writes it. */
  readonly created: string;
  readonly modified: string;
}

/** Which sellers' messages are synced into RocketMQ: the methods `taobao.jushita.jms.*`. Every one may be repeated. */
export class Sellers {
  readonly #client: TopClient;

  constructor(client: TopClient) {
    this.#client = client;
  }

  /**
   * Switches a seller on.
   * @param topics of the platform; none = all topics the application subscribed to. More than 20 go in several calls;
   *   the platform does not say whether a later call adds to an earlier one.
   * @throws TopError
   */
  async add(session: Secret, topics: readonly string[], signal?: AbortSignal): Promise<void> {
    const method = 'taobao.jushita.jms.user.add';
    const parts = topics.length === 0 ? [[]] : partsOf(topics);
    for (const part of parts) {
      const parameters = { topic_names: part.join(',') };
      await this.#client.call({ method, parameters, session, faultIn: unlessSuccess }, signal);
    }
  }

  /**
   * Switches a seller off.
   * @param session the platform's documentation leaves open whether it is needed
   * @returns false when the platform knows no such seller
   * @throws TopError
   */
  async delete(nick: string, session?: Secret, signal?: AbortSignal): Promise<boolean> {
    const method = 'taobao.jushita.jms.user.delete';
    const parameters = { user_nick: nick };
    const call = { method, parameters, nicks: [nick], faultIn: unlessSuccess };
    return knownUser(this.#client.call(session === undefined ? call : { ...call, session }, signal)).then(
      (body) => body !== undefined,
    );
  }

  /**
   * @returns undefined when the platform knows no such seller
   * @throws TopError
   */
  async get(nick: string, signal?: AbortSignal): Promise<SyncedSeller | undefined> {
    const method = 'taobao.jushita.jms.user.get';
    const parameters = { user_nick: nick };
    const body = await knownUser(this.#client.call({ method, parameters, nicks: [nick] }, signal));
    const user = body?.['ons_user'] ?? body;
    if (!isBody(user) || textOf(user['user_nick']) + textOf(user['user_id']) === '') return undefined;
    return {
      userNick: textOf(user['user_nick']) || nick,
      userId: textOf(user['user_id']),
      isValid: isTrue(user['is_valid']),
      created: textOf(user['created']),
      modified: textOf(user['modified']),
    };
  }

  /**
   * The topics a seller's messages come with.
   * @throws TopError
   */
  async topics(nick: string, signal?: AbortSignal): Promise<string[]> {
    const call = { method: 'taobao.jushita.jms.topics.get', parameters: { nick }, nicks: [nick] };
    const body = await this.#client.call({ ...call, faultIn: resultFault }, signal);
    return listOf(body['results']).map(textOf);
  }

  /**
   * The names of the application's user groups.
   * @param names only these; none = all
   * @throws TopError
   */
  async *groups(names: readonly string[], signal?: AbortSignal): AsyncGenerator<string> {
    for (const part of names.length === 0 ? [[]] : partsOf(names)) yield* this.#pages(part.join(','), signal);
  }

  async *#pages(groupNames: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
    const method = 'taobao.jushita.jms.group.get';
    let seen = 0;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const parameters = { group_names: groupNames, page_no: String(page), page_size: String(PAGE_SIZE) };
      const body = await this.#client.call({ method, parameters }, signal);
      const groups = listOf(body['groups']);
      yield* groups.map((group) => textOf(isBody(group) ? group['name'] : group));
      seen += groups.length;
      const total = Number(textOf(body['total_results']) || Number.NaN);
      if (groups.length === 0 || (Number.isNaN(total) ? groups.length < PAGE_SIZE : seen >= total)) return;
    }
  }
}

function partsOf(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / MAX_NAMES_PER_CALL) }, (_, part) =>
    names.slice(part * MAX_NAMES_PER_CALL, (part + 1) * MAX_NAMES_PER_CALL),
  );
}

function unlessSuccess(body: Body): GatewayFault | undefined {
  return isTrue(body['is_success']) ? undefined : inside(body, 'error_message', 'is_success is not true');
}

/** `topics.get` tells failures in `result_code`, without a list; what it writes on success is not documented. */
function resultFault(body: Body): GatewayFault | undefined {
  const code = textOf(body['result_code']);
  const failed =
    /^is[pv]\./.test(code) || (!/^(0|200|ok|true|success)?$/i.test(code) && listOf(body['results']).length === 0);
  return failed ? { ...inside(body, 'result_message', 'no list of topics'), subCode: code } : undefined;
}

function inside(body: Body, field: string, otherwise: string): GatewayFault {
  const texts = [body[field], body['error_msg'], body['sub_msg'], body['msg']].map(textOf);
  return {
    code: undefined,
    message: texts.find((text) => text !== '') ?? otherwise,
    subCode: textOf(body['error_code']),
    subMessage: '',
    requestId: textOf(body['request_id']),
  };
}

/** The answer, or undefined for the refusal that says there is no such seller. */
async function knownUser(answer: Promise<Body>): Promise<Body | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TopError && /^isv\.(user|nick|seller)[a-z_-]*-not-exist/i.test(error.subCode))
      return undefined;
    throw error;
  }
}
