import type { Field } from './fields.js';
import type { Config } from './load.js';
import { fields } from './schema.js';
import { formatBytes, formatDuration } from './units.js';

/** One setting as it is in force, ready to print: secrets masked, sizes and durations with their unit. */
export interface EffectiveSetting {
  readonly key: string;
  readonly value: string;
  readonly changed: boolean;
}

/** Every setting that has a value, in the schema's order. */
export function effectiveSettings(config: Config): EffectiveSetting[] {
  return fields.flatMap((field) => {
    const value = field.path.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], config);
    if (value === undefined) return [];
    return [{ key: field.key, value: printed(value, field), changed: value !== field.defaultValue }];
  });
}

/** A value in the words of the configuration file. */
export function printed(value: unknown, field: Pick<Field, 'kind'>): string {
  if (field.kind === 'bytes' && typeof value === 'number') return formatBytes(value);
  if (field.kind === 'duration' && typeof value === 'number') return formatDuration(value);
  if (field.kind === 'structure') return JSON.stringify(value);
  return String(value);
}
