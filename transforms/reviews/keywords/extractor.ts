import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ClauseReader } from './clause-reader.js';
import { cutClauses, type Clause } from './clauses.js';
import { explainClause, type ExplainedClause, type Explanation } from './explanation.js';
import type { Judgement } from './judgement.js';
import { ROLES } from './lexicon-roles.js';
import { LexiconSource, type Refreshed } from './lexicon-source.js';
import { normalise, originalSpan } from './normalise.js';
import { wordingOf } from './phrase.js';
import type { Finding, Reading, SkipReason } from './reading.js';
import { evidenceOf, logistic, polarityOf } from './score.js';
import { openSegmenter } from './segmenter.js';
import { TokenRow } from './token-row.js';
import { Vocabulary } from './vocabulary.js';

/** Raised whenever the rules change, so that findings of an older extractor are known and worked out again. */
const REVISION = 2;
/** UTF-16 units of a review that are read; the platform takes 500. */
export const MOST_READ = 20_000;
/** Findings of one review; the first are kept. Real reviews have up to a dozen. */
export const MOST_FINDINGS = 50;
/** Judgements below it weigh in the score and are no findings: 一般. */
const FINDING = 0.5;

/** Longer texts are no default review. */
const LONGEST_DEFAULT = 60;
/** Words of texts that are copied to fill the space: 复制这段话攒京豆. */
const COPIED = /复制(?!品)|京豆|凑(?:够|满|个)?字|(?:攒|赚|换|混)积分/u;
const PUNCTUATION = /[\s\p{P}\p{S}]/gu;
const SAYS_SOMETHING = /[^\s\p{P}\p{S}]|\p{Extended_Pictographic}/u;

export interface ExtractorOptions {
  /** Further lexicon files, such as a tenant's own; later ones count first. */
  readonly lexicons?: readonly string[];
  /** Folder of the basic lexicon instead of the shipped one. */
  readonly folder?: string;
}

/**
 * Reads what buyers complain about (负面关键词) out of Chinese reviews. Pure: a text in, a reading out; it looks at its
 * lexicon files only when it is loaded or asked to `reload`. One at a time: not to be shared between threads.
 *
 * @example
 * const extractor = KeywordExtractor.load();
 * extractor.read('物流太慢了').findings[0]?.phrase; // 物流慢
 */
export class KeywordExtractor {
  readonly #source: LexiconSource;
  readonly #row: TokenRow;
  readonly #reader: ClauseReader;
  readonly #clauses: Clause[] = [];
  readonly #dictionaryHash: string;
  #version: string;

  private constructor(source: LexiconSource) {
    this.#source = source;
    this.#row = new TokenRow(new Vocabulary(source.lexicon, source.weights), openSegmenter(source.userDictionary));
    this.#reader = new ClauseReader(this.#row);
    this.#dictionaryHash = hash(readFileSync(source.userDictionary, 'utf8'));
    this.#version = this.#versionNow();
  }

  /** @throws JuliuError LEXICON_INVALID naming file, line and cure */
  static load(options: ExtractorOptions = {}): KeywordExtractor {
    return new KeywordExtractor(new LexiconSource(options.lexicons, options.folder));
  }

  /** Changes exactly when the same text may be read otherwise: rules, lexicon, weights. */
  get version(): string {
    return this.#version;
  }

  /** Looks whether lexicon files have changed and takes them in; an edit that cannot be used leaves all as it was. */
  reload(): Refreshed {
    const refreshed = this.#source.refresh();
    if (refreshed.outcome === 'changed') {
      this.#row.use(new Vocabulary(this.#source.lexicon, this.#source.weights));
      this.#version = this.#versionNow();
    }
    return refreshed;
  }

