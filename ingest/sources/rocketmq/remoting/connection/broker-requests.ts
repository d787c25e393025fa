import { FLAG_RESPONSE, RequestCode, ResponseCode } from '../protocol/codes.js';
import { decodeOffsetReset, encodeRunningInfo } from '../protocol/broker-asks.js';
import type { Command, OutgoingCommand } from '../protocol/frame.js';
import type { BrokerRequestHandlers } from './broker-client.js';

/**
 * Does what a broker asks for and makes the answer. Never throws: what cannot be read or is not known is answered so,
 * and the connection goes on.
 * @param startedAt epoch ms, for the console
 */
export function answerBroker(
  request: Command,
  handlers: Partial<BrokerRequestHandlers>,
  startedAt: number,
): OutgoingCommand {
  const answer = (code: number, remark: string, body?: Buffer): OutgoingCommand => ({
    code,
    opaque: request.opaque,
    flag: FLAG_RESPONSE,
    fields: {},
    ...(remark === '' ? {} : { remark }),
    ...(body === undefined ? {} : { body }),
  });
  try {
    switch (request.code) {
      case RequestCode.membersChanged:
        handlers.onMembersChanged?.(request.fields.get('consumerGroup') ?? '');
        return answer(ResponseCode.success, '');
      case RequestCode.resetOffset:
        handlers.onResetOffset?.(decodeOffsetReset(request));
        return answer(ResponseCode.success, '');
      case RequestCode.runningInfo: {
        const info = handlers.runningInfo?.(request.fields.get('consumerGroup') ?? '');
        if (info === undefined) return answer(ResponseCode.systemError, 'this client does not have the group');
        return answer(ResponseCode.success, '', encodeRunningInfo(info, startedAt));
      }
      default:
        return answer(ResponseCode.notSupported, `this client knows no request ${request.code}`);
    }
  } catch (error) {
    return answer(ResponseCode.systemError, error instanceof Error ? error.message : 'it failed');
  }
}
