import assert from 'node:assert/strict';

/** What a row says, by the name of the column; a number may differ from the store's in the last place of a mean. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Collects where the views and the truth differ, so that one run names every disagreement and not the first alone. */
export class Disagreements {
  /** KPIs that were compared, and how many figures of each. */
  readonly compared = new Map<string, number>();
  readonly #found: string[] = [];

  /** Compares rows by their key: every row of either side must be on the other, equal in every column of the truth. */
  rows(
    kpi: string,
    truth: ReadonlyMap<string, Row>,
    views: ReadonlyMap<string, Readonly<Record<string, string | null>>>,
  ): void {
    let figures = this.compared.get(kpi) ?? 0;
    for (const [cut, expected] of truth) {
      const row = views.get(cut);
      if (row === undefined) {
        this.#add(kpi, cut, 'row', JSON.stringify(expected), 'no row');
        continue;
      }
      for (const [column, value] of Object.entries(expected)) {
        figures += 1;
        const got = row[column];
        if (got === undefined || !same(value, got)) this.#add(kpi, cut, column, String(value), String(got));
      }
    }
    for (const [cut, row] of views) {
      if (!truth.has(cut)) this.#add(kpi, cut, 'row', 'no row', JSON.stringify(row));
    }
    this.compared.set(kpi, figures);
  }

  value(kpi: string, cut: string, expected: string | number | boolean | null, got: string | null): void {
    this.compared.set(kpi, (this.compared.get(kpi) ?? 0) + 1);
    if (!same(expected, got)) this.#add(kpi, cut, 'value', String(expected), String(got));
  }

  #add(kpi: string, cut: string, column: string, truth: string, view: string): void {
    this.#found.push(`${kpi} of ${cut}, ${column}: truth ${truth}, view ${view}`);
  }

  /** A sentence per disagreement; a KPI that disagrees everywhere does not hide the others. */
  get sentences(): string[] {
    const perKpi = new Map<string, number>();
    const shown: string[] = [];
    for (const sentence of this.#found) {
      const kpi = sentence.slice(0, sentence.indexOf(' of '));
      const count = (perKpi.get(kpi) ?? 0) + 1;
      perKpi.set(kpi, count);
      if (count <= 5) shown.push(sentence);
    }
    return [...shown, ...[...perKpi].filter(([, count]) => count > 5).map(([kpi, count]) => `${kpi}: ${count} in all`)];
  }

  assertNone(): void {
    const sentences = this.sentences;
    assert.equal(sentences.length, 0, `\n${sentences.join('\n')}`);
  }
}

function same(expected: string | number | boolean | null, got: string | null): boolean {
  if (expected === null || got === null) return expected === got;
  if (typeof expected === 'boolean') return (expected ? ['1', 'true'] : ['0', 'false']).includes(got);
  if (typeof expected === 'string') return expected === got;
  // Means and shares are doubles of exact sums; everything else is a whole number and compared as such.
  return Number.isInteger(expected)
    ? Number(got) === expected
    : Math.abs(Number(got) - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}
