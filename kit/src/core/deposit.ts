// What goes to a relay (PROTOCOL.md 4.5, 7 and 8): deposits behind a puzzle, and
// what it answers.

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, isZero, readU32, startsWith, tag, u32, u64, utf8, type Bytes } from "./bytes.ts";
import type { Epoch } from "./epoch.ts";
import type { Pace } from "./pace.ts";
import { ANSWER, CHUNK, HEADER, MAX_PUZZLE, MIN_PUZZLE, PAYLOAD, SLOTS, STATUS } from "./sizes.ts";

/**
 * Puts a header before a payload or a chunk and solves its puzzle. The epoch is
 * the sender's own day. It rejects when the pace is stopped.
 */
export async function newDeposit(desk: Bytes, epoch: Epoch, content: Bytes, puzzle: number, pace: Pace): Promise<Bytes> {
  if (content.length !== PAYLOAD && content.length !== CHUNK) throw new RangeError("neither a payload nor a chunk");
  const nonce = await solve(desk, epoch, sha256(content), puzzle, pace);
  const kind = content.length === CHUNK ? 1 : 0;
  const header = concat(utf8("HS1DEPOT"), u32(epoch), Uint8Array.of(kind, 0, 0, 0), u64(nonce));
  return concat(header, new Uint8Array(HEADER - header.length), content);
}

const TRIES = 512; // between two looks at the clock

/** The least nonce, from 0, whose hash has that many leading zero bits. */
export async function solve(desk: Bytes, epoch: Epoch, payload: Bytes, puzzle: number, pace: Pace): Promise<number> {
  if (!(puzzle >= 0 && puzzle <= MAX_PUZZLE)) throw new RangeError("puzzle out of range");
  // All but the last byte of the nonce's 8 could be hashed once, were it not that
  // 84 bytes are two blocks: only the first of them is.
  const before = sha256.create().update(concat(tag("hs1-pow"), desk, u32(epoch), payload));
  const trial = sha256.create();
  const nonce = new Uint8Array(8);
  const view = new DataView(nonce.buffer);
  const sum = new Uint8Array(32);
  for (let n = 0; ; n++) {
    if (n % TRIES === 0) await pace.step();
    view.setUint32(4, n); // 2^32 tries are far more than 24 bits take
    before._cloneInto(trial);
    trial.update(nonce).digestInto(sum);
    if (leadingZeros(sum) >= puzzle) return n;
  }
}

const leadingZeros = (sum: Bytes): number => Math.clz32(readU32(sum, 0));

export const CODE = { taken: 0, shape: 1, epoch: 2, signature: 3, absent: 4, unavailable: 5 } as const;

/** The code of an error or of a POST's answer, or undefined for what is not in form. */
export const parseAnswer = (b: Bytes): number | undefined =>
  b.length === ANSWER && b[0] <= CODE.unavailable && isZero(b.subarray(1)) ? b[0] : undefined;

/** What a relay says of itself. */
export interface Status {
  epoch: Epoch; // the relay's own day
  puzzle: number; // bits, 16 to 24
  lastDrop: Epoch[]; // each editor's latest, 0 if none
  roster: Bytes; // SHA-256 of the roster it serves
}

/** It refuses a puzzle outside 16 to 24 bits: a relay that could ask for 60 could stop a source without refusing it. */
export function parseStatus(b: Bytes): Status | undefined {
  const good =
    b.length === STATUS &&
    startsWith(b, "HS1STATU") &&
    b[12] >= MIN_PUZZLE &&
    b[12] <= MAX_PUZZLE &&
    isZero(b.subarray(13, 16)) &&
    isZero(b.subarray(60));
  if (!good) return undefined;
  return {
    epoch: readU32(b, 8),
    puzzle: b[12],
    lastDrop: Array.from({ length: SLOTS }, (_, i) => readU32(b, 16 + 4 * i)),
    roster: b.slice(28, 60),
  };
}
