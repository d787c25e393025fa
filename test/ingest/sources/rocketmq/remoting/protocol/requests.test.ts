import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeOffsetReset,
  encodeRunningInfo,
} from '../../../../../../ingest/sources/rocketmq/remoting/protocol/broker-asks.js';
import { parseFastjson } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/fastjson.js';
import type { Command } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/frame.js';
import {
  instanceOf,
  plainName,
  wireName,
} from '../../../../../../ingest/sources/rocketmq/remoting/protocol/namespace.js';
import { decodePullAnswer, pullFields } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/pull.js';
import { decodeRoute } from '../../../../../../ingest/sources/rocketmq/remoting/protocol/route.js';
import {
  encodeHeartbeat,
  tagHash,
  tagsOf,
} from '../../../../../../ingest/sources/rocketmq/remoting/protocol/subscription.js';

function answer(code: number, fields: Readonly<Record<string, string>>, body = ''): Command {
  return { code, opaque: 1, flag: 1, remark: '', fields: new Map(Object.entries(fields)), body: Buffer.from(body) };
}

void test('a route of 4.x, whose broker ids have no quotes: readable queues in order, slaves beside masters', () => {
  const route = decodeRoute(
    'orders',
    Buffer.from(`{"brokerDatas":[
      {"brokerAddrs":{0:"10.0.0.8:10911",1:"10.0.0.9:10911"},"brokerName":"b","cluster":"c"},
      {"brokerAddrs":{0:"10.0.0.7:10911"},"brokerName":"a"}],"filterServerTable":{},
      "queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":4},
      {"brokerName":"a","perm":4,"readQueueNums":1,"writeQueueNums":0},
      {"brokerName":"b","perm":2,"readQueueNums":9,"writeQueueNums":9},
      {"brokerName":"gone","perm":6,"readQueueNums":9,"writeQueueNums":9}]}`),
  );
  assert.deepEqual(
    route.queues.map(({ topic, brokerName, queueId }) => `${topic} ${brokerName} ${queueId}`),
    ['orders a 0', 'orders b 0', 'orders b 1'],
  );
  assert.deepEqual(
    [...(route.brokers.get('b')?.addresses ?? [])],
    [
      [0, '10.0.0.8:10911'],
      [1, '10.0.0.9:10911'],
    ],
  );
});

void test('a route that is none says what is missing; one with a million queues is not believed', () => {
  assert.throws(() => decodeRoute('t', Buffer.from('[]')), /the route is no object/);
  assert.throws(() => decodeRoute('t', Buffer.from('{"brokerDatas":[{}]}')), /brokerName is no text/);
  const queues =
    '{"brokerDatas":[{"brokerName":"b"}],"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":1000000}]}';
  assert.throws(() => decodeRoute('t', Buffer.from(queues)), /1000000 queues/);
});

void test('fastjson: keys that are numbers or objects, in texts nothing changes; no escape by depth', () => {
  assert.deepEqual(parseFastjson('{1:{2:[3,{4:"5:{"}]}}'), { '1': { '2': [3, { '4': '5:{' }] } });
  assert.deepEqual(parseFastjson('{{"a":"\\"}"}:5, "k" : null}'), { '{"a":"\\"}"}': 5, k: null });
  for (const bad of ['{', '{1:', '{1:2', '{:1}', '{1 2}', '{{{1:2}:3}:4}', '"', `{1:${'['.repeat(100_000)}`]) {
    assert.throws(() => parseFastjson(bad), SyntaxError, bad.slice(0, 20));
  }
});

void test('offsets set by an administrator, with queues as keys', () => {
  const body =
    '{"offsetTable":{{"brokerName":"a","queueId":0,"topic":"t"}:5,{"brokerName":"b","queueId":3,"topic":"t"}:0}}';
  assert.deepEqual(decodeOffsetReset(answer(0, { group: 'g', topic: 't', timestamp: '1' }, body)), {
    group: 'g',
    topic: 't',
    offsets: [
      { topic: 't', brokerName: 'a', queueId: 0, offset: 5 },
      { topic: 't', brokerName: 'b', queueId: 3, offset: 0 },
    ],
  });
  assert.throws(() => decodeOffsetReset(answer(0, { topic: 't' })), /group is no text/);
});

void test('running info is what fastjson reads: queues are keys', () => {
  const queue = {
    topic: 't',
    brokerName: 'a',
    queueId: 1,
    commitOffset: 7,
    heldMessages: 3,
    heldBytes: 3 * 2 ** 20,
    lastPullAt: 9,
  };
  const text = encodeRunningInfo({ subscriptions: [], queues: [queue] }, 5).toString();
  const { mqTable, properties } = parseFastjson(text) as Record<string, Record<string, unknown>>;
  assert.deepEqual(mqTable, {
    '{"brokerName":"a","queueId":1,"topic":"t"}': {
      commitOffset: 7,
      cachedMsgCount: 3,
      cachedMsgSizeInMiB: 3,
      lastPullTimestamp: 9,
      droped: false,
      locked: false,
    },
  });
  assert.equal(properties?.['PROP_CONSUMER_START_TIMESTAMP'], '5');
});

