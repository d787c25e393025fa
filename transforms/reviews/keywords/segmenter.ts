import { createRequire } from 'node:module';

/** What is used of nodejieba; its typings call the second argument of `cut` strict, it switches the HMM on. */
interface Jieba {
  load(dictionaries: { readonly userDict: string }): void;
  cut(text: string, useHmm?: boolean): string[];
}

/** Words (分词) of a text in order; joined they are the text again. */
export type Segment = (text: string) => string[];

const require = createRequire(import.meta.url);
/** nodejieba assigns these without declaring them. */
const LEAKED = ['dict', 'hmmDict', 'userDict', 'idfDict', 'stopWordDict'];
let loadedWith: string | undefined;

/**
 * The segmenter with our own dictionary. Its dictionaries belong to the process, not to the caller: they are loaded
 * once, and a word that a lexicon adds later is found by joining what the segmenter parted.
 *
 * Without the HMM: it glues words no dictionary has (物流/很慢), and the lexicon is written in dictionary words.
 *
 * @param userDictionary path of a file of lines `word frequency tag`
 */
export function openSegmenter(userDictionary: string): Segment {
  const jieba = require('nodejieba') as Jieba;
  if (loadedWith === undefined) {
    const known = new Set(LEAKED.filter((name) => Object.hasOwn(globalThis, name)));
    jieba.load({ userDict: userDictionary });
    for (const name of LEAKED) if (!known.has(name)) Reflect.deleteProperty(globalThis, name);
    loadedWith = userDictionary;
  } else if (loadedWith !== userDictionary) {
    throw new Error(`the segmenter is already loaded with ${loadedWith}`);
  }
  return (text) => jieba.cut(text);
}
