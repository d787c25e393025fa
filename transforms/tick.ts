import { createTask } from 'node-cron';

/** Schedules are written for the platform's clock, whatever zone the machine is in. */
const TIME_ZONE = 'Asia/Shanghai';

export interface Ticking {
  stop(): void;
}

/** Calls `onTick` at the moments of a cron expression. It must neither take long nor throw. */
export function startTicking(schedule: string, onTick: () => void): Ticking {
  const task = createTask(schedule, onTick, { timezone: TIME_ZONE, suppressMissedWarning: true, unref: true });
  void task.start();
  return { stop: () => void task.destroy() };
}

/** The next moment of a schedule; undefined when there is none. */
export function nextTick(schedule: string): Date | undefined {
  const task = createTask(schedule, () => undefined, { timezone: TIME_ZONE });
  try {
    // A task that was not started has no next run.
    void task.start();
    return task.getNextRun() ?? undefined;
  } finally {
    void task.destroy();
  }
}
