import { JuliuError } from '../errors/juliu-error.js';

/** What a simulation is made of. Same options, same bytes. */
export interface SimulationOptions {
  /** Any integer of 0..2^53-1; every choice of the simulation is drawn from sub-streams of it. */
  readonly seed: number;
  /** How many bodies the history has, exactly (duplicates and other disturbances included). */
  readonly messages: number;
  /** Length of the history in days; fractions are allowed. */
  readonly days: number;
  /** Epoch ms at which the subscription, and so the history, starts. */
  readonly startAt: number;
  /** Fraction 0..1 of the messages that come a second time (same outgoing_id). */
  readonly duplicates?: number;
  /** Fraction 0..1 of the messages that are published again under a new outgoing_id. */
  readonly republish?: number;
  /** Fraction 0..1 of the messages that come some seconds to minutes after their turn. */
  readonly disorder?: number;
  /** Fraction 0..1 of the messages that come an hour to two days after their turn. */
  readonly lateness?: number;
  /** Fraction 0..1 of the messages that carry an unusable optional field (half) or have a dead copy beside them (half). */
  readonly defects?: number;
  /** Epoch ms: most who rate one item from then on tell of a new defect that it has (see BurstTruth in truth.ts). */
  readonly burstAt?: number;
  /** Receives the ground truth, one JSON document per line (without the line end); see truth.ts for its lines. */
  readonly onTruth?: (line: string) => void;
}

/** {@link SimulationOptions} after validation, with every default filled in. */
export interface CheckedOptions {
  readonly seed: number;
  readonly messages: number;
  readonly days: number;
  readonly startAt: number;
  readonly duplicates: number;
  readonly republish: number;
  readonly disorder: number;
  readonly lateness: number;
  readonly defects: number;
  readonly burstAt: number | undefined;
  readonly onTruth: ((line: string) => void) | undefined;
}

/** Envelope times outside 2003..2100 make a message dead, and life cycles reach some weeks beyond both ends. */
const EARLIEST_START = Date.UTC(2004, 0, 1);
const LATEST_START = Date.UTC(2090, 0, 1);
/** Far above any history that could be written out, far below where numbers lose exactness. */
const MOST_MESSAGES = 10_000_000_000;
const MOST_DAYS = 3660;

/**
 * Checks every option once.
 *
 * @throws JuliuError SIMULATION_OPTION naming the first option that is out of range and its value.
 */
export function checkOptions(options: SimulationOptions): CheckedOptions {
  const fraction = (option: 'duplicates' | 'republish' | 'disorder' | 'lateness' | 'defects'): number => {
    const value = options[option] ?? 0;
    if (!(value >= 0 && value <= 1)) throw refused(option, value, 'give a fraction from 0 to 1.');
    return value;
  };
  const { seed, messages, days, startAt, burstAt } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) throw refused('seed', seed, 'give a whole number from 0 to 2^53-1.');
  if (!Number.isSafeInteger(messages) || messages < 0 || messages > MOST_MESSAGES) {
    throw refused('messages', messages, `give a whole number from 0 to ${MOST_MESSAGES}.`);
  }
  if (!(days > 0 && days <= MOST_DAYS)) throw refused('days', days, `give a number above 0 and up to ${MOST_DAYS}.`);
  if (!Number.isSafeInteger(startAt) || startAt < EARLIEST_START || startAt > LATEST_START) {
    throw refused('startAt', startAt, 'give epoch milliseconds between 2004-01-01 and 2090-01-01.');
  }
  if (burstAt !== undefined && (!Number.isSafeInteger(burstAt) || burstAt < startAt)) {
    throw refused('burstAt', burstAt, 'give epoch milliseconds from the start of the history on.');
  }
  return {
    seed,
    messages,
    days,
    startAt,
    duplicates: fraction('duplicates'),
    republish: fraction('republish'),
    disorder: fraction('disorder'),
    lateness: fraction('lateness'),
    defects: fraction('defects'),
    burstAt,
    onTruth: options.onTruth,
  };
}

/**
 * Checks the arguments of one live step.
 *
 * @throws JuliuError SIMULATION_OPTION
 */
export function checkLiveStep(rate: number, now: number): void {
  if (!(rate >= 0 && rate <= 100_000)) throw refused('rate', rate, 'give messages per second from 0 to 100000.');
  if (!Number.isFinite(now)) throw refused('now', now, 'give epoch milliseconds.');
}

function refused(option: string, value: unknown, cure: string): JuliuError {
  return new JuliuError('SIMULATION_OPTION', { option, value: String(value), cure });
}
