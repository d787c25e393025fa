import { z } from 'zod';
import { bytes, choice, duration, fieldsOf, flag, secret, text, whole } from './fields.js';
import { keywords } from './keywords.js';
import { kpis, sellerGroups } from './kpis.js';
import { laneChange, lanes } from './lanes.js';
import { rocketmq } from './rocketmq.js';
import { top } from './top.js';
import { transforms } from './transforms.js';
import { workers } from './workers.js';

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

const embedded = z.strictObject({
  dataDir: text('Folder of the embedded store; one process holds it, others reach it through juliu.sock in it').default(
    './data',
  ),
  memory: bytes(256 * MiB, 1024 * GiB, 'Most memory the embedded engine takes for queries, inserts and merges').default(
    2 * GiB,
  ),
  sessions: whole(
    1,
    64,
    'Statements the embedded engine works on at once; more than Node’s pool has threads (UV_THREADPOOL_SIZE) changes nothing',
  ).default(4),
  resultBytes: bytes(
    MiB,
    1024 * GiB,
    'Largest result of one query; it is written to the data folder first, and never takes more than is left free there',
  ).default(10 * GiB),
});

const server = z.strictObject({
  url: text('HTTP address of the ClickHouse server, with its port').default('http://localhost:8123'),
  user: text('User of the ClickHouse server').default('default'),
  password: secret('Password of that user').optional(),
  passwordFile: text('File that holds the password (a trailing line end is cut)').optional(),
  tls: z
    .strictObject({
      caFile: text('Certificate of the authority that signed the server’s (PEM)').optional(),
      certFile: text('Client certificate (PEM)').optional(),
      keyFile: text('Key of the client certificate (PEM)').optional(),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      request: duration(100, 3_600_000, 'Longest wait for one answer of the server').default(60_000),
      idleSocket: duration(
        0,
        600_000,
        'Unused connections are closed after this; below the server’s keep-alive',
      ).default(2_500),
    })
    .prefault({}),
});

/** The one schema of the configuration: file and environment are checked against it together. */
export const schema = z.strictObject({
  store: z
    .strictObject({
      engine: choice(['embedded', 'server', 'cluster'], 'Where the tables live').default('embedded'),
      embedded: embedded.prefault({}),
      server: server.prefault({}),
      cluster: z
        .strictObject({ name: text('Cluster name, as in the server’s remote_servers').default('juliu') })
        .prefault({}),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      batch: z
        .strictObject({
          rows: whole(1, 1_000_000, 'A batch is written when it holds this many messages').default(50_000),
          bytes: bytes(64 * KiB, GiB, '… or this many bytes of encoded rows').default(64 * MiB),
          age: duration(10, 600_000, '… or when its first message has waited this long').default(3_000),
        })
        .prefault({}),
      inFlight: z
        .strictObject({
          messages: whole(1, 10_000_000, 'Most messages received and not yet stored').default(200_000),
          bytes: bytes(MiB, 64 * GiB, 'Most bytes of bodies received and not yet stored').default(256 * MiB),
        })
        .prefault({}),
      rocketmq: rocketmq.prefault({}),
      lanes: lanes.optional(),
      laneChange: laneChange.prefault({}),
      maxBodyBytes: bytes(KiB, 64 * MiB, 'A larger body becomes a dead letter (body_too_large)').default(16 * MiB),
      retry: z
        .strictObject({
          initial: duration(10, 60_000, 'First wait after the store failed; doubles, with jitter').default(200),
          max: duration(10, 600_000, 'Longest wait between two tries').default(30_000),
        })
        .prefault({}),
      timeouts: z
        .strictObject({
          insert: duration(
            1_000,
            3_600_000,
            'An insert without an answer for so long has failed and is tried again',
          ).default(120_000),
          ack: duration(
            1_000,
            600_000,
            'An acknowledgement without an answer for so long is given up; its messages may come again',
          ).default(30_000),
        })
        .prefault({}),
      workers: workers.prefault({}),
    })
    .prefault({}),
  top: top.prefault({}),
  ttl: z
    .strictObject({
      events: whole(0, 36_500, 'Days events are kept, by publish_time; 0 = for ever').default(0),
      typed: whole(0, 36_500, 'Days the typed tables are kept, by publish_time; 0 = for ever').default(0),
      deadLetters: whole(1, 36_500, 'Days dead letters are kept, by received_at').default(14),
    })
    .prefault({}),
  transforms: transforms.prefault({}),
  kpis: kpis.prefault({}),
  sellerGroups: sellerGroups.default({}),
  keywords: keywords.prefault({}),
  simulate: z
    .strictObject({
      messages: whole(1, 1_000_000_000, 'Messages of the simulated history that `start` fills').default(300_000),
      days: whole(1, 3_650, 'Days of that history').default(30),
      seed: whole(0, Number.MAX_SAFE_INTEGER, 'Same seed, same messages').default(1),
      rate: whole(1, 1_000_000, 'Live messages per second after the history').default(3),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      host: text('Address /metrics and /healthz listen on; they need no password').default('127.0.0.1'),
      port: whole(
        0,
        65_535,
        'Port of /metrics and /healthz while start, ingest or transform --watch runs; 0 = none',
      ).default(0),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: choice(['debug', 'info', 'warn', 'error', 'silent'], 'Least severe line that is logged').default('info'),
      json: flag('Log lines as JSON instead of text').default(false),
    })
    .prefault({}),
  locale: choice(['en', 'zh'], 'Language of what `start` explains on the screen; errors stay English').default('en'),
});

export type Settings = z.output<typeof schema>;

/** Every setting: key, environment variable, default, meaning. */
export const fields = fieldsOf(schema);
