import { asWire } from '../wire-text.js';
import { column, columns, derived, type Family, topic } from '../family.js';

/** Trades (淘宝交易): one message per order line for many topics, told by `oid` ≠ `tid`. */
export const trades: Family = {
  name: 'trade',
  table: 'trade_events',
  key: 'tid',
  topics: [
    topic('taobao_trade_AdvanceDisburse', 'advance_disbursed', '订单极速放款成功消息'),
    topic('taobao_trade_OpenTradePush', 'open_trade_pushed', '开放交易推进消息', { repeats: true }),
    topic('taobao_trade_OrderSkuChanged', 'sku_changed', '修改子订单SKU成功', { repeats: true }),
    topic('taobao_trade_TradeAlipayCreate', 'alipay_created', '创建支付宝订单消息'),
    topic('taobao_trade_TradeBuyerPay', 'paid', '买家付完款，或万人团买家付完尾款'),
    topic('taobao_trade_TradeBuyerPaySubOut', 'line_paid', '子订单维度付款消息（对外）'),
    topic('taobao_trade_TradeBuyerStepPay', 'deposit_paid', '分阶段订单付定金'),
    topic('taobao_trade_TradeChanged', 'changed', '订单信息变更消息', { repeats: true }),
    topic('taobao_trade_TradeClose', 'closed', '关闭交易消息'),
    topic('taobao_trade_TradeCloseAndModifyDetailOrder', 'line_closed_or_modified', '关闭或修改子订单消息', {
      repeats: true,
    }),
    topic('taobao_trade_TradeCreate', 'created', '创建淘宝交易消息'),
    topic('taobao_trade_TradeCreateDelay', 'created_delayed', '创建淘宝交易延迟消息'),
    topic('taobao_trade_TradeDelayConfirmPay', 'receipt_extended', '延长收货时间消息', { repeats: true }),
    topic('taobao_trade_TradeLogisticsAddressChanged', 'address_changed', '修改交易收货地址消息', { repeats: true }),
    topic('taobao_trade_TradeMemoModified', 'memo_modified', '交易备注修改消息', { repeats: true }),
    topic('taobao_trade_TradeModifyFee', 'fee_modified', '修改交易费用消息', { repeats: true }),
    topic('taobao_trade_TradePartlyConfirmPay', 'line_confirmed', '子订单打款成功消息'),
    topic('taobao_trade_TradePartlyRefund', 'line_refunded', '子订单退款成功消息'),
    topic('taobao_trade_TradePartlySellerShip', 'line_shipped', '交易的部分子订单发货消息'),
    topic('taobao_trade_TradePeriodSuccess', 'period_succeeded', '交易阶段成功消息', { repeats: true }),
    topic('taobao_trade_TradeRated', 'rated', '交易评价变更消息', { repeats: true }),
    topic('taobao_trade_TradeRatedOut', 'rated_out', '淘宝开发平台内部使用评价变更消息out', { repeats: true }),
    topic('taobao_trade_TradeSellerShip', 'shipped', '卖家发货消息'),
    topic('taobao_trade_TradeSuccess', 'succeeded', '交易成功消息'),
    topic('taobao_trade_TradeSuccessDelay', 'succeeded_delayed', '交易成功延迟消息'),
    topic('taobao_trade_TradeTimeoutRemind', 'timeout_reminded', '交易超时提醒消息', { repeats: true }),
    topic('taobao_rdcaligenius_OrderMsgSend', 'order_message', '订单消息', { repeats: true }),
  ],
  columns: [
    ...columns('id', 'tid', 'oid'),
    column('num_iid', 'id', 'iid', 'num_iid'),
    ...columns('id', 'sku_id', 'refund_id'),
    ...columns('textId', 'fenxiao_id', 'sub_order_id'),
    column('tc_order_id', 'id'),
    column('status', 'text'),
    column('trade_type', 'text', 'type'),
    column('payment', 'money'),
    derived('payment_scope', asWire('""'), ['tid', 'oid'], paymentScope),
    ...columns('money', 'price', 'post_fee', 'refund_fee', 'adjust_fee', 'distributor_payment'),
    ...columns('int32', 'num', 'increment', 'sku_num'),
    ...columns('text', 'buyer_nick', 'buyer_open_uid', 'seller_open_uid', 'rater', 'action_type'),
    column('seller_flag', 'int32'),
    ...columns('text', 'seller_memo', 'refund_phase', 'bill_type'),
    ...columns('int32', 'third_party_status', 'user_type'),
    ...columns('text', 'distributor_username', 'supplier_username'),
    column('distribution_type', 'text', 'trade_type'),
    ...columns('text', 'logistics_id', 'shipping', 'alipay_no'),
    column('changed_fields', 'list'),
    ...columns('text', 'title', 'subject'),
    column('note', 'text', 'content'),
    column('store_code', 'text'),
    ...columns('time', 'modified', 'end_time'),
  ],
  businessKey: {
    of: ['tid', 'oid', 'refund_id'],
    at: ['modified'],
    hashed: ['seller_memo'],
    states: ['status', 'payment', 'seller_flag', 'rater', 'action_type', 'third_party_status'],
  },
};

/**
 * Whether `payment` is of the whole trade or unknown from this message alone: a message about a line (oid ≠ tid)
 * carries either the line's or, repeated, the trade's payment. The view `juliu.trade_payments` decides per trade.
 */
function paymentScope(
  [tid, oid]: readonly (string | undefined)[],
  { defects }: { readonly defects: readonly string[] },
): ReturnType<typeof asWire> {
  const wholeTrade = oid === undefined ? !defects.includes('oid') : oid === tid;
  return asWire(wholeTrade ? '"trade"' : '"unknown"');
}
