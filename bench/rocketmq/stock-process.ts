/** Measured process: the client package as it comes, 8 receives of 32 at once; acknowledged one by one or per receive. */
import { SimpleConsumer, type MessageView } from 'rocketmq-client-nodejs';
import definitions from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import services from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { leave, Meter, ownTask, type ClientTask } from './meter.js';

const RECEIVES = 8;
const BATCH = 32;
const INVISIBLE_MS = 60_000;
const ACK_MS = 10_000;

const task = ownTask() as ClientTask & { readonly acks: 'single' | 'batch' };
const nothing = (): void => undefined;
const consumer = new SimpleConsumer({
  endpoints: task.endpoints,
  namespace: '',
  consumerGroup: task.group,
  subscriptions: new Map([[task.topic, '*']]),
  awaitDuration: 5_000,
  requestTimeout: 5_000,
  logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
});

/** One call for the messages of one receive, through the package's own stubs. */
async function ackTogether(messages: readonly MessageView[]): Promise<number> {
  const [first] = messages;
  if (first === undefined) return 0;
  const request = new services.AckMessageRequest();
  request.setGroup(new definitions.Resource().setName(task.group));
  request.setTopic(new definitions.Resource().setName(task.topic));
  for (const { messageId, receiptHandle } of messages) {
    request.addEntries().setMessageId(messageId).setReceiptHandle(receiptHandle);
  }
  const response = await consumer.ackMessageViaRpc(first.endpoints, request, ACK_MS);
  return response.getEntriesList().filter((entry) => entry.getStatus()?.getCode() === definitions.Code.OK).length;
}

async function ackEach(messages: readonly MessageView[]): Promise<number> {
  await Promise.all(messages.map((message) => consumer.ack(message)));
  return messages.length;
}

await consumer.startup();
const meter = new Meter(task);
const receiving = async (): Promise<void> => {
  while (!meter.finished) {
    try {
      const messages = await consumer.receive(BATCH, INVISIBLE_MS);
      meter.add(await (task.acks === 'single' ? ackEach(messages) : ackTogether(messages)));
    } catch (error) {
      console.error(String(error));
    }
  }
};
await Promise.all(Array.from({ length: RECEIVES }, receiving));
leave();
