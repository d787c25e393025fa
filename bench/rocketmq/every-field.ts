import { decodeRecords } from '../../ingest/sources/rocketmq/remoting/protocol/record-decoder.js';

/** What was read, added up, so that no reading can be left out as useless. */
let fieldSum = 0;

/** Decodes every field of every record, as a Java client does; the source reads only those that it needs. */
export const everyField: typeof decodeRecords = (bytes, from, offsetDelta, before) => {
  const records = decodeRecords(bytes, from, offsetDelta, before);
  for (const record of records) {
    const { queueId, queueOffset, bornAt, storedAt, bodyCrc, topic, body, tag, keys, uniqueKey } = record;
    const texts = topic.length + body.length + (tag ?? '').length + (keys ?? '').length + (uniqueKey ?? '').length;
    fieldSum = (fieldSum + queueId + queueOffset + bornAt + storedAt + bodyCrc + texts) % 1e9;
  }
  if (fieldSum < 0) throw new Error('a field is negative');
  return records;
};
