import { z } from 'zod';
import { structure, text } from './fields.js';

const file = z.string('give the path of a file').min(1, 'give the path of a file');

/** `keywords`: files of the user's own beside what comes with juliu. */
export const keywords = z.strictObject({
  lexicon: structure(
    z.array(file, 'give a list of files'),
    'Own word lists (TSV), read after the one that comes with juliu: a later line replaces an earlier one, see keywords.md; in the environment as JSON',
  ).default([]),
  actions: text(
    'Own table of suggested actions (TSV), in the place of the one that comes with juliu, see keywords.md',
  ).optional(),
  secondLevels: text(
    'Own table of second levels by category of items (TSV), in the place of the one that comes with juliu, see keywords.md',
  ).optional(),
});
