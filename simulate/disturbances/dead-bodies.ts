import { syncEnvelope, type BodyParts } from '../messages/body-writer.js';
import { epochText } from '../wire-text.js';

/** A way to break a body, and the reason it must be dead for. */
interface DeadKind {
  readonly reason: string;
  readonly weight: number;
  /** Makes the body (wire text), or undefined when this message cannot be broken this way. */
  make(parts: BodyParts, outgoingId: string, publishAt: number): string | undefined;
}

const whole = (parts: BodyParts, outgoingId: string, publishAt: number): string =>
  syncEnvelope(parts, outgoingId, epochText(publishAt));
const isContinuation = (body: string, index: number): boolean => (body.charCodeAt(index) & 0xc0) === 0x80;

/** Levels of nesting no sound message has. */
const TOO_DEEP = 1200;

/** Every body has one flaw only, so that the reason does not depend on what is checked first. */
export const DEAD_KINDS: readonly DeadKind[] = [
  {
    reason: 'not_json',
    weight: 4,
    make(parts, id, publishAt) {
      const body = whole(parts, id, publishAt);
      let end = Math.floor(body.length * 0.7);
      // Cut off between two characters: it stays UTF-8.
      while (isContinuation(body, end)) end -= 1;
      return body.slice(0, end);
    },
  },
  {
    reason: 'not_utf8',
    weight: 2,
    make: (parts, id, publishAt) => whole(parts, id, publishAt).replace('"topic":"', '"topic":"\xff'),
  },
  { reason: 'not_an_object', weight: 1, make: (parts, id, publishAt) => `[${whole(parts, id, publishAt)}]` },
  {
    reason: 'no_topic',
    weight: 2,
    make: (parts, id, publishAt) => whole(parts, id, publishAt).replace(parts.topic.topicField, '"topic":""'),
  },
  {
    reason: 'publish_time_missing',
    weight: 2,
    make: (parts, id, publishAt) => whole(parts, id, publishAt).replace('"publish_time":', '"published":'),
  },
  { reason: 'publish_time_unreadable', weight: 2, make: (parts, id) => syncEnvelope(parts, id, '"soon"') },
  { reason: 'publish_time_out_of_range', weight: 2, make: (parts, id) => syncEnvelope(parts, id, '253402300799000') },
  {
    // Twenty digits, above 2^63-1.
    reason: 'key_id_out_of_range',
    weight: 2,
    make: (parts, id, publishAt) => whole(parts, `9${id}`, publishAt),
  },
  {
    reason: 'content_unreadable',
    weight: 3,
    make: (parts, id, publishAt) =>
      parts.topic.family === 'unknown' ? undefined : whole({ ...parts, content: '"{\\"tid\\":12,"' }, id, publishAt),
  },
  {
    reason: 'too_deep',
    weight: 1,
    make(parts, id, publishAt) {
      const content = `{"deep":${'['.repeat(TOO_DEEP)}${']'.repeat(TOO_DEEP)}}`;
      return whole({ ...parts, content }, id, publishAt);
    },
  },
];
