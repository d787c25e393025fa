/**
 * CityHash128 of CityHash v1.0.2, the checksum in front of every block of ClickHouse's compressed wire format. Later
 * CityHash versions give other values, and no maintained package has this one, hence own code. 64-bit arithmetic is
 * BigInt cut back to 64 bits after every step (V8 keeps such chains in machine registers).
 */

const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;
const k3 = 0xc949d7c7509e6557n;
const kMul = 0x9ddfea08eb382d69n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, shift: bigint): bigint => u64((value >> shift) | (value << (64n - shift)));
const shiftMix = (value: bigint): bigint => value ^ (value >> 47n);

interface Pair {
  readonly first: bigint;
  readonly second: bigint;
}

/**
 * Hashes bytes.
 * @returns 16 bytes as they stand on the wire: the low half, then the high half, each little-endian.
 */
export function cityHash128(bytes: Uint8Array): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength;
  let hash: Pair;
  if (length >= 16) {
    hash = hashWithSeed(view, 16, length - 16, at(view, 0) ^ k3, at(view, 8));
  } else if (length >= 8) {
    hash = hashWithSeed(view, 0, 0, at(view, 0) ^ u64(BigInt(length) * k0), at(view, length - 8) ^ k1);
  } else {
    hash = hashWithSeed(view, 0, length, k0, k1);
  }
  const out = Buffer.allocUnsafe(16);
  out.writeBigUInt64LE(hash.first, 0);
  out.writeBigUInt64LE(hash.second, 8);
  return out;
}

function hashWithSeed(view: DataView, start: number, length: number, low: bigint, high: bigint): Pair {
  if (length < 128) return murmur(view, start, length, low, high);
  let s = start;
  let left = length;
  let x = low;
  let y = high;
  let z = u64(BigInt(length) * k1);
  let v1 = u64(rotate(y ^ k1, 49n) * k1 + at(view, s));
  let v2 = u64(rotate(v1, 42n) * k1 + at(view, s + 8));
  let w1 = u64(rotate(u64(y + z), 35n) * k1 + x);
  let w2 = u64(rotate(u64(x + at(view, s + 88)), 53n) * k1);
  do {
    // The original unrolls two rounds of 64 bytes; the swap of x and z ends each.
    for (let round = 0; round < 2; round++) {
      x = u64(rotate(u64(x + y + v1 + at(view, s + 16)), 37n) * k1) ^ w2;
      y = u64(rotate(u64(y + v2 + at(view, s + 48)), 42n) * k1) ^ v1;
      z = rotate(z ^ w1, 33n);
      let a = u64(v2 * k1 + at(view, s));
      let b = rotate(u64(x + w1 + a + at(view, s + 24)), 21n);
      let c = a;
      a = u64(a + at(view, s + 8) + at(view, s + 16));
      v1 = u64(a + at(view, s + 24));
      v2 = u64(b + rotate(a, 44n) + c);
      a = u64(z + w2 + at(view, s + 32));
      b = rotate(u64(y + a + at(view, s + 56)), 21n);
      c = a;
      a = u64(a + at(view, s + 40) + at(view, s + 48));
      w1 = u64(a + at(view, s + 56));
      w2 = u64(b + rotate(a, 44n) + c);
      const swapped = x;
      x = z;
      z = swapped;
      s += 64;
    }
    left -= 128;
  } while (left >= 128);
  y = u64(y + rotate(w1, 37n) * k0 + z);
  x = u64(x + rotate(u64(v1 + z), 49n) * k0);
  // The tail goes backwards in steps of 32 and may reach into bytes already hashed.
  for (let done = 0; done < left;) {
    done += 32;
    const tail = s + left - done;
    y = u64(rotate(u64(y - x), 42n) * k0 + v2);
    w1 = u64(w1 + at(view, tail + 16));
    x = u64(rotate(x, 49n) * k0 + w1);
    w1 = u64(w1 + v1);
    let a = u64(v1 + at(view, tail));
    const b = rotate(u64(v2 + a + at(view, tail + 24)), 21n);
    const c = a;
    a = u64(a + at(view, tail + 8) + at(view, tail + 16));
    v1 = u64(a + at(view, tail + 24));
    v2 = u64(b + rotate(a, 44n) + c);
  }
  x = hash16(x, v1);
  y = hash16(y, w1);
  return { first: u64(hash16(u64(x + v2), w2) + y), second: hash16(u64(x + w2), u64(y + v2)) };
}

function murmur(view: DataView, start: number, length: number, low: bigint, high: bigint): Pair {
  let s = start;
  let a = low;
  let b = high;
  let c: bigint;
  let d: bigint;
  let left = length - 16;
  if (left <= 0) {
    a = u64(shiftMix(u64(a * k1)) * k1);
    c = u64(b * k1 + hash0to16(view, s, length));
    d = shiftMix(u64(a + (length >= 8 ? at(view, s) : c)));
  } else {
    c = hash16(u64(at(view, s + length - 8) + k1), a);
    d = hash16(u64(b + BigInt(length)), u64(c + at(view, s + length - 16)));
    a = u64(a + d);
    do {
      a = u64((a ^ u64(shiftMix(u64(at(view, s) * k1)) * k1)) * k1);
      b ^= a;
      c = u64((c ^ u64(shiftMix(u64(at(view, s + 8) * k1)) * k1)) * k1);
      d ^= c;
      s += 16;
      left -= 16;
    } while (left > 0);
  }
  a = hash16(a, c);
  b = hash16(d, b);
  return { first: a ^ b, second: hash16(b, a) };
}

function hash16(u: bigint, v: bigint): bigint {
  const a = shiftMix(u64((u ^ v) * kMul));
  return u64(shiftMix(u64((v ^ a) * kMul)) * kMul);
}

function hash0to16(view: DataView, s: number, length: number): bigint {
  const size = BigInt(length);
  if (length > 8) {
    const a = at(view, s);
    const b = at(view, s + length - 8);
    return hash16(a, rotate(u64(b + size), size)) ^ b;
  }
  if (length >= 4) {
    return hash16(u64(size + (BigInt(view.getUint32(s, true)) << 3n)), BigInt(view.getUint32(s + length - 4, true)));
  }
  if (length > 0) {
    const y = BigInt(view.getUint8(s) + (view.getUint8(s + (length >> 1)) << 8));
    const z = BigInt(length + (view.getUint8(s + length - 1) << 2));
    return u64(shiftMix(u64(y * k2) ^ u64(z * k3)) * k2);
  }
  return k2;
}

const at = (view: DataView, offset: number): bigint => view.getBigUint64(offset, true);
