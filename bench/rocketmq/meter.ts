/** What every measured client is told. */
export interface ClientTask {
  readonly endpoints: string;
  readonly topic: string;
  readonly group: string;
  /** Messages that are not measured, then those that are. */
  readonly warmUp: number;
  readonly messages: number;
}

/** Printed when the warm-up is over, and at the end. */
export interface ClientMark {
  readonly mark: 'warm' | 'end';
  /** Messages so far. */
  readonly count: number;
  /** Since the end of the warm-up: seconds, and CPU of the whole process. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const IDLE_MS = 30_000;

/** Counts acknowledged messages; time and CPU run from the end of the warm-up. Nothing for 30 s ends the process. */
export class Meter {
  readonly #task: ClientTask;
  #count = 0;
  #started = 0;
  #cpu = process.cpuUsage();
  #warm = false;
  finished = false;
  #lastChange = performance.now();
  readonly #watch: NodeJS.Timeout;

  constructor(task: ClientTask) {
    this.#task = task;
    this.#watch = setInterval(() => {
      if (performance.now() - this.#lastChange < IDLE_MS) return;
      console.error(`nothing for ${IDLE_MS / 1000} s after ${this.#count} messages of ${task.topic}`);
      process.exit(1);
    }, 1_000);
    this.#watch.unref();
  }

  add(messages: number): void {
    this.#count += messages;
    this.#lastChange = performance.now();
    if (!this.#warm && this.#count >= this.#task.warmUp) {
      this.#warm = true;
      this.#started = performance.now();
      this.#cpu = process.cpuUsage();
      this.#print('warm');
    }
    if (!this.finished && this.#count >= this.#task.warmUp + this.#task.messages) {
      this.finished = true;
      clearInterval(this.#watch);
      this.#print('end');
    }
  }

  #print(mark: ClientMark['mark']): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const seconds = (performance.now() - this.#started) / 1000;
    const line: ClientMark = { mark, count: this.#count, seconds, cpuSeconds: (user + system) / 1e6 };
    console.log(JSON.stringify(line));
  }
}

/** The task of this process, as its parent wrote it. */
export function ownTask(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** Ends this process when what it printed is written, whatever is still open. */
export function leave(): void {
  process.stdout.write('', () => process.exit(0));
}
