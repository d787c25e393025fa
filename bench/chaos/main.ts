import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FigurePrinter } from '../figures.js';
import { runKills } from './kills.js';
import { runOrders } from './orders.js';
import type { KillPlace } from './phases.js';
import { addLedgerFigures, addRestartFigures, differenceLines, restartLines, roundLine } from './rocketmq/report.js';
import { runRestarts } from './rocketmq/restarts.js';
import { runLedger } from './rocketmq/rounds.js';
import type { Protocol } from './rocketmq/setting.js';
import { OPERATIONAL_COLUMNS, type TableDifference } from './table-contents.js';

const usage = `usage: npm run chaos -- [--source capture|rocketmq] [--protocol grpc|remoting] [--kill-every SECONDS] [--rounds N] [--seed S]
                       [--messages M] [--rate R] [--no-orders] [--json]

  capture (default): ingests a simulated capture (duplicates, disorder, defects) at once into one store, and into another by a process that
  is killed (SIGKILL) at random moments and started again; then compares every table row by row. Then the same messages
  shuffled, doubled and backwards, in batches of 50,000, 2,000, 7 (a quarter of them) and 1 (a fortieth).

  rocketmq: sends messages to a real broker (started here; Java 17 and Maven) while workers, their supervisor and the
  broker are killed (SIGKILL) at random moments and the store injects faults; then looks for every message in the tables.

  With --protocol remoting two to four instances share the queues: they join, leave (SIGTERM) and are killed in the middle,
  and an independent reader compares the group's committed offsets with the tables all the time.

  rocketmq with --kill-every: one process takes the messages into an embedded store and is killed so often and started
  again, until all are stored; then compares what is in the tables with what was sent.

  --protocol P   grpc (default) or remoting, of --source rocketmq
  --kill-every S seconds between two kills
  --rate R       with --kill-every: messages sent per second (default 8000)
  --rounds N     kill and restart cycles (default 25; rocketmq 20)
  --seed S       same seed, same messages and same plan of kills (default 1)
  --messages M   messages, all rounds together (default 20000, the full run is 200000; rocketmq 200000,
                 with --kill-every 1000000)
  --no-orders    only the kills
  --json         one figure per line

examples: npm run chaos -- --rounds 100 --seed 7 --messages 50000
          npm run chaos -- --source rocketmq --rounds 20 --seed 7
          npm run chaos -- --source rocketmq --protocol remoting --rounds 20 --seed 7
          npm run chaos -- --source rocketmq --protocol remoting --kill-every 10`;

