import { note, type Finding } from './finding.js';

/** What everybody who connects to RocketMQ must know beforehand. */
export function rocketmqNotes(): Finding[] {
  return [
    note(
      'rocketmq',
      'This version has no RocketMQ source: it reads captures, standard input and the simulated shop. The source that follows speaks gRPC.',
    ),
    note(
      'rocketmq',
      'gRPC reaches RocketMQ 5.x instances (console: an id such as rmq-cn-…, endpoint port 8080 or 8081). It does not reach the old 4.x ONS endpoints (MQ_INST_…, HTTP or TCP).',
    ),
    note(
      'rocketmq',
      'A new consumer group starts at the latest message: what was published before is not delivered. To backfill, create the group first and let an administrator reset its offset to the wanted time (mqadmin resetOffsetByTime, or “reset consumer offset” in the console), or replay a capture: juliu ingest --source FILE.',
    ),
  ];
}
