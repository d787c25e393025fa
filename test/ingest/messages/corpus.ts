/** A small realistic mix of bodies of all six families, content as string or object, made by hand. */

interface Made {
  readonly topic: string;
  readonly content: Record<string, unknown>;
}

/** JSON with ids as unquoted integers of any length: strings of the form `#digits` lose their quotes. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(/"#(\d+)"/g, '$1');
}

const tid = (n: number): string => `#${2918463734761365258n + BigInt(n) * 1009n}`;
const oid = (n: number, line: number): string => `#${2918463734761365258n + BigInt(n) * 1009n + BigInt(line)}`;
const time = (n: number): string => {
  const at = new Date(Date.UTC(2024, 10, 11, 0, 0, n * 37));
  return at.toISOString().slice(0, 19).replace('T', ' ');
};
const seller = '花间集旗舰店';
const cities = ['深圳市', '杭州市', '义乌市', '成都市', '武汉市', '沈阳市'];
const statuses = ['WAIT_BUYER_PAY', 'WAIT_SELLER_SEND_GOODS', 'WAIT_BUYER_CONFIRM_GOODS', 'TRADE_FINISHED'];

function trade(n: number): Made {
  const events = ['TradeCreate', 'TradeBuyerPay', 'TradeSellerShip', 'TradeSuccess', 'TradeChanged'];
  return {
    topic: `taobao_trade_${events[n % events.length] ?? ''}`,
    content: {
      buyer_nick: n % 3 === 0 ? '碎碎念' : '碎**',
      buyer_open_uid: `AAHLuAVrAABxoR0DtQv2KK${n % 90}`,
      payment: `${(n * 7) % 900}.${10 + (n % 89)}`,
      post_fee: '0.00',
      status: statuses[n % 4],
      iid: `#${45558754196 + n}`,
      oid: oid(n, n % 3),
      tid: tid(n),
      type: 'guarantee_trade',
      seller_nick: seller,
    },
  };
}

function memo(n: number): Made {
  return {
    topic: 'taobao_trade_TradeMemoModified',
    content: {
      ...trade(n).content,
      action_type: 'seller',
      seller_flag: n % 5,
      seller_memo: n % 2 === 0 ? `客户要求改地址，电话1381234${1000 + (n % 9000)}` : '发顺丰，送小礼物',
    },
  };
}

function trace(n: number): Made {
  const actions = ['GOT', 'ARRIVAL', 'DEPARTURE', 'SENT_CITY', 'SENT_SCAN', 'SIGNED', 'TMS_SIGN'];
  const action = actions[n % actions.length] ?? '';
  const city = cities[n % cities.length] ?? '';
  const desc =
    action === 'SENT_SCAN'
      ? `【${city}】${city}南山营业部 快递员张三丰正在派件，电话：1391234${1000 + (n % 9000)}，请保持电话畅通`
      : `【${city}】快件已到达 ${city}转运中心，正发往下一站 ${cities[(n + 1) % cities.length] ?? ''}转运中心`;
  return {
    topic: 'taobao_logistics_LogsticDetailTrace',
    content: { time: time(n), desc, company_name: '中通快递', out_sid: `7866786366${6000 + n}`, action, tid: tid(n) },
  };
}

function refund(n: number): Made {
  const events = ['RefundCreated', 'RefundSellerAgreeAgreement', 'RefundSuccess', 'RefundClosed'];
  return {
    topic: `taobao_refund_${events[n % events.length] ?? ''}`,
    content: {
      buyer_nick: 'c**',
      buyer_open_uid: 'AAHLuAVrAABxoR0DtQv2KKHi',
      refund_phase: n % 2 === 0 ? 'onsale' : 'aftersale',
      refund_fee: `${n % 300}.00`,
      modified: time(n),
      bill_type: 'refund_bill',
      oid: oid(n, 0),
      seller_nick: seller,
      refund_id: `#${181784773340365852n + BigInt(n)}`,
      tid: tid(n),
    },
  };
}

function item(n: number): Made {
  return {
    topic: n % 2 === 0 ? 'taobao_item_ItemUpdate' : 'taobao_item_ItemStockChanged',
    content: {
      nick: seller,
      num: 660 - (n % 600),
      sku_num: 30,
      changed_fields: n % 3 === 0 ? '' : 'desc,num,sku',
      num_iid: `#${37157280239 + n}`,
      sku_id: `#${40185694152 + n}`,
      title: '2024秋冬新款 加绒加厚连帽卫衣女&rsquo;s 宽松慵懒风外套',
      price: '159.00',
    },
  };
}

function review(n: number): Made {
  return {
    topic: 'taobao_traderate_ImprBadTag',
    content: {
      biz_type: n % 2 === 0 ? 0 : 3,
      feedback:
        '衣服的颜色跟图片差太多了，袖子一长一短，线头到处都是，联系客服半天没有人理，快递盒子也压扁了，很失望的一次购物',
      gmt_modified: time(n),
      impr_words: '款式-负面-款式比较旧;尺码-负面-偏小',
      num_iid: `#${547399920317 + n}`,
      oid: oid(n, 0),
      seller_nick: seller,
      tid: tid(n),
    },
  };
}

function purchase(n: number): Made {
  const events = ['FxOrderCreate', 'FxOrderPaid', 'FxOrderShipped', 'FxOrderModifyConsign'];
  return {
    topic: `taobao_fenxiao_${events[n % events.length] ?? ''}`,
    content: {
      fenxiao_id: String(73839201 + n),
      sub_order_id: String(83839201 + n),
      distributor_username: '杭州小铺分销',
      supplier_username: seller,
      distributor_payment: '88.50',
      adjust_fee: '0.00',
      post_fee: '6.00',
      alipay_no: '2024111122001178391442',
      shipping: 'FAST',
      logistics_company_name: '圆通速递',
      logistics_id: `YT${8123456789012 + n}`,
      trade_type: 'AGENT',
    },
  };
}

const mix = [trade, trace, trade, trace, refund, trace, item, trade, trace, review, trade, trace, purchase, item, memo];

/** Bodies as on the wire; three of four carry their content as a string. */
export function realisticBodies(count: number): Buffer[] {
  const bodies: Buffer[] = [];
  for (let n = 0; n < count; n++) {
    const { topic, content } = (mix[n % mix.length] ?? trade)(n);
    bodies.push(
      Buffer.from(
        json({
          topic,
          content: n % 4 === 3 ? content : json(content),
          outgoing_id: `#${5091501188142226555n + BigInt(n)}`,
          publish_time: 1_731_254_400_062 + n * 37_003,
          publisher_appkey: '12497914',
          user_id: 2_200_000_000 + (n % 7),
          user_nick: seller,
        }),
      ),
    );
  }
  return bodies;
}
