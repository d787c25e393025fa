import type { Dead, DeadReason, Decoded, DeliveryMeta, StoredEvent, TableSpec } from './decoded.js';

export type {
  Dead,
  DeadReason,
  Decoded,
  DeliveryMeta,
  EncodedRow,
  FamilyName,
  Stored,
  StoredEvent,
  TableSpec,
} from './decoded.js';
export type { WireText } from './wire-text.js';

/** Turns message bodies into rows. Pure: the same body and delivery give the same rows, for ever. */
export class MessageCodec {
  static async create(): Promise<MessageCodec> {
    return Promise.resolve(new MessageCodec());
  }

  decode(_body: Uint8Array, _meta: DeliveryMeta): Decoded {
    throw new Error('not built yet');
  }

  deadLetter(_body: Uint8Array, _meta: DeliveryMeta, _reason: DeadReason, _detail: string): Dead {
    throw new Error('not built yet');
  }

  renormalise(_stored: StoredEvent): Decoded {
    throw new Error('not built yet');
  }
}

const typed = (name: string, columns: string): TableSpec => ({
  name: `juliu_store.${name}`,
  columns: [
    ...'event_id app_key topic event publish_time seller_id seller_nick business_key'.split(' '),
    ...columns.split(' '),
    'defects',
    'version',
  ],
});

/** Every table an encoded row may belong to. */
export const TABLES: readonly TableSpec[] = [
  {
    name: 'juliu_store.events',
    columns:
      'event_id app_key topic family user_id user_nick publish_time content extra defects version received_at source position'.split(
        ' ',
      ),
  },
  {
    name: 'juliu_store.dead_letters',
    columns: 'identity reason body detail source position received_at retried_at version'.split(' '),
  },
  typed(
    'trade_events',
    'tid oid num_iid sku_id refund_id fenxiao_id sub_order_id tc_order_id status trade_type payment payment_scope price post_fee refund_fee adjust_fee distributor_payment num increment sku_num buyer_nick buyer_open_uid seller_open_uid rater action_type seller_flag seller_memo refund_phase bill_type third_party_status user_type distributor_username supplier_username distribution_type logistics_id shipping alipay_no changed_fields title subject note store_code modified end_time',
  ),
  typed(
    'refund_events',
    'refund_id tid oid record_id out_order_id refund_status refund_status_raw refund_phase bill_type refund_fee buyer_nick buyer_open_uid modified biz_status biz_status_desc buyer_option_code buyer_option_name buyer_select_time strategy_id strategy_name',
  ),
  typed(
    'item_events',
    'num_iid sku_id tb_order_id price num increment sku_num status title changed_fields changed_fields_raw item_type biz_type message_type msg_id audit_result audit_message detail_url trace_id',
  ),
  typed(
    'logistics_traces',
    'tid out_sid company_name cp_code action stage action_time description seller_open_uid excep_id exception_type exception_code sub_exception_code detail_type compensate_amount over_time msg_id trade_details mail_details note collected_stop_warn_value consign_delay_warn_value consign_fake_warn_value deliverying_stop_warn_value transporting_stop_warn_value',
  ),
  typed('review_events', 'tid oid num_iid biz_type review_kind feedback impr_words impr_labels gmt_modified'),
  typed(
    'distribution_events',
    'fenxiao_id sub_order_id tc_order_id tc_sub_order_id purchase_id purchase_reverse_id distributor_username supplier_username distributor_shop_name supplier_shop_name distributor_payment adjust_fee post_fee refund_fee refund_flow_type status order_status trade_type shipping logistics_company_name logistics_id alipay_no created modified',
  ),
];
