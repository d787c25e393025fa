/** The families of the message-sync service; topics outside them are `unknown` to its consumers. */
export type Family = 'trade' | 'refund' | 'item' | 'logistics' | 'review' | 'distribution' | 'unknown';

/** A TOP topic the simulator publishes. */
export class Topic {
  readonly name: string;
  readonly family: Family;
  /** `publisher_appkey` of its messages. */
  readonly appKey: string;
  /** Position in ALL_TOPICS, for counters. */
  readonly index: number;
  /** `"topic":"…"` and `"publisher_appkey":"…"` of the envelope. */
  readonly topicField: string;
  readonly appKeyField: string;
  /** What stands between the content and the id, and at the end, in the commonest order of keys. */
  readonly afterContent: string;
  readonly atEnd: string;

  constructor(name: string, family: Family, appKey: string, index: number) {
    this.name = name;
    this.family = family;
    this.appKey = appKey;
    this.index = index;
    this.topicField = `"topic":"${name}"`;
    this.appKeyField = `"publisher_appkey":"${appKey}"`;
    this.afterContent = `,${this.topicField},"outgoing_id":`;
    this.atEnd = `${this.appKeyField}}`;
  }
}

const topics: Topic[] = [];

/** `12497914` is the trade and item platform of every real sample; the other appkeys are invented. */
const TRADE_PLATFORM = '12497914';
const REFUND_PLATFORM = '21562731';
const LOGISTICS_PLATFORM = '23299685';
const REVIEW_PLATFORM = '12497914';
const DISTRIBUTION_PLATFORM = '21380790';
const ISV_PLATFORM = '33227064';

function family(family: Family, appKey: string, prefix: string): (name: string) => Topic {
  return (name) => {
    const topic = new Topic(prefix + name, family, appKey, topics.length);
    topics.push(topic);
    return topic;
  };
}

const trade = family('trade', TRADE_PLATFORM, 'taobao_trade_');
const item = family('item', TRADE_PLATFORM, 'taobao_item_');
const refund = family('refund', REFUND_PLATFORM, 'taobao_refund_');
const retrieve = family('refund', REFUND_PLATFORM, 'taobao_retrieve_');
const logistics = family('logistics', LOGISTICS_PLATFORM, 'taobao_logistics_');
const review = family('review', REVIEW_PLATFORM, 'taobao_traderate_');
const fenxiao = family('distribution', DISTRIBUTION_PLATFORM, 'taobao_fenxiao_');
const jzfx = family('distribution', DISTRIBUTION_PLATFORM, 'taobao_jzfx_');
const other = family('unknown', ISV_PLATFORM, '');

export const TRADE = {
  create: trade('TradeCreate'),
  alipayCreate: trade('TradeAlipayCreate'),
  createDelay: trade('TradeCreateDelay'),
  stepPay: trade('TradeBuyerStepPay'),
  buyerPay: trade('TradeBuyerPay'),
  buyerPaySubOut: trade('TradeBuyerPaySubOut'),
  modifyFee: trade('TradeModifyFee'),
  changed: trade('TradeChanged'),
  memoModified: trade('TradeMemoModified'),
  addressChanged: trade('TradeLogisticsAddressChanged'),
  skuChanged: trade('OrderSkuChanged'),
  advanceDisburse: trade('AdvanceDisburse'),
  openTradePush: trade('OpenTradePush'),
  partlyShip: trade('TradePartlySellerShip'),
  ship: trade('TradeSellerShip'),
  delayConfirm: trade('TradeDelayConfirmPay'),
  timeoutRemind: trade('TradeTimeoutRemind'),
  success: trade('TradeSuccess'),
  successDelay: trade('TradeSuccessDelay'),
  partlyConfirmPay: trade('TradePartlyConfirmPay'),
  periodSuccess: trade('TradePeriodSuccess'),
  rated: trade('TradeRated'),
  ratedOut: trade('TradeRatedOut'),
  close: trade('TradeClose'),
  closeAndModify: trade('TradeCloseAndModifyDetailOrder'),
  partlyRefund: trade('TradePartlyRefund'),
  orderMessage: family('trade', TRADE_PLATFORM, 'taobao_rdcaligenius_')('OrderMsgSend'),
} as const;

