// Attached files (PROTOCOL.md 4.7): sealed chunks of one size, and the manifest
// that lists them.

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equal, fromUTF8, hex, isZero, readU32, readUint, tag, u32, u64, utf8, wipe, type Bytes } from "./bytes.ts";
import type { Random } from "./chance.ts";
import type { FileToSend } from "./api.ts";
import { Failure } from "./failure.ts";
import { CHUNK, CHUNK_DATA, MAX_BODY, MAX_CHUNKS } from "./sizes.ts";

const LOCATOR = 32;
const NONCE = new Uint8Array(12); // may be zero: no key seals twice
const MAX_FILES = 16;
const MAX_NAME = 64; // bytes

/** Locator and key of chunk i of n: a chunk opens as itself only. */
function chunkKeys(desk: Bytes, file: Bytes, i: number, n: number): { locator: Bytes; key: Bytes } | undefined {
  if (!(n >= 1 && n <= MAX_CHUNKS && i >= 0 && i < n) || isZero(file)) return undefined;
  const b = hkdf(sha256, file, undefined, concat(tag("hs1-chunk"), desk, u32(i), u32(n)), 64);
  return { locator: b.subarray(0, LOCATOR), key: b.subarray(LOCATOR) };
}

/** The 65,536 bytes of chunk i of n; all but the last hold 65,488 bytes of the file. */
export function sealChunk(desk: Bytes, file: Bytes, i: number, n: number, data: Bytes): Bytes {
  const keys = chunkKeys(desk, file, i, n);
  if (!keys || data.length < 1 || data.length > CHUNK_DATA || (i < n - 1 && data.length !== CHUNK_DATA)) {
    throw new RangeError("not a chunk of a file");
  }
  const filled = new Uint8Array(CHUNK_DATA);
  filled.set(data);
  const sealed = chacha20poly1305(keys.key, NONCE, keys.locator).encrypt(filled);
  wipe(keys.key, filled);
  return concat(keys.locator, sealed);
}

/** Undoes sealChunk and gives 65,488 bytes, or undefined. */
export function openChunk(desk: Bytes, file: Bytes, i: number, n: number, chunk: Bytes): Bytes | undefined {
  const keys = chunkKeys(desk, file, i, n);
  if (!keys || chunk.length !== CHUNK || !equal(chunk.subarray(0, LOCATOR), keys.locator)) return undefined;
  try {
    return chacha20poly1305(keys.key, NONCE, keys.locator).decrypt(chunk.subarray(LOCATOR));
  } catch {
    return undefined;
  }
}

const tooMuch = (): Failure =>
  new Failure("files", "There are too many files, or they are too large, or one is empty or has a name that cannot be sent.");

/** How many chunks are sent for n of them: 0, 1, 4, 16 or 64. The difference is random bytes. Fails with "files" beyond 64. */
export function chunkClass(n: number): number {
  const most = [0, 1, 4, 16, MAX_CHUNKS].find((most) => n <= most);
  if (most === undefined) throw tooMuch();
  return most;
}

const chunksOf = (size: number): number => Math.ceil(size / CHUNK_DATA);

/** What a manifest says of one file. */
export interface ManifestFile {
  key: Bytes;
  size: number;
  chunks: number;
  digest: Bytes; // SHA-256
  name: string;
}

export interface Manifest {
  report: Bytes; // id of the report they belong to, 16, zero if none
  files: ManifestFile[];
}

/** Fails with "files" where these could not be sent, before anything is sealed. */
export function checkFiles(files: FileToSend[]): void {
  const chunks = files.reduce((n, file) => n + chunksOf(file.bytes.length), 0);
  const wrong = files.length > MAX_FILES || chunks > MAX_CHUNKS || files.some((file) => file.bytes.length === 0 || !isFileName(file.name));
  if (wrong) throw tooMuch();
}

/** Cuts a file into sealed chunks under a fresh key, and tells what a manifest says of it. */
export function* sealFile(desk: Bytes, file: FileToSend, random: Random): Generator<Bytes, ManifestFile> {
  const { bytes, name } = file;
  const [key, n] = [random(32), chunksOf(bytes.length)];
  for (let i = 0; i < n; i++) yield sealChunk(desk, key, i, n, bytes.subarray(i * CHUNK_DATA, (i + 1) * CHUNK_DATA));
  return { key, size: bytes.length, chunks: n, digest: sha256(bytes), name };
}

/** The body of a message of type 02. Fails with "files" if the names take too much room. */
export function marshalManifest(m: Manifest): Bytes {
  const files = m.files.map((f) => concat(f.key, u64(f.size), u32(f.chunks), f.digest, tag(f.name)));
  const body = concat(m.report, Uint8Array.of(files.length), ...files);
  if (body.length > MAX_BODY) throw new Failure("files", "The names of the files are too long.");
  return body;
}

const FILE_HEADER = 32 + 8 + 4 + 32 + 1;

/** Reads what marshalManifest writes, to the last byte, or undefined. */
export function parseManifest(body: Bytes): Manifest | undefined {
  if (body.length < 17 || body.length > MAX_BODY) return undefined;
  const files: ManifestFile[] = [];
  let rest = body.subarray(17);
  for (let left = body[16]; left > 0; left--) {
    if (rest.length < FILE_HEADER) return undefined;
    const end = FILE_HEADER + rest[FILE_HEADER - 1];
    const name = rest.length < end ? undefined : fromUTF8(rest.subarray(FILE_HEADER, end));
    if (name === undefined) return undefined;
    const f = { key: rest.slice(0, 32), size: readUint(rest, 32, 8), chunks: readU32(rest, 40), digest: rest.slice(44, 76), name };
    if (f.chunks < 1 || f.chunks > MAX_CHUNKS || f.size > f.chunks * CHUNK_DATA || f.size <= (f.chunks - 1) * CHUNK_DATA) return undefined;
    if (!isFileName(name) || isZero(f.key)) return undefined;
    files.push(f);
    rest = rest.subarray(end);
  }
  const keys = new Set(files.map((f) => hex(f.key)));
  const chunks = files.reduce((n, f) => n + f.chunks, 0);
  const good = rest.length === 0 && files.length >= 1 && files.length <= MAX_FILES && keys.size === files.length && chunks <= MAX_CHUNKS;
  return good ? { report: body.slice(0, 16), files } : undefined;
}

/** No path, no control characters, nothing that breaks a line or turns the direction of writing. */
const isFileName = (name: string): boolean =>
  name !== "" &&
  utf8(name).length <= MAX_NAME &&
  fromUTF8(utf8(name)) === name &&
  name !== "." &&
  name !== ".." &&
  !/[/\\\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(name);
