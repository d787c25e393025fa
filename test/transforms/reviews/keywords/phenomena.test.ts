import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeywordExtractor } from '../../../../transforms/reviews/keywords/extractor.js';

const extractor = KeywordExtractor.load();

/** Phrases found in a sentence. */
function phrases(sentence: string): string[] {
  return extractor.read(sentence).findings.map(({ phrase }) => phrase);
}

/** Each sentence with exactly the phrases after it. */
function finds(cases: Readonly<Record<string, readonly string[]>>): void {
  for (const [sentence, expected] of Object.entries(cases)) assert.deepEqual(phrases(sentence), expected, sentence);
}

test('negators turn praise into a complaint and a complaint into nothing, two of them cancel', () => {
  finds({
    盖子不牢固: ['盖子不牢固'],
    一点也不方便: ['不方便'],
    边角没有破损: [],
    不是不结实: [],
    没人会不满意: [],
  });
});

test('frozen forms are no negations', () => {
  finds({ 不愧是老店: [], 差不多吧: [], 不仅便宜而且好看: [], 不得不说真香: [] });
});

test('a relative adjective complains with a softener or of the wrong aspect only', () => {
  finds({
    有点薄: ['太薄'],
    噪音大: ['噪音大'],
    屏幕大: [],
    电池耗电快: ['耗电快'],
    发货快: [],
    价格高: ['价格高'],
    性价比高: [],
  });
});

test('a small bottle is not a bottle that is too small', () => {
  finds({ 送了个小瓶子: [], 瓶子小: [], 瓶子太小: ['瓶子小'] });
});

test('contrast words part what is praised from what is not', () => {
  finds({ 款式好看但是做工粗糙: ['做工粗糙'], 除了客服敷衍都满意: ['客服敷衍'] });
});

test('what is supposed, asked, or said before use is not said', () => {
  finds({
    万一坏了怎么办: [],
    不知道会不会掉色: [],
    还没用过: [],
    还没用就坏了: ['坏了'],
  });
});

test('a wish about what a shop can better is a soft finding', () => {
  const [finding, ...others] = extractor.read('希望包装再改进一下').findings;
  assert.deepEqual(others, []);
  assert.deepEqual([finding?.phrase, finding?.dimension, finding?.soft], ['包装待改进', 'packaging', true]);
  assert.deepEqual(phrases('希望能有效果'), []);
});

test('comparison: worse than others complains, better than others does not', () => {
  finds({
    没有专柜的好用: ['没有专柜好用'],
    比之前的薄: ['太薄'],
    比实体店便宜: [],
    和图片不一样: ['不一样'],
    不一样的颜色: [],
  });
});

test('what is said of other goods is not said of these', () => {
  finds({ 以前买的都掉色: [], 别家的都掉色: [] });
});

test('a state of the buyer is no fault of the thing, unless the thing has caused it', () => {
  finds({ 我皮肤很干: [], 本人脸上容易过敏: [], 用完脸上很干: ['太干'] });
});

test('verb and 不 and a complement: it does not work out', () => {
  finds({ 怎么都卸不掉: ['卸不掉'], 根本撕不下来: ['撕不下来'], 用不完: [] });
});

test('what is missing and should be there', () => {
  finds({
    没什么效果: ['没效果'],
    效果一点都没有: ['没效果'],
    没有说明书: ['没说明书'],
    说好的赠品呢: ['没赠品'],
  });
});

test('a smell that is told of and not praised', () => {
  finds({ 有股塑料味: ['塑料味'], 有一股鱼缸的味道: ['鱼缸味道'], 有一股清香的味道: [] });
});

test('what is said of two things is a complaint about each', () => {
  finds({ 客服和物流都很差: ['物流差', '客服差'], 做工和面料不错: [] });
});

test('feelings and advice count only where nothing else is said', () => {
  finds({ 太后悔了: ['后悔'], '瓶口裂了，太后悔了': ['瓶口裂了'] });
});

test('damage on the way is no defect of the thing; a courier’s manners are not the shop’s', () => {
  const dimensions = (sentence: string): string[] =>
    extractor.read(sentence).findings.map(({ dimension }) => dimension);
  assert.deepEqual(dimensions('快递把瓶子摔碎了'), ['logistics']);
  assert.deepEqual(dimensions('箱子破了'), ['packaging']);
  assert.deepEqual(dimensions('镜子碎了'), ['product']);
  assert.deepEqual(dimensions('箱子压烂了。里面的镜子碎了'), ['packaging', 'packaging']);
  assert.deepEqual(dimensions('快递员态度恶劣'), ['logistics']);
  assert.deepEqual(dimensions('客服态度恶劣'), ['service']);
});

test('what a clause is about carries over a comma, not over a full stop', () => {
  finds({ '说到包装，太差了': ['包装差'], '说到包装。太差了': ['太差'] });
});

test('spelling: full width, traditional, entities, repetition, latin, emoji', () => {
  finds({
    '味道&nbsp;刺鼻': ['味道刺鼻'],
    物流太太太慢了: ['物流慢'],
    包裝破損嚴重: ['包装破损严重'],
    ｌｏｗ得很: ['low'],
    '👎': ['差评'],
    '🌈': [],
  });
});

test('texts that say nothing are skipped, with the reason', () => {
  assert.equal(extractor.read('此用户没有填写评价。').skipped, 'default_review');
  assert.equal(extractor.read('').skipped, 'empty');
  assert.equal(extractor.read(' 。。！').skipped, 'empty');
  assert.equal(extractor.read('差').skipped, null);
});

test('spans are those of the original text', () => {
  const text = '🙂&hellip;這個物流 太慢了！';
  const [finding] = extractor.read(text).findings;
  assert.equal(text.slice(...(finding?.span ?? [0, 0])), '太慢');
  assert.equal(text.slice(...(finding?.clause ?? [0, 0])), '太慢了');
  assert.equal(finding?.phrase, '物流慢');
});

test('polarity: complaint, praise, both', () => {
  assert.equal(extractor.read('质量差，退货了').polarity, 'negative');
  assert.equal(extractor.read('质量很好，很满意').polarity, 'positive');
  assert.equal(extractor.read('刚收到').polarity, 'neutral');
});

test('less bad than others say, nearly happened, or denied behind: nothing to complain of', () => {
  finds({
    没有想象中那么差: [],
    物流没有大家说的那么慢: [],
    没觉得物流慢: [],
    差点摔碎: [],
    色差不明显: [],
    有问题客服都很耐心: [],
  });
});

test('questions that expect no answer', () => {
  finds({
    '能不好吗？': [],
    '质量能差吗？': [],
    '难道是假货？': ['假货'],
    '这也叫全新？': ['不全新'],
    '是不是正品啊？': [],
  });
});

test('a text that is copied to fill the space and names no aspect is a template', () => {
  assert.equal(extractor.read('先收藏着，一直复制这段话攒京豆').skipped, 'template');
  assert.equal(extractor.read('复制一段话，物流太慢了').skipped, null);
});

test('words that begin with letters are found; where a whole phrase decides the dimension', () => {
  finds({ 买到a货: ['假货'] });
  const dimension = (text: string): string | undefined => extractor.read(text).findings[0]?.dimension;
  assert.equal(dimension('颜色不一样'), 'match');
  assert.equal(dimension('快递员打电话态度极差'), 'logistics');
  assert.equal(dimension('盒子被拆过'), 'packaging');
  assert.equal(dimension('扫码查不到'), 'authenticity');
});

test('a complaint counts once in a review', () => {
  finds({ '物流慢。快递太慢了': ['物流慢'] });
});
