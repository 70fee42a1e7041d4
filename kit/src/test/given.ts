// Files that tests are held to, and what many tests need.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { randomBytes } from "node:crypto";
import { fromHex, type Bytes } from "../core/bytes.ts";
import { Pace } from "../core/pace.ts";

const root = "../../"; // tests run in kit/src

/** A file of the repository. */
export const file = (path: string): Bytes => new Uint8Array(readFileSync(root + path));

/** One that may be compressed. */
export const text = (path: string): string => {
  const b = readFileSync(root + path);
  return (path.endsWith(".gz") ? gunzipSync(b) : b).toString();
};

export const json = (path: string): any => JSON.parse(text(path));

export const unhex = (s: string): Bytes => fromHex(s)!;

export const random = (size: number): Bytes => new Uint8Array(randomBytes(size));

/** One that never pauses. */
export const pace = new Pace(() => Promise.resolve());

/** A copy with one byte changed. */
export function flipped(b: Bytes, at: number, xor = 1): Bytes {
  const c = b.slice();
  c[at] ^= xor;
  return c;
}