  /** Reads one review. Linear in its length; of more than {@link MOST_READ} units the beginning is read. */
  read(text: string): Reading {
    const { lexicon } = this.#source;
    const normal = normalise(text.slice(0, MOST_READ), lexicon.emoji);
    // One character can become eighteen.
    const truncated = text.length > MOST_READ || normal.text.length > MOST_READ;
    const spelled = normal.text.slice(0, MOST_READ);
    let skipped = this.#skipped(spelled);
    if (skipped === null) {
      this.#row.read(spelled);
      if (COPIED.test(spelled) && !this.#namesAnAspect()) skipped = 'template';
    }
    if (skipped !== null) return { polarity: 'neutral', score: 0.5, findings: [], skipped, truncated };
    const clauses = cutClauses(this.#row, this.#clauses);
    this.#reader.start();
    const { judgements } = this.#reader;
    const findings: Finding[] = [];
    const reactions: Finding[] = [];
    for (let index = 0; index < clauses; index += 1) {
      const clause = this.#clauses[index];
      if (clause === undefined) break;
      const first = judgements.length;
      this.#reader.read(clause);
      for (let said = first; said < judgements.length; said += 1) {
        const judgement = judgements[said];
        if (judgement === undefined || judgement.weight > -FINDING) continue;
        const kept = judgement.reaction ? reactions : findings;
        if (kept.length >= MOST_FINDINGS) continue;
        const finding = this.#finding(judgement, clause, normal.origins);
        if (!kept.some((other) => sameComplaint(other, finding))) kept.push(finding);
      }
    }
    if (findings.length === 0) findings.push(...reactions);
    const words = this.#wordEvidence();
    const score = logistic(evidenceOf(judgements, words));
    const polarity = polarityOf(score, findings.length > 0);
    const rounded = Math.round(score * 10_000) / 10_000;
    return { polarity, score: rounded, findings, skipped: null, truncated };
  }

  /** Why a text is read as it is. Reads it again; for people, not for the hot path. */
  explain(text: string): Explanation {
    const reading = this.read(text);
    const row = this.#row;
    if (reading.skipped !== null) return { reading, clauses: [], words: 0, emphatic: false };
    const clauses = this.#clauses.slice(0, cutClauses(row, this.#clauses));
    this.#reader.start();
    const explained = clauses.map((clause): ExplainedClause => {
      const { judgements, silenced } = this.#reader;
      const [said, unsaid] = [judgements.length, silenced.length];
      this.#reader.read(clause);
      return explainClause(row, clause, judgements.slice(said), silenced.slice(unsaid));
    });
    const { repeated } = normalise(text.slice(0, MOST_READ), this.#source.lexicon.emoji);
    return { reading, clauses: explained, words: this.#wordEvidence(), emphatic: repeated };
  }

  #finding(judgement: Judgement, clause: Clause, origins: Int32Array | null): Finding {
    const { phrase, aspect, place } = wordingOf(judgement);
    const { starts, ends } = this.#row;
    const at = (token: number): number => starts[token] ?? 0;
    const end = (token: number): number => ends[token - 1] ?? 0;
    return {
      phrase,
      aspect,
      opinion: judgement.opinion,
      dimension: place.dimension,
      subdimension: place.subdimension,
      polarity: 'negative',
      soft: judgement.soft,
      clause: originalSpan(origins, at(clause.from), end(clause.to)),
      span: originalSpan(origins, at(judgement.from), end(judgement.to)),
    };
  }

  #namesAnAspect(): boolean {
    const { entries, length } = this.#row;
    for (let at = 0; at < length; at += 1) if (((entries[at]?.mask ?? 0) & ROLES.aspect) !== 0) return true;
    return false;
  }

  #wordEvidence(): number {
    const { features, parts } = this.#row;
    return this.#source.weights.evidenceOfKnown(features, parts);
  }

  #skipped(text: string): SkipReason | null {
    if (text.length > LONGEST_DEFAULT) return null;
    const { defaultReviews, defaultBeginnings } = this.#source.lexicon;
    if (!SAYS_SOMETHING.test(text)) return 'empty';
    if (!defaultBeginnings.has(text.charCodeAt(0))) return null;
    return defaultReviews.has(text.replace(PUNCTUATION, '')) ? 'default_review' : null;
  }

  #versionNow(): string {
    return hash([REVISION, this.#source.hash, this.#dictionaryHash].join('\n'));
  }
}

function sameComplaint(one: Finding, other: Finding): boolean {
  return one.phrase === other.phrase && one.dimension === other.dimension;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
