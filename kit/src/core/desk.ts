// The names of desks and of kit pages.

import { sha256 } from "@noble/hashes/sha2.js";
import { base32, concat, hex, tag, u32, utf8, type Bytes } from "./bytes.ts";

/** NR = SHA-256(T("hs1-desk") ‖ vk_root): a desk's name, mixed into every key and signature (PROTOCOL.md 3). */
export const deskOf = (root: Bytes): Bytes => sha256(concat(tag("hs1-desk"), root));

/** The first 15 bytes of a digest as six groups of four: 24 characters that fit on a card. */
const fingerprint = (digest: Bytes): string => base32(digest.subarray(0, 15)).match(/..../g)!.join("-");

/** What a person compares to know that this is their desk. */
export const deskFingerprint = (root: Bytes): string => fingerprint(deskOf(root));

/** What a person compares to know that this is their kit, over the texts of its three elements. */
export function pageFingerprint(style: string, config: string, script: string): string {
  const parts = [style, config, script].flatMap((text) => {
    const b = utf8(text);
    return [u32(b.length), b];
  });
  return fingerprint(sha256(concat(...parts)));
}

/** A digest as tools print it. */
export const digestText = (b: Bytes): string => hex(sha256(b));
