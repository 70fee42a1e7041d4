// Public keys, as strictly as the desk reads them: a key that does not decode,
// or with which every shared secret would be the same, is refused (PROTOCOL.md
// 10), and a signature is judged by the one equation that all readers use.

import { ed25519, ristretto255, x25519 } from "@noble/curves/ed25519.js";
import { ml_kem768, type KEMPrepared } from "@noble/post-quantum/ml-kem.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, equal, fromHex, isZero, type Bytes } from "./bytes.ts";
import type { Random } from "./chance.ts";
import { DH, ED25519_KEY, MLKEM_KEY, SIGNATURE, XWING_KEY } from "./sizes.ts";

/** The four public keys to which an envelope is sealed: a bundle and the editor's fetch key, or the inbox of a source. */
export interface Recipient {
  dh: Bytes;
  mlkem: Bytes;
  pke: Bytes; // X-Wing
  fetch: Bytes; // ristretto255; it is bound, not used
}

export const isRecipient = (r: Recipient): boolean => isDH(r.dh) && isMLKEM(r.mlkem) && isXWing(r.pke) && isFetch(r.fetch);

const q = 3329;

/** FIPS 203, 7.2: no coefficient of q or above. */
export function isMLKEM(key: Bytes): boolean {
  if (key.length !== MLKEM_KEY) return false;
  for (let i = 0; i < MLKEM_KEY - 32; i += 3) {
    const low = key[i] | ((key[i + 1] & 15) << 8);
    const high = (key[i + 1] >> 4) | (key[i + 2] << 4);
    if (low >= q || high >= q) return false;
  }
  return true;
}

/** An X-Wing key is an ML-KEM-768 key and then an X25519 key. */
export const isXWing = (key: Bytes): boolean =>
  key.length === XWING_KEY && isMLKEM(key.subarray(0, MLKEM_KEY)) && isDH(key.subarray(MLKEM_KEY));

const encodings = (...list: string[]): ReadonlySet<string> => new Set(list.map((text) => fromHex(text)!.join()));

// The u-coordinates that give zero with any scalar: of order 1, 2, 4 and 8, on
// the curve and its twist, in all encodings.
const lowOrderX25519 = encodings(
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
);

/** RFC 7748, 5: the top bit is ignored. */
export function isDH(key: Bytes): boolean {
  if (key.length !== DH) return false;
  return !lowOrderX25519.has(withoutTopBit(key).join());
}

function withoutTopBit(key: Bytes): Bytes {
  const b = key.slice();
  b[31] &= 0x7f;
  return b;
}

/** What RFC 9496 would have encoded, but for the identity. */
export function isFetch(key: Bytes): boolean {
  if (key.length !== 32 || isZero(key)) return false;
  try {
    ristretto255.Point.fromBytes(key);
    return true;
  } catch {
    return false;
  }
}

const { Point } = ed25519;

/** The point of a key that RFC 8032, 5.1.3 decodes and that is not of small order. */
function decodeVerifyKey(key: Bytes): InstanceType<typeof Point> | undefined {
  if (key.length !== ED25519_KEY) return undefined;
  try {
    const point = Point.fromBytes(key, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}

// The y-coordinates of the eight points of small order.
const lowOrderEd25519 = encodings(
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
);

/** Whether a key is reduced and not of small order. That it is on the curve shows only when it verifies something, as at the desk. */
export function isVerifyKey(key: Bytes): boolean {
  if (key.length !== ED25519_KEY) return false;
  const y = withoutTopBit(key);
  return littleEndian(y) < Point.Fp.ORDER && !lowOrderEd25519.has(y.join());
}

/**
 * Whether sig is one by R = SB - kA without the cofactor, R compared as bytes,
 * S below the order. noble's own verify multiplies by the cofactor and would
 * take what the desk refuses.
 */
export function verify(key: Bytes, message: Bytes, sig: Bytes): boolean {
  const a = decodeVerifyKey(key);
  if (!a || sig.length !== SIGNATURE) return false;
  const [r, s] = [sig.subarray(0, 32), littleEndian(sig.subarray(32))];
  if (s >= Point.Fn.ORDER) return false;
  const k = Point.Fn.create(littleEndian(sha512(concat(r, key, message))));
  const found = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equal(found.toBytes(), r);
}

function littleEndian(b: Bytes): bigint {
  let n = 0n;
  for (let i = b.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(b[i]);
  return n;
}

/** The public half of 64 derived bytes, reduced to a scalar (RFC 9496, 4.4). */
export const fetchKeyOf = (wide: Bytes): Bytes =>
  ristretto255.Point.BASE.multiply(ristretto255.Point.Fn.create(littleEndian(wide))).toBytes();

/** A secret key with what is made of it once, so that each use is quick. */
export class DHSecret {
  readonly public: Bytes;
  constructor(readonly secret: Bytes) {
    this.public = x25519.getPublicKey(secret);
  }
  /** The shared secret, or an exception for a key with which it is zero. */
  with(key: Bytes): Bytes {
    return x25519.getSharedSecret(this.secret, key);
  }
  forget(): void {
    this.secret.fill(0);
  }
}

/** ML-KEM-768 from its 64-byte seed. */
export class MLKEMSecret {
  readonly public: Bytes;
  private readonly secret: Bytes;
  private prepared: KEMPrepared | undefined; // public data only
  constructor(seed: Bytes) {
    const keys = ml_kem768.keygen(seed);
    this.public = keys.publicKey;
    this.secret = keys.secretKey;
  }
  decapsulate(ciphertext: Bytes): Bytes {
    this.prepared ??= ml_kem768.prepare(this.public);
    return this.prepared.decapsulate(ciphertext, this.secret);
  }
  forget(): void {
    this.secret.fill(0);
  }
}

/** Encapsulates to a key that isMLKEM has taken. */
export function encapsulate(key: Bytes, random: Random): { secret: Bytes; ciphertext: Bytes } {
  const seed = random(32);
  const { sharedSecret, cipherText } = prepared(key).encapsulate(seed);
  seed.fill(0);
  return { secret: sharedSecret, ciphertext: cipherText };
}

// The keys of a roster are sealed to again and again: preparing one is half of
// the work. Keys of one use, of cover, are collected with their owners.
const preparedKeys = new WeakMap<Bytes, KEMPrepared>();

function prepared(key: Bytes): KEMPrepared {
  const p = preparedKeys.get(key) ?? ml_kem768.prepare(key);
  preparedKeys.set(key, p);
  return p;
}
