import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLES } from '../../../ingest/messages/codec.js';
import { bodyOf, stored, typedOf } from './rows.js';

/** Every topic of the six families, written down again from the official catalogue, with the table it belongs to. */
const TOPICS: Record<string, readonly string[]> = {
  logistics_traces: [
    'taobao_logistics_Accept',
    'taobao_logistics_ExceptionConfigChange',
    'taobao_logistics_LogsticDetailTrace',
    'taobao_logistics_PackageExceptionCreate',
    'taobao_logistics_PackageExceptionOff',
    'taobao_logistics_UnTaobaoLogstic',
  ],
  review_events: ['taobao_traderate_ImprBadTag'],
  trade_events: [
    'taobao_trade_AdvanceDisburse',
    'taobao_trade_OpenTradePush',
    'taobao_trade_OrderSkuChanged',
    'taobao_trade_TradeAlipayCreate',
    'taobao_trade_TradeBuyerPay',
    'taobao_trade_TradeBuyerPaySubOut',
    'taobao_trade_TradeBuyerStepPay',
    'taobao_trade_TradeChanged',
    'taobao_trade_TradeClose',
    'taobao_trade_TradeCloseAndModifyDetailOrder',
    'taobao_trade_TradeCreate',
    'taobao_trade_TradeCreateDelay',
    'taobao_trade_TradeDelayConfirmPay',
    'taobao_trade_TradeLogisticsAddressChanged',
    'taobao_trade_TradeMemoModified',
    'taobao_trade_TradeModifyFee',
    'taobao_trade_TradePartlyConfirmPay',
    'taobao_trade_TradePartlyRefund',
    'taobao_trade_TradePartlySellerShip',
    'taobao_trade_TradePeriodSuccess',
    'taobao_trade_TradeRated',
    'taobao_trade_TradeRatedOut',
    'taobao_trade_TradeSellerShip',
    'taobao_trade_TradeSuccess',
    'taobao_trade_TradeSuccessDelay',
    'taobao_trade_TradeTimeoutRemind',
    'taobao_rdcaligenius_OrderMsgSend',
  ],
  item_events: [
    'taobao_item_AuditResultNotify',
    'taobao_item_DistributeItemEdit',
    'taobao_item_ItemAdd',
    'taobao_item_ItemDelete',
    'taobao_item_ItemDownshelf',
    'taobao_item_ItemOfflineNotice',
    'taobao_item_ItemPunishCc',
    'taobao_item_ItemPunishDelete',
    'taobao_item_ItemPunishDownshelf',
    'taobao_item_ItemRecommendAdd',
    'taobao_item_ItemRecommendDelete',
    'taobao_item_ItemSkuZeroStock',
    'taobao_item_ItemStockChanged',
    'taobao_item_ItemStockChangedOut',
    'taobao_item_ItemUpdate',
    'taobao_item_ItemUpshelf',
    'taobao_item_ItemZeroStock',
    'taobao_item_ReserveCardIdentify',
  ],
  distribution_events: [
    'taobao_fenxiao_DealerAgree',
    'taobao_fenxiao_DealerClose',
    'taobao_fenxiao_DealerConfirm',
    'taobao_fenxiao_DealerCreate',
    'taobao_fenxiao_DealerInstock',
    'taobao_fenxiao_DealerModify',
    'taobao_fenxiao_DealerPay',
    'taobao_fenxiao_DealerRefuse',
    'taobao_fenxiao_DealerShipped',
    'taobao_fenxiao_FxOrderClosed',
    'taobao_fenxiao_FxOrderCreate',
    'taobao_fenxiao_FxOrderModifyConsign',
    'taobao_fenxiao_FxOrderModifyPrice',
    'taobao_fenxiao_FxOrderPaid',
    'taobao_fenxiao_FxOrderShipped',
    'taobao_fenxiao_FxOrderSuccess',
    'taobao_fenxiao_FxOrderTransfered',
    'taobao_fenxiao_FxRefundAgree',
    'taobao_fenxiao_FxRefundClose',
    'taobao_fenxiao_FxRefundCreate',
    'taobao_fenxiao_FxRefundModify',
    'taobao_fenxiao_FxRefundRefuseGoods',
    'taobao_fenxiao_FxRefundSuccess',
    'taobao_fenxiao_FxTradeRefundCreate',
    'taobao_fenxiao_FxTradeRefundSuccess',
    'taobao_jzfx_PurchaseOrderCreate',
    'taobao_jzfx_PurchaseOrderStatusModify',
    'taobao_jzfx_PurchaseReverseOrderCreate',
    'taobao_jzfx_PurchaseReverseOrderStatusModify',
  ],
  refund_events: [
    'taobao_refund_OrderStatusSync',
    'taobao_refund_RefundBlockMessage',
    'taobao_refund_RefundBuyerModifyAgreement',
    'taobao_refund_RefundBuyerReturnGoods',
    'taobao_refund_RefundClosed',
    'taobao_refund_RefundCreateMessage',
    'taobao_refund_RefundCreated',
    'taobao_refund_RefundSellerAgreeAgreement',
    'taobao_refund_RefundSellerRefuseAgreement',
    'taobao_refund_RefundSuccess',
    'taobao_refund_RefundTimeoutRemind',
    'taobao_refund_RefundableCanceled',
    'taobao_refund_RefundableMarked',
    'taobao_refund_TaobaoInterApplied',
    'taobao_refund_TaobaoIntervened',
    'taobao_retrieve_Completed',
    'taobao_retrieve_Started',
  ],
};

