/** Message bodies as they stand on the wire, written out by hand. */

/** A trade message with ids beyond the precision of a double. */
export function tradeBody(outgoingId: string, tid: string, payment = '59.78'): string {
  const content = `{"tid":${tid},"oid":${tid},"payment":${JSON.stringify(payment)},"status":"WAIT_BUYER_PAY","buyer_nick":"小明"}`;
  return `{"topic":"taobao_trade_TradeCreate","content":${JSON.stringify(content)},"outgoing_id":${outgoingId},"publish_time":1760000000123,"publisher_appkey":"12497914","user_id":123456789,"user_nick":"某旗舰店"}`;
}

/** `count` different trade messages. */
export function tradeBodies(count: number): string {
  const lines: string[] = [];
  for (let index = 0; index < count; index++) {
    lines.push(tradeBody(String(4611686018427000001n + BigInt(index)), String(2677624033893000001n + BigInt(index))));
  }
  return `${lines.join('\n')}\n`;
}
