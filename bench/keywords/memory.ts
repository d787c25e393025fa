import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reviewTexts } from './review-texts.js';

const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const LINES_A_WRITE = 1_000;
/** Loading the dictionaries and the first pages of the heap are over by then. */
const SETTLED = 0.2;

export interface MemoryUse {
  /** Largest resident size over the first fifth of the reviews, and over the rest. Bytes. */
  readonly early: number;
  readonly later: number;
}

/** Pipes reviews, each another, through `juliu keywords`, and watches what the process holds. */
export async function memoryOf(reviews: number): Promise<MemoryUse> {
  const child = spawn(process.execPath, [main, 'keywords'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.resume();
  const ended = once(child, 'exit');
  const texts = reviewTexts(2);
  let early = 0;
  let later = 0;
  for (let written = 0; written < reviews;) {
    let lines = '';
    for (let line = 0; line < LINES_A_WRITE; line += 1, written += 1) {
      lines += `${JSON.stringify({ id: String(written), text: texts.next().value })}\n`;
    }
    if (!child.stdin.write(lines)) await once(child.stdin, 'drain');
    const bytes = residentBytes(child.pid);
    if (written < reviews * SETTLED) early = Math.max(early, bytes);
    else later = Math.max(later, bytes);
  }
  child.stdin.end();
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`juliu keywords ended with ${code ?? 'a signal'}.`);
  return { early, later };
}

function residentBytes(pid: number | undefined): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}
