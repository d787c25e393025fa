import type { Entry, Lexicon } from './lexicon.js';
import type { LearnedWeights } from './learned-weights.js';
import type { FeatureWord } from './word-features.js';
import { WordTrie } from './word-trie.js';

/** The words of the lexicon and of the learned weights in one trie: a text is walked once for both. Immutable. */
export class Vocabulary {
  readonly trie = new WordTrie();
  /** By node: what the lexicon says of the word that ends there. */
  readonly entries: (Entry | undefined)[];
  /** By node: what was learned of it. */
  readonly features: (FeatureWord | undefined)[];

  constructor(lexicon: Lexicon, weights: LearnedWeights) {
    const entries: [number, Entry][] = [];
    for (const [word, entry] of lexicon.entries) entries.push([this.trie.add(word), entry]);
    const features: [number, FeatureWord][] = [];
    for (const [word, feature] of weights.words) features.push([this.trie.add(word), feature]);
    this.entries = new Array<Entry | undefined>(this.trie.size).fill(undefined);
    this.features = new Array<FeatureWord | undefined>(this.trie.size).fill(undefined);
    for (const [node, entry] of entries) this.entries[node] = entry;
    for (const [node, feature] of features) this.features[node] = feature;
  }
}