const { values } = parseArgs({
  options: {
    source: { type: 'string', default: 'capture' },
    protocol: { type: 'string', default: 'grpc' },
    'kill-every': { type: 'string' },
    rate: { type: 'string', default: '8000' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    messages: { type: 'string' },
    'no-orders': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const onBroker = values.source === 'rocketmq';
const restarts = onBroker && values['kill-every'] !== undefined;
const usualMessages = onBroker ? '200000' : '20000';
const [rounds = Number.NaN, seed = Number.NaN, messages = Number.NaN, rate = Number.NaN, killEvery = Number.NaN] = [
  values.rounds ?? (onBroker ? '20' : '25'),
  values.seed,
  values.messages ?? (restarts ? '1000000' : usualMessages),
  values.rate,
  values['kill-every'] ?? '0',
].map(Number);

if (values.help) {
  console.log(usage);
} else if (
  !['capture', 'rocketmq'].includes(values.source) ||
  !isProtocol(values.protocol) ||
  ![rounds, seed, messages, rate, killEvery].every((value) => Number.isSafeInteger(value) && value >= 0)
) {
  console.error(usage);
  process.exitCode = 2;
} else {
  const run = onBroker ? onFolder(restarts ? killedAgainAndAgain(values.protocol) : ledger(values.protocol)) : chaos;
  process.exitCode = (await run(values.json)) ? 0 : 1;
}

function isProtocol(text: string): text is Protocol {
  return text === 'grpc' || text === 'remoting';
}

/** A run in a folder that is left to look at when it failed. */
function onFolder(run: (folder: string, printer: FigurePrinter, json: boolean) => Promise<boolean>) {
  return async (json: boolean): Promise<boolean> => {
    const folder = await mkdtemp(join(tmpdir(), 'juliu-ledger-'));
    let passed = false;
    try {
      return (passed = await run(folder, new FigurePrinter(json), json));
    } finally {
      if (passed) await rm(folder, { recursive: true, force: true });
      else console.error(`The store and the log of the consumers are left in ${folder}.`);
    }
  };
}

/** True when every message sent to a real broker is stored once, or is a dead letter, whatever was killed. */
function ledger(protocol: Protocol) {
  return async (folder: string, printer: FigurePrinter, json: boolean): Promise<boolean> => {
    const onRound = (round: Parameters<typeof roundLine>[0]): void => {
      if (!json) console.log(roundLine(round));
    };
    const result = await runLedger({ folder, rounds, seed, messages, protocol, onRound });
    addLedgerFigures(printer, result);
    for (const line of differenceLines(result)) console.error(line);
    return printer.finish();
  };
}

/** The same when the only consumer is killed every few seconds, with its store. */
function killedAgainAndAgain(protocol: Protocol) {
  return async (folder: string, printer: FigurePrinter, json: boolean): Promise<boolean> => {
    const onKill = (kills: number, received: number): void => {
      if (!json) console.log(`kill ${kills}: ${received} received so far`);
    };
    const result = await runRestarts({ folder, seed, messages, protocol, everyMs: killEvery * 1_000, rate, onKill });
    addRestartFigures(printer, result);
    for (const line of restartLines(result)) console.error(line);
    return printer.finish();
  };
}

/** True when nothing was lost, doubled or changed, and the kills were where they hurt. */
async function chaos(json: boolean): Promise<boolean> {
  const printer = new FigurePrinter(json);
  const folder = await mkdtemp(join(tmpdir(), 'juliu-chaos-'));
  try {
    await killed(printer, folder, json);
    if (!values['no-orders']) {
      for await (const { name, messages: delivered, tables } of runOrders({ folder, seed, messages })) {
        if (!json) console.log(`${name}: ${delivered} messages`);
        addDifferences(printer, `${name.replaceAll(' ', '_')}_`, tables);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  printer.add({ name: 'columns_left_out', value: OPERATIONAL_COLUMNS.length, unit: OPERATIONAL_COLUMNS.join(' ') });
  return printer.finish();
}

async function killed(printer: FigurePrinter, folder: string, json: boolean): Promise<void> {
  const { kills, finished, resumed, tables } = await runKills({
    folder,
    rounds,
    seed,
    messages,
    onRound: ({ round, rows, startedAt, killed: place }) => {
      if (json) return;
      console.log(
        `round ${round}: from byte ${startedAt}, batches of ${rows}, ${place === undefined ? 'finished first' : at(place)}`,
      );
    },
  });
  const count = (what: 'insideInsert' | 'betweenTables' | 'beforeAck'): number =>
    kills.filter((place) => place[what]).length;
  printer.add({ name: 'rounds', value: rounds, unit: 'cycles' });
  printer.add({ name: 'kills', value: kills.length, unit: 'SIGKILL' });
  // A few kills may miss by chance; many must not.
  const judged = kills.length >= 10;
  for (const [name, value] of [
    ['kills_inside_insert', count('insideInsert')],
    ['kills_between_tables', count('betweenTables')],
  ] as const) {
    printer.add({ name, value, unit: 'kills', ...(judged ? { passed: value > 0 } : {}) });
  }
  printer.add({ name: 'kills_before_ack', value: count('beforeAck'), unit: 'kills' });
  printer.add({ name: 'resumed_in_the_middle', value: resumed, unit: 'rounds' });
  printer.add({ name: 'read_to_the_end', value: finished, unit: 'rounds' });
  for (const { table, rows } of tables) printer.add({ name: `rows_${table}`, value: rows, unit: 'rows' });
  addDifferences(printer, '', tables);
}

function at(place: KillPlace): string {
  const names = [
    ...(place.insideInsert ? ['inside an insert'] : []),
    ...(place.betweenTables ? ['between two tables'] : []),
    ...(place.beforeAck ? ['before an acknowledgement'] : []),
  ];
  return `killed ${names.length === 0 ? 'elsewhere' : names.join(' and ')}`;
}

function addDifferences(printer: FigurePrinter, prefix: string, tables: readonly TableDifference[]): void {
  const sum = (what: 'rows' | 'lost' | 'doubled' | 'differing'): number =>
    tables.reduce((total, table) => total + table[what], 0);
  printer.add({ name: `${prefix}rows`, value: sum('rows'), unit: 'rows compared', passed: sum('rows') > 0 });
  for (const what of ['lost', 'doubled', 'differing'] as const) {
    const where = tables.filter((table) => table[what] > 0).map(({ table }) => table);
    const unit = where.length === 0 ? 'rows' : `rows (${where.join(', ')})`;
    printer.add({ name: prefix + what, value: sum(what), unit, reference: 0, passed: sum(what) === 0 });
  }
}
