import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NORMALISER_REVISION } from '../../../ingest/messages/identity.js';
import { toUtf16 } from '../../../ingest/messages/wire-text.js';
import { bodyOf, stored } from './rows.js';

/** The revision that made the rows below. */
const REVISION = 1;

const CHANGED = 'bump NORMALISER_REVISION and update this golden when rows change on purpose';

/** The rows of one body per family: events, then the typed table. */
const GOLDEN: readonly { readonly topic: string; readonly content: string; readonly rows: readonly string[] }[] = [
  {
    topic: 'taobao_trade_TradeMemoModified',
    content:
      '{"tid":2918463734761365258,"oid":2918463734761365259,"payment":"59.70","post_fee":"0.00","status":"WAIT_SELLER_SEND_GOODS","type":"guarantee_trade","buyer_nick":"碎碎念","seller_nick":"花间集","iid":45558754196,"seller_flag":3,"seller_memo":"改地址，电话13812345678","modified":"2024-11-11 13:00:00"}',
    rows: [
      '["5091501188142226555","12497914","taobao_trade_TradeMemoModified","trade","2200000001","花间集",1450923004062,"{\\"tid\\":2918463734761365258,\\"oid\\":2918463734761365259,\\"payment\\":\\"59.70\\",\\"post_fee\\":\\"0.00\\",\\"status\\":\\"WAIT_SELLER_SEND_GOODS\\",\\"type\\":\\"guarantee_trade\\",\\"buyer_nick\\":\\"碎**\\",\\"seller_nick\\":\\"花间集\\",\\"iid\\":45558754196,\\"seller_flag\\":3,\\"seller_memo\\":\\"改地址，电话[phone]\\",\\"modified\\":\\"2024-11-11 13:00:00\\"}","{}",[],502167612754395,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_trade_TradeMemoModified","memo_modified",1450923004062,"2200000001","花间集","memo_modified|2918463734761365258|2918463734761365259||1731301200000|2277301894|WAIT_SELLER_SEND_GOODS|59.70|3||||1450923004","2918463734761365258","2918463734761365259","45558754196",null,null,"","",null,"WAIT_SELLER_SEND_GOODS","guarantee_trade","59.70","unknown",null,"0.00",null,null,null,null,null,null,"碎**",null,null,null,null,3,"改地址，电话[phone]",null,null,null,null,null,null,null,null,null,null,[],null,null,null,null,1731301200000,null,[],502167612754395]',
    ],
  },
  {
    topic: 'taobao_refund_RefundCreated',
    content:
      '{"refund_id":181784773340365852,"tid":2918463734761365258,"oid":2918463734761365259,"refund_fee":"30.00","refund_phase":"onsale","bill_type":"refund_bill","buyer_nick":"c**","modified":"2024-11-11 13:00:01"}',
    rows: [
      '["5091501188142226555","12497914","taobao_refund_RefundCreated","refund","2200000001","花间集",1450923004062,"{\\"refund_id\\":181784773340365852,\\"tid\\":2918463734761365258,\\"oid\\":2918463734761365259,\\"refund_fee\\":\\"30.00\\",\\"refund_phase\\":\\"onsale\\",\\"bill_type\\":\\"refund_bill\\",\\"buyer_nick\\":\\"c**\\",\\"modified\\":\\"2024-11-11 13:00:01\\"}","{}",[],315344485083600,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_refund_RefundCreated","created",1450923004062,"2200000001","花间集","created|181784773340365852|2918463734761365258|2918463734761365259|||1731301201000|","181784773340365852","2918463734761365258","2918463734761365259",null,null,"WAIT_SELLER_AGREE",null,"onsale","refund_bill","30.00","c**",null,1731301201000,null,null,null,null,null,null,null,[],315344485083600]',
    ],
  },
  {
    topic: 'taobao_item_ItemUpdate',
    content:
      '{"num_iid":37157280239,"nick":"花间集","title":"加绒卫衣","price":"159.00","num":660,"changed_fields":"desc, num,sku"}',
    rows: [
      '["5091501188142226555","12497914","taobao_item_ItemUpdate","item","2200000001","花间集",1450923004062,"{\\"num_iid\\":37157280239,\\"nick\\":\\"花间集\\",\\"title\\":\\"加绒卫衣\\",\\"price\\":\\"159.00\\",\\"num\\":660,\\"changed_fields\\":\\"desc, num,sku\\"}","{}",[],290445699707433,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_item_ItemUpdate","updated",1450923004062,"2200000001","花间集","updated|37157280239|||||159.00|660||||desc, num,sku|1450923004","37157280239",null,null,"159.00","660",null,null,null,"加绒卫衣",["desc","num","sku"],"desc, num,sku",null,null,null,null,null,null,null,null,[],290445699707433]',
    ],
  },
  {
    topic: 'taobao_logistics_LogsticDetailTrace',
    content:
      '{"tid":2918463734761365258,"out_sid":"78667863666001","company_name":"中通快递","action":"SENT_SCAN","time":"2024-11-12 08:00:00","desc":"【深圳市】快递员13812345678正在派件"}',
    rows: [
      '["5091501188142226555","12497914","taobao_logistics_LogsticDetailTrace","logistics","2200000001","花间集",1450923004062,"{\\"tid\\":2918463734761365258,\\"out_sid\\":\\"78667863666001\\",\\"company_name\\":\\"中通快递\\",\\"action\\":\\"SENT_SCAN\\",\\"time\\":\\"2024-11-12 08:00:00\\",\\"desc\\":\\"【深圳市】快递员[phone]正在派件\\"}","{}",[],416975106491473,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_logistics_LogsticDetailTrace","traced",1450923004062,"2200000001","花间集","traced|2918463734761365258|78667863666001|||SENT_SCAN|1731369600000|4289202937","2918463734761365258","78667863666001","中通快递",null,"SENT_SCAN","out_for_delivery",1731369600000,"【深圳市】快递员[phone]正在派件",null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,[],416975106491473]',
    ],
  },
  {
    topic: 'taobao_logistics_PackageExceptionCreate',
    content:
      '{"tid":2918463734761365258,"excep_id":"9001","msg_id":"m1","exception_type":"DELAY","create_time":1731254400000,"compensate_amount":"1.00","trade_details":"[{\\"receiver_name\\":\\"张三丰\\",\\"mobile\\":13800138000}]"}',
    rows: [
      '["5091501188142226555","12497914","taobao_logistics_PackageExceptionCreate","logistics","2200000001","花间集",1450923004062,"{\\"tid\\":2918463734761365258,\\"excep_id\\":\\"9001\\",\\"msg_id\\":\\"m1\\",\\"exception_type\\":\\"DELAY\\",\\"create_time\\":1731254400000,\\"compensate_amount\\":\\"1.00\\",\\"trade_details\\":\\"[{\\\\\\"receiver_name\\\\\\":\\\\\\"张**\\\\\\",\\\\\\"mobile\\\\\\":\\\\\\"[phone]\\\\\\"}]\\"}","{}",[],494507913862443,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_logistics_PackageExceptionCreate","exception_created",1450923004062,"2200000001","花间集","exception_created|2918463734761365258||9001|m1||1731254400000","2918463734761365258","",null,null,null,"",1731254400000,null,null,"9001","DELAY",null,null,null,"1.00",null,"m1","[{\\"receiver_name\\":\\"张**\\",\\"mobile\\":\\"[phone]\\"}]",null,null,null,null,null,null,null,[],494507913862443]',
    ],
  },
  {
    topic: 'taobao_traderate_ImprBadTag',
    content:
      '{"tid":2918463734761365258,"oid":2918463734761365259,"num_iid":547399920317,"biz_type":3,"feedback":"线头多，加微信abc12345","impr_words":"款式-负面-款式比较旧;尺码-负面-偏小","gmt_modified":"2024-11-13 09:30:00"}',
    rows: [
      '["5091501188142226555","12497914","taobao_traderate_ImprBadTag","review","2200000001","花间集",1450923004062,"{\\"tid\\":2918463734761365258,\\"oid\\":2918463734761365259,\\"num_iid\\":547399920317,\\"biz_type\\":3,\\"feedback\\":\\"线头多，加微信[wechat]\\",\\"impr_words\\":\\"款式-负面-款式比较旧;尺码-负面-偏小\\",\\"gmt_modified\\":\\"2024-11-13 09:30:00\\"}","{}",[],553737621353656,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_traderate_ImprBadTag","bad_impression",1450923004062,"2200000001","花间集","bad_impression|2918463734761365258|2918463734761365259|547399920317|3|1731461400000|3892472444","2918463734761365258","2918463734761365259","547399920317",3,"follow_up","线头多，加微信[wechat]","款式-负面-款式比较旧;尺码-负面-偏小",[{"category":"款式","polarity":"负面","phrase":"款式比较旧"},{"category":"尺码","polarity":"负面","phrase":"偏小"}],1731461400000,[],553737621353656]',
    ],
  },
  {
    topic: 'taobao_fenxiao_FxOrderPaid',
    content:
      '{"fenxiao_id":73839201,"sub_order_id":"83839201","distributor_username":"杭州小铺","supplier_username":"花间集","distributor_payment":"88.50","adjust_fee":"0.00","shipping":"FAST","logistics_id":"YT8123456789012","trade_type":"AGENT"}',
    rows: [
      '["5091501188142226555","12497914","taobao_fenxiao_FxOrderPaid","distribution","2200000001","花间集",1450923004062,"{\\"fenxiao_id\\":73839201,\\"sub_order_id\\":\\"83839201\\",\\"distributor_username\\":\\"杭州小铺\\",\\"supplier_username\\":\\"花间集\\",\\"distributor_payment\\":\\"88.50\\",\\"adjust_fee\\":\\"0.00\\",\\"shipping\\":\\"FAST\\",\\"logistics_id\\":\\"YT8123456789012\\",\\"trade_type\\":\\"AGENT\\"}","{}",[],398992004388085,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_fenxiao_FxOrderPaid","order_paid",1450923004062,"2200000001","花间集","order_paid|73839201|83839201||||||","73839201","83839201",null,null,null,null,"杭州小铺","花间集",null,null,"88.50","0.00",null,null,null,null,"WAIT_SELLER_SEND_GOODS","AGENT","FAST",null,"YT8123456789012",null,null,null,[],398992004388085]',
    ],
  },
  {
    topic: 'taobao_jds_TradeTrace',
    content: '{"tid":"2918463734761365258","receiver":{"name":"张三","mobile":"13800138000"}}',
    rows: [
      '["5091501188142226555","12497914","taobao_jds_TradeTrace","unknown","2200000001","花间集",1450923004062,"{\\"tid\\":\\"2918463734761365258\\",\\"receiver\\":{\\"name\\":\\"张**\\",\\"mobile\\":\\"[phone]\\"}}","{}",[],287596197486694,1731254400062,"test","queue 0/17"]',
    ],
  },
  {
    topic: 'taobao_trade_TradeChanged',
    content: '{"tid":2918463734761365258,"payment":"1e3","modified":"2024-02-30 00:00:00"}',
    rows: [
      '["5091501188142226555","12497914","taobao_trade_TradeChanged","trade","2200000001","花间集",1450923004062,"{\\"tid\\":2918463734761365258,\\"payment\\":\\"1e3\\",\\"modified\\":\\"2024-02-30 00:00:00\\"}","{}",["modified","payment"],388530322994894,1731254400062,"test","queue 0/17"]',
      '["5091501188142226555","12497914","taobao_trade_TradeChanged","changed",1450923004062,"2200000001","花间集","changed|2918463734761365258||||||||||1450923004","2918463734761365258",null,null,null,null,"","",null,null,null,null,"trade",null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,[],null,null,null,null,null,null,["modified","payment"],388530322994894]',
    ],
  },
];

/**
 * Rows of one revision must be equal wherever and whenever they are made: among copies of a message, and on replay, the
 * store keeps any of those with equal versions.
 */
test('the rows of this revision are what they were', () => {
  assert.equal(NORMALISER_REVISION, REVISION, CHANGED);
  for (const { topic, content, rows } of GOLDEN) {
    const made = stored(bodyOf(topic, content)).rows.map(({ text }) => toUtf16(text));
    assert.deepEqual(made, rows, `${topic}: ${CHANGED}`);
  }
});
