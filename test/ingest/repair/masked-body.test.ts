import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedBody } from '../../../ingest/repair/masked-body.js';

const shown = (body: string): string => maskedBody(Buffer.from(body));

/** Every character beyond ASCII as `\uXXXX`, as many producers write JSON. */
function asciiOnly(text: string): string {
  return text.replace(/[^\0-~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

test('a body is masked whatever is escaped in it', () => {
  const cases: [string, string][] = [
    [
      '\\u5fae\\u4fe1abc123456 \\u7535\\u8bdd1234567 \\u6263\\u626312345678 \\u5730\\u5740\\uff1a\\u676d\\u5dde\\u5e02\\u6587\\u4e09\\u8def',
      '微信[wechat] 电话[phone] 扣扣[qq] 地址：[address]',
    ],
    ['{"desc":"\\\\u5fae\\\\u4fe1abc123456"', '{"desc":"微信[wechat]"'],
    ['\\u0031\\u0033800138000', '[phone]'],
    ['\\nwx123456 \\ttel1234567', ' wx[wechat]  tel[phone]'],
    ['{"buyer_nick":"张三"', '{"buyer_nick":"张**"'],
    ['{"buyer_nick":"\\u5f20\\u4e09"', '{"buyer_nick":"张**"'],
    ['{"buyer_nick":"\\ud83d\\ude00abc"', '{"buyer_nick":"😀**"'],
    ['{"buyer_nick":"张\\"三丰","tid":1}', '{"buyer_nick":"张**","tid":1}'],
    ['{"buyer_nick":"张\\u0022三丰","tid":1}', '{"buyer_nick":"张**","tid":1}'],
    ['{"buyer_nick":"张\\\\三丰","tid":1}', '{"buyer_nick":"张**","tid":1}'],
    ['{"buyer\\u005fnick":"张三","tid":1}', '{"buyer_nick":"张**","tid":1}'],
    ['{"buyerNick":"张三","receiverName" : "李四"}', '{"buyerNick":"张**","receiverName" : "李**"}'],
    ['"content":"{\\"buyer_nick\\":\\"张三\\",\\"tid\\":1}"', '"content":"{\\"buyer_nick\\":\\"张**\\",\\"tid\\":1}"'],
    [
      '"content":"{\\"buyer_nick\\":\\"张\\\\\\"三丰\\",\\"tid\\":1}"',
      '"content":"{\\"buyer_nick\\":\\"张**\\",\\"tid\\":1}"',
    ],
    ['{"receiver_address":"杭州\\"文三\\"路5号","a":1}', '{"receiver_address":"[address]","a":1}'],
    ['{"buyer_nick":"张三丰', '{"buyer_nick":"张**'],
    ['{"buyer_nick":"张\\', '{"buyer_nick":"张**\\'],
    ['{"buyer_nick":"","tid":2918463734761365258}', '{"buyer_nick":"","tid":2918463734761365258}'],
  ];
  for (const [body, expected] of cases) assert.equal(shown(body), expected, body);
});

test('escaped as ASCII or not, the same is shown', () => {
  const bodies = [
    '{"desc":"电话1234567，加微信abc12345","buyer_nick":"碎碎念","address":"杭州市文三路5号"}',
    '{"content":"{\\"seller_memo\\":\\"扣扣12345678\\",\\"receiver_name\\":\\"张三丰\\"}"',
  ];
  for (const body of bodies) assert.equal(shown(asciiOnly(body)), shown(body), body);
});

test('a long body is masked in time that grows with its length', () => {
  for (const unit of ['\\', '\\"', '"buyer_nick":"', 'buyer_nick\\', '\\u005c', 'address" : ', '"address":"\\\\']) {
    assert.ok(shown(unit.repeat((64 * 1024) / unit.length)).length > 0);
  }
});
