import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Migrator } from '../../../sql/migrate/migrator.js';
import { RealStore } from '../../sql/migrations/real-store.js';
import { china, deliveries, insertRows, messages, textOf, type Row } from './rows.js';

const store = await RealStore.prepared();
after(() => store.close());
const TABLES = ['item_events', 'items_state', 'item_skus_state', 'item_changes_state', 'item_dimensions'];
before(() => new Migrator(store).apply());
beforeEach(clear);

async function clear(): Promise<void> {
  for (const table of TABLES) await store.command(`TRUNCATE TABLE juliu_store.${table}`);
}

const at = (moment: string, event: string, more: Row = {}): Row => ({
  publish_time: china(`2026-03-10 ${moment}`),
  event,
  num_iid: '525094586026',
  ...more,
});

async function take(...rows: readonly Row[]): Promise<void> {
  await insertRows(store, 'item_events', messages({}, rows));
}

const itemOf = (columns: string): Promise<string> => textOf(store, `SELECT ${columns} FROM juliu.items`);
const changes = (columns = 'field, old_value, new_value', where = '1'): Promise<string> =>
  textOf(store, `SELECT ${columns} FROM juliu.item_changes WHERE ${where} ORDER BY at, field, sku_id`);

test('an edit on line ends on the shelf, in whatever order its three messages were published within the second', async () => {
  for (const [delisted, updated, listed] of [
    ['.100', '.200', '.300'],
    ['.300', '.200', '.100'],
    ['.200', '.300', '.100'],
  ]) {
    await clear();
    await take(
      at(`10:00:00${delisted ?? ''}`, 'delisted'),
      at(`10:00:00${updated ?? ''}`, 'updated'),
      at(`10:00:00${listed ?? ''}`, 'listed'),
    );
    assert.equal(await itemOf('on_shelf, last_event, deleted'), 'true\tlisted\tfalse');
  }
  await take(at('10:00:01.000', 'delisted'));
  assert.equal(await itemOf('on_shelf'), 'false');
});

test('deletion wins within its second; an item listed again afterwards is not deleted', async () => {
  await take(at('10:00:00.900', 'listed'), at('10:00:00.100', 'deleted'));
  assert.equal(await itemOf('on_shelf, deleted'), 'false\ttrue');
  await take(at('10:00:02', 'listed'));
  assert.equal(await itemOf('on_shelf, deleted'), 'true\tfalse');
});

test('a field keeps its last known value when later messages do not carry it', async () => {
  await take(
    at('10:00:00', 'added', {
      title: '夏季 &rsquo; 连衣裙',
      price: '59.90',
      num: '100',
      seller_id: '7',
      seller_nick: '店',
    }),
    at('11:00:00', 'updated', { price: '49.90', sku_id: '11', sku_num: '30' }),
    at('11:00:00.500', 'updated', { price: '39.90', sku_id: '12', sku_num: '20', num: '50' }),
    at('12:00:00', 'delisted'),
  );
  assert.equal(
    await itemOf(
      'title, price, stock, sku_stock, seller_id, seller_nick, on_shelf, last_change_at, added_at, edited_at',
    ),
    `夏季 &rsquo; 连衣裙\t39.9\t50\t[(11,30,49.9),(12,20,39.9)]\t7\t店\tfalse\t2026-03-10 12:00:00\t2026-03-10 10:00:00\t2026-03-10 11:00:00`,
  );
});

test('sold out without a number is a stock of 0; several changes of stock in one second go by milliseconds', async () => {
  await take(
    at('10:00:00.100', 'stock_changed', { num: '5', sku_id: '1', sku_num: '5' }),
    at('10:00:00.900', 'stock_changed', { num: '3', sku_id: '1', sku_num: '3' }),
    at('10:00:00.500', 'stock_changed', { num: '4', sku_id: '1', sku_num: '4' }),
  );
  assert.equal(await itemOf('stock, sku_stock'), '3\t[(1,3,NULL)]');
  await take(at('10:00:02', 'sku_sold_out', { sku_id: '1' }), at('10:00:02.100', 'sold_out'));
  assert.equal(await itemOf('stock, sku_stock, sold_out_at'), '0\t[(1,0,NULL)]\t2026-03-10 10:00:02');
});

test('a verdict of the platform holds until the item is listed again; it may come without a seller', async () => {
  await take(at('09:00:00', 'listed', { seller_id: '7' }), at('10:00:00', 'punished_delisted'));
  assert.equal(await itemOf('punished, on_shelf, seller_id, punished_at'), 'true\tfalse\t7\t2026-03-10 10:00:00');
  await take(at('12:00:00', 'listed'));
  assert.equal(await itemOf('punished, on_shelf, punished_at'), 'false\ttrue\t2026-03-10 10:00:00');
});

