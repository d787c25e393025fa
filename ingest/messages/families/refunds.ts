import { type Cell, NULL } from '../column-kinds.js';
import { column, columns, derived, type DerivedFrom, type Family, topic } from '../family.js';
import { asWire } from '../wire-text.js';

const status = (refund_status: string) => ({ sets: { refund_status } });

/** Refunds (淘宝退款): the content has no status, the topic is the status. */
export const refunds: Family = {
  name: 'refund',
  table: 'refund_events',
  key: 'refund_id',
  topics: [
    topic('taobao_refund_OrderStatusSync', 'status_synced', '逆向订单数据同步', { repeats: true }),
    topic('taobao_refund_RefundBlockMessage', 'message_blocked', '屏蔽退款留言消息-无此消息', { repeats: true }),
    topic('taobao_refund_RefundBuyerModifyAgreement', 'buyer_modified', '买家修改退款协议消息', {
      ...status('WAIT_SELLER_AGREE'),
      repeats: true,
    }),
    topic(
      'taobao_refund_RefundBuyerReturnGoods',
      'goods_returned',
      '买家退货给卖家消息',
      status('WAIT_SELLER_CONFIRM_GOODS'),
    ),
    topic('taobao_refund_RefundClosed', 'closed', '退款关闭消息', status('CLOSED')),
    topic('taobao_refund_RefundCreateMessage', 'message_created', '发表退款留言消息', { repeats: true }),
    topic('taobao_refund_RefundCreated', 'created', '退款创建消息', status('WAIT_SELLER_AGREE')),
    topic('taobao_refund_RefundSellerAgreeAgreement', 'seller_agreed', '卖家同意退款协议消息'),
    topic(
      'taobao_refund_RefundSellerRefuseAgreement',
      'seller_refused',
      '卖家拒绝退款协议消息',
      status('SELLER_REFUSE_BUYER'),
    ),
    topic('taobao_refund_RefundSuccess', 'succeeded', '退款成功消息', status('SUCCESS')),
    topic('taobao_refund_RefundTimeoutRemind', 'timeout_reminded', '消息已下线', { repeats: true }),
    topic('taobao_refund_RefundableCanceled', 'mark_canceled', '退款标记取消消息'),
    topic('taobao_refund_RefundableMarked', 'marked', '退款标记创建消息'),
    topic('taobao_refund_TaobaoInterApplied', 'intervention_applied', '申请淘宝介入消息'),
    topic('taobao_refund_TaobaoIntervened', 'intervened', '淘宝介入退款消息'),
    topic('taobao_retrieve_Completed', 'retrieval_completed', '商家挽回完结消息'),
    topic('taobao_retrieve_Started', 'retrieval_started', '开始商家挽回消息'),
  ],
  columns: [
    column('refund_id', 'id', 'refund_id', 'redund_id', 'refund_order_id'),
    ...columns('id', 'tid', 'oid', 'record_id'),
    column('out_order_id', 'text'),
    derived('refund_status', NULL, ['refund_status_raw', 'bill_type'], refundStatus),
    column('refund_status_raw', 'text', 'refund_status'),
    ...columns('text', 'refund_phase', 'bill_type'),
    column('refund_fee', 'money'),
    ...columns('text', 'buyer_nick', 'buyer_open_uid'),
    column('modified', 'time', 'modified', 'modified_time'),
    column('biz_status', 'int32'),
    ...columns('text', 'biz_status_desc', 'buyer_option_code', 'buyer_option_name'),
    column('buyer_select_time', 'time'),
    ...columns('text', 'strategy_id', 'strategy_name'),
  ],
  businessKey: {
    of: ['refund_id', 'tid', 'oid', 'record_id', 'out_order_id'],
    at: ['modified', 'biz_status'],
    hashed: [],
    states: ['refund_status_raw'],
  },
};

/** Statuses of the refund API (taobao.refund.get). */
const API_STATUSES: ReadonlySet<string> = new Set([
  'WAIT_SELLER_AGREE',
  'WAIT_BUYER_RETURN_GOODS',
  'WAIT_SELLER_CONFIRM_GOODS',
  'SELLER_REFUSE_BUYER',
  'CLOSED',
  'SUCCESS',
  'WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS',
  'EXCHANGE_TRANSFORM_TO_REFUND',
  'WAIT_SELLER_CONSIGN_GOODS',
]);

/**
 * For the topics that do not decide the status alone: an agreement means that goods come back only where the bill is a
 * return or an exchange (without goods the money follows at once, as RefundSuccess); OrderStatusSync brings a status.
 */
function refundStatus([raw, billType]: readonly (Cell | undefined)[], { topic }: DerivedFrom): Cell | undefined {
  if (topic.event === 'seller_agreed' && (billType === '"return_bill"' || billType === '"replace_bill"')) {
    return asWire('"WAIT_BUYER_RETURN_GOODS"');
  }
  return raw !== undefined && API_STATUSES.has(raw.slice(1, -1)) ? raw : undefined;
}
