import { show, type Problem } from './problems.js';
import type { Settings } from './schema.js';
import { parseStartPosition } from './start-position.js';
import { topContradictions } from './top.js';
import { scheduleFault } from './transforms.js';

/** Settings that are fine alone and wrong together. */
export function contradictions(settings: Settings, nameOf: (key: string) => string): Problem[] {
  const { store, ingest } = settings;
  const { server } = store;
  const problems: Problem[] = [];
  const add = (wrong: boolean, key: string, value: unknown, cure: string): void => {
    if (wrong) problems.push({ key: nameOf(key), value: typeof value === 'string' ? value : show(value), cure });
  };
  const url = URL.canParse(server.url) ? new URL(server.url) : undefined;
  add(
    url === undefined || !['http:', 'https:'].includes(url.protocol),
    'store.server.url',
    show(server.url),
    'give the HTTP address of the server, such as http://localhost:8123',
  );
  add(
    url !== undefined && (url.username !== '' || url.password !== ''),
    'store.server.url',
    'an address that carries a user or password',
    'put them into store.server.user and store.server.password (or passwordFile)',
  );
  add(
    (server.tls.certFile === undefined) !== (server.tls.keyFile === undefined),
    'store.server.tls.certFile',
    show(server.tls.certFile),
    'set certFile and keyFile together or neither',
  );
  add(
    server.tls.certFile !== undefined && server.tls.caFile === undefined,
    'store.server.tls.certFile',
    show(server.tls.certFile),
    'it needs store.server.tls.caFile beside it',
  );
  add(
    ingest.batch.rows > ingest.inFlight.messages,
    'ingest.batch.rows',
    ingest.batch.rows,
    `it must not exceed ingest.inFlight.messages (${ingest.inFlight.messages}), or no batch ever fills`,
  );
  add(
    ingest.maxBodyBytes > ingest.inFlight.bytes,
    'ingest.maxBodyBytes',
    ingest.maxBodyBytes,
    `it must not exceed ingest.inFlight.bytes (${ingest.inFlight.bytes})`,
  );
  const { rocketmq } = ingest;
  add(
    rocketmq.invisible !== 0 && rocketmq.invisible < 10_000,
    'ingest.rocketmq.invisible',
    rocketmq.invisible,
    'the broker takes no less than 10s; 0 lets juliu choose',
  );
  add(
    (rocketmq.tls.certFile === undefined) !== (rocketmq.tls.keyFile === undefined),
    'ingest.rocketmq.tls.certFile',
    show(rocketmq.tls.certFile),
    'set certFile and keyFile together or neither',
  );
  const begin = parseStartPosition(rocketmq.begin)?.kind;
  add(
    begin === undefined || begin === 'offsets',
    'ingest.rocketmq.begin',
    show(rocketmq.begin),
    'give latest, earliest, or a time such as 2026-11-01T00:00+08:00',
  );
  add(
    begin !== 'latest' && rocketmq.protocol === 'grpc',
    'ingest.rocketmq.begin',
    show(rocketmq.begin),
    'over gRPC a new group always begins at the latest; set ingest.rocketmq.protocol to remoting',
  );
  add(
    rocketmq.sql !== undefined && rocketmq.filter !== '*',
    'ingest.rocketmq.sql',
    show(rocketmq.sql),
    'but ingest.rocketmq.filter is set too: keep one of them',
  );
  add(
    ingest.retry.initial > ingest.retry.max,
    'ingest.retry.initial',
    ingest.retry.initial,
    `it must not exceed ingest.retry.max (${ingest.retry.max})`,
  );
  const { transforms } = settings;
  const fault = scheduleFault(transforms.schedule);
  add(
    fault !== undefined,
    'transforms.schedule',
    show(transforms.schedule),
    `give a cron expression, such as */15 * * * * * (${fault ?? ''})`,
  );
  add(
    transforms.retry.initial > transforms.retry.max,
    'transforms.retry.initial',
    transforms.retry.initial,
    `it must not exceed transforms.retry.max (${transforms.retry.max})`,
  );
  return [...problems, ...topContradictions(settings.top, nameOf)];
}
