import { deadline, id, money, sendType, text, time, type CellReader } from './cells.js';

export interface FileColumn {
  /** Name in the header and in the table. */
  readonly name: string;
  /** Other names the header may give it. */
  readonly aliases: readonly string[];
  readonly read: CellReader;
  /** A row without a value in it is bad; the other columns may be empty, or missing from the file. */
  readonly required?: true;
}

/** What a kind of file holds and where it goes. */
export interface FileKind {
  readonly name: 'orders' | 'items' | 'increment';
  readonly table: string;
  readonly columns: readonly FileColumn[];
}

const column = (name: string, read: CellReader, ...aliases: readonly string[]): FileColumn => ({ name, aliases, read });
const required = (name: string, read: CellReader, ...aliases: readonly string[]): FileColumn => ({
  ...column(name, read, ...aliases),
  required: true,
});

const TID = required('tid', id, '订单编号', '交易编号');

export const ORDERS: FileKind = {
  name: 'orders',
  table: 'juliu_store.order_dimensions',
  columns: [
    TID,
    column('promised_at', deadline, '承诺送达时间'),
    column('send_type', sendType, '发货方式'),
    column('province', text, '收货省份', '省份'),
  ],
};

export const ITEMS: FileKind = {
  name: 'items',
  table: 'juliu_store.item_dimensions',
  columns: [
    required('num_iid', id, '商品数字编号', '商品ID'),
    column('category', text, '商品类目', '类目'),
    column('cost', money, '成本价', '成本'),
    column('title', text, '商品标题', '标题'),
  ],
};

export const INCREMENT: FileKind = {
  name: 'increment',
  table: 'juliu_store.increment_trades',
  columns: [
    TID,
    required('modified', time, '修改时间'),
    column('status', text, '交易状态', '订单状态'),
    column('payment', money, '实付金额'),
    column('seller_nick', text, '卖家昵称'),
  ],
};
