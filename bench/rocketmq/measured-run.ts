import type { Broker } from '../../test/broker/broker.js';
import { ClientProcess, type Program } from './client-process.js';
import type { ClientMark } from './meter.js';

/** One run of one client: messages per second, and CPU µs per message of the processes that took part. */
export interface Run {
  readonly perSecond: number;
  readonly clientCpu: number;
  /** 0 where there was none. */
  readonly brokerCpu: number;
  /** Of a store that is a process of its own. */
  readonly storeCpu?: number;
}

const RUN_MS = 300_000;

/**
 * Runs a client to its end.
 * @param broker whose CPU is counted, too
 * @returns a run for each pair of marks it prints
 * @throws Error when it ends badly or prints no marks
 */
export async function measuredRuns(program: Program, broker: Broker | undefined): Promise<readonly Run[]> {
  const marks: { readonly mark: ClientMark; readonly brokerCpu: Promise<number> }[] = [];
  const client = new ClientProcess(program, RUN_MS, (line) => {
    const brokerCpu = broker?.cpuSeconds() ?? Promise.resolve(0);
    brokerCpu.catch(() => undefined);
    marks.push({ mark: line as ClientMark, brokerCpu });
  });
  await client.ended;
  const runs: Run[] = [];
  for (let at = 0; at + 1 < marks.length; at += 2) {
    const [warm, end] = marks.slice(at, at + 2);
    if (warm?.mark.mark !== 'warm' || end?.mark.mark !== 'end') break;
    const count = end.mark.count - warm.mark.count;
    runs.push({
      perSecond: count / end.mark.seconds,
      clientCpu: (end.mark.cpuSeconds / count) * 1e6,
      brokerCpu: (((await end.brokerCpu) - (await warm.brokerCpu)) / count) * 1e6,
    });
  }
  if (runs.length === 0) throw new Error(`${program.name} ended without figures.`);
  return runs;
}

/** The only run of a client that makes one. */
export async function measuredRun(program: Program, broker: Broker | undefined): Promise<Run> {
  const [run] = await measuredRuns(program, broker);
  if (run === undefined) throw new Error(`${program.name} ended without figures.`);
  return run;
}

/** `123456 messages/s, CPU 1.2 + 3.4 µs`: client, broker, and the store where that is a process of its own. */
export function runText({ perSecond, clientCpu, brokerCpu, storeCpu }: Run): string {
  const parts = [clientCpu, brokerCpu, ...(storeCpu === undefined ? [] : [storeCpu])];
  return `${Math.round(perSecond)} messages/s, CPU ${parts.map((part) => part.toFixed(1)).join(' + ')} µs`;
}
