// Who edits the desk, and with which keys (PROTOCOL.md 4.2). A roster is refused
// as a whole: a missing editor is an error, so that a relay cannot pare the desk
// down to one.

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equal, isZero, readU32, startsWith, tag, type Bytes } from "./bytes.ts";
import { deskOf } from "./desk.ts";
import type { Epoch } from "./epoch.ts";
import { isFetch, isMLKEM, isDH, isRecipient, isVerifyKey, isXWing, verify, type Recipient } from "./keys.ts";
import { AUTHOR, BLOCK, CHARTER, CHARTER_DAYS, DH, ED25519_KEY, MLKEM_KEY, ROSTER, SIGNATURE, SLOTS, validRows, XWING_KEY } from "./sizes.ts";

/** How a deposit travels; each way has its own keys, because a drive may be weeks on the road. */
export type Class = 0 | 1;
export const DAILY: Class = 0;
export const COURIER: Class = 1;

export interface Charter {
  serial: number;
  from: Epoch; // first and last day, at most 90 days apart
  to: Epoch;
  rows: number; // of each drop
  importKey: Bytes; // X-Wing key to which parcels are sealed
  editors: Bytes[]; // one to three; the index is the slot
}

export interface LongTerm {
  author: Bytes; // dh ‖ mlkem, as an envelope from the editor has them
  fetch: Bytes;
}

export interface Bundle {
  epoch: Epoch; // day it was made for
  useUntil: Epoch; // last day anybody may seal to it
  destroyAfter: Epoch;
  recipient: Recipient;
}

export interface Block {
  longTerm: LongTerm;
  bundles: [daily: Bundle, courier: Bundle];
}

export interface Roster {
  desk: Bytes; // NR
  charter: Charter;
  blocks: Block[]; // by slot
  digest: Bytes; // SHA-256 of the file: everyone has the same one
}

const IMPORT_AT = 24;
const EDITORS_AT = IMPORT_AT + XWING_KEY;
const CHARTER_SIGNED = EDITORS_AT + SLOTS * ED25519_KEY;

/** Reads a charter that root signed, or undefined. Whether it is in force is not asked. */
export function parseCharter(root: Bytes, b: Bytes): Charter | undefined {
  if (b.length !== CHARTER || !startsWith(b, "HS1CHART") || !isZero(b.subarray(22, 24)) || b[20] < 1 || b[20] > SLOTS) return undefined;
  if (!verify(root, concat(tag("hs1-charter"), b.subarray(0, CHARTER_SIGNED)), b.subarray(CHARTER_SIGNED))) return undefined;
  const keys = b.slice(EDITORS_AT, CHARTER_SIGNED);
  const editors = Array.from({ length: b[20] }, (_, i) => keys.subarray(i * ED25519_KEY, (i + 1) * ED25519_KEY));
  const c: Charter = {
    serial: readU32(b, 8),
    from: readU32(b, 12),
    to: readU32(b, 16),
    rows: b[21],
    importKey: b.slice(IMPORT_AT, EDITORS_AT),
    editors,
  };
  const good =
    isZero(keys.subarray(editors.length * ED25519_KEY)) &&
    c.from <= c.to &&
    c.to - c.from <= CHARTER_DAYS &&
    validRows(c.rows) &&
    isXWing(c.importKey) &&
    editors.every(isVerifyKey);
  return good ? c : undefined;
}

export const covers = (c: { from: Epoch; to: Epoch }, day: Epoch): boolean => c.from <= day && day <= c.to;

const LONG_TERM = AUTHOR + 32 + SIGNATURE;
const BUNDLE = 16 + DH + MLKEM_KEY + XWING_KEY + SIGNATURE;

/** Reads one editor's block, or undefined. */
export function parseBlock(desk: Bytes, editor: Bytes, b: Bytes): Block | undefined {
  if (b.length !== BLOCK) return undefined;
  const signed = (domain: string, part: Bytes): boolean =>
    verify(editor, concat(tag(domain), desk, part.subarray(0, -SIGNATURE)), part.subarray(-SIGNATURE));
  const lt = b.slice(0, LONG_TERM);
  const longTerm = { author: lt.subarray(0, AUTHOR), fetch: lt.subarray(AUTHOR, AUTHOR + 32) };
  const { author, fetch } = longTerm;
  if (!signed("hs1-ltk", lt) || !isDH(author.subarray(0, DH)) || !isMLKEM(author.subarray(DH)) || !isFetch(fetch)) return undefined;
  const bundles: Bundle[] = [];
  for (const kind of [DAILY, COURIER]) {
    const at = LONG_TERM + kind * BUNDLE;
    const part = b.slice(at, at + BUNDLE);
    if (!signed("hs1-eph", part) || part[0] !== kind || !isZero(part.subarray(1, 4))) return undefined;
    const keys = part.subarray(16);
    const bundle: Bundle = {
      epoch: readU32(part, 4),
      useUntil: readU32(part, 8),
      destroyAfter: readU32(part, 12),
      recipient: {
        dh: keys.subarray(0, DH),
        mlkem: keys.subarray(DH, DH + MLKEM_KEY),
        pke: keys.subarray(DH + MLKEM_KEY, DH + MLKEM_KEY + XWING_KEY),
        fetch,
      },
    };
    if (bundle.epoch > bundle.useUntil || bundle.useUntil > bundle.destroyAfter || !isRecipient(bundle.recipient)) return undefined;
    bundles.push(bundle);
  }
  return { longTerm, bundles: bundles as [Bundle, Bundle] };
}

/** Why a roster is refused, for a log of the kit's own and for tests: it tells no secret. */
export type RosterFault = "size" | "charter" | "serial" | "not in force" | "block" | "bundle" | "filler";

/**
 * Verifies a roster: size, all signatures and keys, filler, a serial not below
 * the least, a charter in force today, bundles that may be used today. One that
 * came on a drive may have daily bundles that are worn out; they cannot be
 * sealed to.
 */
export function parseRoster(root: Bytes, b: Bytes, today: Epoch, minSerial: number, carried = false): Roster | RosterFault {
  if (b.length !== ROSTER) return "size";
  const charter = parseCharter(root, b.subarray(0, CHARTER));
  if (!charter) return "charter";
  if (charter.serial < minSerial) return "serial";
  if (!covers(charter, today)) return "not in force";
  const roster: Roster = { desk: deskOf(root), charter, blocks: [], digest: sha256(b) };
  let rest = b.subarray(CHARTER);
  for (const editor of charter.editors) {
    const block = parseBlock(roster.desk, editor, rest.subarray(0, BLOCK));
    if (!block) return "block";
    const [daily, courier] = block.bundles;
    const fresh = ({ epoch }: Bundle): boolean => epoch <= today + 1; // a day's grace for clocks
    if (!fresh(daily) || !fresh(courier) || today > courier.useUntil || (!carried && today > daily.useUntil)) return "bundle";
    roster.blocks.push(block);
    rest = rest.subarray(BLOCK);
  }
  return isZero(rest) ? roster : "filler";
}

/** The least day for which a bundle of that class was made. */
export const oldestBundle = (r: Roster, way: Class): Epoch => Math.min(...r.blocks.map((k) => k.bundles[way].epoch));

/** Whether all of the roster's keys for that way may be sealed to. */
export const canSeal = (r: Roster, way: Class, today: Epoch): boolean => r.blocks.every((k) => today <= k.bundles[way].useUntil);

/** Whether a message was sealed with the editor's long-term keys. A drop's signature alone does not say so. */
export const wrote = (k: LongTerm, author: Bytes): boolean => equal(k.author, author);