test('every topic of the catalogue is routed, each event has its own short name', () => {
  for (const [table, topics] of Object.entries(TOPICS)) {
    const events = new Set<unknown>();
    for (const topic of topics) {
      const { rows } = stored(bodyOf(topic, '{}'));
      assert.equal(rows[1]?.table.name, `juliu_store.${table}`, topic);
      events.add(typedOf(bodyOf(topic, '{}'))['event']);
    }
    assert.equal(events.size, topics.length, table);
  }
});

test('the tables and their columns', () => {
  const lead = 'event_id app_key topic event publish_time seller_id seller_nick business_key';
  const expected: Record<string, string> = {
    events:
      'event_id app_key topic family user_id user_nick publish_time content extra defects version received_at source position',
    dead_letters: 'identity reason body detail source position received_at retried_at version',
    trade_events: `${lead} tid oid num_iid sku_id refund_id fenxiao_id sub_order_id tc_order_id status trade_type payment payment_scope price post_fee refund_fee adjust_fee distributor_payment num increment sku_num buyer_nick buyer_open_uid seller_open_uid rater action_type seller_flag seller_memo refund_phase bill_type third_party_status user_type distributor_username supplier_username distribution_type logistics_id shipping alipay_no changed_fields title subject note store_code modified end_time defects version`,
    refund_events: `${lead} refund_id tid oid record_id out_order_id refund_status refund_status_raw refund_phase bill_type refund_fee buyer_nick buyer_open_uid modified biz_status biz_status_desc buyer_option_code buyer_option_name buyer_select_time strategy_id strategy_name defects version`,
    item_events: `${lead} num_iid sku_id tb_order_id price num increment sku_num status title changed_fields changed_fields_raw item_type biz_type message_type msg_id audit_result audit_message detail_url trace_id defects version`,
    logistics_traces: `${lead} tid out_sid company_name cp_code action stage action_time description seller_open_uid excep_id exception_type exception_code sub_exception_code detail_type compensate_amount over_time msg_id trade_details mail_details note collected_stop_warn_value consign_delay_warn_value consign_fake_warn_value deliverying_stop_warn_value transporting_stop_warn_value defects version`,
    review_events: `${lead} tid oid num_iid biz_type review_kind feedback impr_words impr_labels gmt_modified defects version`,
    distribution_events: `${lead} fenxiao_id sub_order_id tc_order_id tc_sub_order_id purchase_id purchase_reverse_id distributor_username supplier_username distributor_shop_name supplier_shop_name distributor_payment adjust_fee post_fee refund_fee refund_flow_type status order_status trade_type shipping logistics_company_name logistics_id alipay_no created modified defects version`,
  };
  assert.deepEqual(
    Object.fromEntries(TABLES.map(({ name, columns }) => [name.replace('juliu_store.', ''), columns.join(' ')])),
    expected,
  );
});
