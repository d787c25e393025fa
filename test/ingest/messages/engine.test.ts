import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Decoded, TABLES } from '../../../ingest/messages/codec.js';
import { rowsIn, temporaryStore } from '../real-store.js';
import { BODY_CASES } from './bad-input/body-cases.js';
import { CONTENT_CASES } from './bad-input/content-cases.js';
import { ENVELOPE_CASES } from './bad-input/envelope-cases.js';
import { realisticBodies } from './corpus.js';
import { bodyOf, codec, META } from './rows.js';

const { store, close } = await temporaryStore();
after(close);

/** Received just now: dead letters do not outlive their time. */
const decode = (body: string | Uint8Array): Decoded =>
  codec.decode(Buffer.from(body), { ...META, receivedAt: Date.now() });

const invalid = Buffer.from([0x7b, 0x22, 0xff, 0x00, 0x5c, 0x0a, 0xe8]);
/** Small ones only: the large bodies say nothing new to the engine. */
const odd = [...BODY_CASES, ...ENVELOPE_CASES, ...CONTENT_CASES].filter(({ body }) => body.length < 100_000);
const decoded: Decoded[] = [
  ...realisticBodies(60).map(decode),
  ...odd.map(({ body }) => decode(body)),
  decode(invalid),
  decode(
    bodyOf(
      'taobao_traderate_ImprBadTag',
      '{"tid":2918463734761365258,"impr_words":"款式-负面-比较\\"旧\\"","gmt_modified":"2024-01-02 03:04:05"}',
    ),
  ),
];

test('the engine takes every row of every table as it is encoded', async () => {
  for (const { name, columns } of TABLES) {
    const rows = decoded.flatMap((outcome) => outcome.rows).filter(({ table }) => table.name === name);
    assert.ok(rows.length > 0, name);
    const body = Buffer.from(rows.map(({ text }) => `${text}\n`).join(''), 'latin1');
    await store.insert({ table: name, columns, body, rows: rows.length, batchId: name });
    const distinct = new Set(rows.map(({ text }) => text.slice(0, text.indexOf(',', text.indexOf(',') + 1)))).size;
    const [[count] = []] = await rowsIn(store, `SELECT toUInt32(count()) FROM ${name}`);
    assert.ok(
      Number(count) >= Math.min(distinct, rows.length) && Number(count) <= rows.length,
      `${name}: ${String(count)}`,
    );
  }
});

test('ids, money, times and labels come back exactly; a dead letter gives back its bytes', async () => {
  assert.deepEqual(
    await rowsIn(
      store,
      `SELECT toString(tid), impr_labels[1].category, impr_labels[1].phrase, toString(gmt_modified)
       FROM juliu_store.review_events WHERE impr_words LIKE '%"旧"'`,
    ),
    [['2918463734761365258', '款式', '比较"旧"', '2024-01-02 03:04:05.000']],
  );
  assert.deepEqual(
    await rowsIn(
      store,
      `SELECT hex(body) FROM juliu_store.dead_letters WHERE reason = 'not_utf8' AND length(body) = 7`,
    ),
    [[invalid.toString('hex').toUpperCase()]],
  );
  assert.deepEqual(
    await rowsIn(store, `SELECT DISTINCT toString(refund_fee) FROM juliu_store.trade_events WHERE refund_fee > 0`),
    [['1.5']],
  );
});
