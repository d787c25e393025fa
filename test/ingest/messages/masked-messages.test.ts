import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, eventOf, typedOf } from './rows.js';

test('sensitive fields are masked in content and columns, ids and waybills never change', () => {
  const content =
    '{"desc":"快递员13812345678，运单号78667863666001，电话 13912345678","out_sid":"13912345678","tid":2918463734761365258,' +
    '"time":"2017-08-31 00:17:34","action":"SENT_SCAN","company_name":"天天快递"}';
  const body = bodyOf('taobao_logistics_LogsticDetailTrace', content);
  const masked = '快递员[phone]，运单号78667863666001，电话 13912345678';
  assert.equal(eventOf(body)['content'], content.replace('快递员13812345678', '快递员[phone]'));
  const typed = typedOf(body);
  assert.equal(typed['description'], masked);
  assert.equal(typed['out_sid'], '13912345678');
  assert.equal(typed['tid'], '2918463734761365258');
});

test('every copy of a duplicated field, numbers, nested JSON, fields without a column', () => {
  const body = bodyOf(
    'taobao_trade_TradeMemoModified',
    '{"tid":1,"seller_memo":"13812345678","seller_memo":"电话13912345678","buyer_memo":13712345678,"buyer_nick":"碎碎念",' +
      '"remark":{"a":["13812345678"],"tid":"13812345678"},"title":"13812345678"}',
  );
  assert.equal(
    eventOf(body)['content'],
    '{"tid":1,"seller_memo":"[phone]","seller_memo":"电话[phone]","buyer_memo":"[phone]","buyer_nick":"碎**",' +
      '"remark":{"a":["[phone]"],"tid":"13812345678"},"title":"13812345678"}',
  );
  const typed = typedOf(body);
  assert.equal(typed['seller_memo'], '电话[phone]');
  assert.equal(typed['buyer_nick'], '碎**');
});

test('nested values by the names of their members, whatever the topic', () => {
  const exception = 'taobao_logistics_PackageExceptionCreate';
  const cases: { topic: string; content: string; stored: string }[] = [
    {
      topic: exception,
      content:
        '{"tid":1,"trade_details":[{"receiver_name":"张三丰","mobile":13800138000,"address":"杭州市文三路5号","tid":13812345678}]}',
      stored:
        '{"tid":1,"trade_details":[{"receiver_name":"张**","mobile":"[phone]","address":"[address]","tid":13812345678}]}',
    },
    {
      topic: exception,
      content: '{"tid":1,"mail_details":"[{\\"receiverName\\":\\"张三丰\\",\\"mobile\\":13800138000}] 13800138000"}',
      stored: '{"tid":1,"mail_details":"[{\\"receiverName\\":\\"张三丰\\",\\"mobile\\":[phone]}] [phone]"}',
    },
    {
      topic: exception,
      content:
        '{"tid":1,"trade_details":"[{\\"receiverName\\":\\"张三丰\\",\\"mobile\\":13800138000,\\"tid\\":13812345678}]"}',
      stored:
        '{"tid":1,"trade_details":"[{\\"receiverName\\":\\"张**\\",\\"mobile\\":\\"[phone]\\",\\"tid\\":13812345678}]"}',
    },
    {
      topic: exception,
      content: '{"tid":1,"anything":{"buyer_nick":"张三","num":13800138000,"note":"打13800138000"}}',
      stored: '{"tid":1,"anything":{"buyer_nick":"张**","num":13800138000,"note":"打[phone]"}}',
    },
    {
      topic: 'other',
      content: '[{"receiver_mobile":13800138000,"buyer_nick":"张三"},"打13800138000",13800138000]',
      stored: '[{"receiver_mobile":"[phone]","buyer_nick":"张**"},"打[phone]","[phone]"]',
    },
    {
      topic: 'other',
      content: '{"receiver":{"name":"张三","mobile":"13800138000"},"item":{"name":"手机壳","id":"13800138000"}}',
      stored: '{"receiver":{"name":"张**","mobile":"[phone]"},"item":{"name":"手机壳","id":"13800138000"}}',
    },
    {
      topic: 'other',
      content: '{"data":{"rows":[{"buyerPhone":[13800138000,"13800138000"],"amount":13800138000,"x":"13800138000"}]}}',
      stored: '{"data":{"rows":[{"buyerPhone":["[phone]","[phone]"],"amount":13800138000,"x":"13800138000"}]}}',
    },
    {
      topic: 'other',
      content: '{"memo":[{"tid":"13812345678"},"打13812345678",{"a":{"b":["13812345678"],"oid":["13812345678"]}}]}',
      stored: '{"memo":[{"tid":"13812345678"},"打[phone]",{"a":{"b":["[phone]"],"oid":["13812345678"]}}]}',
    },
    {
      topic: 'other',
      content:
        '{"d":{"\\u0062uyer_nick":"\\u5f20三","e":[],"f":{},"address":{"city":"杭州"},"g":-1.5e3,"h":[null,true]}}',
      stored:
        '{"d":{"\\u0062uyer_nick":"张**","e":[],"f":{},"address":{"city":"[address]"},"g":-1.5e3,"h":[null,true]}}',
    },
  ];
  for (const { topic, content, stored } of cases) {
    for (const body of [bodyOf(topic, content), bodyOf(topic, stored)]) {
      assert.equal(eventOf(body)['content'], stored, content);
    }
  }
  const body = bodyOf(exception, '{"tid":1,"trade_details":[{"mobile":13800138000}]}', '"more":{"buyer_nick":"张三"}');
  assert.equal(typedOf(body)['trade_details'], '[{"mobile":"[phone]"}]');
  assert.equal(eventOf(body)['extra'], '{"more":{"buyer_nick":"张**"}}');
});

test('the deepest nesting, and JSON in strings in JSON', () => {
  const depth = 990;
  const deep = `${'{"a":'.repeat(depth)}{"mobile":13800138000}${'}'.repeat(depth)}`;
  assert.equal(eventOf(bodyOf('other', deep))['content'], deep.replace('13800138000', '"[phone]"'));
  const within = (levels: number, number: string): string => {
    let text = `{"mobile":${number}}`;
    for (let level = 0; level < levels; level++) text = JSON.stringify({ memo: text });
    return text;
  };
  assert.equal(eventOf(bodyOf('other', within(9, '13800138000')))['content'], within(9, '"[phone]"'));
});

test('unknown topics by the same names, content that is no object as a whole, extra envelope keys', () => {
  const event = eventOf(
    bodyOf(
      'taobao_jds_TradeTrace',
      '{"message":"打13812345678","phone":"13812345678","sid":"13812345678"}',
      '"memo":"Q:12345678"',
    ),
  );
  assert.equal(event['content'], '{"message":"打[phone]","phone":"[phone]","sid":"13812345678"}');
  assert.equal(event['extra'], '{"memo":"Q:[qq]"}');
  assert.equal(eventOf(bodyOf('other', '打 13812345678'))['content'], '"打 [phone]"');
  assert.equal(
    eventOf(bodyOf('other', '["打 13812345678",{"id":"13812345678"}]'))['content'],
    '["打 [phone]",{"id":"13812345678"}]',
  );
});
