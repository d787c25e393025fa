import { SimpleConsumer, type MessageView } from 'rocketmq-client-nodejs';

interface Credentials {
  readonly accessKey: string;
  readonly accessSecret: string;
}

const DEADLINE_EXCEEDED = 4;

/** Its default is a file in the user's folder. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Starts the client as it comes for one topic; startup has no time limit of its own. */
export async function withConsumer<T>(
  endpoints: string,
  topic: string,
  group: string,
  use: (consumer: SimpleConsumer) => Promise<T>,
  sessionCredentials?: Credentials,
): Promise<T> {
  const consumer = new SimpleConsumer({
    endpoints,
    namespace: '',
    consumerGroup: group,
    subscriptions: new Map([[topic, '*']]),
    awaitDuration: 5_000,
    requestTimeout: 10_000,
    logger: silent,
    ...(sessionCredentials === undefined ? {} : { sessionCredentials }),
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the client did not start within 30 s')), 30_000);
  });
  try {
    await Promise.race([consumer.startup(), late]);
    return await use(consumer);
  } finally {
    clearTimeout(timer);
    await consumer.shutdown().catch(ignore);
  }
}

/** Receives and acknowledges until `count` messages were there; gives up after 60 s. */
export function receiveAll(
  endpoints: string,
  topic: string,
  group: string,
  count: number,
  sessionCredentials?: Credentials,
): Promise<MessageView[]> {
  const receive = async (consumer: SimpleConsumer): Promise<MessageView[]> => {
    const received: MessageView[] = [];
    const deadline = Date.now() + 60_000;
    while (received.length < count) {
      if (Date.now() > deadline) throw new Error(`${received.length} of ${count} messages came within 60 s`);
      // A machine that is too busy answers late; the message comes again.
      const batch = await consumer.receive(32, 15_000).catch((error: unknown) => {
        if ((error as { code?: unknown }).code === DEADLINE_EXCEEDED) return [];
        throw error;
      });
      for (const message of batch) {
        await consumer.ack(message);
        received.push(message);
      }
    }
    return received;
  };
  return withConsumer(endpoints, topic, group, receive, sessionCredentials);
}

/** The text of an error with its causes; fails when there is none. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const texts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    texts.push(`${at.message} ${'code' in at ? String(at.code) : ''}`);
  if (texts.length === 0) throw new Error('it was not rejected');
  return texts.join(' ← ');
}

function ignore(): void {
  // Nobody reads it.
}
