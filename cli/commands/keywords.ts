import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import { PhraseCounter } from '../../transforms/reviews/keywords/aggregate.js';
import { KeywordExtractor } from '../../transforms/reviews/keywords/extractor.js';
import type { Finding, Reading } from '../../transforms/reviews/keywords/reading.js';
import { examples, wholeNumber } from '../command-options.js';
import { keywordTrail } from '../keyword-trail.js';
import { reviewLines, type ReviewLine } from '../review-lines.js';
import type { Context, Runtime } from '../runtime.js';
import { toJson } from '../terminal/output.js';
import { table } from '../terminal/table.js';

interface KeywordsOptions {
  readonly explain?: boolean;
  readonly top?: number;
  readonly lexicon?: readonly string[];
}

export function keywordsCommand(runtime: Runtime): Command {
  return new Command('keywords')
    .description(
      'what buyers complain about: reads reviews from standard input, a line of JSON {"id","text"} each, and writes a ' +
        'line of findings for each in the same order',
    )
    .argument('[text]', 'read this one review instead of standard input')
    .option('--explain', 'show which words and rules lead to what; lines may be plain text')
    .option('--top <k>', 'count over all reviews and print the most frequent complaints', wholeNumber(1, 100_000))
    .option(
      '--lexicon <file...>',
      'word lists of your own (TSV), which count before the one that comes with juliu (default: keywords.lexicon)',
    )
    .addHelpText(
      'after',
      examples(
        `echo '{"id":"1","text":"物流太慢了，盒子也破了"}' | juliu keywords`,
        'juliu keywords --explain "没有专柜的好用"',
        'juliu keywords --top 20 < reviews.jsonl',
        'juliu keywords --lexicon our-words.tsv < reviews.jsonl > findings.jsonl',
      ),
    )
    .action((text: string | undefined, options: KeywordsOptions, command: Command) =>
      runtime.run(command, (context) => keywords(context, text, options)),
    );
}

async function keywords(context: Context, text: string | undefined, options: KeywordsOptions): Promise<void> {
  const extractor = KeywordExtractor.load({ lexicons: options.lexicon ?? context.config.keywords.lexicon });
  if (text === undefined && process.stdin.isTTY) {
    context.status.print('Reading reviews from the terminal, a line of JSON {"id","text"} each; Ctrl-D ends.');
  }
  const plain = options.explain === true || text !== undefined;
  const input = text === undefined ? process.stdin : Readable.from([Buffer.from(text.replace(/\s*\n\s*/g, ' '))]);
  const lines = reviewLines(input, plain);
  if (options.top === undefined) await each(context, lines, writer(context, extractor, options));
  else await counted(context, lines, extractor, options.top);
}

type Review = Extract<ReviewLine, { readonly text: string }>;

/** What is written for one review. */
function writer(context: Context, extractor: KeywordExtractor, { explain }: KeywordsOptions): (line: Review) => string {
  if (explain !== true) return ({ id, text }) => `${JSON.stringify(document(id, extractor.read(text)))}\n`;
  return ({ id, text }) => {
    const explanation = extractor.explain(text);
    if (!context.json) return keywordTrail(text, explanation);
    const { reading, ...trail } = explanation;
    return `${toJson({ ...document(id, reading), ...trail })}\n`;
  };
}

/** The line of one review, exactly the fields other programs rely on. */
function document(id: Review['id'], { polarity, score, findings, skipped, truncated }: Reading): object {
  return { id, polarity, score, findings: findings.map(contracted), skipped, ...(truncated ? { truncated } : {}) };
}

function contracted({ phrase, aspect, opinion, dimension, polarity, clause, span }: Finding): object {
  return { phrase, aspect, opinion, dimension, polarity, clause, span };
}

/** Writes what each line gives, a chunk at a time: the reader of the output sets the pace. */
async function each(
  { out, status }: Context,
  lines: AsyncIterable<readonly ReviewLine[]>,
  write: (line: Review) => string,
): Promise<void> {
  let bad = 0;
  for await (const chunk of lines) {
    let written = '';
    for (const line of chunk) {
      if (line.error === undefined) written += write(line);
      else {
        bad += 1;
        written += errorLine(line);
      }
    }
    await out.write(written);
    // Signals and the end of a pipe are only seen when the loop turns.
    await setImmediate();
  }
  if (bad > 0) status.print(`${bad} lines were no reviews; their places in the output say why.`);
}

function errorLine({ id, error }: Exclude<ReviewLine, Review>): string {
  return `${toJson({ id, error: { code: error.code, message: error.message } })}\n`;
}

async function counted(
  { out, status, json }: Context,
  lines: AsyncIterable<readonly ReviewLine[]>,
  extractor: KeywordExtractor,
  most: number,
): Promise<void> {
  const counter = new PhraseCounter();
  let bad = 0;
  for await (const chunk of lines) {
    for (const line of chunk) {
      if (line.error === undefined) counter.add(extractor.read(line.text));
      else {
        bad += 1;
        status.print(`juliu: ${line.error.message}`);
      }
    }
    await setImmediate();
  }
  const rows = counter.top(most);
  if (json) for (const row of rows) await out.json(row);
  else if (rows.length > 0) {
    const cells = rows.map(({ phrase, dimension, reviews, share }) => [
      phrase,
      dimension,
      String(reviews),
      `${(share * 100).toFixed(1)}%`,
    ]);
    await out.line(table(['phrase', 'dimension', 'reviews', 'share'], cells));
  }
  const skipped = counter.skipped === 0 ? '' : `, ${counter.skipped} said nothing`;
  status.print(`${counter.reviews} reviews read${skipped}${bad === 0 ? '' : `, ${bad} lines were no reviews`}.`);
}
