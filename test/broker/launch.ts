/** How the server's JVM is started: its settings file, its options, its class archive. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { projectDir } from '../serve/foreign-tool.js';
import { brokerProgram, classPath, contentHash, filledOnce } from './artifacts.js';
import { unusedCertificate, type Certificate } from './certificates.js';
import type { BrokerOptions, GroupOptions, TopicOptions } from './options.js';
import { freePorts, type BrokerPorts } from './ports.js';
import { ServerProcess } from './server-process.js';

/** What the machine needs once. */
export interface PreparedJava {
  readonly classPath: string;
  readonly certificate: Certificate;
  /** Loaded classes as a file that JVMs map instead of reading 150 jars; undefined where it could not be made. */
  readonly archive: string | undefined;
}

export interface Launch extends PreparedJava {
  readonly home: string;
  /** The home goes with the process that uses the broker. */
  readonly temporary: boolean;
  readonly ports: BrokerPorts;
  readonly options: BrokerOptions;
  readonly topics: readonly TopicOptions[];
  readonly groups: readonly GroupOptions[];
}

/** @throws ToolMissing without Java 17 or Maven. */
export async function preparedJava(): Promise<PreparedJava> {
  const path = await classPath(brokerProgram);
  const prepared = { classPath: path, certificate: await unusedCertificate(), archive: undefined };
  return { ...prepared, archive: await classArchive(prepared) };
}

export async function launchServer(launch: Launch, jvmOptions: readonly string[] = []): Promise<ServerProcess> {
  const settings = join(launch.home, 'settings.json');
  await writeFile(settings, JSON.stringify(settingsOf(launch)), { mode: 0o600 });
  const env: NodeJS.ProcessEnv = { ...process.env, ROCKETMQ_HOME: launch.home, NAMESRV_ADDR: '' };
  // It would print to standard error and could change what is measured.
  delete env['JAVA_TOOL_OPTIONS'];
  return new ServerProcess('java', [...jvmOptionsOf(launch), ...jvmOptions, 'juliu.broker.Launcher', settings], env);
}

function settingsOf({ home, temporary, ports, options, topics, groups, certificate }: Launch): unknown {
  const { brokerName = 'broker-a', user, tls, brokerConfig = {}, proxyConfig = {}, enableBatchAck } = options;
  const { certFile, keyFile } = tls ?? certificate;
  return {
    home,
    parent: process.pid,
    temporary,
    brokerName,
    ports,
    broker: brokerConfig,
    proxy: { ...(enableBatchAck === undefined ? {} : { enableBatchAck }), ...proxyConfig },
    topics,
    groups,
    certificate: { certFile: resolve(certFile), keyFile: resolve(keyFile) },
    encrypted: tls !== undefined,
    ...(user === undefined ? {} : { user }),
  };
}

function jvmOptionsOf({ home, options, classPath: path, archive }: Launch): string[] {
  const { heapMb = 256, tls, logLevel = 'WARN', longRun = false } = options;
  return [
    '-Xms64m',
    `-Xmx${heapMb}m`,
    // Each thread that stores messages keeps a buffer of 4 MB, the proxy 39 MB; beyond the limit requests just fail.
    '-XX:MaxDirectMemorySize=512m',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:+UseSerialGC',
    // The second compiler takes a core for the first minute, and pays off only after it.
    ...(longRun ? [] : ['-XX:TieredStopAtLevel=1']),
    // Standard output carries answers only.
    '-Xlog:disable',
    '-Xlog:all=error:stderr',
    ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`]),
    `-Dtls.server.mode=${tls === undefined ? 'disabled' : 'permissive'}`,
    `-Duser.home=${home}`,
    `-Dbroker.log.level=${logLevel}`,
    `-Drmq.logback.configurationFile=${join(projectDir, brokerProgram.sources, 'logback.xml')}`,
    '-cp',
    path,
  ];
}

/** Made by a trial run that ends in an orderly way; halves the time and a third of the CPU of each later start. */
async function classArchive(java: PreparedJava): Promise<string | undefined> {
  const name = 'classes.jsa';
  try {
    const folder = await filledOnce(`broker-archive-${contentHash([Buffer.from(java.classPath)])}`, async (fresh) => {
      await mkdir(fresh, { recursive: true });
      const home = await mkdtemp(join(tmpdir(), 'juliu-broker-trial-'));
      try {
        const options = { topics: [{ name: 'trial' }], groups: [], options: {}, temporary: false };
        const launch = { ...java, ...options, home, ports: await freePorts() };
        const server = await launchServer(launch, [`-XX:ArchiveClassesAtExit=${join(fresh, name)}`]);
        await server.ready(60_000);
        await server.shutdown(60_000);
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    });
    return join(folder, name);
  } catch {
    // It only saves time.
    return undefined;
  }
}
