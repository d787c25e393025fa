import { after } from 'node:test';
import { requireBroker, startBroker, type Broker, type BrokerOptions } from './broker.js';

/**
 * One broker for all tests of a file, started by the first that asks and stopped after the last. Topics are cheap
 * (`createTopic`), brokers are not: let each test have topics and groups of its own.
 */
export function brokerForFile(options: BrokerOptions = {}): {
  /** The running broker; undefined when the test was skipped because none can run here (an error where CI=true). */
  use(context: { skip(message: string): void }): Promise<Broker | undefined>;
} {
  let started: Promise<Broker> | undefined;
  after(async () => {
    // When the start failed, the test that asked has said so.
    await (await started?.catch(() => undefined))?.stop();
  });
  return {
    async use(context) {
      if (!(await requireBroker(context))) return undefined;
      return (started ??= startBroker(options));
    },
  };
}
