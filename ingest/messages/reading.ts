import type { WireText } from './wire-text.js';

/** The field says "none": null, the empty string, id 0. Becomes NULL and is no defect. */
export const NONE = 0;
/** The field holds something its column cannot mean. Becomes NULL and a defect. */
export const UNUSABLE = 1;
/** An integer outside int64. A defect, but death for the id that keys a message. */
export const OUT_OF_RANGE = 2;

/** What one value of a message was read as: its canonical text, or why there is none. */
export type Reading = WireText | typeof NONE | typeof UNUSABLE | typeof OUT_OF_RANGE;
