import { writeFileSync } from 'node:fs';
import { LexiconSource } from './lexicon-source.js';
import { segmentationDictionary } from './segmentation-dictionary.js';

const source = new LexiconSource();
writeFileSync(source.userDictionary, segmentationDictionary(source.lexicon));
