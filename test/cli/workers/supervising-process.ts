/**
 * A supervisor in a process of its own, with the signals of the command line: `node supervising-process.js SCRIPT
 * SPEC…`, each SPEC the arguments of a worker in JSON.
 */
import { Shutdown } from '../../../cli/shutdown.js';
import { Supervisor } from '../../../cli/workers/supervisor.js';

const [script = '', ...specs] = process.argv.slice(2);
const supervisor = new Supervisor({
  specs: specs.map((args, index) => ({ name: String(index + 1), args: JSON.parse(args) as string[] })),
  script,
  silenceMs: 30_000,
  restarts: { initialMs: 500, maxMs: 500, deaths: 10, stableMs: 60_000 },
  stopMs: 20_000,
  onLine: (line) => console.log(line),
  onNotice: (sentence) => console.log(sentence),
});
const shutdown = new Shutdown({
  underNpm: false,
  die: (signal) => process.kill(process.pid, signal),
  announce: (text) => console.log(text),
});
shutdown.listen();
shutdown.willDrain('Stopping.').addEventListener('abort', () => supervisor.stop());
shutdown.beforeDeath(() => supervisor.kill());
await supervisor.run();
const { sum, inFlightAtDeath, workers } = supervisor.snapshot();
const restarts = workers.reduce((total, worker) => total + worker.restarts, 0);
console.log(JSON.stringify({ received: sum.received, stored: sum.stored, inFlightAtDeath, restarts }));
process.exit(0);
