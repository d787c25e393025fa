import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskAddress, maskNick, maskText } from '../../../ingest/messages/masking.js';
import { toUtf16, wire } from '../../../ingest/messages/wire-text.js';

function mask(text: string, own: readonly string[] = []): string {
  return toUtf16(maskText(wire(text), (digits) => own.some((number) => number.includes(digits))));
}

test('contact details inside free text are replaced', () => {
  const cases: [string, string][] = [
    // phones
    ['【深圳市】快递员张三（13812345678）正在派件', '【深圳市】快递员张三（[phone]）正在派件'],
    ['电话:138-1234-5678', '电话:[phone]'],
    ['电话 138 1234 5678 ', '电话 [phone] '],
    ['+8613812345678打给我', '[phone]打给我'],
    ['0086 13812345678', '[phone]'],
    ['１３８１２３４５６７８', '[phone]'],
    ['1 3 8 1 2 3 4 5 6 7 8', '[phone]'],
    ['1-3-8-1-2-3-4-5-6-7-8', '[phone]'],
    ['网点电话0755-23456789', '网点电话[phone]'],
    ['(021)62345678', '[phone]'],
    ['联系电话：62345678', '联系电话：[phone]'],
    ['手机号是13912345678或者13812345678', '手机号是[phone]或者[phone]'],
    ['收件人手机号码13812345678', '收件人手机号码[phone]'],
    // QQ
    ['加我QQ 123456789 退差价', '加我QQ [qq] 退差价'],
    ['qq：2233445566', 'qq：[qq]'],
    ['扣扣号12345', '扣扣号[qq]'],
    ['Q:87654321', 'Q:[qq]'],
    ['+q123456', '+q[qq]'],
    ['企鹅号 22334455', '企鹅号 [qq]'],
    // WeChat
    ['微信：abc_12345', '微信：[wechat]'],
    ['加微xiaoming88领红包', '加微[wechat]领红包'],
    ['vx:hello-world', 'vx:[wechat]'],
    ['加V abcdef1', '加V [wechat]'],
    ['WX：13812345678', 'WX：[phone]'],
    ['威信号wx_2020_ok', '威信号[wechat]'],
    ['wechat id: zhang3feng', 'wechat id: [wechat]'],
    // e-mail
    ['发票发到 zhang.san+1@example.com.cn 谢谢', '发票发到 [email] 谢谢'],
    ['123456@qq.com', '[email]'],
    ['a@b.cn', '[email]'],
    // addresses
    ['收货地址：浙江省杭州市余杭区文一西路969号，谢谢', '收货地址：[address]，谢谢'],
    ['地址改成上海市浦东新区张江路88弄3号楼', '地址改成[address]'],
    ['请送到文一西路969号3幢2单元501室', '请送到文一西路[address]'],
    ['放5栋302室门口', '放[address]门口'],
    ['三号楼二单元', '[address]'],
  ];
  for (const [text, expected] of cases) assert.equal(mask(text), expected, text);
});

test('numbers that are no contact, and words that look like one, stay', () => {
  const cases = [
    '运单号13812345678',
    '快递单号：SF13812345678',
    '转单号码是 13812345678 请查收',
    '订单编号13812345678',
    '订单2918463734761365258已签收',
    '编号: 13812345678',
    '取件码 13812345678',
    'mail_no=13812345678',
    '{"tid":"13812345678"}',
    '138123456789',
    '1381234567',
    '12812345678',
    '2015-12-24 10:10:04 已签收',
    '2024-11-11 13:00:00 离开【深圳市】',
    '客服热线95338',
    '电话:400-820-8388',
    '尺码 175/92A',
    '原价159.00 现价99.90',
    '微信支付很方便',
    '微信公众号里买的',
    'QQ糖很好吃',
    '加QQ群也没用',
    '3层4层的纸巾',
    '5号6号发货',
    '11月11日买的，12号到的',
    '地铁2号线',
    '第3号仓库',
    '不符合地址栏的描述',
    '138****5678',
    'iPhone15 Pro Max 的壳',
    '【杭州市】快件已到达 杭州转运中心',
    'a@b',
    '[phone][qq][wechat][email][address]',
    '',
  ];
  for (const text of cases) assert.equal(mask(text), text, text);
});

