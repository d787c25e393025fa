import type { LaneSettings } from '../../../config/lanes.js';

/** A lane of a test: named users, or everybody else. */
export function laneSettings(
  name: string,
  users: readonly string[] | 'others',
  more: Partial<LaneSettings> = {},
): LaneSettings {
  return {
    name,
    group: `g_${name}`,
    isDefault: users === 'others',
    users: users === 'others' ? [] : users,
    usersFile: undefined,
    filter: undefined,
    sql: undefined,
    takesAll: false,
    batch: { rows: 500, bytes: 1 << 24, ageMs: 50 },
    inFlight: { messages: 5_000, bytes: 1 << 26 },
    concurrency: 1,
    concurrentBatches: undefined,
    ownProcess: false,
    ...more,
  };
}

/** Waits until `holds`, for at most half a minute. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
