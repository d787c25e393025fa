import { z } from 'zod';
import { bytes, choice, duration, flag, secret, text, whole } from './fields.js';

const MiB = 2 ** 20;
const HOUR = 3_600_000;

/** Section `ingest.rocketmq`: how messages are taken from RocketMQ, 5.x over gRPC or 4.x and 5.x over remoting. */
export const rocketmq = z.strictObject({
  protocol: choice(
    ['grpc', 'remoting'],
    'grpc: RocketMQ 5.x, through its proxy; remoting: 4.x (ONS) and 5.x, through name servers and brokers, and several times as fast',
  ).default('grpc'),
  endpoints: text(
    'gRPC address of the instance, host:port; with remoting that of its name server, or an http address that lists them; several separated by ;',
  ).optional(),
  tls: z
    .strictObject({
      enabled: flag('Encrypt the connection; the server’s certificate is always checked').default(false),
      caFile: text('Certificate of the authority that signed the server’s (PEM)').optional(),
      certFile: text('Client certificate (PEM)').optional(),
      keyFile: text('Key of the client certificate (PEM)').optional(),
    })
    .prefault({}),
  accessKey: text('Access key; on Alibaba Cloud the user name of the instance').optional(),
  accessSecret: secret('Secret of that key; on Alibaba Cloud the password of that user').optional(),
  accessSecretFile: text('File that holds the secret (a trailing line end is cut)').optional(),
  securityToken: secret('Token of temporary credentials').optional(),
  onsChannel: text(
    'With remoting: channel that requests are signed for, where the instance wants one, such as CLOUD',
  ).optional(),
  namespace: text(
    'Instance id, where the endpoint serves several instances (serverless; MQ_INST_… with remoting)',
  ).optional(),
  topics: text('Topics, separated by commas; default rmq_sys_jst_<top.appKey>').optional(),
  group: text('Consumer group (GID_…)').default('GID_juliu'),
  filter: text(
    'Tag expression of RocketMQ (tags are topics of the platform, such as taobao_trade_TradeBuyerPay); * takes all',
  ).default('*'),
  sql: text('SQL92 expression over message properties, instead of tags').optional(),
  begin: text(
    'With remoting: where a group begins in a queue it has never read: latest, earliest or a time such as 2026-11-01T00:00+08:00; gRPC knows the latest only',
  ).default('latest'),
  mode: choice(
    ['clustering', 'broadcasting'],
    'clustering: all processes share the messages; broadcasting: each instance gets all, and has a group of its own (grpc) or keeps its offsets in the data folder (remoting)',
  ).default('clustering'),
  instance: text(
    'With broadcasting over gRPC: name of this instance, part of its group’s name; default the host name',
  ).optional(),
  deadLetterQueue: flag('With gRPC: also take what the broker gave up on (%DLQ%<group>)').default(true),
  concurrency: whole(1, 64, 'With gRPC: receives under way at once, per broker and topic').default(8),
  await: duration(5_000, 20_000, 'The broker answers an empty receive after this').default(5_000),
  invisible: duration(
    0,
    12 * HOUR,
    'With gRPC: a message received and not acknowledged comes again after this, at least 10s; 0 = as long as a batch may take (batch.age + timeouts.insert + timeouts.ack + 10s)',
  ).default(0),
  prefetch: z
    .strictObject({
      messages: whole(32, 1_000_000, 'Most messages received ahead of the decoder').default(2_048),
      bytes: bytes(MiB, 1024 * MiB, 'Most bytes of them').default(32 * MiB),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      start: duration(1_000, 600_000, 'The connection must stand within this').default(30_000),
      request: duration(1_000, 60_000, 'Longest wait for an answer of the broker').default(5_000),
    })
    .prefault({}),
});
