// A drop is what one editor published on one day (PROTOCOL.md 4.6): acks, and
// rows of which everyone tries all.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equal, isZero, readU16, readU32, startsWith, tag, u32, type Bytes } from "./bytes.ts";
import type { Epoch } from "./epoch.ts";
import { verify } from "./keys.ts";
import { ACK, ACKS, dropSize, ENVELOPE, SIGNATURE, SLOTS, validRows } from "./sizes.ts";

const HEADER = 112;
const ROWS_AT = HEADER + ACKS * ACK;

export interface Drop {
  slot: number;
  epoch: Epoch;
  prev: Bytes; // digest of the editor's drop before it, zero for the first
  digest: Bytes; // SHA-256 of the whole file
  acks: Bytes; // 256 of 16 bytes
  rows: Bytes[];
}

/** Verifies a drop by its editor's key. The caller compares slot, epoch and prev with what it asked for. */
export function parseDrop(desk: Bytes, editor: Bytes, rows: number, b: Bytes): Drop | undefined {
  const good =
    validRows(rows) &&
    b.length === dropSize(rows) &&
    startsWith(b, "HS1DROP\0") &&
    equal(b.subarray(8, 40), desk) &&
    b[40] < SLOTS &&
    b[41] === 0 &&
    readU16(b, 42) === rows &&
    isZero(b.subarray(80, HEADER));
  if (!good) return undefined;
  const end = b.length - SIGNATURE;
  if (!verify(editor, concat(tag("hs1-drop"), sha256(b.subarray(0, end))), b.subarray(end))) return undefined;
  return {
    slot: b[40],
    epoch: readU32(b, 44),
    prev: b.slice(48, 80),
    digest: sha256(b),
    acks: b.slice(HEADER, ROWS_AT),
    rows: Array.from({ length: rows }, (_, i) => b.slice(ROWS_AT + i * ENVELOPE, ROWS_AT + (i + 1) * ENVELOPE)),
  };
}

/** HMAC(ack, T("hs1-ack") ‖ slot ‖ epoch), cut to 16 bytes. */
export const makeAck = (key: Bytes, slot: number, epoch: Epoch): Bytes =>
  hmac(sha256, key, concat(tag("hs1-ack"), Uint8Array.of(slot), u32(epoch))).subarray(0, ACK);

/** Whether the drop says that its editor opened something from whoever has that key. It looks at all acks. */
export function hasAck(d: Drop, key: Bytes): boolean {
  const want = makeAck(key, d.slot, d.epoch);
  let found = false;
  for (let at = 0; at < d.acks.length; at += ACK) found = equal(d.acks.subarray(at, at + ACK), want) || found;
  return found;
}
