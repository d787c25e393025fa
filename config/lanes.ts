import { resolve } from 'node:path';
import { z } from 'zod';
import { bytes, duration, structure, whole } from './fields.js';
import { listedUsers, maskedUser, usersOfFile, type ListedUser } from './lane-users.js';
import { nearest } from './nearest.js';
import { ConfigError, show, type Problem } from './problems.js';
import { formatDuration } from './units.js';

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

const name = z
  .string('give a name')
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'give a name of at most 64 letters, digits, _ and -');
const group = z
  .string('give the name of a consumer group')
  .regex(/^[A-Za-z0-9_|%-]{1,255}$/, 'give a consumer group of letters, digits, _ and -');
const words = z.string('give text').min(1, 'give text that is not empty');
const user = z.union([
  z.string().trim().min(1, 'give a nick or an id'),
  z
    .number()
    .int('give a nick or an id, ids above 9007199254740991 in quotes')
    .positive('give a nick or an id')
    .transform(String),
]);

/** One lane as it is written. */
const lane = z.strictObject({
  name,
  group: group.optional(),
  users: z.array(user, 'give a list of nicks and ids').optional(),
  usersFile: words.optional(),
  default: z.boolean('give true or false').optional(),
  filter: words.optional(),
  sql: words.optional(),
  batch: z
    .strictObject({
      rows: whole(1, 1_000_000, 'messages').optional(),
      bytes: bytes(64 * KiB, GiB, 'encoded rows').optional(),
      age: duration(10, 600_000, 'age of the first message').optional(),
    })
    .optional(),
  inFlight: z
    .strictObject({
      messages: whole(1, 10_000_000, 'messages').optional(),
      bytes: bytes(MiB, 64 * GiB, 'bytes').optional(),
    })
    .optional(),
  concurrency: whole(1, 64, 'receives at once').optional(),
  concurrentBatches: whole(1, 64, 'batches at once').optional(),
  process: z.boolean('give true or false').optional(),
});
type WrittenLane = Omit<z.output<typeof lane>, 'users'> & { readonly users?: readonly string[] | undefined };

/** `ingest.lanes`: a list of lanes; each is checked as a section of its own. */
export const lanes = structure(
  z.unknown().transform((value, context): readonly WrittenLane[] => {
    const parsed = z.array(lane, 'give a list of lanes').min(1, 'give at least one lane').safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      const path = issue.path as (string | number)[];
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) {
          context.addIssue({ code: 'custom', path: [...path, key], message: unknownKey(key, path), input: value });
        }
      } else context.addIssue({ code: 'custom', path, message: plain(issue), input: value });
    }
    return z.NEVER;
  }),
  'Lanes: user groups with a consumer group of their own, see lanes.md; in the environment as JSON',
);

/** `ingest.laneChange`: how a change of the lanes' lists takes place. */
export const laneChange = z.strictObject({
  grace: duration(
    1_000,
    24 * 3_600_000,
    'After a change a moved user’s messages are taken by both lanes for this long; when a sender’s clock is ahead of the store’s by more than half of it, messages of moved users can be lost',
  ).default(600_000),
  recheck: duration(100, 600_000, 'Every process reads the plan of the lanes from the store this often').default(
    15_000,
  ),
  brokerKeepsDays: whole(1, 365, 'Days the broker keeps messages; a lane that is gone is read on for so long').default(
    7,
  ),
});

function unknownKey(key: string, path: readonly (string | number)[]): string {
  const at = path[1];
  const inside = at === undefined ? lane : lane.shape[at as 'batch' | 'inFlight'].unwrap();
  const known = Object.keys(inside.shape);
  const close = nearest(key, known);
  const here = at === undefined ? 'a lane' : `a lane’s ${at}`;
  return close === undefined ? `the settings of ${here} are ${known.join(', ')}` : `did you mean \`${close}\`?`;
}

function plain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const [first] = issue.errors.flat().filter(({ code }) => code !== 'invalid_type');
    return first?.message ?? 'give a nick or an id';
  }
  return issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')
    ? 'give a section with the settings of a lane'
    : issue.message;
}

