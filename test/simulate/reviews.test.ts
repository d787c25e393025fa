import assert from 'node:assert/strict';
import { test } from 'node:test';

import { countBy, linesOf, readMessage, run, shanghai, START } from './captured.js';

const DAY = 24 * 3_600_000;

const DIMENSIONS = ['product', 'match', 'authenticity', 'packaging', 'logistics', 'service', 'price', 'overall'];

const plain = run({ messages: 80_000, seed: 3 });
const reviews = linesOf(plain, 'review');
const messages = plain.bodies.filter((body) => Buffer.from(body).includes('ImprBadTag')).map(readMessage);

test('every planned review is a message with its text, time, kind and item', () => {
  const byKey = new Map(
    messages.map((message) => [
      `${message.content['tid'] ?? ''} ${message.content['biz_type'] ?? ''}`,
      message.content,
    ]),
  );
  assert.ok(reviews.length > 100);
  assert.equal(messages.length, reviews.length);
  for (const review of reviews) {
    const content = byKey.get(`${review.tid} ${review.review_kind === 'main' ? '0' : '3'}`);
    assert.ok(content !== undefined);
    assert.equal(content['feedback'], review.feedback);
    assert.equal(content['oid'], review.oid);
    assert.equal(content['num_iid'], review.num_iid);
    assert.equal(shanghai(content['gmt_modified'] ?? ''), review.modified_at);
  }
  assert.ok(reviews.some((review) => review.review_kind === 'follow_up'));
});

test('all eight dimensions are complained about, each in its own words', () => {
  const counts = countBy(
    reviews.flatMap((review) => review.dimensions),
    (dimension) => dimension,
  );
  for (const dimension of DIMENSIONS)
    assert.ok((counts[dimension] ?? 0) >= 5, `${dimension}: ${counts[dimension] ?? 0}`);
  for (const review of reviews) {
    for (const finding of review.findings) assert.ok(review.feedback.includes(finding.clause), finding.clause);
    assert.match(review.feedback, /\p{Script=Han}/u);
  }
  assert.ok(new Set(reviews.map((review) => review.feedback)).size > reviews.length * 0.9, 'hardly any two are alike');
});

test('at least a fifth are paraphrases, over all and in most dimensions', () => {
  const findings = reviews.flatMap((review) => review.findings);
  const told = findings.filter((finding) => finding.paraphrase).length / findings.length;
  assert.ok(told >= 0.25 && told <= 0.6, `${told}`);
  const whole = reviews.filter((review) => review.paraphrase).length / reviews.length;
  assert.ok(whole >= 0.2, `${whole}`);
  const poor = DIMENSIONS.filter((dimension) => {
    const own = findings.filter((finding) => finding.dimension === dimension);
    return own.filter((finding) => finding.paraphrase).length < own.length * 0.15;
  });
  assert.ok(poor.length <= 2, poor.join());
});

test('labels are written in both documented spellings and with both separators', () => {
  const words = messages.map((message) => message.content['impr_words']).filter((text) => text !== undefined);
  assert.ok(words.some((text) => /^\[[^\]]+\]-\[负面\]-\[[^\]]+\]/.test(text)));
  assert.ok(words.some((text) => /^[^[\]-]+-负面-[^[\]-]+$/.test(text)));
  assert.ok(words.some((text) => text.includes(';')) && words.some((text) => text.includes('；')));
  assert.ok(words.length < messages.length, 'some have none');
  for (const review of reviews) {
    const content = messages.find(
      (message) => message.content['tid'] === review.tid && message.content['feedback'] === review.feedback,
    )?.content;
    const read = (content?.['impr_words'] ?? '')
      .split(/[;；]/)
      .filter((label) => label !== '')
      .map((label) => label.replace(/[[\]]/g, '').split('-'));
    assert.deepEqual(read, review.labels);
  }
});

test('free text carries contacts for the masks to find, and only made-up ones', () => {
  const all = plain.bodies.map((body) => new TextDecoder().decode(body));
  const phones = all.flatMap((body) => [...body.matchAll(/(?<!\d)1[3-9]\d{9}(?!\d)/g)].map((found) => found[0]));
  assert.ok(phones.length > 1000);
  for (const phone of phones) assert.match(phone, /^1380000\d{4}$/);
  assert.ok(messages.some((message) => /QQ ?\d{6,}|1380000\d{4}|微信/.test(message.content['feedback'] ?? '')));
});

test('every finding has the phrase the platform would give it', () => {
  for (const { findings, labels } of reviews) {
    if (labels.length > 0)
      assert.deepEqual(
        findings.map(({ phrase }) => phrase),
        labels.map(([, , phrase]) => phrase),
      );
    for (const { phrase } of findings) assert.match(phrase, /^\p{Script=Han}{2,7}$/u);
  }
});

test('a planted defect: from its moment on most who rate the item tell of it, and nobody else does', () => {
  const from = START + 12 * DAY;
  const burst = run({ messages: 80_000, seed: 3, burstAt: from });
  const [planted, ...others] = linesOf(burst, 'burst');
  assert.ok(planted !== undefined && others.length === 0);
  assert.equal(planted.from_at, from);
  const written = linesOf(burst, 'review');
  const told = written.filter(({ findings }) => findings.some(({ phrase }) => phrase === planted.phrase));
  assert.ok(told.length >= 20, `${told.length}`);
  for (const review of told) {
    assert.deepEqual([review.num_iid, review.seller_id], [planted.num_iid, planted.seller_id]);
    assert.ok(review.modified_at >= from - 2000);
    assert.ok(review.dimensions.includes(planted.dimension));
  }
  // A review is written some minutes after the rating, a follow-up days after it.
  const isLate = ({ review_kind, modified_at }: (typeof written)[number]): boolean =>
    review_kind === 'main' && modified_at >= from + DAY / 24;
  const late = written.filter((review) => review.num_iid === planted.num_iid && isLate(review));
  assert.equal(late.length, told.filter(isLate).length);
  assert.ok(told.some(({ findings }) => findings[0]?.paraphrase === false));
  assert.equal(linesOf(plain, 'burst').length, 0);
});
