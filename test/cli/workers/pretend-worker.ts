/**
 * A worker that takes no messages: it speaks the protocol and behaves as its first argument says. The second one is a
 * file that remembers earlier lives.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { Counter, Gauge, Registry } from 'prom-client';
import { emptyBooks } from '../../../cli/workers/books.js';
import { WorkerLink } from '../../../cli/workers/link.js';
import { JuliuError } from '../../../errors/juliu-error.js';
import type { PipelineState } from '../../../ingest/pipeline.js';

/** The books of every life: 100 received, 60 stored, 5 dead, 35 in flight; drained, those 35 are stored. */
const busy: PipelineState = { ...emptyBooks, mode: 'receiving', received: 100, stored: 60, dead: 5, inFlight: 35 };
const drained: PipelineState = { ...busy, mode: 'stopped', stored: 95, inFlight: 0 };

const [behaviour = '', file = ''] = process.argv.slice(2);
const lives = existsSync(file) ? readFileSync(file, 'utf8').length : 0;
if (file !== '') appendFileSync(file, '.');

const link = WorkerLink.open();
process.on('SIGINT', link.requestStop);
process.on('SIGTERM', link.requestStop);
let state = busy;
const registry = new Registry();
new Counter({ name: 'taken_total', help: 'Taken.', registers: [registry] }).inc(100);
new Gauge({ name: 'held', help: 'Held.', registers: [registry] }).set(35);

switch (behaviour) {
  case 'works':
    work();
    break;
  case 'works-on':
    link.watch({ state: () => state, registry });
    console.error(`at work as ${process.pid}`);
    setInterval(() => undefined, 1_000);
    break;
  case 'crashes':
    console.error('juliu: The reason of the crash.');
    process.exit(1);
    break;
  case 'crashes-twice':
    if (lives < 2) process.exit(1);
    work();
    break;
  case 'hangs-once':
    if (lives > 0) work();
    else hang();
    break;
  case 'ends':
    link.watch({ state: () => state, registry });
    await end();
    break;
  case 'mistaken':
    console.error('juliu: `ingest.x` is wrong; correct it.');
    process.exit(2);
    break;
  case 'refused':
    await link.failed(new JuliuError('STORE_REJECTED', { what: 'an insert', engineCode: 60, detail: 'no such table' }));
    process.exit(1);
    break;
  case 'cannot-reach':
    await cannotReach();
    break;
  case 'cannot-reach-again':
    // Its broker is away when it is started for the second time.
    if (lives === 1) await cannotReach();
    else work();
    break;
  case 'cannot-drain':
    link.watch({ state: () => state, registry });
    console.error('at work');
    link.stopped.addEventListener('abort', () => {
      void link
        .failed(new JuliuError('INGEST_NOT_STORED', { messages: 35, seconds: 15, detail: 'It is full.' }))
        .finally(() => process.exit(1));
    });
    break;
  case 'logs':
    console.error('a line of text');
    console.log('{"level":40,"msg":"a line of JSON"}');
    await end();
    break;
  default:
    throw new Error(`no behaviour ${behaviour}`);
}

function work(): void {
  link.watch({ state: () => state, registry });
  link.stopped.addEventListener('abort', () => void end());
  // The supervisor passes it on, which tells the test that this life is at work.
  console.error(`at work as ${process.pid}`);
}

async function end(): Promise<never> {
  state = drained;
  await link.lastReport();
  await link.ended();
  process.exit(0);
}

/** What a source says that finds no broker at its start. */
async function cannotReach(): Promise<never> {
  const params = { endpoints: '127.0.0.1:1', detail: 'refused' };
  await link.failed(new JuliuError('ROCKETMQ_UNREACHABLE', params, { errorClass: 'fatal' }));
  process.exit(1);
}

function hang(): void {
  link.watch({ state: () => state, registry });
  setTimeout(() => {
    for (;;);
  }, 50);
}
