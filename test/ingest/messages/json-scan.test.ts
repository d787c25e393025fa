import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Kind, MAX_DEPTH, ObjectScanner } from '../../../ingest/messages/json-scan.js';
import { escapeRawControls, quote, unquote } from '../../../ingest/messages/json-text.js';
import { toBytes, toUtf16, wire } from '../../../ingest/messages/wire-text.js';

const scanner = new ObjectScanner();

function scan(text: string) {
  const wireText = wire(text);
  return scanner.scan(toBytes(wireText), wireText, 0, wireText.length);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The same, with the documented leniency: raw control characters inside strings count as escaped. */
function parsesLeniently(text: string): boolean {
  return parses(text) || parses(toUtf16(escapeRawControls(wire(text))));
}

function entries(): [string, string][] {
  return Array.from({ length: scanner.count }, (_, entry) => [
    toUtf16(scanner.key(entry)),
    toUtf16(scanner.literal(entry)),
  ]);
}

test('remembers where the entries of the outermost object lie', () => {
  assert.equal(
    scan(' { "a" : 1 , "b":"x\\"y", "c":{"a":[1,{"d":2}]} ,"d":[ ] , "e":null,"f":true,"g":false} '),
    'object',
  );
  assert.deepEqual(entries(), [
    ['a', '1'],
    ['b', '"x\\"y"'],
    ['c', '{"a":[1,{"d":2}]}'],
    ['d', '[ ]'],
    ['e', 'null'],
    ['f', 'true'],
    ['g', 'false'],
  ]);
  const kinds = Array.from({ length: scanner.count }, (_, entry) => scanner.kind(entry));
  assert.deepEqual(kinds, [Kind.number, Kind.string, Kind.object, Kind.array, Kind.null, Kind.true, Kind.false]);
  assert.equal(toUtf16(scanner.value(1)), 'x"y');
});

test('numbers stay slices of the text', () => {
  assert.equal(scan('{"a":9223372036854775807,"b":-0.10e+5,"c":123456789012345678901234567890}'), 'object');
  assert.deepEqual(
    entries().map(([, literal]) => literal),
    ['9223372036854775807', '-0.10e+5', '123456789012345678901234567890'],
  );
});

test('more entries than fit the first table', () => {
  const text = JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, i])));
  assert.equal(scan(text), 'object');
  assert.deepEqual(entries().at(-1), ['key999', '999']);
});

test('a huge text leaves no memory held once the next one is scanned', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    // Twice: array buffers are freed while the next collection waits for it.
    collect();
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  scan('{"a":1}');
  const before = held();
  assert.equal(scan(`{${'"":0,'.repeat(500_000)}"a":1}`), 'object');
  assert.equal(scanner.count, 500_001);
  assert.deepEqual(entries().at(-1), ['a', '1']);
  assert.ok(held() - before > 10_000_000, 'the entries take room while they are wanted');
  scan('{"a":1}');
  assert.deepEqual(entries(), [['a', '1']]);
  assert.ok(held() - before < 1_000_000, 'and give it back');
});

test('what is no object, no JSON, too deep', () => {
  for (const text of ['[]', '1', '"a"', 'null', ' true ', '[{"a":1}]']) assert.equal(scan(text), 'other_json', text);
  const broken = [
    '',
    ' ',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    "{'a':1}",
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":NaN}',
    '{"a":tru}',
    '{"a":truee}',
    '{"a":nul',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\\u12"}',
    '{"a":"b}',
    '{"a":"\\"}',
    '{"a":[1,]}',
    '{"a":[1}}',
    '{"a":1]',
    '{"a":1}x',
    '{"a":1}{"b":2}',
    '[1',
    '\u00a0{}',
    '{"a":1}\u0000',
  ];
  for (const text of broken) assert.equal(scan(text), 'invalid', text);
  assert.equal(scan(`${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`), 'other_json');
  assert.equal(scan(`${'['.repeat(MAX_DEPTH + 1)}${']'.repeat(MAX_DEPTH + 1)}`), 'too_deep');
  assert.equal(scan(`${'{"a":'.repeat(MAX_DEPTH)}1${'}'.repeat(MAX_DEPTH)}`), 'object');
  assert.equal(scan('{"a":'.repeat(500_000)), 'too_deep');
});

