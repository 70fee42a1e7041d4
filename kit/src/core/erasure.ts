// Any k of n, over GF(2^8) with the polynomial 0x11D (PROTOCOL.md 4.8): values of
// a polynomial of degree below k at the points 0 to n-1. Reed and Solomon's code
// for what is large, and Shamir's sharing for its key, are the same arithmetic.

import type { Bytes } from "./bytes.ts";

const exp = new Uint8Array(512);
const log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  exp[i] = exp[i + 255] = x;
  log[x] = i;
  x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
}

const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : exp[log[a] + log[b]]);
const over = (a: number, b: number): number => (a === 0 ? 0 : exp[log[a] + 255 - log[b]]);

/** The values at a point of the polynomials, one a byte, that pass through the given ones (Lagrange). */
export function valueAt(point: number, known: { point: number; bytes: Bytes }[]): Bytes {
  const value = new Uint8Array(known[0].bytes.length);
  const row = new Uint8Array(256);
  for (const { point: at, bytes } of known) {
    let weight = 1;
    for (const { point: other } of known) {
      if (other !== at) weight = over(times(weight, point ^ other), at ^ other);
    }
    for (let c = 0; c < 256; c++) row[c] = times(weight, c);
    for (let i = 0; i < value.length; i++) value[i] ^= row[bytes[i]];
  }
  return value;
}

/** The values at the points 0 to n-1, of which the first are given. */
export function extend(given: Bytes[], n: number): Bytes[] {
  const known = given.map((bytes, point) => ({ point, bytes }));
  return Array.from({ length: n }, (_, point) => given[point] ?? valueAt(point, known));
}
