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

/** Waits until `holds`, for at most `ms`. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The outcome of `work`; says what was waited for when it takes longer than `ms`. */
export async function inTime<T>(what: string, work: Promise<T>, ms = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
