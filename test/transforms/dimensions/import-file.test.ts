import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { Migrator } from '../../../sql/migrate/migrator.js';
import type { EncodedRows, Store } from '../../../sql/store.js';
import { INCREMENT, ITEMS, ORDERS, type FileKind } from '../../../transforms/dimensions/file-kinds.js';
import { importFile, type ImportOptions, type ImportResult } from '../../../transforms/dimensions/import-file.js';
import { RealStore } from '../../sql/migrations/real-store.js';
import { china, insertRows, messages, textOf, type Row } from '../items/rows.js';

const store = await RealStore.prepared();
after(() => store.close());
before(() => new Migrator(store).apply());
beforeEach(async () => {
  for (const table of [
    'order_dimensions',
    'item_dimensions',
    'increment_trades',
    'increment_exports',
    'trade_events',
    'orders_state',
    'order_lines_state',
  ])
    await store.command(`TRUNCATE TABLE juliu_store.${table}`);
});

const refused: string[] = [];
function imports(
  kind: FileKind,
  now: number,
  lines: readonly string[],
  more: Partial<ImportOptions> = {},
): Promise<ImportResult> {
  refused.length = 0;
  return importFile({
    store,
    kind,
    now,
    input: Readable.from([Buffer.from(lines.join('\n'))]),
    path: 'x.csv',
    onBadRow: (line, reason) => {
      refused.push(`${line} ${reason}`);
    },
    ...more,
  });
}
const orders = (): Promise<string> =>
  textOf(store, 'SELECT tid, promised_at, send_type, province FROM juliu.order_dimensions ORDER BY tid');

test('rows are stored beside bad ones; the same file again changes nothing; the file imported last wins', async () => {
  const file = [
    'tid,promised_at,send_type,province',
    '2918463734761365258,2026-03-01 12:00:00,Offline,浙江省',
    'x,,,',
    '5,,,上海',
  ];
  assert.deepEqual(await imports(ORDERS, 1000, file), { rows: 3, stored: 2, bad: 1 });
  assert.match(refused.join(), /^3 tid "x" is no id/);
  const expected = '5\tNULL\tNULL\t上海\n2918463734761365258\t2026-03-01 12:00:00\toffline\t浙江省';
  assert.equal(await orders(), expected);
  await imports(ORDERS, 2000, file);
  assert.equal(await orders(), expected);
  await imports(ORDERS, 3000, ['tid,province', '5,江苏']);
  // Files may be stored in another order than they were imported in.
  await imports(ORDERS, 2500, ['tid,province', '5,北京']);
  assert.equal(await orders(), expected.replace('上海', '江苏'));
  await store.command('OPTIMIZE TABLE juliu_store.order_dimensions FINAL');
  assert.equal(await orders(), expected.replace('上海', '江苏'));
});

test('of rows of one file that speak of one thing the last wins, over batches', async () => {
  const rows = Array.from({ length: 25_000 }, (_, index) => `${(index % 100) + 1},${index}.00`);
  assert.deepEqual(await imports(ITEMS, 1000, ['num_iid,cost', ...rows]), { rows: 25_000, stored: 25_000, bad: 0 });
  assert.equal(
    await textOf(store, 'SELECT count(), min(cost), max(cost), any(title) FROM juliu.item_dimensions'),
    '100\t24900\t24999\tNULL',
  );
});

test('a store that is busy gets the same bytes again', async () => {
  const seen: EncodedRows[] = [];
  const busy = Object.assign(Object.create(store) as Store, {
    insert: async (rows: EncodedRows) => {
      seen.push(rows);
      if (seen.length === 1) throw new JuliuError('STORE_CLOSED', { what: 'insert' }, { errorClass: 'retry' });
      await store.insert(rows);
    },
  });
  await imports(ORDERS, 1000, ['tid', '5'], { store: busy });
  assert.equal(seen.length, 2);
  assert.equal(seen[0]?.body, seen[1]?.body);
  assert.match(await orders(), /^5\t/);
});

const trade = (tid: string, moment: string, event: string, more: Row = {}): Row => ({
  publish_time: china(moment),
  event,
  tid,
  seller_id: '7',
  seller_nick: '小店',
  fenxiao_id: '',
  sub_order_id: '',
  payment_scope: 'trade',
  ...more,
});
const findings = (): Promise<string> =>
  textOf(
    store,
    `SELECT finding, tid, exported_status, status, status_differs, payment_differs
     FROM juliu.increment_reconciliation ORDER BY tid`,
  );

