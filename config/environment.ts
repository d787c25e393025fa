import type { Field } from './fields.js';
import { unknownVariable, type Problem } from './problems.js';

/** Names the configuration file; the one variable that is no setting. */
export const CONFIG_VARIABLE = 'JULIU_CONFIG';

export interface EnvironmentSettings {
  /** In the order of the schema. An empty variable counts as not set. */
  readonly values: readonly { readonly field: Field; readonly value: unknown }[];
  readonly problems: readonly Problem[];
}

/** Reads the `JULIU_…` variables. Values stay text except where the field wants a number or true/false. */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  fields: readonly Field[],
): EnvironmentSettings {
  const values = fields.flatMap((field) => {
    const text = environment[field.variable];
    return text === undefined || text === '' ? [] : [{ field, value: typed(text, field) }];
  });
  const known = [...fields.map((field) => field.variable), CONFIG_VARIABLE];
  const problems = Object.keys(environment)
    .filter((name) => name.startsWith('JULIU_') && !known.includes(name))
    .sort()
    .map((name) => unknownVariable(name, known));
  return { values, problems };
}

function typed(text: string, field: Field): unknown {
  if (field.kind === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (field.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (field.kind === 'structure') {
    try {
      return JSON.parse(text);
    } catch {
      return text; // The schema says what it should be.
    }
  }
  return text;
}
