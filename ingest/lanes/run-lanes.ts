import type { Pipeline } from '../pipeline.js';

/** A lane at work: anything that runs like a pipeline. */
export interface RunningLane {
  readonly name: string;
  readonly pipeline: Pick<Pipeline, 'run' | 'stop'>;
}

/**
 * Runs the pipelines of several lanes until all of them have ended. A lane that fails says so and stops the others,
 * which store what they have received: half of the users must not go on unnoticed.
 * @throws what the first lane to fail threw
 */
export async function runLanes(
  lanes: readonly RunningLane[],
  onNotice: (sentence: string) => void = () => undefined,
): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    lanes.map(async ({ name, pipeline }) => {
      try {
        await pipeline.run();
      } catch (error) {
        failures.push(error);
        const detail = error instanceof Error ? error.message : String(error);
        if (lanes.length > 1) onNotice(`Lane ${name} has failed, the other lanes stop too. ${detail}`);
        for (const other of lanes) other.pipeline.stop();
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}
