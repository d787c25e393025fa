import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Decoded, MessageCodec, type Stored, type StoredEvent, TABLES } from '../../../ingest/messages/codec.js';
import { NORMALISER_REVISION } from '../../../ingest/messages/identity.js';
import { realisticBodies } from './corpus.js';
import { codec, META, rowObject } from './rows.js';

const REASONS = [
  ...['empty_body', 'not_utf8', 'not_json', 'not_an_object', 'too_deep', 'no_topic', 'publish_time_missing'],
  ...['publish_time_unreadable', 'publish_time_out_of_range', 'key_id_out_of_range', 'content_unreadable'],
];

const corpus = realisticBodies(300);

/** Stored or dead, never both; every row valid JSON of the right length, in a known table, in the right order. */
function check(body: Uint8Array, decoded: Decoded): void {
  const tables = decoded.rows.map(({ table }) => table.name);
  const rows = decoded.rows.map(rowObject);
  for (const { table } of decoded.rows) assert.ok(TABLES.some((known) => known.name === table.name));
  if (decoded.kind === 'dead') {
    assert.deepEqual(tables, ['juliu_store.dead_letters']);
    assert.ok(REASONS.includes(decoded.reason), decoded.reason);
    assert.ok(decoded.detail.length < 100);
    assert.equal((rows[0] ?? assert.fail())['identity'], decoded.identity);
    assert.match(decoded.identity, /^(?:[1-9]\d{0,18}|h:[0-9a-f]{32})$/);
    return;
  }
  assert.equal(tables[0], 'juliu_store.events');
  assert.equal(tables.length, decoded.family === 'unknown' ? 1 : 2);
  assert.match(decoded.eventId, /^(?:[1-9]\d{0,18}|h:[0-9a-f]{32})$/);
  for (const row of rows) {
    assert.equal(row['event_id'], decoded.eventId);
    assert.equal(row['topic'], decoded.topic);
    assert.equal(row['publish_time'], decoded.publishTime);
    assert.deepEqual(row['defects'], decoded.defects);
    assert.ok(Number.isSafeInteger(row['version']));
  }
  const event = rows[0] ?? assert.fail();
  assert.equal(event['user_id'], decoded.userId);
  // Both hold JSON, whatever the body held.
  if (event['content'] !== '') JSON.parse(String(event['content']));
  assert.equal(typeof JSON.parse(String(event['extra'])), 'object');
  checkReplay(decoded);
  // Nothing of one message stays in the codec for the next.
  assert.deepEqual(texts(codec.decode(body, META)), texts(decoded));
}

function checkReplay(decoded: Stored): void {
  const again = codec.renormalise(storedEvent(decoded));
  assert.deepEqual(texts(again), texts(decoded));
  assert.deepEqual(again.defects, decoded.defects);
  assert.equal(again.userId, decoded.userId);
}

function storedEvent(decoded: Stored): StoredEvent {
  const row = rowObject(decoded.rows[0] ?? assert.fail());
  return {
    eventId: row['event_id'] as string,
    appKey: row['app_key'] as string,
    topic: row['topic'] as string,
    userId: row['user_id'] as string | null,
    userNick: row['user_nick'] as string | null,
    publishTime: row['publish_time'] as number,
    content: row['content'] as string,
    extra: row['extra'] as string,
    defects: row['defects'] as string[],
    version: String(row['version']),
    receivedAt: row['received_at'] as number,
    source: row['source'] as string,
    position: row['position'] as string,
  };
}

function texts(decoded: Decoded): string[] {
  return decoded.rows.map(({ text }) => text);
}

const goodBody = corpus[0] ?? Buffer.alloc(0);
const goodTexts = texts(codec.decode(goodBody, META));

function run(body: Uint8Array): void {
  check(body, codec.decode(body, META));
  assert.deepEqual(texts(codec.decode(goodBody, META)), goodTexts, 'a good neighbour is unharmed');
}

test('arbitrary bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), run), { numRuns: 2000 });
});