test('numbers of the business that look like a contact stay, contacts beside them do not', () => {
  const cases: [string, string][] = [
    ['新单号WX1234567890', '新单号WX1234567890'],
    ['运单号 vx123456789', '运单号 vx123456789'],
    ['货号wx520188', '货号wx520188'],
    ['订单号：QQ1234567', '订单号：QQ1234567'],
    ['JDVB13912345678', 'JDVB13912345678'],
    ['已换单JDX13912345678，请查收', '已换单JDX13912345678，请查收'],
    ['圆通YT13912345678 顺丰SF13912345678 中通zt13912345678', '圆通YT13912345678 顺丰SF13912345678 中通zt13912345678'],
    ['加微信wx123456', '加微信[wechat]'],
    ['vx:abc12345', 'vx:[wechat]'],
    ['V信 abc12345', 'V信 [wechat]'],
    ['电话13800138000', '电话[phone]'],
    ['手机138 0013 8000', '手机[phone]'],
    ['tel13800138000 TEL13912345678', 'tel[phone] TEL[phone]'],
    ['vx13912345678 QQ13912345678', 'vx[phone] QQ[phone]'],
    ['单号WX1234567890，加微信wx123456', '单号WX1234567890，加微信[wechat]'],
    ['订单有问题加vx:abc12345', '订单有问题加vx:[wechat]'],
    ['订单号发我 微信abc12345', '订单号发我 微信[wechat]'],
    ['用android wx123456', '用android wx[wechat]'],
  ];
  for (const [text, expected] of cases) assert.equal(mask(text), expected, text);
});

test('places of the carriers stay, houses do not', () => {
  const cases: [string, string][] = [
    ['【深圳宝安区3号分拨中心】', '【深圳宝安区3号分拨中心】'],
    ['离开 浦东新区1号仓库', '离开 浦东新区1号仓库'],
    ['顺丰中山路2号营业点', '顺丰中山路2号营业点'],
    ['已到达人民路12号网点', '已到达人民路12号网点'],
    ['已存入中山路88号丰巢快递柜', '已存入中山路88号丰巢快递柜'],
    ['文一路9号菜鸟驿站已代收', '文一路9号菜鸟驿站已代收'],
    ['物流园区3号中转站', '物流园区3号中转站'],
    ['张江路7号2层揽投部', '张江路7号2层揽投部'],
    ['文三路5号2单元301室', '文三路[address]'],
    ['文三路5号', '文三路[address]'],
    ['放文三路5号，不要放驿站', '放文三路[address]，不要放驿站'],
    ['幸福小区12号3单元', '幸福小区[address]'],
    ['科技园区6号301室', '科技园区[address]'],
    ['中山路2号服务态度差', '中山路[address]服务态度差'],
  ];
  for (const [text, expected] of cases) assert.equal(mask(text), expected, text);
});

test("the message's own numbers stay wherever they are repeated", () => {
  assert.equal(mask('包裹13812345678已出库', ['13812345678']), '包裹13812345678已出库');
  assert.equal(mask('包裹13812345678已出库', ['YT13812345678']), '包裹13812345678已出库');
  assert.equal(mask('包裹13812345678已出库', ['13812345679']), '包裹[phone]已出库');
  assert.equal(mask('QQ 138123', ['13812345678']), 'QQ [qq]');
});

test('nicks keep their first character', () => {
  const cases = [
    ['碎碎念', '碎**'],
    ['c**', 'c**'],
    ['tb_1234', 't**'],
    ['é', 'é**'],
    ['😀丶灬', '😀**'],
    ['﹒a', '﹒**'],
    ['*', '***'],
    ['', ''],
  ];
  for (const [nick = '', expected] of cases) {
    const masked = maskNick(wire(nick));
    assert.equal(toUtf16(masked), expected);
    assert.equal(maskNick(masked), masked);
  }
  assert.equal(maskAddress(wire('杭州')), '[address]');
  assert.equal(maskAddress(maskAddress(wire('杭州'))), '[address]');
  assert.equal(maskAddress(wire('')), '');
});

test('masking the masked changes nothing', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        '13812345678',
        '138',
        '1234',
        '5678',
        '+86',
        '0755-',
        '23456789',
        '电话',
        ':',
        '：',
        ' ',
        '-',
        'QQ',
        'q',
        '加',
      ],
      ...[
        '微信',
        'vx',
        'wx',
        'abc_123',
        '号',
        '号楼',
        '栋',
        '单元',
        '室',
        '路',
        '88',
        '3',
        '地址',
        '是',
        '，',
        '[phone]',
        '[',
      ],
      ...[
        '[wechat]',
        '[qq]',
        ']',
        '@',
        'a.b',
        '.com',
        '单号',
        '订单',
        '中国',
        '\u00a0',
        '😀',
        '１３８',
        '一二',
        '区',
        '小区',
        '仓',
        '驿站',
        'SF',
        'JDVB',
        '弄',
        'V',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const once = mask(pieces.join(''), ['1381234']);
      assert.equal(mask(once, ['1381234']), once);
    }),
    { numRuns: 5000 },
  );
});

test('a long text is masked in time that grows with its length', () => {
  const size = 512 * 1024;
  for (const unit of ['a', '1', '1 ', ' ', '地址', '13812345678 ', 'a@', '微信', '3栋', 'qq:', '(0', '电话', '路1']) {
    const text = unit.repeat(size / unit.length);
    const masked = mask(text);
    assert.ok(masked.length > 0);
  }
});
