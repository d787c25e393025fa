import type { ErrorClass } from './juliu-error.js';

interface CatalogueEntry {
  /** One sentence: the thing, the bad value, the cure. `{name}` is filled from the error's parameters. */
  readonly message: string;
  readonly errorClass: ErrorClass;
  /** True for mistakes in arguments or configuration: the command line exits with 2. */
  readonly usage?: true;
}

const entry = (message: string, errorClass: ErrorClass): CatalogueEntry => ({ message, errorClass });
const usage = (message: string): CatalogueEntry => ({ message, errorClass: 'fatal', usage: true });

/**
 * Every error juliu raises on purpose. Codes are stable: scripts may match on them, so a code is never renamed or
 * given another meaning. One block per folder.
 */
export const catalogue = {
  // sql: the store
  STORE_REJECTED: entry('The store refused {what} (code {engineCode}): {detail}', 'fatal'),
  STORE_TIMEOUT: entry(
    'The store did not answer {what} within {timeoutMs} ms; raise the timeout or check the load.',
    'retry',
  ),
  STORE_UNREACHABLE: entry(
    'The store at {address} cannot be reached ({detail}); check that it runs and the address is right.',
    'retry',
  ),
  STORE_CLOSED: entry('The store is closed; no further {what} is taken.', 'fatal'),
  STORE_BUSY: entry(
    'The store could not finish {what} now (code {engineCode}, {engineName}); try again later.',
    'retry',
  ),
  STORE_ROW_REFUSED: entry('The store refused {place} of {table} (code {engineCode}, {engineName}).', 'poison'),
  STORE_RESULT_TOO_LARGE: entry(
    'The result of the query is larger than {bound}; ask for less of it (WHERE, GROUP BY, LIMIT), or make more room for results.',
    'fatal',
  ),
  STORE_NOT_READING: usage(
    'Only one reading statement (SELECT, SHOW, DESCRIBE, EXISTS, EXPLAIN) is taken here; {detail}.',
  ),
  STORE_PARAMETER: usage('The query parameter is unusable: {detail}'),
  STORE_DIRECTORY_TAKEN: entry(
    'The store in {path} belongs to another process ({holder}) that does not answer on {socket}; wait until it has started, or stop it.',
    'retry',
  ),
  STORE_DIRECTORY_UNREADABLE: entry(
    'The store in {path} cannot be opened ({detail}); check the path, its permissions and the free space.',
    'fatal',
  ),
  STORE_NEWER: entry(
    'The store in {path} was written by a newer version of juliu ({detail}); install that version or a newer one.',
    'fatal',
  ),
  STORE_PROTOCOL: entry(
    'The process behind {socket} speaks protocol {theirs} of the store, this juliu {ours}; run the same version in both.',
    'fatal',
  ),
  STORE_SOCKET_PATH: usage(
    'The socket path {path} is {bytes} bytes long and the system takes {limit}; move the data folder to a shorter path.',
  ),
  STORE_ADDRESS: usage('The address of the ClickHouse server is no http or https URL; give one like http://host:8123.'),
  STORE_SETTINGS: entry(
    'The server at {address} does not keep the setting {setting} ({value} instead of {wanted}), which inserts rely on; remove the constraint from the user’s profile.',
    'fatal',
  ),
  STORE_VERSION: entry('The server at {address} runs ClickHouse {version}; juliu needs {minimum} or newer.', 'fatal'),
  // sql/migrate: the schema
  MIGRATION_FILES_INVALID: entry('The migration {file} is not usable: {detail}.', 'fatal'),
  MIGRATION_CHANGED: entry(
    'Migration {version} ({name}) is not the file that was applied on {appliedAt} (as {applied}); restore that file and put the change into a new migration.',
    'fatal',
  ),
  MIGRATION_OUT_OF_ORDER: entry(
    'Migration {version} ({name}) is pending, but the later {last} ({lastName}) is already applied; give it a number above {last}.',
    'fatal',
  ),
  MIGRATION_PENDING: entry(
    'The store lacks {count} migration(s), the first is {version} ({name}); run `juliu migrate apply`.',
    'fatal',
  ),
  MIGRATION_FAILED: entry(
    'Migration {version} ({name}) failed at statement {statement} of {statements}: {detail} Remove the cause and run `juliu migrate apply` again; what has run is repeated safely.',
    'fatal',
  ),
  SCHEMA_NEWER: entry(
    'An older juliu meets newer data: the store has schema {stored} ({storedName}), written by juliu {writer}; this juliu {juliu} knows schemas up to {known}. Install juliu {writer} or newer.',
    'fatal',
  ),
  ENGINE_OLDER: entry(
    'An older engine meets newer data: ClickHouse {stored} wrote it, this engine is {engine}. Use engine {stored} or newer.',
    'fatal',
  ),
  RETENTION_INVALID: usage(
    'Retention `ttl.{group}` is {value}; give whole days from 1 to {longest}, or 0 to keep for ever.',
  ),
  STORE_LOCKED: entry(
    'Lock `{what}` of the store is held by {holder} for {heldSeconds} s, last sign of life {silentSeconds} s ago; wait for it (a dead holder loses the lock after {leaseSeconds} s of silence).',
    'retry',
  ),
  STORE_LOCK_LOST: entry(
    'Another process took over the lock {table} because this one gave no sign of life; run the command again.',
    'retry',
  ),
  // config
  CONFIG_INVALID: usage('Setting `{key}` is {value}; {cure}'),
  CONFIG_FILE_UNREADABLE: usage(
    'The configuration file {path} cannot be read ({detail}); check the path and its permissions.',
  ),
  // simulate
  SIMULATION_OPTION: usage('Simulation option `{option}` is {value}; {cure}'),
  // ingest
  INGEST_TABLE_REFUSES: entry(
    'The store refused rows of {table} {refusals} times in a row and took none ({detail}); check that its schema is this version’s: juliu migrate status.',
    'fatal',
  ),
  INGEST_DEAD_LETTER_REFUSED: entry(
    'The store refused a dead letter ({detail}), so its message is not acknowledged; check that the schema is this version’s: juliu migrate status.',
    'fatal',
  ),
  INGEST_NOT_STORED: entry(
    '{messages} received messages are not stored; they were given back to their source and are delivered again. The store did not take them within {seconds} s: {detail}',
    'retry',
  ),
  CAPTURE_UNREADABLE: usage('The capture {path} cannot be read ({detail}); check the path and its permissions.'),
  CAPTURE_DAMAGED: entry(
    'The capture {path} cannot be unpacked beyond byte {offset} ({detail}); everything before is ingested, replace the file.',
    'fatal',
  ),
  // ingest/subscription: the TOP gateway
  TOP_NOT_CONFIGURED: usage('The TOP application is not known: `{key}` is missing; {cure}.'),
  TOP_SIGNATURE: entry(
    'The gateway refused the signature of {method} ({reason}); check that `top.appSecret` is the secret of app key {appKey}, and that the application allows `top.signMethod` {signMethod}.',
    'fatal',
  ),
  TOP_CLOCK: entry(
    'The gateway refused the time of {method} ({reason}); {skew}. Set the clock (NTP): ten minutes are tolerated.',
    'fatal',
  ),
  TOP_APP_KEY: entry(
    'The gateway {address} does not know app key {appKey} ({reason}); check `top.appKey`, and that `top.gateway` is of the same environment (production, sandbox).',
    'fatal',
  ),
  TOP_CALL: entry(
    'The gateway {address} does not take the call {method} ({reason}); check that `top.gateway` is a TOP gateway of the environment the application lives in.',
    'fatal',
  ),
  TOP_APP_PERMISSION: entry(
    'The application {appKey} may not call {method} ({reason}); apply for the API in the open platform’s console, and enable message sync for the application.',
    'fatal',
  ),
  TOP_SELLER_PERMISSION: entry(
    'The seller’s authorisation does not cover {method} ({reason}); let the seller authorise the application again, with the permission it lacks.',
    'fatal',
  ),
  TOP_SESSION_GONE: entry(
    'The seller’s session key is not valid any more ({reason}); let the seller authorise the application again and use the new key.',
    'fatal',
  ),
  TOP_SESSION_NEEDED: entry(
    '{method} wants the seller’s session key and got none ({reason}); give it (--session-file, or a second column in the list).',
    'fatal',
  ),
  TOP_ARGUMENT: entry(
    'The gateway refused an argument of {method} ({reason}); correct the user or the topics that the reason names.',
    'fatal',
  ),
  TOP_REFUSED: entry(
    'The platform refused {method} ({reason}); repeating does not help. The open platform’s page of this API lists its sub-codes, its support takes the request id.',
    'fatal',
  ),
  TOP_LIMITED: entry(
    'TOP limits the calls of this application ({reason}); it takes {method} again {when}. Run the command again then.',
    'retry',
  ),
  TOP_BUSY: entry(
    'The platform could not do {method} in {tries} tries ({reason}); that is its own fault, try again later.',
    'retry',
  ),
  TOP_UNREACHABLE: entry(
    'The gateway {address} cannot be reached ({detail}); check the address `top.gateway`, the network and its proxies.',
    'retry',
  ),
  TOP_ANSWER: entry(
    'The gateway {address} gave no answer that can be read ({detail}); check that `top.gateway` is a TOP gateway and nothing in between answers in its place.',
    'retry',
  ),
  // ingest/lanes
  LANES_GONE: usage('`ingest.lanes` is no longer in the configuration; lanes begin and end with a restart.'),
  LANE_UNKNOWN: usage('There is no lane {lane}; the configured lanes are {lanes}.'),
  LANE_GROUP_TAKEN: usage(
    'Lane {lane} is given by a filter, but its consumer group {group} was a list’s and may hold messages the filter leaves out; give the lane another group.',
  ),
  // transforms
  TRANSFORM_UNKNOWN: usage('There is no transform job {job}; {cure}'),
  TRANSFORM_JOBS_INVALID: entry('The transform jobs cannot be put in order: {detail}.', 'fatal'),
  TRANSFORM_STATEMENT: entry('The statement {file} of a transform job is unusable: {detail}.', 'fatal'),
  TRANSFORM_BUSY: entry(
    'Job {job} runs elsewhere ({holder}) and did not end within {seconds} s; wait for it, `juliu transform --list` shows what it does.',
    'retry',
  ),
  TRANSFORM_LEASE_LOST: entry(
    'Job {job} gave no sign of life for too long and another process took it over, so this run changed nothing more; {days} day(s) are noted and will be worked out again.',
    'retry',
  ),
  TRANSFORM_TIMEOUT: entry(
    'Job {job} got nothing into its mart for {seconds} s; what it had replaced stays, the next run goes on. Raise transforms.timeout, or lower transforms.daysPerBatch.',
    'retry',
  ),
  TRANSFORM_FOREIGN_DAY: entry(
    'Job {job} worked out {day}, which it was not asked for, and nothing was replaced; its recompute.sql must keep to the days given.',
    'fatal',
  ),
  KEYWORD_TABLE: entry('The table {file} is unusable at line {line}: {detail}.', 'fatal'),
  TRANSFORM_FAILED: entry('{failed} of {total} job(s) failed; the lines above say why.', 'fatal'),
  // serve: HTTP
  SERVE_CANNOT_LISTEN: entry(
    'Nothing can listen on {address} ({detail}); choose another port or stop what uses it.',
    'fatal',
  ),
  // cli
  USAGE: usage('{detail}'),
  ROCKETMQ_INCOMPLETE: usage('Setting `{key}` is not set; {cure}'),
  ROCKETMQ_TOPIC_MISSING: entry(
    'RocketMQ at {endpoints} has no topic {topic}; check its name (message sync writes to rmq_sys_jst_<appkey>), or create it.',
    'retry',
  ),
  ROCKETMQ_GROUP_MISSING: entry(
    'RocketMQ at {endpoints} has no consumer group {group}; create it in the console, or correct ingest.rocketmq.group.',
    'retry',
  ),
  ROCKETMQ_REFUSED: entry(
    'RocketMQ at {endpoints} refuses group {group} on topic {topic} ({detail}); check ingest.rocketmq.accessKey and accessSecret, and what that user may do.',
    'retry',
  ),
  ROCKETMQ_DLQ_GROUP: entry(
    'Group {group}, which reads the broker’s dead letter queue, allows {retries} redeliveries, and the messages there have had more; set its retryMaxTimes to {needed} or more (mqadmin updateSubGroup -r, or the console).',
    'retry',
  ),
  ROCKETMQ_FILTER: entry(
    'RocketMQ does not take the filter on topic {topic} ({detail}); correct ingest.rocketmq.filter or sql.',
    'retry',
  ),
  ROCKETMQ_TLS: entry(
    'The encrypted connection to RocketMQ at {endpoints} failed ({detail}); check ingest.rocketmq.tls and the certificate of the server.',
    'retry',
  ),
  ROCKETMQ_UNREACHABLE: entry(
    'RocketMQ at {endpoints} cannot be reached ({detail}); check the address (host:port of the gRPC proxy) and the network.',
    'retry',
  ),
  ROCKETMQ_START_TIMEOUT: entry(
    'RocketMQ at {endpoints} did not let topic {topic} start within {seconds} s ({detail}); check the address, or raise ingest.rocketmq.timeouts.start.',
    'retry',
  ),
  ROCKETMQ_BUSY: entry('RocketMQ at {endpoints} is too busy for topic {topic} ({detail}).', 'retry'),
  ROCKETMQ_FAILED: entry('RocketMQ at {endpoints} failed on topic {topic}: {detail}.', 'retry'),
  // ingest/sources/rocketmq/remoting
  ROCKETMQ_FRAME: entry(
    '{address} sent a frame that is none of RocketMQ’s remoting protocol ({detail}); check that the address is a name server’s or broker’s, not that of the gRPC proxy.',
    'retry',
  ),
  ROCKETMQ_NO_CONNECTION: entry(
    'RocketMQ at {address} cannot be reached over remoting ({detail}); check the address (host:port of a name server; brokers are named by it) and the network.',
    'retry',
  ),
  ROCKETMQ_SILENT: entry(
    'RocketMQ at {address} did not answer {call} within {ms} ms; check its load, or raise ingest.rocketmq.timeouts.request.',
    'retry',
  ),
  ROCKETMQ_CALL_REFUSED: entry(
    'RocketMQ at {address} refuses {call} to the key {accessKey} ({detail}); check ingest.rocketmq.accessKey and accessSecret, and what that user may do.',
    'retry',
  ),
  ROCKETMQ_GROUP_READING: entry(
    'Group {group} is being read by {members}; stop them before its place is moved, or give another ingest.rocketmq.group.',
    'fatal',
  ),
  ROCKETMQ_CALL_FAILED: entry('RocketMQ at {address} failed at {call}: {detail}.', 'retry'),
  ROCKETMQ_CLIENT_CLOSED: entry('The connections to RocketMQ are closed; {call} is not sent.', 'fatal'),
  ROCKETMQ_NAME_SERVERS: entry(
    'The list of name servers from {address} is unusable ({detail}); check ingest.rocketmq.endpoints: host:port;host:port, or the URL of an address service.',
    'retry',
  ),
  DEAD_LETTER_UNKNOWN: entry(
    'There is no dead letter {identity}; `juliu dead-letters list --retried` lists them.',
    'fatal',
  ),
  STORE_MISSING: entry(
    'There is no store in {path} yet; `juliu start` or `juliu ingest` makes one, --data names another folder.',
    'fatal',
  ),
  START_ELSEWHERE: entry(
    'The store in {path} is in use by another juliu; stop that one first, or give --data another folder.',
    'fatal',
  ),
  START_ON_SIMULATED: entry(
    'The store in {where} holds simulated shops, and RocketMQ is configured; real messages need a store of their own: {cure}.',
    'fatal',
  ),
  START_ON_REAL: entry(
    'The store in {where} holds messages from RocketMQ, and no RocketMQ is configured, so `start` would add simulated shops; name the configuration (--config), or {cure}.',
    'fatal',
  ),
  DOCTOR_FAILED: entry('{failures} check(s) failed; each line above that begins with `fail` says what to do.', 'fatal'),
  WORKER_ALONE: usage('--worker is for the processes that --workers starts; use --workers N.'),
  WORKER_DIES: entry(
    'Worker {worker} died {deaths} times in a row without staying up {seconds} s, so the run has ended; the last time it {detail}',
    'fatal',
  ),
  WORKER_KILLED: entry(
    'Worker {worker} did not end within {seconds} s of being asked and was killed; what it had not stored comes again from the source.',
    'retry',
  ),
  STOPPED: entry('Stopped by a signal before the end.', 'fatal'),
  FILE_FAILED: entry('The file {path} cannot be used: {detail}.', 'fatal'),
  // transforms/reviews/keywords: the lexicon
  REVIEW_LINE_INVALID: entry('Line {line} is no review: {detail}; write {"id":"1","text":"…"} in one line.', 'poison'),
  LEXICON_INVALID: usage('The lexicon {file} is unusable at line {line}: {detail}.'),
  // cli: juliu users
  USERS_FILE: usage('The list {path} is unusable at line {line}: {detail}.'),
  USERS_RESULTS: usage('The results file {path} cannot be continued: {detail}.'),
  USERS_FAILED: entry(
    '{failed} of {total} users failed; the lines above say why. Run the command again after that: what is done may be repeated.',
    'fatal',
  ),
  // cli: juliu import
  IMPORT_FILE: entry('The file {path} cannot be imported: {detail}.', 'fatal'),
  IMPORT_ROWS: entry(
    '{bad} of {rows} rows of {path} were refused, the others are stored; the lines above say why. Correct them and import the file again: what is stored may be repeated.',
    'fatal',
  ),
  // everything unexpected
  INTERNAL: entry(
    'Unexpected failure: {detail}. This is a defect of juliu; run again with --debug and report it.',
    'fatal',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
