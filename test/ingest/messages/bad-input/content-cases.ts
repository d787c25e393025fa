import { type Case, ITEM, TRACE, TRADE, trade, withContent } from './case.js';
import { bodyOf } from '../rows.js';

/** Contents that are no object, and values that no column can take. */
export const CONTENT_CASES: readonly Case[] = [
  {
    name: 'content absent',
    body: `{"topic":"${TRADE}","outgoing_id":1,"publish_time":1450923004062}`,
    expected: ['content'],
    event: { content: '' },
  },
  { name: 'content null', body: withContent('null'), expected: ['content'], event: { content: 'null' } },
  { name: 'content empty', body: withContent('""'), expected: ['content'], event: { content: '""' } },
  {
    name: 'content {} of a topic without documented content',
    body: withContent('"{}"', 'taobao_fenxiao_DealerAgree'),
    expected: [],
  },
  { name: 'content is an array', body: withContent('[]'), expected: 'content_unreadable' },
  { name: 'content is a number', body: withContent('5'), expected: 'content_unreadable' },
  { name: 'content is true', body: withContent('true'), expected: 'content_unreadable' },
  {
    name: 'content is a string that is no JSON',
    body: withContent('"hello 13812345678"'),
    expected: 'content_unreadable',
    detail: 'content is no JSON object',
  },
  { name: 'content is a string with an array', body: withContent('"[1]"'), expected: 'content_unreadable' },
  { name: 'content is JSON in a string in a string', body: withContent('"\\"{}\\""'), expected: 'content_unreadable' },
  { name: 'content is cut off', body: withContent('"{\\"tid\\":5"'), expected: 'content_unreadable' },
  { name: 'content without fields anyone knows', body: trade('{"x":1}'), expected: [], row: { tid: null } },
  {
    name: 'unknown topic, string content that is no JSON',
    body: withContent('"hello"', 'isv_topic'),
    expected: [],
    row: { content: '"hello"' },
  },
  {
    name: 'money in words, huge, too fine',
    body: trade('{"tid":5,"payment":"abc","price":1e999,"post_fee":1.005,"refund_fee":"1.500"}'),
    expected: ['payment', 'post_fee', 'price'],
    row: { payment: null, price: null, post_fee: null, refund_fee: '1.50' },
  },
  {
    name: 'money as number, empty, null',
    body: trade('{"tid":5,"payment":59.7,"price":"","post_fee":null}'),
    expected: [],
    row: { payment: '59.70', price: null, post_fee: null },
  },
  {
    name: 'month 13',
    body: bodyOf(TRACE, '{"tid":5,"time":"2015-13-01 00:00:00"}'),
    expected: ['time'],
    row: { action_time: null },
  },
  {
    name: 'year 9999',
    body: bodyOf(TRACE, '{"tid":5,"time":"9999-12-31 23:59:59"}'),
    expected: ['time'],
    row: { action_time: null },
  },
  {
    name: 'time empty, as milliseconds, quoted',
    body: trade('{"tid":5,"modified":"","end_time":"1450923004062"}'),
    expected: [],
    row: { modified: null, end_time: 1450923004062 },
  },
  {
    name: 'small integers out of range and quoted',
    body: trade('{"tid":5,"num":2147483648,"seller_flag":"3"}'),
    expected: ['num'],
    row: { num: null, seller_flag: 3 },
  },
  {
    name: 'text as number, boolean, object',
    body: trade('{"tid":5,"status":7,"type":true,"title":{"a":1}}'),
    expected: ['title'],
    row: { status: '7', trade_type: 'true', title: null },
  },
  {
    name: 'changed_fields empty',
    body: bodyOf(ITEM, '{"num_iid":5,"changed_fields":""}'),
    expected: [],
    row: { changed_fields: [], changed_fields_raw: '' },
  },
  {
    name: 'changed_fields is an array',
    body: bodyOf(ITEM, '{"num_iid":5,"changed_fields":["a"]}'),
    expected: ['changed_fields'],
    row: { changed_fields: [], changed_fields_raw: null },
  },
  {
    name: 'HTML entities, emoji, U+FE52',
    body: bodyOf(ITEM, '{"num_iid":5,"title":"&rsquo;﹒😀"}'),
    expected: [],
    row: { title: '&rsquo;﹒😀' },
  },
  {
    name: 'Fx ids as number and as string',
    body: bodyOf('taobao_fenxiao_FxRefundAgree', '{"sub_order_id":83839201,"fenxiao_id":"73839201"}'),
    expected: [],
    row: { sub_order_id: '83839201', fenxiao_id: '73839201' },
  },
  {
    name: 'Fx id with a fraction',
    body: bodyOf('taobao_fenxiao_FxRefundAgree', '{"sub_order_id":1.5}'),
    expected: ['sub_order_id'],
    row: { sub_order_id: '' },
  },
  {
    name: 'waybill number as number',
    body: bodyOf(TRACE, '{"tid":5,"out_sid":667863666892}'),
    expected: [],
    row: { out_sid: '667863666892' },
  },
];