// Hashes worked out with Java's definition, s[0]*31^(n-1) + …, in Python.
void test('tags of an expression and their hashes, as brokers compare them', () => {
  assert.deepEqual(tagsOf({ topic: 't', kind: 'tag', expression: ' A || B||', version: 1 }), ['A', 'B']);
  assert.deepEqual(tagsOf({ topic: 't', kind: 'tag', expression: '*', version: 1 }), []);
  assert.deepEqual(tagsOf({ topic: 't', kind: 'sql', expression: 'a || b', version: 1 }), []);
  assert.deepEqual(['A', '标签', 'taobao_trade_TradeBuyerPay'].map(tagHash), [65, 857_175, 2_027_259_693]);
});

void test('a heartbeat', () => {
  const subscription = { topic: 't', kind: 'tag', expression: 'A', version: 3 } as const;
  const body = encodeHeartbeat('c', [
    { group: 'g', mode: 'broadcasting', from: 'timestamp', subscriptions: [subscription] },
  ]);
  assert.deepEqual(JSON.parse(body.toString()), {
    clientID: 'c',
    producerDataSet: [],
    consumerDataSet: [
      {
        groupName: 'g',
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: 'BROADCASTING',
        consumeFromWhere: 'CONSUME_FROM_TIMESTAMP',
        subscriptionDataSet: [
          {
            classFilterMode: false,
            topic: 't',
            subString: 'A',
            tagsSet: ['A'],
            codeSet: [65],
            subVersion: 3,
            expressionType: 'TAG',
          },
        ],
        unitMode: false,
      },
    ],
  });
});

void test('a pull’s flags: 1 commits, 2 waits, 4 brings its subscription, which SQL leaves to the heartbeat', () => {
  const subscription = { topic: 't', kind: 'tag', expression: 'A', version: 3 } as const;
  const request = { group: 'g', topic: 't', queueId: 2, offset: 9, maxMessages: 32, suspendMs: 0, subscription };
  assert.deepEqual(pullFields(request), {
    consumerGroup: 'g',
    topic: 't',
    queueId: '2',
    queueOffset: '9',
    maxMsgNums: '32',
    sysFlag: '4',
    commitOffset: '0',
    suspendTimeoutMillis: '0',
    subscription: 'A',
    subVersion: '3',
    expressionType: 'TAG',
  });
  const { sysFlag, commitOffset } = pullFields({ ...request, suspendMs: 5, commitOffset: 8 });
  assert.deepEqual([sysFlag, commitOffset], ['7', '8']);
  const sql = pullFields({ ...request, subscription: { ...subscription, kind: 'sql', expression: 'a > 1' } });
  assert.deepEqual([sql['sysFlag'], sql['subscription'], sql['expressionType']], ['0', undefined, 'SQL92']);
});

void test('what a pull came to, by its code; other codes are failures, a missing field is an error', () => {
  const fields = { nextBeginOffset: '12', minOffset: '3', maxOffset: '40', suggestWhichBrokerId: '1' };
  const expected = {
    nextOffset: 12,
    minOffset: 3,
    maxOffset: 40,
    suggestedBrokerId: 1,
    offsetDelta: 0,
    receivedAt: 77,
  };
  for (const [code, status] of [
    [0, 'found'],
    [19, 'no_new'],
    [20, 'no_match'],
    [21, 'offset_illegal'],
  ] as const) {
    const records = Buffer.from(status === 'found' ? 'r' : '');
    assert.deepEqual(decodePullAnswer(answer(code, fields, 'r'), 77), { status, records, ...expected });
  }
  assert.equal(decodePullAnswer(answer(1, {}), 77), undefined);
  assert.throws(() => decodePullAnswer(answer(0, {}), 77), /nextBeginOffset is no whole number/);
  assert.equal(decodePullAnswer(answer(0, { ...fields, offsetDelta: '100' }), 77)?.offsetDelta, 100);
});

void test('names of an instance: prefix inside %RETRY% and %DLQ%, never twice, and back', () => {
  const names = [
    ['orders', 'MQ_INST_1%orders'],
    ['%RETRY%g', '%RETRY%MQ_INST_1%g'],
    ['%DLQ%g', '%DLQ%MQ_INST_1%g'],
  ] as const;
  for (const [plain, wire] of names) {
    assert.equal(wireName(plain, 'MQ_INST_1'), wire);
    assert.equal(wireName(wire, 'MQ_INST_1'), wire);
    assert.equal(plainName(wire, 'MQ_INST_1'), plain);
    assert.equal(plainName(plain, 'MQ_INST_1'), plain);
    assert.equal(wireName(plain, undefined), plain);
    assert.equal(plainName(wire, ''), wire);
  }
});

void test('the address of an instance names it; others do not', () => {
  assert.equal(instanceOf('http://MQ_INST_12_BXyz.cn-hangzhou.mq.example:80'), 'MQ_INST_12_BXyz');
  assert.equal(instanceOf(' MQ_INST_12_BXyz.mq.example:80;x:1'), 'MQ_INST_12_BXyz');
  for (const none of ['10.0.0.7:9876', 'http://mq.example/MQ_INST_1_B.x', 'MQ_INST_1.x:80', '']) {
    assert.equal(instanceOf(none), undefined);
  }
});