test('realistic bodies, bytes changed, removed, inserted, cut off', () => {
  const change = fc.record({ at: fc.nat(1000), remove: fc.nat(4), insert: fc.uint8Array({ maxLength: 3 }) });
  const ascii = fc.record({
    at: fc.nat(1000),
    remove: fc.nat(3),
    insert: fc
      .constantFrom(...Array.from('{}[]",:\\0-9.eE\t\n'), '\\u', '\\ud800', 'null', '1e999', '"x":1,')
      .map((s) => Buffer.from(s)),
  });
  const body = fc.tuple(
    fc.nat(corpus.length - 1),
    fc.array(fc.oneof(change, ascii, ascii), { maxLength: 3 }),
    fc.nat(20),
  );
  fc.assert(
    fc.property(body, ([index, changes, cut]) => {
      let bytes = Buffer.from(corpus[index] ?? goodBody);
      for (const { at, remove, insert } of changes) {
        const offset = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, offset), insert, bytes.subarray(offset + remove)]);
      }
      run(cut === 0 ? bytes.subarray(0, bytes.length >> 1) : bytes);
    }),
    { numRuns: 6000 },
  );
});

/** JSON text of a value as some producer might write it. */
const scalar = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-1',
    '5',
    '""',
    '"0"',
    '"abc"',
    '{}',
    '[]',
    '[1,"2"]',
    '{"a":{"b":1}}',
  ),
  fc.constantFrom(
    '1450923004062',
    '"1450923004062"',
    '"2015-12-24 10:10:04"',
    '"2015-13-01 00:00:00"',
    '1e999',
    '1.005',
  ),
  fc.constantFrom('9223372036854775807', '9223372036854775808', '"2918463734761365258"', '"59.7"', '59.78', '"-0"'),
  fc.constantFrom(
    '"\\ud83d"',
    '"\\u0000"',
    '"\\u4e2d"',
    '"a\tb"',
    '"电话13812345678"',
    '"碎碎念"',
    '"QQ:123456 \\ud800"',
    '"\\/"',
  ),
  fc.constantFrom(
    '"款式-负面-旧;尺码"',
    '"[a]-[b]-[c-d]；"',
    '"TMS_SIGN"',
    '"desc,num"',
    '["13812345678"]',
    '{"id":"13812345678"}',
    '[{"receiver_name":"张三","mobile":13812345678},13812345678]',
    '{"receiver":{"name":"张三","address":["杭州"]}}',
    '"{\\"buyer_nick\\":\\"张三\\",\\"x\\":[13812345678]}"',
    '"[13812345678]"',
  ),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.bigInt().map(String),
  fc.double().map((n) => (Number.isFinite(n) ? JSON.stringify(n) : '0')),
  fc.json({ maxDepth: 3 }),
);
const fields = [
  ...[
    'tid',
    'oid',
    'refund_id',
    'redund_id',
    'num_iid',
    'iid',
    'payment',
    'price',
    'status',
    'type',
    'buyer_nick',
    'nick',
  ],
  ...[
    'desc',
    'time',
    'action',
    'out_sid',
    'modified',
    'seller_memo',
    'changed_fields',
    'impr_words',
    'feedback',
    'biz_type',
  ],
  ...[
    'fenxiao_id',
    'sub_order_id',
    'audit_result',
    'num',
    'seller_flag',
    'trade_details',
    'content',
    'message',
    'seller_id',
  ],
  ...['bill_type', 'created', 'memo', 'address', '__proto__', 'constructor', 'x', '中', 'a\\"b', '\\u0074id'],
];
const envelopeKeys = [
  ...['outgoing_id', 'id', 'publish_time', 'pub_time', 'publisher_appkey', 'pub_app_key', 'user_id', 'user_nick'],
  ...['topic', 'memo', 'x', '__proto__'],
];
const topics = [
  ...[
    'taobao_trade_TradeCreate',
    'taobao_trade_TradeChanged',
    'taobao_refund_RefundCreated',
    'taobao_refund_OrderStatusSync',
  ],
  ...['taobao_item_ItemUpdate', 'taobao_item_AuditResultNotify', 'taobao_logistics_LogsticDetailTrace'],
  ...['taobao_logistics_PackageExceptionCreate', 'taobao_traderate_ImprBadTag', 'taobao_fenxiao_FxRefundModify'],
  ...['taobao_jzfx_PurchaseOrderStatusModify', 'taobao_jds_TradeTrace', '中文'],
];
const object = (keys: string[], maxLength: number) =>
  fc
    .array(fc.tuple(fc.constantFrom(...keys), scalar), { maxLength })
    .map((entries) => `{${entries.map(([key, value]) => `"${key}":${value}`).join(', ')}}`);

