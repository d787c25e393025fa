import { type DeliveryMeta, MessageCodec } from '../ingest/messages/codec.js';

export interface DecodeFigures {
  /** Messages decoded while the clock ran. */
  readonly messages: number;
  readonly meanBytes: number;
  /** User and system time of the whole process, all threads, garbage collection included. */
  readonly cpuSeconds: number;
  readonly perSecondPerCore: number;
}

const OUTPUT_BYTES = 8 * 1024 * 1024;
const WARM_UP_MESSAGES = 60_000;
const MEASURED_MESSAGES = 300_000;

/** What the source knows; making it is the source's work. */
const META: DeliveryMeta = { receivedAt: 1_731_254_400_062, source: 'bench', position: '123456789' };

/**
 * Decodes, masks, normalises and encodes the bodies over and over into a buffer that is reused, as the pipeline does
 * between body and insert, and takes the CPU time of the process.
 */
export async function runDecodeBench(
  bodies: readonly Uint8Array[],
  measured = MEASURED_MESSAGES,
  warmUp = WARM_UP_MESSAGES,
): Promise<DecodeFigures> {
  const codec = await MessageCodec.create();
  const output = Buffer.alloc(OUTPUT_BYTES);
  decodeAtLeast(codec, bodies, warmUp, output);
  const before = process.cpuUsage();
  const { messages, bytes } = decodeAtLeast(codec, bodies, measured, output);
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  return { messages, meanBytes: bytes / messages, cpuSeconds, perSecondPerCore: messages / cpuSeconds };
}

function decodeAtLeast(
  codec: MessageCodec,
  bodies: readonly Uint8Array[],
  atLeast: number,
  output: Buffer,
): { messages: number; bytes: number } {
  let messages = 0;
  let bytes = 0;
  let at = 0;
  while (messages < atLeast) {
    for (const body of bodies) {
      for (const { text } of codec.decode(body, META).rows) {
        if (at + text.length + 1 > OUTPUT_BYTES) at = 0;
        at += output.write(text, at, 'latin1');
        output[at++] = 0x0a;
      }
      messages++;
      bytes += body.length;
    }
  }
  return { messages, bytes };
}