test('raw control characters inside strings are taken, outside they are not', () => {
  assert.equal(scan('{"a\tb":"c\nd\u0000"}'), 'object');
  assert.deepEqual(entries(), [['a\tb', '"c\nd\u0000"']]);
  assert.equal(scan('{"a":1\u0001}'), 'invalid');
  assert.equal(toUtf16(escapeRawControls(wire('{\n"a\t":"\n\\"\t"}'))), '{\n"a\\t":"\\n\\"\\t"}');
});

test('accepts exactly what JSON.parse accepts: valid JSON, broken at random', () => {
  const json = fc.tuple(
    fc.json({ maxDepth: 5 }),
    fc.nat(),
    fc.nat(),
    fc.constantFrom('', '"', '{', ']', ',', '\\', '0', '-', '\t', 'e'),
  );
  fc.assert(
    fc.property(json, ([text, at, length, insert]) => {
      const cut = text.length === 0 ? 0 : at % text.length;
      const mutated = text.slice(0, cut) + insert + text.slice(cut + (length % 3));
      for (const candidate of [text, mutated, `{"k":${mutated}}`, `{"k":${mutated},"l":[${text}]}`]) {
        assert.equal(scan(candidate) !== 'invalid', parsesLeniently(candidate), candidate);
      }
    }),
    { numRuns: 4000 },
  );
});

test('accepts exactly what JSON.parse accepts: arbitrary text made of the characters that matter', () => {
  const pieces = fc.constantFrom(
    ...Array.from('{}[]:,"\\u0tfnae1.-+ \n'),
    '""',
    '"a":',
    'true',
    'null',
    '\\u4e2d',
    '\\ud83d',
    '中',
    '😀',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 16 }), (parts) => {
      const text = parts.join('');
      assert.equal(scan(text) !== 'invalid', parsesLeniently(text), text);
    }),
    { numRuns: 6000 },
  );
});

test('values and keys decode as JSON.parse decodes them', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.dictionary(text, text, { maxKeys: 6 }), fc.boolean(), (object, ascii) => {
      let json = JSON.stringify(object);
      if (ascii) json = json.replace(/[^\0-~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
      assert.equal(scan(json), 'object');
      const parsed = Object.entries(JSON.parse(json) as Record<string, string>);
      const found = new Map(
        Array.from({ length: scanner.count }, (_, i) => [toUtf16(scanner.key(i)), toUtf16(scanner.value(i))]),
      );
      assert.equal(found.size, parsed.length);
      for (const [key, value] of parsed) assert.equal(found.get(key), value);
    }),
    { numRuns: 2000 },
  );
});

test('escapes: pairs of surrogates, halves, and every short escape', () => {
  assert.equal(
    scan('{"a":"\\ud83d\\ude00","b":"\\ud83d","c":"\\ude00x","d":"\\ud83d\\ud83d\\ude00","e":"\\u00e9\\/"}'),
    'object',
  );
  assert.equal(toUtf16(scanner.value(0)), '😀');
  assert.equal(toUtf16(scanner.value(1)), '\ufffd');
  assert.equal(toUtf16(scanner.value(2)), '\ufffdx');
  assert.equal(toUtf16(scanner.value(3)), '\ufffd😀');
  assert.equal(toUtf16(scanner.value(4)), 'é/');
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((entry) => scanner.hasLoneSurrogate(entry)),
    [false, true, true, true, false],
  );
  assert.equal(scan('{"a":"\\b\\f\\n\\r\\t\\"\\\\\\/"}'), 'object');
  assert.equal(toUtf16(scanner.value(0)), '\b\f\n\r\t"\\/');
});

test('quote writes what JSON.stringify writes, and unquote takes it back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const literal = quote(wire(text));
      assert.equal(toUtf16(literal), JSON.stringify(text));
      assert.equal(toUtf16(unquote(literal)), text);
    }),
    { numRuns: 3000 },
  );
});
