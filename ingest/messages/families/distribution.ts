import { type Cell, NULL } from '../column-kinds.js';
import { column, columns, derived, type DerivedFrom, type Family, topic } from '../family.js';

const status = (order_status: string) => ({ sets: { order_status } });

/**
 * Distribution (淘宝分销): purchase orders of distributors. The order and dealer topics have no documented content; their
 * documented siblings share one field set, which is taken wherever it shows up.
 */
export const distribution: Family = {
  name: 'distribution',
  table: 'distribution_events',
  key: null,
  topics: [
    topic('taobao_fenxiao_DealerAgree', 'dealer_agreed', '经销采购单审核通过', status('WAIT_BUYER_PAY')),
    topic('taobao_fenxiao_DealerClose', 'dealer_closed', '经销采购单关闭', status('TRADE_CLOSED')),
    topic('taobao_fenxiao_DealerConfirm', 'dealer_confirmed', '经销采购单采购成功'),
    topic('taobao_fenxiao_DealerCreate', 'dealer_created', '经销采购单创建'),
    topic('taobao_fenxiao_DealerInstock', 'dealer_stocked', '经销采购单入库', status('TRADE_FINISHED')),
    topic('taobao_fenxiao_DealerModify', 'dealer_modified', '经销采购单修改', { repeats: true }),
    topic('taobao_fenxiao_DealerPay', 'dealer_paid', '经销采购单付款', status('WAIT_SELLER_SEND_GOODS')),
    topic('taobao_fenxiao_DealerRefuse', 'dealer_refused', '经销采购单拒绝通过', { repeats: true }),
    topic('taobao_fenxiao_DealerShipped', 'dealer_shipped', '经销采购单已发货', status('WAIT_BUYER_CONFIRM_GOODS')),
    topic('taobao_fenxiao_FxOrderClosed', 'order_closed', '采购单关闭消息消息', status('TRADE_CLOSED')),
    topic('taobao_fenxiao_FxOrderCreate', 'order_created', '采购单创建消息', status('WAIT_BUYER_PAY')),
    topic('taobao_fenxiao_FxOrderModifyConsign', 'consign_modified', '分销属性变更', { repeats: true }),
    topic('taobao_fenxiao_FxOrderModifyPrice', 'price_modified', '修改采购单价格消息', { repeats: true }),
    topic('taobao_fenxiao_FxOrderPaid', 'order_paid', '采购单付款消息', status('WAIT_SELLER_SEND_GOODS')),
    topic('taobao_fenxiao_FxOrderShipped', 'order_shipped', '采购单发货消息', status('WAIT_BUYER_CONFIRM_GOODS')),
    topic('taobao_fenxiao_FxOrderSuccess', 'order_succeeded', '采购单确认收货消息', status('TRADE_FINISHED')),
    topic('taobao_fenxiao_FxOrderTransfered', 'order_settled', '采购单结算完成'),
    topic('taobao_fenxiao_FxRefundAgree', 'refund_agreed', '供应商同意退款消息'),
    topic('taobao_fenxiao_FxRefundClose', 'refund_closed', '关闭采购单退款消息'),
    topic('taobao_fenxiao_FxRefundCreate', 'refund_created', '创建采购单退款消息'),
    topic('taobao_fenxiao_FxRefundModify', 'refund_modified', '分销退款单修改', { repeats: true }),
    topic('taobao_fenxiao_FxRefundRefuseGoods', 'refund_goods_refused', '供应商拒绝确认收货消息', { repeats: true }),
    topic('taobao_fenxiao_FxRefundSuccess', 'refund_succeeded', '采购单退款成功消息'),
    topic('taobao_fenxiao_FxTradeRefundCreate', 'consumer_refund_created', '下游订单创建退款消息'),
    topic('taobao_fenxiao_FxTradeRefundSuccess', 'consumer_refund_succeeded', '下游订单退款完成消息'),
    topic('taobao_jzfx_PurchaseOrderCreate', 'purchase_created', '家装分销_采购单创建', status('WAIT_BUYER_PAY')),
    topic('taobao_jzfx_PurchaseOrderStatusModify', 'purchase_status_modified', '家装分销_采购单状态修改', {
      repeats: true,
    }),
    topic('taobao_jzfx_PurchaseReverseOrderCreate', 'reverse_created', '家装分销_采购逆向单创建'),
    topic('taobao_jzfx_PurchaseReverseOrderStatusModify', 'reverse_status_modified', '家装分销_采购逆向单状态修改', {
      repeats: true,
    }),
  ],
  columns: [
    ...columns('textId', 'fenxiao_id', 'sub_order_id'),
    ...columns('id', 'tc_order_id', 'tc_sub_order_id', 'purchase_id', 'purchase_reverse_id'),
    ...columns('text', 'distributor_username', 'supplier_username', 'distributor_shop_name', 'supplier_shop_name'),
    ...columns('money', 'distributor_payment', 'adjust_fee', 'post_fee', 'refund_fee'),
    column('refund_flow_type', 'int32'),
    column('status', 'text'),
    derived('order_status', NULL, ['status'], orderStatus),
    ...columns('text', 'trade_type', 'shipping', 'logistics_company_name', 'logistics_id', 'alipay_no'),
    ...columns('time', 'created', 'modified'),
  ],
  businessKey: {
    of: ['fenxiao_id', 'sub_order_id', 'purchase_id', 'purchase_reverse_id', 'tc_order_id', 'tc_sub_order_id'],
    at: ['created', 'modified'],
    hashed: [],
    states: ['status', 'refund_fee', 'distributor_payment', 'adjust_fee', 'logistics_id'],
  },
};

/** Home decoration brings the order's status in the content; that of its reverse orders is not the order's. */
function orderStatus([content]: readonly (Cell | undefined)[], { topic }: DerivedFrom): Cell | undefined {
  return topic.event === 'purchase_status_modified' ? content : undefined;
}
