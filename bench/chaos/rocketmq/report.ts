import type { FigurePrinter } from '../../figures.js';
import type { Difference } from './ledger.js';
import type { AuditResult } from './offset-audit.js';
import type { RestartResult } from './restarts.js';
import type { LedgerRunResult, RoundResult } from './rounds.js';
import type { Strike, Target } from './strikes.js';

/** Differences that are told one by one. */
const TOLD = 10;
const KINDS = ['lost', 'doubled', 'foreign', 'misplaced', 'untyped'] as const;

/** One line of what happened in a round and what was found. */
export function roundLine(result: RoundResult): string {
  const { round, store, sent, repeated, strikes, endedByThemselves, faults, ledger, broker, offsets, books, seconds } =
    result;
  const injected = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const problems = problemsOf(result);
  return [
    `round ${round} (${store}): ${sent} sent${repeated === 0 ? '' : `, ${repeated} sends repeated`}`,
    strikes.length === 0 ? 'nothing killed' : strikes.map(strikeText).join(', '),
    ...(endedByThemselves === 0 ? [] : [`${endedByThemselves} ended by themselves`]),
    ...(injected === 0 ? [] : [`${injected} faults`]),
    `ledger ${ledger.stored} stored + ${ledger.dead} dead`,
    offsets === undefined
      ? `received ${books.received}, redelivered ${broker.redelivered ?? 0} so far`
      : `received ${books.received}; ${offsets.offsets} offsets checked in ${offsets.looks} looks, ${offsets.ahead.length} ahead`,
    `${seconds.toFixed(0)} s`,
    problems.length === 0 ? 'ok' : problems.join('; '),
  ].join(' · ');
}

function strikeText({ target, atMs, pauseMs }: Strike): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  if (target === 'join') return `one joins at ${seconds(atMs)}`;
  if (target === 'leave') return `one leaves at ${seconds(atMs)}`;
  if (target === 'store') return `store away ${seconds(Math.max(1_000, pauseMs))} at ${seconds(atMs)}`;
  return `${target} killed at ${seconds(atMs)}`;
}

/** What is not as it must be; empty when all is well. */
export function problemsOf({ ledger, complete, broker, offsets, books, orphans }: RoundResult): string[] {
  return [
    ...(complete ? [] : ['NOT COMPLETE IN TIME']),
    ...(ledger.differences.length === 0 ? [] : [`${ledger.differences.length} DIFFERENCES`]),
    ...((offsets?.ahead.length ?? 0) === 0 ? [] : [`${offsets?.ahead.length ?? 0} OFFSETS AHEAD OF THE TABLES`]),
    ...(offsets?.offsets === 0 ? ['NO OFFSET WAS CHECKED'] : []),
    ...(books.gaps === 0 ? [] : [`${books.gaps} GAPS IN THE BOOKS`]),
    ...(books.violations === 0 ? [] : [`${books.violations} VIOLATIONS`]),
    ...(books.exit === 0 ? [] : [`THE CONSUMER ENDED WITH ${books.exit}`]),
    ...(orphans === 0 ? [] : [`${orphans} WORKERS OUTLIVED THEIR SUPERVISOR`]),
    ...(broker.unread === 0 ? [] : [`${broker.unread ?? 0} UNREAD`]),
    ...((broker.deadLetters ?? 0) === 0 ? [] : [`${broker.deadLetters ?? 0} IN THE BROKER'S DEAD LETTERS`]),
  ];
}

/** The first differing identities, and offsets ahead of the tables, one line each. */
export function differenceLines({ rounds }: LedgerRunResult): string[] {
  return rounds
    .flatMap(({ round, ledger: { differences }, offsets }) => [
      ...linesOf(differences, offsets?.ahead ?? []).map((line) => `round ${round}: ${line}`),
    ])
    .slice(0, TOLD);
}

/** Of a run without rounds. */
export function restartLines({ ledger, offsets }: RestartResult): string[] {
  return linesOf(ledger.differences, offsets.ahead).slice(0, TOLD);
}