test('bodies of every shape a producer might write', () => {
  const body = fc.record({
    topic: fc.constantFrom(...topics),
    content: object(fields, 8),
    asString: fc.boolean(),
    odd: fc.option(scalar, { freq: 8 }),
    more: fc.array(fc.tuple(fc.constantFrom(...envelopeKeys), scalar), { maxLength: 3 }),
    id: fc.option(fc.nat({ max: 1_000_000 }), { freq: 4 }),
  });
  fc.assert(
    fc.property(body, ({ topic, content, asString, odd, more, id }) => {
      const value = odd ?? (asString ? JSON.stringify(content) : content);
      const parts = [
        ...more.map(([key, text]) => `"${key}":${text}`),
        `"content":${value}`,
        `"topic":"${topic}"`,
        '"publish_time":1450923004062',
        ...(id === null ? [] : [`"outgoing_id":${id}`]),
      ];
      run(Buffer.from(`{${parts.join(',')}}`));
    }),
    { numRuns: 8000 },
  );
});

test('the realistic corpus is stored whole and without defects', () => {
  for (const body of corpus) {
    const decoded = codec.decode(body, META);
    assert.equal(decoded.kind, 'stored');
    check(body, decoded);
    assert.deepEqual(decoded.defects, []);
  }
});

test('replay: a newer revision keeps identity and hash; a topic that became a family later gets its row', async () => {
  const other = await MessageCodec.create();
  const body = Buffer.from(
    '{"topic":"taobao_trade_TradeCreate","content":"[1]","outgoing_id":7,"publish_time":1450923004062}',
  );
  assert.equal(codec.decode(body, META).kind, 'dead');
  // As an older juliu stored it, to which the topic was unknown.
  const stored: StoredEvent = {
    eventId: '7',
    appKey: '',
    topic: 'taobao_trade_TradeCreate',
    userId: null,
    userNick: null,
    publishTime: 1450923004062,
    content: '[1]',
    extra: '{}',
    defects: ['stale', 'user_id'],
    version: String(12345678901234),
    receivedAt: 5,
    source: 's',
    position: 'p',
  };
  const again = other.renormalise(stored);
  assert.equal(again.family, 'trade');
  assert.deepEqual(again.defects, ['content', 'user_id']);
  const [event = {}, typed = {}] = again.rows.map(rowObject);
  assert.equal(event['content'], '[1]');
  assert.equal(event['version'], NORMALISER_REVISION * 2 ** 48 + 12345678901234);
  assert.equal(typed['event'], 'created');
});

test('dead letters for reasons of the source and the store', () => {
  const refused = codec.deadLetter(goodBody, META, 'store_refused', 'code 27');
  assert.equal(refused.identity, '5091501188142226555');
  assert.equal(rowObject(refused.rows[0])['body'], goodBody.toString());
  const cut = codec.deadLetter(goodBody.subarray(0, 50), META, 'body_truncated', '50 of 500 bytes');
  assert.match(cut.identity, /^h:/);
  assert.equal(rowObject(cut.rows[0])['reason'], 'body_truncated');
});

test('places and sources in any script', () => {
  const decoded = codec.decode(goodBody, { receivedAt: 1, source: '聚石塔"\\', position: 'a\n\ud800' });
  const row = rowObject(decoded.rows[0]);
  assert.equal(row['source'], '聚石塔"\\');
  assert.equal(row['position'], 'a\n\ufffd');
});

test('a plain Uint8Array and a view into a larger one', () => {
  const larger = new Uint8Array(goodBody.length + 20);
  larger.set(goodBody, 10);
  const view = larger.subarray(10, 10 + goodBody.length);
  assert.deepEqual(texts(codec.decode(view, META)), goodTexts);
  assert.deepEqual(texts(codec.decode(new Uint8Array(goodBody), META)), goodTexts);
});
