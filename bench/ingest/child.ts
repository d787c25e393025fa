import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a measured process has used so far. */
export interface Usage {
  /** CPU seconds, user and system, all threads. */
  readonly cpuSeconds: number;
  /** Largest resident size so far, bytes. */
  readonly peakBytes: number;
}

/** Usage of this process; peak memory as the kernel counts it (VmHWM), else what Node knows. */
export function usage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: peakFromKernel() ?? maxRSS * 1024 };
}

function peakFromKernel(): number | undefined {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'));
    return found?.[1] === undefined ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}

/**
 * Runs a script of this folder in a process of its own, so that engines, heaps and peaks do not mix, and returns the
 * JSON documents it prints, one per line.
 */
export async function runChild(
  script: string,
  args: readonly string[],
  onLine?: (line: unknown) => void,
): Promise<unknown[]> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const documents: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const document: unknown = JSON.parse(line);
    documents.push(document);
    onLine?.(document);
  }
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('exit', resolve)));
  if (code !== 0) throw new Error(`${script} ended with ${code ?? 'a signal'}.`);
  return documents;
}
