/** Requests of the remoting protocol that a consumer sends or gets. */
export const RequestCode = {
  pull: 11,
  queryOffset: 14,
  updateOffset: 15,
  searchOffset: 29,
  maxOffset: 30,
  minOffset: 31,
  heartbeat: 34,
  unregister: 35,
  consumerIds: 38,
  /** From the broker: members of a group came or went. */
  membersChanged: 40,
  route: 105,
  /** From the broker: an administrator set offsets. */
  resetOffset: 220,
  /** From the broker: what the console shows of a client. */
  runningInfo: 307,
} as const;

/** Answers that mean something to a consumer. */
export const ResponseCode = {
  success: 0,
  systemError: 1,
  systemBusy: 2,
  notSupported: 3,
  noPermission: 16,
  topicMissing: 17,
  pullNotFound: 19,
  pullRetryAtOnce: 20,
  pullOffsetMoved: 21,
  notFound: 22,
  filterUnreadable: 23,
  groupMissing: 26,
  /** The broker could not read the SQL of the last heartbeat, or has only an older one that it could. */
  filterMissing: 27,
  filterOutdated: 28,
  pollingFull: 209,
  flowControl: 215,
  /** The broker shuts down and takes nothing more on this connection (5.x). */
  goAway: 1500,
} as const;

/** Bits of a command's flag. */
export const FLAG_RESPONSE = 1;
export const FLAG_ONEWAY = 2;
