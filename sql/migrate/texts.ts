import { JuliuError } from '../../errors/juliu-error.js';

const definition = /^\{\{#text (\w+)\}\}\n([^]*?)\n\{\{\/text\}\}\n+/gm;
const use = /\{\{(\w+)(?: ((?:[^{}]|\{[^{}]+\})*))?\}\}/g;

/**
 * Puts named texts of a file where they are used, so that a formula which several statements need stands in it once:
 *
 * - `{{#text name}}` … `{{/text}}`, each on a line of its own, names the lines between and takes them out;
 * - `{{name}}` further down becomes these lines, and `{{name a | b}}` with `a` for each `$1` and `b` for each `$2`.
 *
 * A text may use those above it. Everything else, as the places that `render` fills, stays as it is.
 * @param file named in the error
 * @throws JuliuError MIGRATION_FILES_INVALID when a use leaves a `$n` without a value.
 */
export function putTexts(template: string, file: string): string {
  const texts = new Map<string, string>();
  const put = (sql: string): string =>
    sql.replace(use, (place, name: string, given?: string) => {
      const args = given?.split('|').map((arg) => arg.trim()) ?? [];
      return texts.get(name)?.replace(/\$(\d)/g, (_, index: string) => argument(args, Number(index), place)) ?? place;
    });
  const argument = (args: readonly string[], index: number, place: string): string => {
    const value = args[index - 1];
    if (value !== undefined) return value;
    throw new JuliuError('MIGRATION_FILES_INVALID', { file, detail: `${place} leaves $${index} without a value` });
  };
  const rest = template.replace(definition, (_, name: string, body: string) => {
    texts.set(name, put(body));
    return '';
  });
  return texts.size === 0 ? template : put(rest);
}
