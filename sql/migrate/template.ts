import { JuliuError } from '../../errors/juliu-error.js';
import { ttlClause, type RetentionDays, type RetentionGroup } from './retention.js';

/** What fills the places of a migration. */
export interface TemplateValues {
  /** A SchemaTemplate, as the engine profile gives it. */
  readonly schema: Readonly<Record<string, string>>;
  readonly retention: RetentionDays;
}

const section = /^\{\{#(\w+)\}\}\n([^]*?)^\{\{\/\1\}\}\n?/gm;
const place = /\{\{(?:ttl\.(\w+) (\w+)|(\w+)(,?))\}\}/g;
/** Stands for an empty value until the blank before it is taken out. */
const nothing = '\0';

/**
 * Fills the places of a migration:
 *
 * - `{{name}}` becomes the profile's value; an empty one takes the blank before it along, and a line that held nothing
 *   else is left out;
 * - `{{name,}}` becomes the value and a comma, or nothing: for leading arguments that only some profiles have;
 * - `{{#name}}` … `{{/name}}`, each on a line of its own: the lines between stay only when the value is not empty;
 * - `{{ttl.group column}}` becomes the TTL clause of that group of tables, or nothing when they are kept for ever.
 *
 * @param file named in the error
 * @throws JuliuError MIGRATION_FILES_INVALID when a place has no value.
 */
export function render(template: string, values: TemplateValues, file: string): string {
  const valueOf = (name: string): string => {
    const value = values.schema[name];
    if (value !== undefined) return value;
    throw new JuliuError('MIGRATION_FILES_INVALID', { file, detail: `the place {{${name}}} has no value` });
  };
  const clauseOf = (group: string, column: string): string => {
    if (group in values.retention) return ttlClause(group as RetentionGroup, column, values.retention);
    throw new JuliuError('MIGRATION_FILES_INVALID', { file, detail: `ttl.${group} is no group of tables` });
  };
  const fill = (_: string, group?: string, column?: string, name?: string, comma?: string): string => {
    const value = name === undefined ? clauseOf(group ?? '', column ?? '') : valueOf(name);
    return value === '' ? nothing : comma === ',' ? `${value}, ` : value;
  };
  return template
    .replace(section, (_, name: string, body: string) => (valueOf(name) === '' ? '' : body))
    .replace(place, fill)
    .replaceAll(/^[ \0]*\0[ \0]*\n/gm, '')
    .replaceAll(/ ?\0(?=\s|;|$)/g, '')
    .replaceAll(nothing, '');
}
