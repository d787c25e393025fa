import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { documents, Workplace } from './juliu.js';

const place = new Workplace();
after(() => place.leave());

const review = (id: string | number, text: string): string => `${JSON.stringify({ id, text })}\n`;

test('a line in, a line out, in the same order, with exactly the fields of the contract', async () => {
  const input = review('a', '物流太慢了') + review(2, '很满意') + review('c', '此用户没有填写评价');
  const { code, stdout } = await place.run(['keywords'], { input });
  assert.equal(code, 0);
  const [first, second, third, ...more] = documents(stdout);
  assert.deepEqual(more, []);
  assert.deepEqual(Object.keys(first ?? {}), ['id', 'polarity', 'score', 'findings', 'skipped']);
  assert.equal(first?.['id'], 'a');
  assert.equal(first['polarity'], 'negative');
  assert.deepEqual(first['findings'], [
    {
      phrase: '物流慢',
      aspect: '物流',
      opinion: '慢',
      dimension: 'logistics',
      polarity: 'negative',
      clause: [0, 5],
      span: [2, 4],
    },
  ]);
  assert.deepEqual([second?.['id'], second?.['polarity'], second?.['findings']], [2, 'positive', []]);
  assert.deepEqual([third?.['id'], third?.['skipped']], ['c', 'default_review']);
});

test('a bad line is told in its place, with its number and its id, and the others are read', async () => {
  const input = `${review('1', '质量差')}{"id":"2"}\nnonsense\n[1]\n{"id":{},"text":"x"}\n${review('6', '质量差')}`;
  const { code, stdout, stderr } = await place.run(['keywords'], { input });
  assert.equal(code, 0);
  const lines = documents(stdout);
  assert.deepEqual(
    lines.map(({ id }) => id),
    ['1', '2', null, null, null, '6'],
  );
  const errors = lines.slice(1, 5).map(({ error }) => error as { code: string; message: string });
  for (const [index, { code: kind, message }] of errors.entries()) {
    assert.equal(kind, 'REVIEW_LINE_INVALID');
    assert.match(message, new RegExp(`^Line ${index + 2} is no review: `));
  }
  assert.match(stderr, /4 lines were no reviews/);
});

test('a line without an end, blank lines, and carriage returns are no trouble', async () => {
  const input = `\r\n\n${review('1', '质量差').trim()}\r\n\n${review('2', '质量差').trim()}`;
  const { stdout } = await place.run(['keywords'], { input });
  assert.deepEqual(
    documents(stdout).map(({ id }) => id),
    ['1', '2'],
  );
});

test('a review of a megabyte is read to its limit and says so; a line beyond the limit is refused', async () => {
  const input =
    review('long', '物流太慢了，'.repeat(170_000)) + review('too long', 'x'.repeat(9 << 20)) + review('3', '质量差');
  const { stdout } = await place.run(['keywords'], { input });
  const [long, tooLong, third] = documents(stdout);
  assert.deepEqual([long?.['id'], long?.['truncated']], ['long', true]);
  assert.match((tooLong?.['error'] as { message: string }).message, /Line 2 is no review: it is longer than/);
  assert.equal(third?.['id'], '3');
});

test('--top counts reviews, not occurrences, and prints phrase, dimension, reviews and share', async () => {
  const input = review(1, '物流慢，快递太慢了') + review(2, '物流很慢') + review(3, '质量差') + review(4, '不错');
  const json = await place.run(['keywords', '--top', '1', '--json'], { input });
  assert.deepEqual(documents(json.stdout), [{ phrase: '物流慢', dimension: 'logistics', reviews: 2, share: 0.5 }]);
  const { stdout, stderr } = await place.run(['keywords', '--top', '5'], { input });
  assert.match(stdout, /物流慢 +logistics +2 +50\.0%\n质量差 +product +1 +25\.0%/);
  assert.match(stderr, /4 reviews read\./);
});

test('--explain shows words, rules and what does not count, of an argument or of lines of plain text', async () => {
  const { stdout } = await place.run(['keywords', '--explain', '要是掉色就退，没有专柜的好用']);
  assert.match(stdout, /✗ “掉色” by rule opinion \(condition\)/);
  assert.match(stdout, /→ “没有专柜的好用” by rule comparison: complaint “没有专柜好用”/);
  const plain = await place.run(['keywords', '--explain', '--json'], { input: '物流慢\n' });
  const [explained] = documents(plain.stdout);
  assert.equal(explained?.['id'], '1');
  assert.equal((explained['clauses'] as unknown[]).length, 1);
});

test('--lexicon adds words of one’s own; a faulty file is a usage error that names the line', async () => {
  const header = 'word\trole\tpolarity\tweight\tdimension\n';
  writeFileSync(place.path('ours.tsv'), `${header}滴墨\topinion\tnegative\t1\tproduct\n`);
  const { stdout } = await place.run(['keywords', '--lexicon', 'ours.tsv'], { input: review(1, '钢笔滴墨') });
  assert.equal((documents(stdout)[0]?.['findings'] as { phrase: string }[])[0]?.phrase, '滴墨');
  const environment = { JULIU_KEYWORDS_LEXICON: '["ours.tsv"]' };
  const configured = await place.run(['keywords'], { input: review(1, '钢笔滴墨'), environment });
  assert.equal(configured.stdout, stdout, 'without --lexicon those of the configuration');
  writeFileSync(place.path('faulty.tsv'), `${header}滴墨\tverb\n`);
  const faulty = await place.run(['keywords', '--lexicon', 'faulty.tsv'], { input: '' });
  assert.equal(faulty.code, 2);
  assert.match(faulty.stderr, /faulty\.tsv is unusable at line 2: “verb” of “滴墨” is no role/);
  const missing = await place.run(['keywords', '--lexicon', 'nowhere.tsv'], { input: '' });
  assert.match(missing.stderr, /nowhere\.tsv cannot be used: it is not there/);
});

test('a reader that leaves early ends it quietly, while it is still being fed', async () => {
  const running = place.start(['keywords']);
  running.child.stdin.on('error', () => undefined);
  const line = review(1, '物流太慢了，质量差');
  const feed = setInterval(() => running.child.stdin.write(line.repeat(2_000)), 5);
  await running.says(/物流慢/);
  running.child.stdout.destroy();
  const { code, stderr } = await running.finished;
  clearInterval(feed);
  assert.equal(code, 0);
  assert.equal(stderr, '');
});

test('an id beyond 2^53 stays as it is written, and a line that is no JSON still has its id', async () => {
  const input = '{"id":1234567890123456789,"text":"质量差"}\n{"id":"7","text":\n';
  const { stdout } = await place.run(['keywords'], { input });
  assert.deepEqual(
    documents(stdout).map(({ id }) => id),
    ['1234567890123456789', '7'],
  );
});