/** One lane with everything it works with: its own settings, else those of `ingest`. */
export interface LaneSettings {
  readonly name: string;
  /** Its consumer group; no other lane has it. */
  readonly group: string;
  /** Takes everybody who is in no other lane's list. */
  readonly isDefault: boolean;
  /** Nicks and ids; empty for the default lane and for one that the broker filters for. */
  readonly users: readonly string[];
  /** The file some of them are from. */
  readonly usersFile: string | undefined;
  /** What the broker filters by for this lane alone. */
  readonly filter: string | undefined;
  readonly sql: string | undefined;
  /** True when the lane takes whatever its filter lets through. */
  readonly takesAll: boolean;
  readonly batch: { readonly rows: number; readonly bytes: number; readonly ageMs: number };
  readonly inFlight: { readonly messages: number; readonly bytes: number };
  /** Receives at once, per broker and topic. */
  readonly concurrency: number;
  /** Batches written at once; undefined leaves it to the pipeline. */
  readonly concurrentBatches: number | undefined;
  /** Runs in a process of its own. */
  readonly ownProcess: boolean;
}

/** What of the section `ingest` lanes are made from. */
interface IngestSettings {
  readonly batch: { readonly rows: number; readonly bytes: number; readonly age: number };
  readonly inFlight: { readonly messages: number; readonly bytes: number };
  readonly rocketmq: { readonly group: string; readonly mode: string; readonly concurrency: number };
  readonly lanes?: readonly WrittenLane[] | undefined;
  readonly laneChange: { readonly grace: number; readonly recheck: number };
}

/**
 * The lanes of a configuration, users' files read; undefined when it has none. Call it again to see a changed file.
 * @param directory relative paths of files start here
 * @throws ConfigError with every problem found: a user in two lanes, a name or group twice, not exactly one default
 */
export function resolveLanes(ingest: IngestSettings, directory: string): readonly LaneSettings[] | undefined {
  const written = ingest.lanes;
  if (written === undefined) return undefined;
  const problems: Problem[] = [];
  const add = (wrong: boolean, index: number, key: string, value: unknown, cure: string): void => {
    if (wrong) problems.push({ key: `ingest.lanes.${index}.${key}`, value: show(value), cure });
  };
  const listed: ListedUser[][] = [];
  const resolved = written.map((one, index) => {
    listed[index] = usersOf(one, index, directory, add);
    return resolveLane(one, ingest, directory, add, index, listed[index]);
  });
  const defaults = resolved.flatMap(({ isDefault }, index) => (isDefault ? [index] : []));
  if (defaults.length === 0) {
    const cure = 'give one of them `default: true`: it takes everybody who is in no list';
    problems.push({ key: 'ingest.lanes', value: show(resolved.map((one) => one.name)), cure });
  }
  for (const index of defaults.slice(1)) {
    add(true, index, 'default', true, `but lane ${resolved[defaults[0] ?? 0]?.name ?? ''} is the default already`);
  }
  unique(resolved.map((one) => one.name)).forEach((first, index) =>
    add(first !== index, index, 'name', resolved[index]?.name, 'another lane has this name'),
  );
  unique(resolved.map((one) => one.group)).forEach((first, index) =>
    add(
      first !== index,
      index,
      'group',
      resolved[index]?.group,
      `lane ${resolved[first]?.name ?? ''} has this consumer group; each lane needs its own`,
    ),
  );
  const firstOf = new Map<string, { readonly index: number; readonly place: string }>();
  listed.forEach((users, index) => {
    for (const { user, key, place } of users) {
      const first = firstOf.get(user) ?? { index, place };
      firstOf.set(user, first);
      const here = key === place ? '' : `${place}: `;
      const there = `lane ${resolved[first.index]?.name ?? ''} (${first.place})`;
      const cure = `${here}this user is in ${there} too; a user belongs to one lane`;
      add(first.index !== index, index, key, maskedUser(user), cure);
    }
  });
  for (const index of defaults) {
    const { filter, sql } = resolved[index] ?? {};
    add(
      (filter ?? sql) !== undefined,
      index,
      filter === undefined ? 'sql' : 'filter',
      filter ?? sql,
      'a filter on the default lane leaves messages to nobody: take it away (storing twice what another lane’s filter lets through is harmless)',
    );
  }
  if (ingest.rocketmq.mode !== 'clustering') {
    const cure = 'lanes need clustering: a lane is a consumer group that its processes share';
    problems.push({ key: 'ingest.rocketmq.mode', value: show(ingest.rocketmq.mode), cure });
  }
  const { grace, recheck } = ingest.laneChange;
  if (recheck > grace / 4) {
    const cure = `it must not exceed a quarter of ingest.laneChange.grace (${formatDuration(grace)}): lanes whose plan is older than half of that take nothing`;
    problems.push({ key: 'ingest.laneChange.recheck', value: formatDuration(recheck), cure });
  }
  const [first, ...rest] = problems;
  if (first !== undefined) throw new ConfigError([first, ...rest]);
  return resolved;
}

