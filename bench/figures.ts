/** One measured figure, as `--json` prints it: one line per figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is held against, measured in the same run or fixed by the requirement. */
  readonly reference?: number;
  /** value / reference, or reference / value for costs: above 1 is better. */
  readonly ratio?: number;
  /** Whether the stated floor is met; absent for figures that only inform. */
  readonly passed?: boolean;
}

/** Prints figures as they come: JSON lines for machines, an aligned table at the end for people. */
export class FigurePrinter {
  readonly #json: boolean;
  readonly #figures: Figure[] = [];

  constructor(json: boolean) {
    this.#json = json;
  }

  add(figure: Figure): void {
    this.#figures.push(figure);
    if (this.#json) console.log(JSON.stringify(figure));
  }

  /** True when no figure failed its floor. */
  finish(): boolean {
    if (!this.#json) console.log(table(this.#figures));
    return this.#figures.every((figure) => figure.passed !== false);
  }
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${format(figure.value)} ${figure.unit}`,
    figure.reference === undefined ? '' : format(figure.reference),
    figure.ratio === undefined ? '' : figure.ratio.toFixed(2),
    figure.passed === undefined ? '' : figure.passed ? 'yes' : 'NO',
  ]);
  const all = [['figure', 'value', 'reference', 'ratio', 'passed'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function format(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : value.toPrecision(4);
}
