import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../../test/broker/broker.js';
import type { Keeper } from './keeper.js';
import type { StoreFront } from './store-front.js';

export type Target = 'worker' | 'supervisor' | 'broker' | 'store';

/** One blow: kill -9 of a process, or an outage of the store. */
export interface Strike {
  readonly target: Target;
  /** Ms after the round began. */
  readonly atMs: number;
  /** Ms until what was killed is started again, or for which the store is away. */
  readonly pauseMs: number;
  /** Which of several, 0–1. */
  readonly draw: number;
}

/** A target that is not there (it was struck by another) is waited for, ms. */
const PATIENCE_MS = 20_000;
const BROKER_STARTS = 3;

/** The strikes of one round of some length. There is no store process to fail in embedded rounds. */
export function drawStrikes(random: () => number, store: 'server' | 'embedded', roundMs: number): Strike[] {
  const strike = (target: Target, longestMs: number): Strike => ({
    target,
    atMs: Math.round(random() * roundMs),
    pauseMs: Math.round(random() * longestMs),
    draw: random(),
  });
  const [workers, supervisor, broker, outage] = [1 + Math.floor(random() * 3), random(), random(), random()];
  const strikes = Array.from({ length: workers }, () => strike('worker', 0));
  if (supervisor < 0.8) strikes.push(strike('supervisor', 3_000));
  if (broker < 0.8) strikes.push(strike('broker', 3_000));
  if (store === 'server' && outage < 0.8) strikes.push(strike('store', 5_000));
  return strikes.sort((a, b) => a.atMs - b.atMs);
}

/** Lets a round's strikes fall. @returns those that fell; the others found nothing to hit */
export async function letFall(
  strikes: readonly Strike[],
  { broker, keeper, front }: { readonly broker: Broker; readonly keeper: Keeper; readonly front?: StoreFront },
): Promise<Strike[]> {
  const hit = await Promise.all(
    strikes.map(async ({ target, atMs, pauseMs, draw }) => {
      await sleep(atMs);
      switch (target) {
        case 'worker':
          return soon(() => keeper.killWorker(draw));
        case 'supervisor':
          // Only one that works has something to lose.
          return soon(() => keeper.current?.last !== undefined && keeper.killSupervisor(pauseMs));
        case 'store':
          front?.outage(Math.max(1_000, pauseMs));
          return front !== undefined;
        case 'broker':
          await broker.kill();
          await sleep(pauseMs);
          await startAgain(broker);
          return true;
      }
    }),
  );
  return strikes.filter((_, index) => hit[index]);
}

async function soon(strike: () => boolean): Promise<boolean> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until;) {
    if (strike()) return true;
    await sleep(100);
  }
  return false;
}

async function startAgain(broker: Broker): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await broker.restart();
      return;
    } catch (error) {
      if (attempt === BROKER_STARTS) throw error;
    }
  }
}
