import { type Cell, EMPTY_ARRAY, splitList } from '../column-kinds.js';
import { column, columns, derived, type Family, topic } from '../family.js';
import { unquote } from '../json-text.js';

/** Items (淘宝商品): edits and stock. No business time in the content, so nearly every topic may repeat. */
export const items: Family = {
  name: 'item',
  table: 'item_events',
  key: 'num_iid',
  topics: [
    topic('taobao_item_AuditResultNotify', 'audited', '淘宝商品审核结果消息通知'),
    topic('taobao_item_DistributeItemEdit', 'distribution_edited', '商品变更消息通知'),
    topic('taobao_item_ItemAdd', 'added', '商品新增消息'),
    topic('taobao_item_ItemDelete', 'deleted', '商品删除消息'),
    topic('taobao_item_ItemDownshelf', 'delisted', '商品下架消息', { repeats: true }),
    topic('taobao_item_ItemOfflineNotice', 'offline_noticed', '淘宝商品下降消息提醒', { repeats: true }),
    topic('taobao_item_ItemPunishCc', 'punished_cc', '小二CC商品消息', { repeats: true }),
    topic('taobao_item_ItemPunishDelete', 'punished_deleted', '小二删除商品消息'),
    topic('taobao_item_ItemPunishDownshelf', 'punished_delisted', '小二下架商品消息', { repeats: true }),
    topic('taobao_item_ItemRecommendAdd', 'recommended', '橱窗推荐商品消息', { repeats: true }),
    topic('taobao_item_ItemRecommendDelete', 'unrecommended', '取消橱窗推荐商品消息', { repeats: true }),
    topic('taobao_item_ItemSkuZeroStock', 'sku_sold_out', '商品SKU卖空消息', { repeats: true }),
    topic('taobao_item_ItemStockChanged', 'stock_changed', '修改商品库存消息', { repeats: true }),
    topic('taobao_item_ItemStockChangedOut', 'stock_changed_out', '淘宝开放平台内部使用库存变更消息out', {
      repeats: true,
    }),
    topic('taobao_item_ItemUpdate', 'updated', '商品更新消息', { repeats: true }),
    topic('taobao_item_ItemUpshelf', 'listed', '商品上架消息', { repeats: true }),
    topic('taobao_item_ItemZeroStock', 'sold_out', '商品卖空消息', { repeats: true }),
    topic('taobao_item_ReserveCardIdentify', 'card_number_added', '预约号卡补录', { repeats: true }),
  ],
  columns: [
    column('num_iid', 'id', 'num_iid', 'item_id', 'platform_item_id'),
    column('sku_id', 'id'),
    column('tb_order_id', 'text'),
    column('price', 'money'),
    ...columns('int64', 'num', 'increment', 'sku_num'),
    ...columns('text', 'status', 'title'),
    derived('changed_fields', EMPTY_ARRAY, ['changed_fields_raw'], changedFields),
    column('changed_fields_raw', 'text', 'changed_fields'),
    column('item_type', 'int32'),
    ...columns('text', 'biz_type', 'message_type', 'msg_id'),
    column('audit_result', 'bool'),
    column('audit_message', 'text', 'message'),
    ...columns('text', 'detail_url', 'trace_id'),
  ],
  businessKey: {
    of: ['num_iid', 'sku_id', 'tb_order_id', 'msg_id', 'trace_id'],
    at: [],
    hashed: [],
    states: ['price', 'num', 'increment', 'sku_num', 'status', 'changed_fields_raw'],
  },
};

/** Which fields of the item changed; the empty string, seen in 6 of 9 real messages, names none. */
function changedFields([raw]: readonly (Cell | undefined)[]): Cell | undefined {
  return raw === undefined ? undefined : splitList(unquote(raw));
}
