// What the desk publishes, on a drive: roster, questions and drops in one file,
// in the bytes that a relay would serve.

import { equal, isZero, readU16, readU32, startsWith, type Bytes } from "./bytes.ts";
import { isVerifyKey } from "./keys.ts";
import { dropSize, MAX_DROPS, QUESTIONS, ROSTER, validRows } from "./sizes.ts";

const HEADER = 64;
const FIXED = HEADER + ROSTER + QUESTIONS;

export interface Outbound {
  root: Bytes; // as the file claims
  roster: Bytes;
  questions: Bytes | undefined;
  drops: Bytes[]; // by epoch, then slot
}

/** Takes an outbound file apart, or undefined. It looks at form only: whoever uses the parts verifies them. */
export function parseOutbound(b: Bytes): Outbound | undefined {
  if (b.length < FIXED || b.length > FIXED + MAX_DROPS * dropSize(16) || !startsWith(b, "HS1OUTBD") || !isZero(b.subarray(42, HEADER))) {
    return undefined;
  }
  const count = readU16(b, 40);
  const rest = b.subarray(FIXED);
  const size = count > 0 ? rest.length / count : 0;
  if (count > MAX_DROPS || (count === 0) !== (rest.length === 0) || !Number.isInteger(size)) return undefined;
  const root = b.slice(8, 40);
  const drops = Array.from({ length: count }, (_, i) => rest.subarray(i * size, (i + 1) * size));
  if (!isVerifyKey(root) || !drops.every(isDrop)) return undefined;
  for (let i = 1; i < drops.length; i++) if (place(drops[i - 1]) >= place(drops[i])) return undefined;
  const questions = b.subarray(HEADER + ROSTER, FIXED);
  return { root, roster: b.subarray(HEADER, HEADER + ROSTER), questions: isZero(questions) ? undefined : questions, drops };
}

function isDrop(d: Bytes): boolean {
  if (d.length < dropSize(4) || !startsWith(d, "HS1DROP\0")) return false;
  const rows = readU16(d, 42);
  return validRows(rows) && d.length === dropSize(rows);
}

const place = (d: Bytes): number => readU32(d, 44) * 256 + d[40];

/** Whether the file is of the desk whose root key that is. */
export const isOf = (o: Outbound, root: Bytes): boolean => equal(o.root, root);
