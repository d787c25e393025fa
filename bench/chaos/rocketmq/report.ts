import type { FigurePrinter } from '../../figures.js';
import type { LedgerRunResult, RoundResult } from './rounds.js';
import type { Strike, Target } from './strikes.js';

/** Differences that are told one by one. */
const TOLD = 10;

/** One line of what happened in a round and what was found. */
export function roundLine(result: RoundResult): string {
  const { round, store, sent, repeated, strikes, endedByThemselves, faults, ledger, broker, books, seconds } = result;
  const injected = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const problems = problemsOf(result);
  return [
    `round ${round} (${store}): ${sent} sent${repeated === 0 ? '' : `, ${repeated} sends repeated`}`,
    strikes.length === 0 ? 'nothing killed' : strikes.map(strikeText).join(', '),
    ...(endedByThemselves === 0 ? [] : [`${endedByThemselves} ended by themselves`]),
    ...(injected === 0 ? [] : [`${injected} faults`]),
    `ledger ${ledger.stored} stored + ${ledger.dead} dead`,
    `received ${books.received}, redelivered ${broker.redelivered ?? 0} so far`,
    `${seconds.toFixed(0)} s`,
    problems.length === 0 ? 'ok' : problems.join('; '),
  ].join(' · ');
}

function strikeText({ target, atMs, pauseMs }: Strike): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  if (target === 'store') return `store away ${seconds(Math.max(1_000, pauseMs))} at ${seconds(atMs)}`;
  return `${target} killed at ${seconds(atMs)}`;
}

/** What is not as it must be; empty when all is well. */
export function problemsOf({ ledger, complete, broker, books, orphans }: RoundResult): string[] {
  return [
    ...(complete ? [] : ['NOT COMPLETE IN TIME']),
    ...(ledger.differences.length === 0 ? [] : [`${ledger.differences.length} DIFFERENCES`]),
    ...(books.gaps === 0 ? [] : [`${books.gaps} GAPS IN THE BOOKS`]),
    ...(books.violations === 0 ? [] : [`${books.violations} VIOLATIONS`]),
    ...(books.exit === 0 ? [] : [`THE CONSUMER ENDED WITH ${books.exit}`]),
    ...(orphans === 0 ? [] : [`${orphans} WORKERS OUTLIVED THEIR SUPERVISOR`]),
    ...(broker.unread === 0 ? [] : [`${broker.unread ?? 0} UNREAD`]),
    ...((broker.deadLetters ?? 0) === 0 ? [] : [`${broker.deadLetters ?? 0} IN THE BROKER'S DEAD LETTERS`]),
  ];
}

/** The first differing identities, one line each. */
export function differenceLines({ rounds }: LedgerRunResult): string[] {
  return rounds
    .flatMap(({ round, ledger: { differences } }) =>
      differences.map(({ kind, identity, where }) => `round ${round}: ${kind} ${identity} (${where})`),
    )
    .slice(0, TOLD);
}

/** The figures of a whole run; those that must be 0 are judged. */
export function addLedgerFigures(printer: FigurePrinter, result: LedgerRunResult): void {
  const { rounds, tables } = result;
  const last = rounds.at(-1);
  if (last === undefined) return;
  const { ledger, broker } = last;
  const sum = (of: (round: RoundResult) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const struck = (target: Target): number =>
    sum(({ strikes }) => strikes.filter((strike) => strike.target === target).length);
  const zero = (name: string, value: number, unit: string): void =>
    printer.add({ name, value, unit, reference: 0, passed: value === 0 });
  printer.add({ name: 'rounds', value: rounds.length, unit: 'rounds' });
  printer.add({ name: 'sent', value: sum(({ sent }) => sent), unit: 'messages' });
  printer.add({ name: 'sends_repeated', value: sum(({ repeated }) => repeated), unit: 'sends' });
  for (const target of ['worker', 'supervisor', 'broker'] as const) {
    printer.add({ name: `kills_${target}`, value: struck(target), unit: 'SIGKILL' });
  }
  printer.add({ name: 'store_outages', value: struck('store'), unit: 'outages' });
  for (const [name, count] of faultsOf(rounds)) {
    printer.add({ name: `fault_${name.replaceAll(' ', '_')}`, value: count, unit: 'requests' });
  }
  printer.add({ name: 'ended_by_themselves', value: sum((round) => round.endedByThemselves), unit: 'supervisors' });
  printer.add({ name: 'received', value: sum(({ books }) => books.received), unit: 'deliveries' });
  printer.add({ name: 'redelivered', value: broker.redelivered ?? 0, unit: 'messages' });
  printer.add({ name: 'stored', value: ledger.stored, unit: 'identities', passed: ledger.stored > 0 });
  printer.add({ name: 'dead', value: ledger.dead, unit: 'identities', passed: ledger.dead > 0 });
  for (const kind of ['lost', 'doubled', 'foreign', 'misplaced', 'untyped'] as const) {
    zero(
      kind,
      sum((round) => round.ledger.differences.filter((one) => one.kind === kind).length),
      'identities',
    );
  }
  printer.add({ name: 'rows_compared', value: tables.reduce((total, { rows }) => total + rows, 0), unit: 'rows' });
  for (const what of ['lost', 'doubled', 'differing'] as const) {
    zero(
      `rows_${what}`,
      tables.reduce((total, table) => total + table[what], 0),
      'rows against a clean run',
    );
  }
  zero(
    'rounds_incomplete',
    sum(({ complete }) => (complete ? 0 : 1)),
    'rounds',
  );
  zero(
    'book_gaps',
    sum(({ books }) => books.gaps),
    'times',
  );
  zero(
    'violations',
    sum(({ books }) => books.violations),
    'times',
  );
  zero(
    'bad_exits',
    sum(({ books }) => (books.exit === 0 ? 0 : 1)),
    'consumers',
  );
  zero(
    'orphans',
    sum(({ orphans }) => orphans),
    'workers',
  );
  zero('unread', broker.unread ?? Number.NaN, 'messages');
  zero('broker_dead_letters', broker.deadLetters ?? Number.NaN, 'messages in %DLQ%');
}

function faultsOf(rounds: readonly RoundResult[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { faults } of rounds) {
    for (const [name, count] of faults) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return new Map([...sums].sort(([a], [b]) => a.localeCompare(b)));
}