export const ITEM = {
  add: item('ItemAdd'),
  update: item('ItemUpdate'),
  upshelf: item('ItemUpshelf'),
  downshelf: item('ItemDownshelf'),
  remove: item('ItemDelete'),
  stockChanged: item('ItemStockChanged'),
  stockChangedOut: item('ItemStockChangedOut'),
  zeroStock: item('ItemZeroStock'),
  skuZeroStock: item('ItemSkuZeroStock'),
  recommendAdd: item('ItemRecommendAdd'),
  recommendDelete: item('ItemRecommendDelete'),
  punishDelete: item('ItemPunishDelete'),
  punishDownshelf: item('ItemPunishDownshelf'),
  punishCc: item('ItemPunishCc'),
  offlineNotice: item('ItemOfflineNotice'),
  auditResult: item('AuditResultNotify'),
  distributeEdit: item('DistributeItemEdit'),
  reserveCard: item('ReserveCardIdentify'),
} as const;

export const REFUND = {
  created: refund('RefundCreated'),
  agree: refund('RefundSellerAgreeAgreement'),
  refuse: refund('RefundSellerRefuseAgreement'),
  buyerModify: refund('RefundBuyerModifyAgreement'),
  returnGoods: refund('RefundBuyerReturnGoods'),
  message: refund('RefundCreateMessage'),
  interApplied: refund('TaobaoInterApplied'),
  intervened: refund('TaobaoIntervened'),
  success: refund('RefundSuccess'),
  closed: refund('RefundClosed'),
  orderStatusSync: refund('OrderStatusSync'),
  marked: refund('RefundableMarked'),
  markCanceled: refund('RefundableCanceled'),
  retrieveStarted: retrieve('Started'),
  retrieveCompleted: retrieve('Completed'),
} as const;

export const LOGISTICS = {
  trace: logistics('LogsticDetailTrace'),
  accept: logistics('Accept'),
  exceptionCreate: logistics('PackageExceptionCreate'),
  exceptionOff: logistics('PackageExceptionOff'),
  exceptionConfig: logistics('ExceptionConfigChange'),
  untaobao: logistics('UnTaobaoLogstic'),
} as const;

export const REVIEW = { badImpression: review('ImprBadTag') } as const;

export const FENXIAO = {
  orderCreate: fenxiao('FxOrderCreate'),
  orderPaid: fenxiao('FxOrderPaid'),
  orderShipped: fenxiao('FxOrderShipped'),
  orderSuccess: fenxiao('FxOrderSuccess'),
  orderClosed: fenxiao('FxOrderClosed'),
  modifyPrice: fenxiao('FxOrderModifyPrice'),
  modifyConsign: fenxiao('FxOrderModifyConsign'),
  transfered: fenxiao('FxOrderTransfered'),
  refundCreate: fenxiao('FxRefundCreate'),
  refundAgree: fenxiao('FxRefundAgree'),
  refundModify: fenxiao('FxRefundModify'),
  refundRefuseGoods: fenxiao('FxRefundRefuseGoods'),
  refundSuccess: fenxiao('FxRefundSuccess'),
  refundClose: fenxiao('FxRefundClose'),
  tradeRefundCreate: fenxiao('FxTradeRefundCreate'),
  tradeRefundSuccess: fenxiao('FxTradeRefundSuccess'),
  dealerCreate: fenxiao('DealerCreate'),
  dealerModify: fenxiao('DealerModify'),
  dealerAgree: fenxiao('DealerAgree'),
  dealerRefuse: fenxiao('DealerRefuse'),
  dealerPay: fenxiao('DealerPay'),
  dealerShipped: fenxiao('DealerShipped'),
  dealerInstock: fenxiao('DealerInstock'),
  dealerConfirm: fenxiao('DealerConfirm'),
  dealerClose: fenxiao('DealerClose'),
} as const;

export const JZFX = {
  create: jzfx('PurchaseOrderCreate'),
  statusModify: jzfx('PurchaseOrderStatusModify'),
  reverseCreate: jzfx('PurchaseReverseOrderCreate'),
  reverseStatusModify: jzfx('PurchaseReverseOrderStatusModify'),
} as const;

/** Topics outside the six families; a consumer must keep them all the same. */
export const OTHER = {
  authCancel: other('taobao_top_AuthCancel'),
  serviceOrder: other('taobao_fuwu_ServiceOpen'),
  tradeTrace: other('taobao_jds_TradeTrace'),
  exchangeCreated: other('taobao_dispute_ExchangeCreated'),
  notice: other('data-include_product'),
} as const;

export const ALL_TOPICS: readonly Topic[] = topics;
