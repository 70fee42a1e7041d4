// Bytes and the encodings of PROTOCOL.md 3: integers are big-endian, T(s) is one
// byte with the length of s and then s.

export type Bytes = Uint8Array;

const encoder = new TextEncoder();

/** The UTF-8 of a text. A lone surrogate becomes U+FFFD. */
export const utf8 = (text: string): Bytes => encoder.encode(text);

/** The text of UTF-8, or undefined for bytes that are none. A byte order mark stays. */
export function fromUTF8(b: Bytes): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(b);
  } catch {
    return undefined;
  }
}

/** All parts in one. */
export function concat(...parts: Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** T(s): the length of s in one byte, then s. It separates the domains of hashes, keys and signatures. */
export function tag(s: string): Bytes {
  const b = utf8(s);
  if (b.length > 255) throw new RangeError("tag longer than its length byte can say");
  return concat(Uint8Array.of(b.length), b);
}

/** An unsigned integer below 2^53 in so many bytes. */
export function uint(n: number, size: 1 | 2 | 4 | 8): Bytes {
  const b = new Uint8Array(size);
  for (let i = size - 1; i >= 0; i--) {
    b[i] = n % 256;
    n = Math.floor(n / 256);
  }
  return b;
}

export const u16 = (n: number): Bytes => uint(n, 2);
export const u32 = (n: number): Bytes => uint(n, 4);
export const u64 = (n: number): Bytes => uint(n, 8);

/** The unsigned integer of that size at an offset. One of 8 bytes beyond 2^53 is not exact. */
export function readUint(b: Bytes, at: number, size: 1 | 2 | 4 | 8): number {
  let n = 0;
  for (let i = 0; i < size; i++) n = n * 256 + b[at + i];
  return n;
}

export const readU16 = (b: Bytes, at: number): number => readUint(b, at, 2);
export const readU32 = (b: Bytes, at: number): number => readUint(b, at, 4);

/** Whether two public values are the same; it takes as long as they are long. */
export function equal(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  let differs = 0;
  for (let i = 0; i < a.length; i++) differs |= a[i] ^ b[i];
  return differs === 0;
}

export function isZero(b: Bytes): boolean {
  let any = 0;
  for (const c of b) any |= c;
  return any === 0;
}

/** Whether b has these ASCII characters at its beginning. */
export const startsWith = (b: Bytes, magic: string): boolean => equal(b.subarray(0, magic.length), utf8(magic));

/** Overwrites with zeros what can be overwritten. The engine may have made copies. */
export function wipe(...parts: (Bytes | undefined)[]): void {
  for (const part of parts) part?.fill(0);
}

export const hex = (b: Bytes): string => Array.from(b, (c) => c.toString(16).padStart(2, "0")).join("");

/** The bytes of lower or upper case hexadecimal, or undefined. */
export function fromHex(text: string): Bytes | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 base32 in lower case, of a length that needs no padding. */
export function base32(b: Bytes): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const c of b) {
    held = (held << 8) | c;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
    held &= 0xff;
  }
  return text;
}
