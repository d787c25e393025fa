import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** What is started, and what it is called in errors. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** A script of this folder; it gets its task as JSON. */
export function nodeScript(script: string, task: unknown): Program {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return {
    name: script,
    command: process.execPath,
    args: [...profiling(script), path, JSON.stringify(task)],
  };
}

/** A program in a process of its own that prints JSON, one document a line; other lines of it are passed on. */
export class ClientProcess {
  readonly #child: ChildProcess;
  /** Resolves when it has ended well. */
  readonly ended: Promise<void>;

  constructor({ name, command, args }: Program, timeoutMs: number, onLine: (line: unknown) => void) {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    children.add(child);
    child.stdin.on('error', () => undefined);
    const lines = createInterface(child.stdout);
    // Libraries of other languages greet on standard output.
    lines.on('line', (line) => (line.startsWith('{') ? onLine(JSON.parse(line)) : console.error(line)));
    const read = new Promise<void>((resolve) => lines.once('close', () => resolve()));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    this.ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        children.delete(child);
        if (code === 0) void read.then(resolve);
        else reject(new Error(`${name} ended with ${signal ?? code ?? 'nothing'}.`));
      });
    });
    this.ended.catch(() => undefined);
  }

  /** Asks it to come to its end: its standard input ends. */
  finish(): void {
    this.#child.stdin?.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** With JULIU_BENCH_PROFILE=FOLDER a CPU profile of every client goes there. */
function profiling(script: string): string[] {
  const folder = process.env['JULIU_BENCH_PROFILE'];
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${script.replace(/\W+/g, '-')}-${Date.now()}.cpuprofile`]; // prettier-ignore
}

/** Resolves when the parent has ended this process's standard input. */
export function finishAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.resume();
  });
}
