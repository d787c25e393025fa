/** `npm run broker`: a RocketMQ for a developer, on the ports everybody knows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectDir } from '../serve/foreign-tool.js';
import { brokerAvailable, startBroker, type Broker } from './broker.js';
import { freePorts, isFree, type BrokerPorts } from './ports.js';

const usage = `usage: npm run broker -- [options]

  A real RocketMQ 5.3.3 (name server, broker, proxy) on this machine, until Ctrl-C. Needs Java 17 and Maven.

  --port N         gRPC port of the proxy (default 8081); it listens on every interface and asks for no password
  --app-key KEY    the topic is rmq_sys_jst_KEY (default 12345678)
  --group NAME     consumer group to create (default GID_juliu)
  --fill N         put N simulated messages into the topic
  --data FOLDER    keep the messages there (default: a temporary folder, deleted at the end)
  --batch-ack      the proxy's enableBatchAck: acknowledgements of one call reach the broker as one

example: npm run broker -- --app-key 12345678 --fill 10000`;

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) =>
  refused(error instanceof Error ? error.message : String(error)),
);

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '8081' },
      'app-key': { type: 'string', default: '12345678' },
      group: { type: 'string', default: 'GID_juliu' },
      fill: { type: 'string', default: '0' },
      data: { type: 'string' },
      'batch-ack': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const port = wholeNumber('--port', values.port, 1, 65_535);
  const fill = wholeNumber('--fill', values.fill, 0, 1e9);
  if (!/^[\w%-]+$/.test(values['app-key']))
    throw new Error(`--app-key is ${values['app-key']}: letters, digits, - and _`);
  const reason = await brokerAvailable();
  if (reason !== undefined) return refused(reason);
  const usual: BrokerPorts = { nameServer: 9876, broker: 10_911, ha: 10_912, grpc: port, remoting: 8080 };
  // Only the gRPC port has to be known.
  const others = await Promise.all([9876, 10_909, 10_911, 10_912, 8080].map(isFree));
  const ports: BrokerPorts = others.every(Boolean) ? usual : { ...(await freePorts()), grpc: port };
  for (const wanted of Object.values(ports) as number[])
    if (!(await isFree(wanted)))
      return refused(`Port ${wanted} is taken; end what listens there (--port is the gRPC port).`);
  const topic = `rmq_sys_jst_${values['app-key']}`;
  console.log('Starting RocketMQ 5.3.3 …');
  const broker = await startBroker({
    ports,
    topics: [topic],
    // The second reads the dead letter queue of the first, whose messages have had all of its redeliveries.
    groups: [values.group, { name: `${values.group}_dlq`, retryMaxTimes: 64 }],
    enableBatchAck: values['batch-ack'],
    heapMb: 512,
    ...(values.data === undefined ? {} : { dataDir: values.data }),
  });
  const asked = ended();
  try {
    if (fill > 0) console.log(`Filled in ${await filled(broker, topic, fill)} messages.`);
    console.log(`
RocketMQ is ready. Topic ${topic}, consumer group ${values.group}. In another terminal:

  export JULIU_INGEST_ROCKETMQ_ENDPOINTS=${broker.endpoints} JULIU_INGEST_ROCKETMQ_TOPICS=${topic} JULIU_INGEST_ROCKETMQ_GROUP=${values.group}
  npx juliu ingest --source rocketmq

Remoting clients: name server ${broker.nameServer}. Log: ${join(broker.home, 'server.log')}. Ctrl-C ends it.`);
    await asked;
    console.log('Ending …');
  } finally {
    await broker.stop();
  }
  return 0;
}

/** Simulated messages, tagged with the platform's topic as message sync does. */
async function filled(broker: Broker, topic: string, messages: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'juliu-fill-'));
  try {
    const file = join(folder, 'shop.jsonl');
    const program = [
      join(projectDir, 'dist', 'cli', 'main.js'),
      'simulate',
      '--messages',
      `${messages}`,
      '--out',
      file,
    ];
    const simulate = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = (await once(simulate, 'exit')) as [number | null];
    if (code !== 0) throw new Error('juliu simulate failed');
    return (await broker.produceFile(topic, file, { batch: 100, tagFromTopic: true })).messages;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ended(): Promise<unknown> {
  return Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
}

function refused(reason: string): number {
  console.error(reason);
  return 1;
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${option} is ${text}: a whole number from ${least} to ${most}`);
}
