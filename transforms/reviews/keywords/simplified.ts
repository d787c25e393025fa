import pairs from 'opencc-js/dict/TSCharacters';

const table = new Map<number, number>();
for (const pair of pairs.split('|')) {
  const [traditional = '', simple = ''] = pair.split(' ');
  // Characters beyond the basic plane do not occur in reviews, and would change the length of the text.
  if (traditional.length === 1 && simple.length === 1) table.set(traditional.charCodeAt(0), simple.charCodeAt(0));
}

/** The simplified character (简体) for a traditional one; any other unit as it is. */
export function simplified(unit: number): number {
  return table.get(unit) ?? unit;
}