test('an export is checked against the orders: missing, extra, different', async () => {
  const paid = { status: 'WAIT_SELLER_SEND_GOODS', payment: '10.00' };
  await insertRows(
    store,
    'trade_events',
    messages({}, [
      trade('1', '2026-03-01 10:00:00', 'paid', paid),
      trade('2', '2026-03-01 11:00:00', 'paid', paid),
      trade('3', '2026-03-01 12:00:00', 'paid', paid),
      trade('4', '2026-03-01 13:00:00', 'paid', paid),
      // Outside of the time of the export, and of another seller.
      trade('5', '2026-03-01 08:59:59', 'paid', paid),
      trade('6', '2026-03-01 12:00:00', 'paid', { ...paid, seller_id: '8', seller_nick: '别家' }),
      // Known to the export at an earlier state: no difference.
      trade('7', '2026-03-01 10:30:00', 'paid', paid),
      trade('7', '2026-03-01 15:00:00', 'shipped', { status: 'WAIT_BUYER_CONFIRM_GOODS' }),
    ]),
  );
  await imports(INCREMENT, 1000, [
    'tid,modified,status,payment,seller_nick',
    '1,2026-03-01 10:00:00,WAIT_SELLER_SEND_GOODS,10,小店',
    '2,2026-03-01 11:30:00,TRADE_CLOSED,10.00,小店',
    '3,2026-03-01 12:00:00,WAIT_SELLER_SEND_GOODS,12.00,小店',
    '7,2026-03-01 10:30:00,WAIT_SELLER_SEND_GOODS,10.00,小店',
    '9,2026-03-01 13:30:00,WAIT_BUYER_PAY,5.00,小店',
    '9,2026-03-01 09:00:00,TRADE_NO_CREATE_PAY,5.00,小店',
  ]);
  assert.equal(
    await textOf(store, 'SELECT seller_nick, modified_from, modified_to, trades FROM juliu.increment_exports'),
    '小店\t2026-03-01 09:00:00\t2026-03-01 13:30:00\t6',
  );
  const expected = [
    'different\t2\tTRADE_CLOSED\tWAIT_SELLER_SEND_GOODS\ttrue\tfalse',
    'different\t3\tWAIT_SELLER_SEND_GOODS\tWAIT_SELLER_SEND_GOODS\tfalse\ttrue',
    'extra\t4\tNULL\tWAIT_SELLER_SEND_GOODS\tfalse\tfalse',
    'missing\t9\tWAIT_BUYER_PAY\tNULL\tfalse\tfalse',
  ];
  assert.equal(await findings(), expected.join('\n'));
  // What was missing arrives.
  await insertRows(
    store,
    'trade_events',
    messages({}, [
      trade('2', '2026-03-01 11:30:00', 'closed', { status: 'TRADE_CLOSED' }),
      trade('9', '2026-03-01 13:30:00', 'created', { status: 'WAIT_BUYER_PAY' }),
    ]),
  );
  assert.equal(await findings(), [expected[1], expected[2]].join('\n'));
});

test('an export may say what time it covers, and that nothing happened in it; without nicks it speaks of its sellers', async () => {
  await insertRows(
    store,
    'trade_events',
    messages({}, [
      trade('1', '2026-03-01 10:00:00', 'created', { status: 'WAIT_BUYER_PAY' }),
      trade('2', '2026-03-01 20:00:00', 'created', { status: 'WAIT_BUYER_PAY' }),
      trade('3', '2026-03-01 20:00:00', 'created', { status: 'WAIT_BUYER_PAY', seller_id: '8', seller_nick: '别家' }),
    ]),
  );
  const covers = { from: china('2026-03-01 00:00:00') / 1000, to: china('2026-03-01 23:59:59') / 1000 };
  const file = ['tid,modified,status', '1,2026-03-01 10:00:00,WAIT_BUYER_PAY'];
  await imports(INCREMENT, 1000, file);
  assert.equal(await findings(), '');
  await imports(INCREMENT, 2000, file, { covers });
  assert.equal(await findings(), 'extra\t2\tNULL\tWAIT_BUYER_PAY\tfalse\tfalse');
});