function linesOf(differences: readonly Difference[], ahead: readonly string[]): string[] {
  return [
    ...differences.map(({ kind, identity, where }) => `${kind} ${identity} (${where})`),
    ...ahead.map((offset) => `committed and not stored: ${offset}`),
  ];
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
  for (const target of ['worker', 'supervisor', 'instance', 'broker'] as const) {
    if (struck(target) > 0) printer.add({ name: `kills_${target}`, value: struck(target), unit: 'SIGKILL' });
  }
  if (struck('join') > 0) printer.add({ name: 'joined', value: struck('join'), unit: 'instances' });
  if (struck('leave') > 0) printer.add({ name: 'left', value: struck('leave'), unit: 'instances (SIGTERM)' });
  printer.add({ name: 'store_outages', value: struck('store'), unit: 'outages' });
  for (const [name, count] of faultsOf(rounds)) {
    printer.add({ name: `fault_${name.replaceAll(' ', '_')}`, value: count, unit: 'requests' });
  }
  printer.add({ name: 'ended_by_themselves', value: sum((round) => round.endedByThemselves), unit: 'supervisors' });
  printer.add({ name: 'received', value: sum(({ books }) => books.received), unit: 'deliveries' });
  printer.add({
    name: 'redelivered',
    // Over remoting the broker does not know; what the killed received last is not counted.
    value:
      last.offsets === undefined ? (broker.redelivered ?? 0) : sum(({ books }) => books.received) - broker.produced,
    unit: last.offsets === undefined ? 'messages' : 'deliveries more than messages',
  });
  printer.add({ name: 'stored', value: ledger.stored, unit: 'identities', passed: ledger.stored > 0 });
  printer.add({ name: 'dead', value: ledger.dead, unit: 'identities', passed: ledger.dead > 0 });
  for (const kind of KINDS) {
    zero(
      kind,
      sum((round) => round.ledger.differences.filter((one) => one.kind === kind).length),
      'identities',
    );
  }
  if (last.offsets !== undefined) {
    const offsets = (of: (audit: AuditResult) => number): number =>
      sum((round) => (round.offsets === undefined ? 0 : of(round.offsets)));
    printer.add({ name: 'offset_looks', value: offsets((audit) => audit.looks), unit: 'looks' });
    printer.add({
      name: 'offsets_checked',
      value: offsets((audit) => audit.offsets),
      unit: 'committed offsets',
      passed: offsets((audit) => audit.offsets) > 0,
    });
    printer.add({ name: 'offsets_set_back', value: offsets((audit) => audit.setBack), unit: 'times' });
    zero(
      'offsets_ahead',
      offsets((audit) => audit.ahead.length),
      'committed and not stored',
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

/** The figures of a run of restarts; those that must be 0 are judged. */
export function addRestartFigures(printer: FigurePrinter, result: RestartResult): void {
  const { sent, kills, received, produced, ledger, offsets, gaps, exit, seconds } = result;
  const zero = (name: string, value: number, unit: string): void =>
    printer.add({ name, value, unit, reference: 0, passed: value === 0 });
  printer.add({ name: 'sent', value: sent, unit: 'messages' });
  printer.add({ name: 'kills', value: kills, unit: 'SIGKILL', passed: kills > 0 });
  printer.add({ name: 'received', value: received, unit: 'deliveries' });
  printer.add({ name: 'redelivered', value: received - produced, unit: 'deliveries more than messages' });
  printer.add({ name: 'stored', value: ledger.stored, unit: 'identities', passed: ledger.stored > 0 });
  printer.add({ name: 'dead', value: ledger.dead, unit: 'identities', passed: ledger.dead > 0 });
  for (const kind of KINDS) zero(kind, ledger.differences.filter((one) => one.kind === kind).length, 'identities');
  if (offsets.offsets > 0) {
    printer.add({ name: 'offset_looks', value: offsets.looks, unit: 'looks' });
    printer.add({ name: 'offsets_checked', value: offsets.offsets, unit: 'committed offsets' });
    zero('offsets_ahead', offsets.ahead.length, 'committed and not stored');
  }
  zero('book_gaps', gaps, 'times');
  zero('bad_exits', exit === 0 ? 0 : 1, 'consumers');
  printer.add({ name: 'seconds', value: seconds, unit: 's from the first message to the last one stored' });
}

function faultsOf(rounds: readonly RoundResult[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { faults } of rounds) {
    for (const [name, count] of faults) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return new Map([...sums].sort(([a], [b]) => a.localeCompare(b)));
}
