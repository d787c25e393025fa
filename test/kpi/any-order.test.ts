/** Any set of messages gives the same states and marts in any order, any batches, and with any of them sent again. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { generator, shuffled } from '../../bench/chaos/random.js';
import { temporaryStore } from '../ingest/real-store.js';
import { printsOf, type Prints } from './contents.js';
import { ingest } from './history.js';
import { emptyStore, transform } from './marts.js';
import { clock } from './truth/figures.js';

const { store, close } = await temporaryStore();
after(close);

/** 2026-06-30 23:59:58 in UTC+8: the seconds and days around it lie in two months. */
const START = Date.UTC(2026, 5, 30, 15, 59, 58);
const instants = fc.constantFrom(
  ...[0, 200, 900, 1000, 1999, 2000, 2500, 60_000, 3_600_000, 86_400_000, 86_401_000, 172_800_000].map(
    (ms) => START + ms,
  ),
);
const text = (ms: number): string => clock(Math.floor(ms / 1000));

const trade = fc
  .record({
    topic: fc.constantFrom(
      ...'Create AlipayCreate BuyerStepPay BuyerPay BuyerPaySubOut PartlySellerShip SellerShip Success Close Rated'.split(
        ' ',
      ),
      ...'MemoModified ModifyFee Changed PartlyRefund'.split(' '),
    ),
    at: instants,
    content: fc.record(
      {
        tid: fc.constantFrom(11, 12),
        oid: fc.constantFrom(11, 111, 112),
        payment: fc.constantFrom('5.00', '7.00', '12.00'),
        status: fc.constantFrom('WAIT_BUYER_PAY', 'WAIT_SELLER_SEND_GOODS', 'TRADE_FINISHED', 'NEW_WORD'),
        type: fc.constantFrom('fixed', 'step'),
        iid: fc.constantFrom(901, 902),
        seller_flag: fc.constantFrom(1, 2),
        seller_memo: fc.constantFrom('', 'a', 'b'),
        buyer_nick: fc.constantFrom('x', 'y'),
        rater: fc.constantFrom('buyer', 'seller'),
      },
      { requiredKeys: ['tid'] },
    ),
  })
  .map(({ topic, ...rest }) => ({ topic: `taobao_trade_Trade${topic}`, ...rest }));

const refund = fc
  .record({
    topic: fc.constantFrom(
      ...'Created SellerAgreeAgreement SellerRefuseAgreement BuyerReturnGoods BuyerModifyAgreement Success Closed'.split(
        ' ',
      ),
    ),
    at: instants,
    modified: instants,
    content: fc.record(
      {
        refund_id: fc.constantFrom(51, 52),
        tid: fc.constantFrom(11, 12),
        oid: fc.constantFrom(11, 111, 112),
        refund_fee: fc.constantFrom('5.00', '7.00', '12.00'),
        refund_phase: fc.constantFrom('onsale', 'aftersale'),
        bill_type: fc.constantFrom('refund_bill', 'return_bill'),
      },
      { requiredKeys: ['refund_id', 'refund_fee'] },
    ),
  })
  .map(({ topic, at, modified, content }) => ({
    topic: `taobao_refund_Refund${topic}`,
    at,
    content: { ...content, modified: text(modified) },
  }));

const trace = fc
  .record({
    at: instants,
    time: instants,
    content: fc.record(
      {
        tid: fc.constantFrom(11, 12, 13),
        out_sid: fc.constantFrom('W1', 'W2'),
        company_name: fc.constantFrom('甲', '乙'),
        action: fc.constantFrom(
          ...'CREATE CONSIGN GOT ARRIVAL DEPARTURE SENT_CITY SENT_SCAN SIGNED FAILED LOST TMS_RETURN OTHER'.split(' '),
        ),
        desc: fc.constantFrom(
          '快件已到达 【杭州市】杭州中心',
          '快件已从 【杭州市】杭州中心 发出',
          '【广州市】拒收',
          '无',
        ),
      },
      { requiredKeys: ['tid', 'out_sid', 'action', 'desc'] },
    ),
  })
  .map(({ at, time, content }) => ({
    topic: 'taobao_logistics_LogsticDetailTrace',
    at,
    content: { ...content, time: text(time) },
  }));

interface Told {
  readonly topic: string;
  readonly at: number;
  readonly content: object;
}

/** A few messages come in the other spelling too, whose time has no milliseconds. */
const histories = fc.array(fc.tuple(fc.oneof(trade, refund, trace), fc.boolean(), fc.constantFrom(1, 1, 1, 2)), {
  minLength: 25,
  maxLength: 60,
});

function bodies(told: readonly (readonly [Told, boolean, number])[]): Uint8Array[] {
  const texts = told.flatMap(([{ topic, at, content }, respelled, publications]) =>
    Array.from({ length: publications }, (_, publication) => {
      const id = 1000 + told.findIndex((entry) => entry[0].content === content) * 10 + publication;
      const sync = {
        topic,
        outgoing_id: id,
        publish_time: at,
        user_id: 7,
        user_nick: '店',
        publisher_appkey: '1',
        content,
      };
      const tmc = {
        topic,
        id,
        pub_time: text(at),
        user_id: 7,
        user_nick: '店',
        pub_app_key: '1',
        content: JSON.stringify(content),
      };
      return respelled && publication === 0 ? [sync, tmc] : [sync];
    }).flat(),
  );
  return texts.map((each) => Buffer.from(JSON.stringify(each)));
}

const relevant = (name: string): boolean => /_(state|facts)$/.test(name);
const read = (): Promise<Prints> => printsOf(store, '2026-07-02 12:00:00', relevant);

test('states and marts are the same in any order, in any batches, and doubled', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (told, seed) => {
      const list = bodies(told);
      const random = generator(seed);
      await emptyStore(store);
      await ingest(store, list);
      await transform(store);
      const wanted = await read();

      await emptyStore(store);
      const again = shuffled([...list, ...list.filter(() => random() < 0.5)], random);
      const cut = Math.floor(random() * again.length);
      await ingest(store, again.slice(0, cut), 40);
      await transform(store, { kind: 'incremental' }, { overlapMs: 0 });
      await ingest(store, again.slice(cut));
      await transform(store, { kind: 'incremental' }, { overlapMs: 0 });
      assert.deepEqual(await read(), wanted);
    }),
    { numRuns: 6, seed: 20260601, endOnFailure: true },
  );
});
