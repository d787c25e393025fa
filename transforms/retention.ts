import { addDays, dayOf, EPOCH_DAY, type Day } from './days.js';

/**
 * The oldest day whose inputs are surely all there: an older partition would be worked out from what the retention has
 * left over. One day of margin, so that no merge takes rows away while a run that began before midnight reads them.
 * @param typedDays days the typed tables and the states are kept; 0 = for ever
 */
export function oldestDay(nowMs: number, typedDays: number): Day {
  return typedDays === 0 ? EPOCH_DAY : addDays(dayOf(nowMs), 2 - typedDays);
}
