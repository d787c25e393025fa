import { JuliuError } from '../../../../../errors/juliu-error.js';
import { Secret } from '../../../../../config/secret.js';
import { ResponseCode } from '../protocol/codes.js';
import type { Command } from '../protocol/frame.js';

/** Whom and what a refused call is about. */
export interface CallPlace {
  readonly address: string;
  /** E.g. `pull of orders/3`. */
  readonly call: string;
  readonly topic?: string;
  readonly group?: string;
  readonly accessKey: string;
  /** Texts that must not be seen, whatever the other side echoes. */
  readonly secrets: readonly string[];
}

const LONGEST_DETAIL = 300;
/** 4.x has no code for it: system error, and a text like “Check signature failed”. */
const ACCESS = /signature|access ?key|AclException|secretKey|no permission|denied|unauthori[sz]ed|authenticat/i;
const FILTER: readonly number[] = [
  ResponseCode.filterUnreadable,
  ResponseCode.filterMissing,
  ResponseCode.filterOutdated,
];
const BUSY: readonly number[] = [ResponseCode.systemBusy, ResponseCode.flowControl, ResponseCode.pollingFull];

/** An answer that is none of those the call expects, as an error. */
export function callError({ code, remark }: Command, place: CallPlace): JuliuError {
  const { address, call, topic = '', group = '', accessKey } = place;
  const detail = `${code} ${firstLine(masked(remark, place.secrets))}`.trim();
  if (code === ResponseCode.topicMissing)
    return new JuliuError('ROCKETMQ_TOPIC_MISSING', { endpoints: address, topic });
  if (code === ResponseCode.groupMissing)
    return new JuliuError('ROCKETMQ_GROUP_MISSING', { endpoints: address, group });
  if (FILTER.includes(code)) return new JuliuError('ROCKETMQ_FILTER', { topic, detail });
  if (BUSY.includes(code)) return new JuliuError('ROCKETMQ_BUSY', { endpoints: address, topic, detail });
  if (code === ResponseCode.noPermission || (code === ResponseCode.systemError && ACCESS.test(remark))) {
    return new JuliuError('ROCKETMQ_CALL_REFUSED', { address, call, accessKey, detail });
  }
  return new JuliuError('ROCKETMQ_CALL_FAILED', { address, call, detail });
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, LONGEST_DETAIL) ?? '';
}

function masked(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) if (secret !== '') result = result.replaceAll(secret, Secret.mask);
  return result;
}
