import type { DeadReason } from '../../../../ingest/messages/codec.js';
import { bodyOf } from '../rows.js';

/** A bad or odd body and its exact outcome. */
export interface Case {
  readonly name: string;
  readonly body: string | Uint8Array;
  /** Stored: the names of the defects. Dead: the reason. */
  readonly expected: readonly string[] | DeadReason;
  /** Columns of the typed row, or of the events row where there is none. */
  readonly row?: Readonly<Record<string, unknown>>;
  readonly event?: Readonly<Record<string, unknown>>;
  readonly detail?: string;
}

export const TRADE = 'taobao_trade_TradeCreate';
export const ITEM = 'taobao_item_ItemUpdate';
export const TRACE = 'taobao_logistics_LogsticDetailTrace';

/** A trade body with the given envelope entries, JSON text. */
export const envelope = (entries: string): string => `{"topic":"${TRADE}","content":"{\\"tid\\":5}",${entries}}`;
export const timed = (time: string): string => envelope(`"outgoing_id":1,"publish_time":${time}`);
export const identified = (id: string): string => envelope(`"outgoing_id":${id},"publish_time":1450923004062`);
export const withContent = (content: string, topic = TRADE): string =>
  `{"topic":"${topic}","content":${content},"outgoing_id":1,"publish_time":1450923004062}`;
export const trade = (content: string): string => bodyOf(TRADE, content);
