import type { z } from 'zod';
import { JuliuError } from '../errors/juliu-error.js';
import type { Field } from './fields.js';
import { withoutNicks } from './lane-users.js';
import { nearest } from './nearest.js';
import { Secret } from './secret.js';

/** One thing wrong with the configuration: the key (or environment variable), the bad value, the cure. */
export interface Problem {
  readonly key: string;
  readonly value: string;
  readonly cure: string;
}

/** The first problem as an error; the others follow in `problems`, for whoever prints them all. */
export class ConfigError extends JuliuError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    const [{ key, value, cure }] = problems;
    super('CONFIG_INVALID', { key, value, cure });
    this.problems = problems;
  }
}

/**
 * Zod's issues as problems.
 * @param input the tree that was checked
 * @param nameOf how the person spelt a key: the dotted path, or the environment variable the value came from
 */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  fields: readonly Field[],
  nameOf: (key: string) => string,
): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const key = path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => unknownKey([...path, name], fields));
    }
    const field = fields.find((known) => known.key === key);
    const value = field?.kind === 'secret' ? Secret.mask : show(withoutNicks(path, valueAt(input, path)));
    const isSection = field === undefined && childrenOf(path, fields).length > 0;
    const cure = isSection && issue.code === 'invalid_type' ? sectionCure(key, fields) : issue.message;
    return [{ key: nameOf(key), value, cure }];
  });
}

function unknownKey(path: readonly string[], fields: readonly Field[]): Problem {
  const name = path.at(-1) ?? '';
  const parent = path.slice(0, -1);
  const siblings = childrenOf(parent, fields);
  const close = nearest(name, siblings);
  const elsewhere = nearest(
    name,
    fields.map((field) => field.path.at(-1) ?? ''),
  );
  const suggestion =
    close === undefined ? fields.find((field) => field.path.at(-1) === elsewhere)?.key : [...parent, close].join('.');
  const cure =
    suggestion === undefined
      ? `the settings ${parent.length === 0 ? 'here' : `under \`${parent.join('.')}\``} are ${siblings.join(', ')}`
      : `did you mean \`${suggestion}\`?`;
  return { key: path.join('.'), value: 'unknown', cure };
}

/** An environment variable that starts like ours and is none of ours. */
export function unknownVariable(variable: string, known: readonly string[]): Problem {
  const close = nearest(variable, known);
  const cure = close === undefined ? 'docs/configuration.md lists the variables.' : `did you mean ${close}?`;
  return { key: variable, value: 'unknown', cure };
}

function childrenOf(parent: readonly string[], fields: readonly Field[]): string[] {
  const inside = fields.filter((field) => parent.every((part, index) => field.path[index] === part));
  return [...new Set(inside.map((field) => field.path[parent.length] ?? ''))].filter((name) => name !== '');
}

function sectionCure(key: string, fields: readonly Field[]): string {
  const path = key === '' ? [] : key.split('.');
  return `write a section with ${childrenOf(path, fields).join(', ')}`;
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, part) => (typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[part] : undefined),
    tree,
  );
}

/** A value short enough for a sentence. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const shown = JSON.stringify(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}