type Add = (wrong: boolean, index: number, key: string, value: unknown, cure: string) => void;

function resolveLane(
  written: WrittenLane,
  ingest: IngestSettings,
  directory: string,
  add: Add,
  index: number,
  listed: readonly ListedUser[],
): LaneSettings {
  const { name, users, usersFile, filter, sql } = written;
  const isDefault = written.default === true;
  const isListed = users !== undefined || usersFile !== undefined;
  const filterKey = filter === undefined ? 'sql' : 'filter';
  const wrong = (is: boolean, key: string, value: unknown, cure: string): void => add(is, index, key, value, cure);
  wrong(filter !== undefined && sql !== undefined, 'sql', sql, 'but filter is set too: keep one of them');
  wrong(
    isListed && (filter ?? sql) !== undefined,
    filterKey,
    filter ?? sql,
    'a lane is given by users or by a filter, not both: its users’ other messages would go to nobody',
  );
  wrong(
    isDefault && isListed,
    users === undefined ? 'usersFile' : 'users',
    users?.map(maskedUser) ?? usersFile,
    'the default lane takes everybody else and has no list',
  );
  wrong(
    !isDefault && !isListed && (filter ?? sql) === undefined,
    'users',
    undefined,
    'give users, usersFile, filter or sql (or default: true)',
  );
  const batch = {
    rows: written.batch?.rows ?? ingest.batch.rows,
    bytes: written.batch?.bytes ?? ingest.batch.bytes,
    ageMs: written.batch?.age ?? ingest.batch.age,
  };
  const inFlight = {
    messages: written.inFlight?.messages ?? ingest.inFlight.messages,
    bytes: written.inFlight?.bytes ?? ingest.inFlight.bytes,
  };
  wrong(
    batch.rows > inFlight.messages,
    written.batch?.rows === undefined ? 'inFlight.messages' : 'batch.rows',
    written.batch?.rows ?? inFlight.messages,
    `batches of ${batch.rows} messages never fill when ${inFlight.messages} may be in flight`,
  );
  return {
    name,
    // The default lane goes on where a run without lanes stopped, and the other way round.
    group: written.group ?? (isDefault ? ingest.rocketmq.group : `${ingest.rocketmq.group}_${name}`),
    isDefault,
    users: [...new Set(listed.map(({ user }) => user))],
    usersFile: usersFile === undefined ? undefined : resolve(directory, usersFile),
    filter,
    sql,
    takesAll: !isDefault && !isListed,
    batch,
    inFlight,
    concurrency: written.concurrency ?? ingest.rocketmq.concurrency,
    concurrentBatches: written.concurrentBatches,
    ownProcess: written.process === true,
  };
}

/** Users of a lane's list and file, in that order. */
function usersOf({ users, usersFile }: WrittenLane, index: number, directory: string, add: Add): ListedUser[] {
  const listed = listedUsers(users ?? []);
  if (usersFile === undefined) return listed;
  const wrong = (cure: string): void => add(true, index, 'usersFile', usersFile, cure);
  return [...listed, ...usersOfFile(usersFile, directory, wrong)];
}

/** For each value the index at which it first stands. */
function unique(values: readonly string[]): number[] {
  return values.map((value) => values.indexOf(value));
}
