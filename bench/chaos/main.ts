import { parseArgs } from 'node:util';
import { FigurePrinter } from '../figures.js';
import { runChaos, type ChaosResult } from './chaos.js';
import type { KillPlace } from './phases.js';
import { OPERATIONAL_COLUMNS } from './table-contents.js';

const usage = `usage: npm run chaos -- [--rounds N] [--seed S] [--messages M] [--json]

  Ingests a simulated capture (duplicates, disorder, defects) at once into one store, and into another by a process that
  is killed (SIGKILL) at random moments and started again; then compares every table row by row.

  --rounds N     kill and restart cycles (default 25)
  --seed S       same seed, same capture and same plan of kills (default 1)
  --messages M   messages of the capture (default 20000)
  --json         one figure per line

example: npm run chaos -- --rounds 100 --seed 7 --messages 50000`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    seed: { type: 'string', default: '1' },
    messages: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [rounds, seed, messages] = [values.rounds, values.seed, values.messages].map(Number);

if (values.help) {
  console.log(usage);
} else if (![rounds, seed, messages].every((value) => Number.isSafeInteger(value) && Number(value) >= 0)) {
  console.error(usage);
  process.exitCode = 2;
} else {
  const result = await runChaos({
    rounds: rounds ?? 0,
    seed: seed ?? 0,
    messages: messages ?? 0,
    onRound: ({ round, rows, killed }) => {
      if (values.json) return;
      const places = killed === undefined ? 'finished before the kill' : placeText(killed);
      console.log(`round ${round}: batches of ${rows}, ${places}`);
    },
  });
  process.exitCode = print(result, values.json) ? 0 : 1;
}

function placeText(place: KillPlace): string {
  const names = Object.entries(place as Readonly<Record<keyof KillPlace, boolean>>).flatMap(([name, holds]) =>
    holds ? [name] : [],
  );
  return `killed ${names.length === 0 ? 'elsewhere' : names.join(', ')}`;
}

/** True when nothing was lost, doubled or changed, and the kills were where they hurt. */
function print(result: ChaosResult, json: boolean): boolean {
  const printer = new FigurePrinter(json);
  const sum = (what: 'rows' | 'lost' | 'doubled' | 'differing'): number =>
    result.tables.reduce((total, table) => total + table[what], 0);
  const { kills } = result;
  printer.add({ name: 'rounds', value: result.rounds, unit: 'cycles' });
  printer.add({ name: 'kills', value: kills, unit: 'SIGKILL' });
  const wanted = kills >= 5;
  for (const [name, value] of [
    ['kills_inside_insert', result.insideInsert],
    ['kills_between_tables', result.betweenTables],
  ] as const) {
    printer.add({ name, value, unit: 'kills', ...(wanted ? { passed: value > 0 } : {}) });
  }
  printer.add({ name: 'kills_before_ack', value: result.beforeAck, unit: 'kills' });
  printer.add({ name: 'read_to_the_end', value: result.finished, unit: 'rounds' });
  for (const { table, rows } of result.tables) printer.add({ name: `rows_${table}`, value: rows, unit: 'rows' });
  for (const what of ['lost', 'doubled', 'differing'] as const) {
    printer.add({ name: what, value: sum(what), unit: 'rows', reference: 0, passed: sum(what) === 0 });
  }
  printer.add({ name: 'rows_compared', value: sum('rows'), unit: 'rows', passed: sum('rows') > 0 });
  printer.add({ name: 'columns_left_out', value: OPERATIONAL_COLUMNS.length, unit: OPERATIONAL_COLUMNS.join(' ') });
  const passed = printer.finish();
  if (!json) {
    for (const table of result.tables) {
      if (table.lost + table.doubled + table.differing > 0) console.log(JSON.stringify(table));
    }
  }
  return passed;
}
