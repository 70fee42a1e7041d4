// Offline carriage (PROTOCOL.md 4.8): sealed payloads and chunks are spread over
// drive files, so that any k of n give them back and fewer say nothing.

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, tag, u32, wipe, type Bytes } from "./bytes.ts";
import { shuffle, type Random } from "./chance.ts";
import { extend } from "./erasure.ts";
import { Failure } from "./failure.ts";
import { sealBase } from "./hpke.ts";
import type { Pace } from "./pace.ts";
import { CELL, CELLS, CHUNK, FRAGMENT, MAX_SHARDS, PAYLOAD, TAG, XWING_CIPHERTEXT } from "./sizes.ts";

/** To whom a drive is sealed. */
export interface Import {
  desk: Bytes;
  key: Bytes; // pk_import of the charter
}

export interface Parcel {
  payloads: Bytes[];
  chunks: Bytes[];
}

const CELL_PLAINTEXT = CELL - XWING_CIPHERTEXT - TAG;
const NONCE = new Uint8Array(12); // may be zero: a pack's key is used once

const packSize = (k: number): number => k * FRAGMENT - TAG;

/** Cuts a parcel into packs, each as full as k fragments hold, chunks first. Fails with "room" if one drive file a drive is too little. */
export function packs(p: Parcel, k: number): Bytes[] {
  const [payloads, chunks] = [[...p.payloads], [...p.chunks]];
  const all: Bytes[] = [];
  while (payloads.length + chunks.length > 0) {
    let room = packSize(k) - 2;
    const take = (from: Bytes[], size: number): Bytes[] => {
      const taken = from.splice(0, Math.min(Math.floor(room / size), 255));
      room -= taken.length * size;
      return taken;
    };
    const c = take(chunks, CHUNK);
    const d = take(payloads, PAYLOAD);
    all.push(concat(Uint8Array.of(d.length, c.length), ...d, ...c));
  }
  if (all.length > CELLS) throw new Failure("room", "This does not fit into one drive file for each drive. Carry fewer files, or let more drives be needed.");
  return all;
}

/** Writes a parcel as n drive files of 1 MiB, any k of which give it back. Progress counts cells. */
export async function split(to: Import, p: Parcel, k: number, n: number, random: Random, pace: Pace, cell: () => void): Promise<Bytes[]> {
  if (!(Number.isInteger(k) && Number.isInteger(n) && k >= 2 && k <= n && n <= MAX_SHARDS)) {
    throw new Failure("range", "Of 2 to 16 drives at least 2 must be needed.");
  }
  const info = concat(tag("hs1-shard"), to.desk);
  const drives: Bytes[][] = Array.from({ length: n }, () => []);
  const put = async (drive: Bytes[], plaintext: Bytes): Promise<void> => {
    drive.push(sealBase(to.key, info, plaintext, random));
    cell();
    await pace.step();
  };
  for (const pack of packs(p, k)) {
    const plaintexts = shards(to.desk, pack, k, n, random);
    await pace.step();
    for (const [i, plaintext] of plaintexts.entries()) await put(drives[i], plaintext);
  }
  const nothing = new Uint8Array(CELL_PLAINTEXT);
  const files: Bytes[] = [];
  for (const drive of drives) {
    while (drive.length < CELLS) await put(drive, nothing);
    files.push(concat(...shuffle(drive, random)));
  }
  return files;
}

/** Seals a pack under a key of its own, and gives the plaintexts of the n cells of its set. */
export function shards(desk: Bytes, pack: Bytes, k: number, n: number, random: Random): Bytes[] {
  const [key, set] = [random(32), random(16)];
  const filled = new Uint8Array(packSize(k));
  filled.set(pack);
  const sealed = chacha20poly1305(key, NONCE, concat(tag("hs1-pack"), desk, set)).encrypt(filled);
  const fragments = extend(Array.from({ length: k }, (_, i) => sealed.subarray(i * FRAGMENT, (i + 1) * FRAGMENT)), n);
  // The key stands at point 0, chance at 1 to k-1; the key's own point is left out.
  const shares = extend([key, ...Array.from({ length: k - 1 }, () => random(32))], n + 1).slice(1);
  const digest = sha256(sealed);
  const cells = fragments.map((fragment, i) =>
    concat(Uint8Array.of(1, k, n, i), set, u32(pack.length), shares[i], digest, fragment),
  );
  wipe(key, filled, ...shares);
  return cells;
}
