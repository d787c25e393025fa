import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { JuliuError } from '../../../errors/juliu-error.js';
import { INCREMENT, ITEMS, ORDERS, type FileKind } from '../../../transforms/dimensions/file-kinds.js';
import { readFile } from '../../../transforms/dimensions/read-file.js';

/** `LINE: values` of each row, `LINE! why` of each that is refused; the file comes in pieces of one byte. */
async function read(text: string | Uint8Array, kind: FileKind = ORDERS): Promise<string[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
  const lines: string[] = [];
  for await (const line of readFile(Readable.from(pieces), kind, { path: 'x.csv' })) {
    lines.push('bad' in line ? `${line.line}! ${line.bad}` : `${line.line}: ${line.row.join('|')}`);
  }
  return lines;
}

const noon = String(Date.UTC(2026, 2, 1, 4) / 1000);

test('columns go by the names of the first line, in any order, with a byte order mark or without', async () => {
  const file = 'province,extra,TID, promised_at \r\n浙江省,x,2918463734761365258,2026-03-01 12:00:00\r\n';
  const expected = [`2: 2918463734761365258|${noon}||浙江省`];
  assert.deepEqual(await read(file), expected);
  assert.deepEqual(await read(`\ufeff${file}`), expected);
  assert.deepEqual(await read('订单编号,收货省份\n5,广东省'), ['2: 5|||广东省']);
});

const times: readonly (readonly [cell: string, expected: number])[] = [
  ['2026-03-01 12:00:00', Date.UTC(2026, 2, 1, 4)],
  ['2026-03-01T12:00:00.999', Date.UTC(2026, 2, 1, 4)],
  ['2026/3/1 9:05', Date.UTC(2026, 2, 1, 1, 5)],
  ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12)],
  ['2026-03-01 12:00:00+09:00', Date.UTC(2026, 2, 1, 3)],
  // A promise by a day is kept until that day ends.
  ['2026-03-01', Date.UTC(2026, 2, 1, 15, 59, 59)],
];
for (const [cell, expected] of times) {
  test(`time ${cell}`, async () => {
    assert.deepEqual(await read(`tid,promised_at\n1,${cell}`), [`2: 1|${expected / 1000}||`]);
  });
}

test('ids are exact, also as spreadsheets quote them; what is no id is said', async () => {
  assert.deepEqual(await read('tid\n9223372036854775807\n="2677624033893917512"\n\'12\n007\n'), [
    '2: 9223372036854775807|||',
    '3: 2677624033893917512|||',
    '4: 12|||',
    '5: 7|||',
  ]);
  const bad = await read('tid,province\n9223372036854775808,\n0,\n-1,\n12a,\n2.67762E+18,\n,x\n');
  assert.deepEqual(
    bad.map((line) => line.slice(0, 2)),
    ['2!', '3!', '4!', '5!', '6!', '7!'],
  );
  assert.match(bad[4] ?? '', /rounded by a spreadsheet/);
  assert.match(bad[5] ?? '', /tid is empty/);
});

test('money, texts and moments that are none', async () => {
  assert.deepEqual(await read('num_iid,cost,category\n1,12.5,"a, ""b"""\n2,0,\n', ITEMS), [
    '2: 1|a, "b"|12.5|',
    '3: 2||0|',
  ]);
  const bad = await read(`num_iid,cost,title\n1,12.345,\n2,"1,200",\n3,¥5,\n4,-3,\n5,,${'长'.repeat(1001)}\n`, ITEMS);
  assert.deepEqual(
    bad.map((line) => line.slice(0, 2)),
    ['2!', '3!', '4!', '5!', '6!'],
  );
  const moments = await read(
    'tid,modified\n1,2026-02-30 10:00:00\n2,2026-03-01\n3,1999-01-01 00:00:00\n4,\n',
    INCREMENT,
  );
  assert.deepEqual(
    moments.map((line) => line.slice(0, 2)),
    ['2!', '3!', '4!', '5!'],
  );
});

test('how an order is sent: the words of the platform, and no others', async () => {
  assert.deepEqual(await read('订单编号,发货方式\n1,Online\n2,在线下单\n3,offline\n4,自己联系\n5,无需物流\n6,\n'), [
    '2: 1||online|',
    '3: 2||online|',
    '4: 3||offline|',
    '5: 4||offline|',
    '6: 5||offline|',
    '7: 6|||',
  ]);
  const [bad] = await read('tid,send_type\n1,off line\n');
  assert.match(bad ?? '', /^2! ?send_type "off line" is no way of sending; give one of online, 在线下单, offline/);
});

test('a mistake stays in its line, and lines are counted as an editor does', async () => {
  assert.deepEqual(
    (
      await read(
        [
          'tid,province',
          '1,a',
          '',
          '2,"two',
          'lines"',
          '3,too,many',
          '4',
          '5,"never closed',
          '6,b',
          '7,3.5" x',
          '8,c',
        ].join('\n'),
      )
    ).map((line) => line.replace(/!.*/, '!')),
    ['2: 1|||a', '4: 2|||two\nlines', '6!', '7!', '8!', '9: 6|||b', '10: 7|||3.5" x', '11: 8|||c'],
  );
});

const unusable: readonly (readonly [what: string, file: string | Uint8Array, sentence: RegExp])[] = [
  ['nothing', '', /x\.csv cannot be imported: it is empty/],
  ['a column twice, by two names', 'tid,province,省份\n1,a,b\n', /names column province more than once/],
  ['no id in the first line', 'order,province\n1,a\n', /names no column tid/],
  ['GB18030', Buffer.from([...Buffer.from('tid,province\n1,'), 0xd5, 0xe3, 0x0a]), /not UTF-8; convert it.*iconv/],
  ['cut inside a character', Buffer.from('tid,province\n1,浙').subarray(0, -1), /not UTF-8/],
];
for (const [what, file, sentence] of unusable) {
  test(`a file as a whole: ${what}`, async () => {
    await assert.rejects(read(file), (error) => {
      assert.ok(error instanceof JuliuError);
      assert.match(error.message, sentence);
      return true;
    });
  });
}