test('messages without an item stay out; imported facts join', async () => {
  await take({ ...at('10:00:00', 'card_number_added'), num_iid: null });
  assert.equal(await itemOf('count()'), '0');
  await take(at('10:00:00', 'listed'));
  await insertRows(store, 'item_dimensions', [
    { num_iid: '525094586026', category: '女装', cost: '12.30', title: '导入', version: '1' },
  ]);
  assert.equal(await itemOf('category, cost, title'), '女装\t12.3\t导入');
});

test('the log names the fields of an edit with the values the message carries, and an edit that names none', async () => {
  await take(
    at('10:00:00', 'updated', { changed_fields: ['desc', 'title', 'price'], title: '旧', price: '10.00', sku_id: '1' }),
    at('11:00:00', 'updated', { changed_fields: ['title'], title: '新', price: '10.00', sku_id: '1' }),
    at('12:00:00', 'updated', { price: '12.5', sku_id: '1', num: '9' }),
    at('13:00:00', 'updated', { price: '7', sku_id: '2' }),
  );
  assert.deepEqual(
    (await changes("formatDateTime(at, '%H') , field, basis, sku_id, old_value, new_value")).split('\n'),
    [
      '10\tdesc\tnamed\t1\tNULL\tNULL',
      '10\tprice\tnamed\t1\tNULL\t10.00',
      '10\ttitle\tnamed\t1\tNULL\t旧',
      '11\ttitle\tnamed\t1\t旧\t新',
      '12\tnum\tvalue\t1\tNULL\t9',
      '12\tprice\tvalue\t1\t10.00\t12.50',
      '12\tunspecified\tnamed\t1\tNULL\tNULL',
      // Another SKU: its price was not known before.
      '13\tprice\tvalue\t2\tNULL\t7.00',
      '13\tunspecified\tnamed\t2\tNULL\tNULL',
    ],
  );
});

test('the log has the shelf, deletion, verdicts and audits; a value that did not change is no change', async () => {
  await take(
    at('10:00:00', 'listed', { num: '5' }),
    at('11:00:00', 'delisted', { num: '5' }),
    at('12:00:00', 'punished_delisted'),
    at('13:00:00', 'audited', { audit_result: false }),
    at('14:00:00', 'punished_deleted'),
    at('15:00:00', 'offline_noticed'),
  );
  assert.deepEqual((await changes("formatDateTime(at, '%H'), field, old_value, new_value")).split('\n'), [
    '10\tnum\tNULL\t5',
    '10\tshelf\tNULL\ton',
    '11\tshelf\ton\toff',
    '12\tpunished\tNULL\tdelisted',
    '12\tshelf\toff\toff',
    '13\taudit\tNULL\tfailed',
    '14\tdeleted\tNULL\ttrue',
    '14\tpunished\tdelisted\tdeleted',
    '15\toffline_noticed\tNULL\tNULL',
  ]);
});

test('order, doubles, batches and re-publications change neither the items nor their log', async () => {
  const rows = messages({}, [
    at('10:00:00.300', 'delisted'),
    at('10:00:00.200', 'updated', {
      changed_fields: ['title'],
      title: 'A',
      price: '10',
      num: '9',
      sku_id: '1',
      sku_num: '4',
    }),
    at('10:00:00.100', 'listed'),
    at('10:00:05.100', 'updated', { price: '11', num: '9', sku_id: '1', sku_num: '4' }),
    at('11:00:00', 'stock_changed', {
      changed_fields: ['num', 'sku'],
      num: '8',
      increment: '-1',
      sku_id: '1',
      sku_num: '3',
    }),
    at('11:30:00', 'sku_sold_out', { num: '5', sku_id: '1', sku_num: '0' }),
    { ...at('12:00:00', 'deleted'), num_iid: '7' },
    { ...at('12:00:00', 'listed'), num_iid: '7' },
    { ...at('23:59:59.999', 'audited', { audit_result: true }), num_iid: '8' },
  ]);
  let first: string[] | undefined;
  for (const [what, delivery, batch] of deliveries(rows)) {
    await clear();
    await insertRows(store, 'item_events', delivery, batch);
    for (const merged of [false, true]) {
      if (merged) for (const table of TABLES) await store.command(`OPTIMIZE TABLE juliu_store.${table} FINAL`);
      const text = await textOf(
        store,
        `SELECT toString(tuple(*)) FROM juliu.items UNION ALL SELECT toString(tuple(*)) FROM juliu.item_changes`,
      );
      const content = text.split('\n').sort();
      first ??= content;
      assert.deepEqual(content, first, `${what}, ${merged ? 'merged' : 'as inserted'}`);
    }
  }
  assert.equal(first?.length, 3 + 16);
});
