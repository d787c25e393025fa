/** A column as the binary formats name it. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/**
 * A Native block (revision 0) without rows. The engine writes nothing at all for an empty result; a server sends this,
 * and clients take the names and types of the columns from it.
 */
export function emptyNativeBlock(columns: readonly Column[]): Buffer {
  const parts = [varint(columns.length), varint(0)];
  for (const { name, type } of columns) parts.push(text(name), text(type));
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}
