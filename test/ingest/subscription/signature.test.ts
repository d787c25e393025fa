import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gatewayTime, sign, type SignMethod } from '../../../ingest/subscription/signature.js';
import { signatureOf } from './fake-gateway.js';

const common = { app_key: '12345678', format: 'json', timestamp: '2016-01-01 12:00:00', v: '2.0' };
const published = {
  ...common,
  method: 'taobao.item.seller.get',
  fields: 'num_iid,title,nick,price,num',
  num_iid: '11223344',
  session: 'test',
};
const add = {
  ...common,
  method: 'taobao.jushita.jms.user.add',
  session: 'test',
  topic_names: 'taobao_trade_TradeCreate,taobao_refund_RefundCreated',
};
const remove = { ...common, method: 'taobao.jushita.jms.user.delete', user_nick: '测试店铺' };

const vectors: [name: string, parameters: Record<string, string>, method: SignMethod, expected: string][] = [
  ['the published call', published, 'md5', '66987CB115214E59E6EC978214934FB8'],
  ['the published call', published, 'hmac', 'D56D7858309C31B6251083A874D48273'],
  ['the published call', published, 'hmac-sha256', '04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8'],
  ['user.add', add, 'md5', '60D0D1C66861DCDB487596F7C289554B'],
  ['user.delete, Chinese', remove, 'md5', 'E52C2C60697243447035A2B4DCE16943'],
  ['user.delete, Chinese', remove, 'hmac', 'DF970E4FE9D1687561E62C066A99B11D'],
  ['user.delete, Chinese', remove, 'hmac-sha256', '17F8256199F9AF6C9935231C4DF47BED67FF7AF085B0951270C030966D6C5EEA'],
];
for (const [name, parameters, method, expected] of vectors) {
  void test(`vector: ${name}, ${method}`, () => {
    assert.equal(sign({ ...parameters, sign_method: method }, 'helloworld', method), expected);
  });
}

void test('the first cases of RFC 2202 and RFC 4231', () => {
  const greeting = { Hi: ' There' };
  assert.equal(sign(greeting, '\u000b'.repeat(16), 'hmac'), '9294727A3638BB1C13F48EF8158BFC9D');
  assert.equal(
    sign(greeting, '\u000b'.repeat(20), 'hmac-sha256'),
    'B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7',
  );
});

void test('names in the order of their bytes; empty names, empty values and `sign` left out', () => {
  const plain = { foo: '1', foo_bar: '2', foobar: '3' };
  assert.equal(sign({ foobar: '3', foo_bar: '2', foo: '1' }, 's', 'md5'), sign(plain, 's', 'md5'));
  assert.equal(sign({ ...plain, '': 'x', gone: '', sign: 'ABC' }, 's', 'md5'), sign(plain, 's', 'md5'));
});

void test('equals an independent implementation over any parameters', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', ' ', '丶灬', '😀', '&apos;'),
  );
  const name = fc.oneof(
    fc.constantFrom('foo', 'foo_bar', 'foobar', 'sign', 'Z', 'ﬀ', '𝒜'),
    fc.string({ unit: 'grapheme' }),
  );
  fc.assert(
    fc.property(
      fc.dictionary(name, value),
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.constantFrom<SignMethod>('md5', 'hmac', 'hmac-sha256'),
      (parameters, secret, method) => {
        const form = { ...parameters, sign_method: method };
        assert.equal(sign(form, secret, method), signatureOf(form, secret));
      },
    ),
    { numRuns: 500 },
  );
});

void test('times are GMT+8 in every zone of the machine', () => {
  const zone = process.env['TZ'];
  try {
    for (const other of ['UTC', 'Asia/Shanghai', 'America/New_York', 'Asia/Kathmandu']) {
      process.env['TZ'] = other;
      assert.equal(gatewayTime(Date.UTC(2015, 11, 24, 2, 10, 4, 62)), '2015-12-24 10:10:04', other);
      assert.equal(gatewayTime(Date.UTC(2026, 11, 31, 16, 0, 0)), '2027-01-01 00:00:00', other);
    }
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});
