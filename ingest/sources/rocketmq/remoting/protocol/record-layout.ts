/** Where things are in a record of the store; numbers are big-endian. */

/** Topics of up to 127 bytes have one byte of length, in the second version two. */
export const MAGIC = 0xdaa320a7 | 0;
export const MAGIC_V2 = 0xdaa320ab | 0;

export const LENGTH_AT = 0;
export const MAGIC_AT = 4;
export const BODY_CRC_AT = 8;
export const QUEUE_ID_AT = 12;
export const QUEUE_OFFSET_AT = 20;
export const FLAGS_AT = 36;
export const BORN_AT = 40;
export const BORN_HOST_AT = 48;
/** A host is an address and a port of four bytes. */
export const IPV4_HOST = 8;
export const IPV6_HOST = 20;
/** Behind the producer's host: the time of storing. Behind the broker's host: attempts and transaction, then the body. */
export const STORED_AT_BYTES = 8;
export const ATTEMPTS_AND_TRANSACTION_BYTES = 12;
/** The smallest record: hosts of IPv4; no body, topic or properties. */
export const SMALLEST =
  BORN_HOST_AT + IPV4_HOST + STORED_AT_BYTES + IPV4_HOST + ATTEMPTS_AND_TRANSACTION_BYTES + 4 + 1 + 2;

export const FLAG_COMPRESSED = 1;
export const FLAG_BORN_IPV6 = 1 << 4;
export const FLAG_STORED_IPV6 = 1 << 5;
/** Both: the body is a batch of messages that the broker keeps as one. */
export const FLAG_INNER_BATCH = (1 << 6) | (1 << 7);
/** Bits 8 to 10: 0 and 3 zlib, 1 lz4, 2 zstd. */
export const CODEC_SHIFT = 8;
export const CODEC_MASK = 7;

/** A message within a body: length, magic, CRC, flag (4 bytes each), body and its length, properties and theirs (2). */
export const INNER_BODY_LENGTH_AT = 16;
export const INNER_SMALLEST = INNER_BODY_LENGTH_AT + 4 + 2;

/** Java keeps 31 bits of a CRC32. */
export const CRC_MASK = 0x7fff_ffff;

/** Between the name and the value of a property, and behind the value. */
export const NAME_END = '\u0001';
export const PROPERTY_END = '\u0002';
