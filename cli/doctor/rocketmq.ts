import type { LaneSettings } from '../../config/lanes.js';
import { JuliuError } from '../../errors/juliu-error.js';
import { systemClock } from '../../ingest/retry.js';
import { deadLetterGroup, deadLetterTopic } from '../../ingest/sources/rocketmq/options.js';
import { BrokerSession } from '../../ingest/sources/rocketmq/grpc/session.js';
import { lanesOf } from '../ingest-work.js';
import { rocketmqSettings } from '../rocketmq-source.js';
import type { Context } from '../runtime.js';
import { fail, note, ok, warn, type Finding } from './finding.js';

const CHECK = 'rocketmq';
/** Doctor answers soon, however patient the source may be. */
const START_MS = 15_000;

/**
 * The broker: address, certificate, key and topics, by starting a session for each group and topic. Nothing is
 * received: that would use up deliveries. So whether the broker knows the group shows only when receiving begins.
 */
export async function checkRocketmq(context: Context): Promise<Finding[]> {
  const { config } = context;
  if (config.ingest.rocketmq.endpoints === undefined) {
    return [note(CHECK, 'no broker is configured (ingest.rocketmq.endpoints)'), ...notes.grpc];
  }
  const findings: Finding[] = [];
  try {
    const lanes: readonly (LaneSettings | undefined)[] = lanesOf(context) ?? [undefined];
    for (const lane of lanes) findings.push(...(await checkGroup(config, lane)));
  } catch (error) {
    if (!(error instanceof JuliuError)) throw error;
    findings.push(fail(CHECK, error.message));
  }
  return [...findings, ...notes[config.ingest.rocketmq.protocol]];
}

async function checkGroup(config: Context['config'], lane: LaneSettings | undefined): Promise<Finding[]> {
  const { connection, subscription } = rocketmqSettings(config, lane);
  if (config.ingest.rocketmq.protocol === 'remoting') {
    const { checkRemoting } = await import('./remoting.js');
    return [
      ...filterFindings(lane === undefined ? '' : `lane ${lane.name}: `, subscription.filter),
      ...(await checkRemoting(config, lane)),
    ];
  }
  const { topics, group, filter, deadLetterQueue } = subscription;
  const of = lane === undefined ? '' : `lane ${lane.name}: `;
  const findings = filterFindings(of, filter);
  const wanted = deadLetterQueue ? [...topics, deadLetterTopic(group)] : topics;
  for (const topic of wanted) {
    try {
      const timeouts = { ...connection.timeouts, start: Math.min(START_MS, connection.timeouts.start) };
      const isDlq = topic === deadLetterTopic(group);
      const session = await BrokerSession.start({
        ...subscription,
        ...(isDlq ? { group: deadLetterGroup(group), filter: { kind: 'tag', expression: '*' } } : {}),
        connection: { ...connection, timeouts },
        topic,
        clock: systemClock,
        onRoute: () => undefined,
      });
      const brokers = session.queues.map(({ broker, endpoints }) => `${broker} at ${endpoints.facade}`).join(', ');
      await session.close();
      if (isDlq) {
        findings.push(
          note(
            CHECK,
            `${of}the broker has given up on messages of ${group}; ${deadLetterGroup(group)} reads them, and must allow more redeliveries than ${group} has`,
          ),
        );
        continue;
      }
      findings.push(
        brokers === ''
          ? warn(CHECK, `${of}topic ${topic} has no broker that may be read; check its permissions.`)
          : ok(
              CHECK,
              `${of}topic ${topic} is reached (${brokers}); whether the broker knows group ${group} shows when receiving begins`,
            ),
      );
    } catch (error) {
      if (!(error instanceof JuliuError)) throw error;
      const absent = topic !== topics[0] && error.code === 'ROCKETMQ_TOPIC_MISSING' && topic === deadLetterTopic(group);
      findings.push(
        absent
          ? ok(CHECK, `${of}the broker has not given up on any message of ${group} (no ${topic})`)
          : fail(CHECK, `${of}${error.message}`),
      );
      // What stops one topic from being reached stops the next one.
      if (error.code !== 'ROCKETMQ_TOPIC_MISSING') break;
    }
  }
  return findings;
}

/** A filter is the group's: the broker serves all members by whoever spoke last. */
function filterFindings(of: string, { kind, expression }: { kind: 'tag' | 'sql'; expression: string }): Finding[] {
  if (expression === '*') return [];
  const odd = kind === 'tag' ? expression.split('||').find((tag) => !/^[^\s|*]+$/.test(tag.trim())) : undefined;
  if (odd !== undefined) {
    return [fail(CHECK, `${of}the tag filter holds "${odd}"; write tags joined by ||, without * and blanks.`)];
  }
  return [note(CHECK, `${of}filter ${expression}: every process of the group must have the same`)];
}

/** What everybody who connects to RocketMQ must know beforehand. */
const notes = {
  grpc: [
    note(
      CHECK,
      'gRPC reaches RocketMQ 5.x instances (console: an id such as rmq-cn-…, endpoint port 8080 or 8081). It does not reach the old 4.x ONS endpoints (MQ_INST_…): for their TCP endpoint set ingest.rocketmq.protocol to remoting.',
    ),
    note(
      CHECK,
      'A new consumer group starts at the latest message: what was published before is not delivered. To backfill, create the group first and let an administrator reset its offset to the wanted time (mqadmin resetOffsetByTime, or “reset consumer offset” in the console), over remoting give ingest --from that time, or replay a capture: juliu ingest --source FILE.',
    ),
  ],
  remoting: [
    note(
      CHECK,
      'A new consumer group starts at the latest message: what was published before is not read. To backfill, give ingest --from a time, or replay a capture: juliu ingest --source FILE.',
    ),
  ],
} as const satisfies Record<Context['config']['ingest']['rocketmq']['protocol'], readonly Finding[]>;
