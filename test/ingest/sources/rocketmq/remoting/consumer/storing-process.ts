/**
 * A member of a group that "stores" messages by writing them to standard output, and acknowledges them then: there to be
 * killed. Argument: its settings as JSON.
 */
import { writeSync } from 'node:fs';
import { openRemoting, textOf, type RemotingSettings } from './open-remoting.js';

const { source } = await openRemoting(JSON.parse(process.argv[2] ?? '') as RemotingSettings);
const never = new AbortController().signal;
for (;;) {
  const deliveries = await source.receive({ messages: 40, bytes: 2 ** 20 }, never);
  // In the pipe before it is acknowledged, whatever happens in between.
  writeSync(1, deliveries.map((delivery) => `${textOf(delivery)}\n`).join(''));
  await source.ack(deliveries);
}
