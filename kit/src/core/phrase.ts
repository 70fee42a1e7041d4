// The twelve words that are all a source keeps (PROTOCOL.md 4.1). Words 1, 4, 8
// and 12 are marked: they differ, and their order is outside the checksum. It
// chooses the author's key; the inbox is the same for all 24 orders.

import { sha256 } from "@noble/hashes/sha2.js";
import english from "../../../envelope/english.txt";
import { wipe, type Bytes } from "./bytes.ts";
import type { Random } from "./chance.ts";
import { Failure } from "./failure.ts";

/** The 2,048 words of BIP39's English list, in its order. */
export const words: readonly string[] = english.trim().split("\n");

const indexOf = new Map(words.map((word, i) => [word, i]));

const LENGTH = 12;
const MARKED = [0, 3, 7, 11] as const;
const ENTROPY = 16; // bytes

type Indices = number[]; // of twelve words

const check = (): Failure => new Failure("phrase", "Check the words.");

/** Draws a phrase whose marked words stand in a uniformly random order. It keeps 123.4 bits of chance. */
export function newPhrase(random: Random): string {
  for (;;) {
    const entropy = random(ENTROPY);
    const drawn = indicesOf(entropy);
    wipe(entropy);
    if (ascending(drawn)) return reorder(drawn, randomOrder(random));
  }
}

/** The phrase as it is kept: twelve words, lower case, one space between. Anything else is refused as a whole. */
export function parsePhrase(text: string): string {
  return textOf(indices(text));
}

/** The rank, 0 to 3, of the word at each marked position, as four digits. */
export function orderOf(phrase: string): string {
  const typed = indices(phrase);
  const sorted = marked(canonical(typed));
  return marked(typed)
    .map((word) => sorted.indexOf(word))
    .join("");
}

/** The same words with the marked ones in another order, a permutation of "0123". */
export function reordered(phrase: string, order: string): string {
  if ([...order].sort().join("") !== "0123") throw new Failure("range", "That is not an order of four words.");
  return reorder(canonical(indices(phrase)), order);
}

/** The same words in another order, drawn by lot: for paper. Whoever finds and types it raises the alarm. */
export function paperVersion(phrase: string, random: Random): string {
  const own = orderOf(phrase);
  for (;;) {
    const order = randomOrder(random);
    if (order !== own) return reordered(phrase, order);
  }
}

/** The entropy of the canonical form, mkc. */
export function entropyOf(phrase: string): Bytes {
  return decode(canonical(indices(phrase)))!; // indices has checked it
}

/** The words of the list with that beginning, at most so many, for a field that helps to type. */
export function wordsWith(beginning: string, most = 8): string[] {
  const prefix = beginning.toLowerCase();
  return prefix === "" ? [] : words.filter((word) => word.startsWith(prefix)).slice(0, most);
}

function indices(text: string): Indices {
  const typed = text.length > LENGTH * 64 ? [] : text.toLowerCase().split(/\s+/u).filter(Boolean);
  const found = typed.map((word) => indexOf.get(word) ?? -1);
  if (found.length !== LENGTH || found.includes(-1)) throw check();
  const sorted = canonical(found);
  const entropy = ascending(sorted) ? decode(sorted) : undefined; // not ascending: two are the same
  if (!entropy) throw check();
  wipe(entropy);
  return found;
}

const textOf = (p: Indices): string => p.map((i) => words[i]).join(" ");

const marked = (p: Indices): number[] => MARKED.map((at) => p[at]);

const ascending = (p: Indices): boolean => {
  const [a, b, c, d] = marked(p) as [number, number, number, number];
  return a < b && b < c && c < d;
};

/** The phrase with its marked words sorted. */
function canonical(p: Indices): Indices {
  const sorted = marked(p).sort((a, b) => a - b);
  const q = [...p];
  MARKED.forEach((at, i) => (q[at] = sorted[i]));
  return q;
}

function reorder(sorted: Indices, order: string): string {
  const ranks = marked(sorted);
  const q = [...sorted];
  MARKED.forEach((at, i) => (q[at] = ranks[Number(order[i])]));
  return textOf(q);
}

/** One of the 24 orders, each as likely as another. */
function randomOrder(random: Random): string {
  for (;;) {
    let n = random(1)[0];
    if (n >= 240) continue; // the largest multiple of 24; above it some orders would be likelier
    const left = [..."0123"];
    let order = "";
    for (let radix = 4; radix > 0; radix--) {
      order += left.splice(n % radix, 1)[0];
      n = Math.floor(n / radix);
    }
    return order;
  }
}

const checksum = (entropy: Bytes): number => sha256(entropy)[0] >> 4;

/** BIP39: 128 bits and the first four of their SHA-256, eleven to a word. */
function indicesOf(entropy: Bytes): Indices {
  const p: Indices = [];
  let held = 0;
  let bits = 0;
  for (const byte of [...entropy, checksum(entropy) << 4]) {
    held = ((held << 8) | byte) & 0x7ffff;
    bits += 8;
    if (bits >= 11 && p.length < LENGTH) {
      bits -= 11;
      p.push((held >> bits) & 0x7ff);
    }
  }
  return p;
}

/** The inverse of indicesOf, or undefined for a wrong checksum. */
function decode(p: Indices): Bytes | undefined {
  const b = new Uint8Array(ENTROPY + 1);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const index of p) {
    held = ((held << 11) | index) & 0x7ffff;
    for (bits += 11; bits >= 8; bits -= 8) b[at++] = held >> (bits - 8);
  }
  b[at] = held << 4; // the checksum, four bits
  const entropy = b.slice(0, ENTROPY);
  return b[ENTROPY] >> 4 === checksum(entropy) ? entropy : undefined;
}
