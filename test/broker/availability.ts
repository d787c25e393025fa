import { classPath, brokerProgram, requireJava } from './artifacts.js';
import { ToolMissing } from '../serve/foreign-tool.js';

/** Why a broker cannot run on this machine, as a sentence; undefined when it can. Fetches the server when needed. */
export async function brokerAvailable(): Promise<string | undefined> {
  try {
    await requireJava();
    await classPath(brokerProgram);
    return undefined;
  } catch (error) {
    if (error instanceof ToolMissing) return `A RocketMQ broker needs Java 17 and Maven here: ${error.message}.`;
    throw error;
  }
}

/**
 * For tests: true when a broker can run; else the test is skipped with one line, or fails where CI=true.
 * @throws Error where CI=true and no broker can run.
 */
export async function requireBroker(context: { skip(message: string): void }): Promise<boolean> {
  const reason = await brokerAvailable();
  if (reason === undefined) return true;
  if (process.env['CI'] === 'true') throw new Error(reason);
  context.skip(reason);
  return false;
}
