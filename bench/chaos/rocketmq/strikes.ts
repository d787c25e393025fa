import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../../test/broker/broker.js';
import type { Fleet } from './fleet.js';
import type { Protocol, StoreKind } from './setting.js';
import type { StoreFront } from './store-front.js';

/** `join` and `leave` (SIGTERM) change how many instances share the queues, and so does killing one of several. */
export type Target = 'worker' | 'supervisor' | 'instance' | 'join' | 'leave' | 'broker' | 'store';

/** One blow: kill -9 of a process, an outage of the store, or an instance that comes or goes. */
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
export function drawStrikes(
  random: () => number,
  { protocol, store, roundMs }: { readonly protocol: Protocol; readonly store: StoreKind; readonly roundMs: number },
): Strike[] {
  const strike = (target: Target, longestMs: number): Strike => ({
    target,
    atMs: Math.round(random() * roundMs),
    pauseMs: Math.round(random() * longestMs),
    draw: random(),
  });
  const strikes = protocol === 'grpc' ? strikesAtWorkers(random, strike) : movesOfInstances(random, strike);
  const [broker, outage] = [random(), random()];
  if (broker < 0.8) strikes.push(strike('broker', 3_000));
  if (store === 'server' && outage < 0.8) strikes.push(strike('store', 5_000));
  return strikes.sort((a, b) => a.atMs - b.atMs);
}

type Draw = (target: Target, longestMs: number) => Strike;

function strikesAtWorkers(random: () => number, strike: Draw): Strike[] {
  const [workers, supervisor] = [1 + Math.floor(random() * 3), random()];
  const strikes = Array.from({ length: workers }, () => strike('worker', 0));
  if (supervisor < 0.8) strikes.push(strike('supervisor', 3_000));
  return strikes;
}

/** Each of them divides the queues anew. */
function movesOfInstances(random: () => number, strike: Draw): Strike[] {
  const several = (target: Target, longestMs: number): Strike[] =>
    Array.from({ length: 1 + Math.floor(random() * 2) }, () => strike(target, longestMs));
  return [...several('join', 0), ...several('leave', 0), ...several('instance', 3_000)];
}

/** Lets a round's strikes fall. @returns those that fell; the others found nothing to hit */
export async function letFall(
  strikes: readonly Strike[],
  { broker, fleet, front }: { readonly broker: Broker; readonly fleet: Fleet; readonly front?: StoreFront },
): Promise<Strike[]> {
  const hit = await Promise.all(
    strikes.map(async ({ target, atMs, pauseMs, draw }) => {
      await sleep(atMs);
      switch (target) {
        case 'worker':
          return soon(() => fleet.killWorker(draw));
        case 'supervisor':
        case 'instance':
          return soon(() => fleet.killInstance(draw, pauseMs));
        case 'join':
          return fleet.join();
        case 'leave':
          return soon(() => fleet.leave(draw));
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
