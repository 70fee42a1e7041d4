// HPKE (RFC 9180) as this profile uses it, with HKDF-SHA256 and
// ChaCha20-Poly1305, one message a context: base mode with X-Wing (KEM 0x647a),
// and auth_psk mode with DHKEM(X25519, HKDF-SHA256).

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { concat, u16, utf8, wipe, type Bytes } from "./bytes.ts";
import type { Random } from "./chance.ts";
import { DHSecret, encapsulate, MLKEMSecret } from "./keys.ts";
import { DH, MLKEM_CIPHERTEXT, MLKEM_KEY, XWING_CIPHERTEXT } from "./sizes.ts";

const HASH = 32;
const NO_BYTES = new Uint8Array(0);
const SUITE = { xwing: 0x647a, x25519: 0x0020, kdf: 1, aead: 3 } as const;
const MODE = { base: 0, authPSK: 3 } as const;

// ---- RFC 9180, 4: labels

const VERSION = utf8("HPKE-v1");

const labeledExtract = (suite: Bytes, salt: Bytes, label: string, ikm: Bytes): Bytes =>
  extract(sha256, concat(VERSION, suite, utf8(label), ikm), salt);

const labeledExpand = (suite: Bytes, key: Bytes, label: string, info: Bytes, size: number): Bytes =>
  expand(sha256, key, concat(u16(size), VERSION, suite, utf8(label), info), size);

const suiteID = (kem: number): Bytes => concat(utf8("HPKE"), u16(kem), u16(SUITE.kdf), u16(SUITE.aead));

// ---- RFC 9180, 5.1: key schedule

export interface PSK {
  key: Bytes; // 32 bytes or more
  id: Bytes;
}

/** What a context is made of; the exporter secret is there to be compared with vectors. */
export interface Schedule {
  key: Bytes;
  nonce: Bytes;
  exporter: Bytes;
}

export function keySchedule(kem: number, mode: number, shared: Bytes, info: Bytes, psk: PSK): Schedule {
  const suite = suiteID(kem);
  const context = concat(
    Uint8Array.of(mode),
    labeledExtract(suite, NO_BYTES, "psk_id_hash", psk.id),
    labeledExtract(suite, NO_BYTES, "info_hash", info),
  );
  const secret = labeledExtract(suite, shared, "secret", psk.key);
  const schedule = {
    key: labeledExpand(suite, secret, "key", context, 32),
    nonce: labeledExpand(suite, secret, "base_nonce", context, 12),
    exporter: labeledExpand(suite, secret, "exp", context, HASH),
  };
  wipe(secret);
  return schedule;
}

const seal = (s: Schedule, aad: Bytes, plaintext: Bytes): Bytes => chacha20poly1305(s.key, s.nonce, aad).encrypt(plaintext);

function open(s: Schedule, aad: Bytes, ciphertext: Bytes): Bytes | undefined {
  try {
    return chacha20poly1305(s.key, s.nonce, aad).decrypt(ciphertext);
  } catch {
    return undefined;
  }
}

// ---- X-Wing

const LABEL = utf8("\\.//^\\");

/** An X-Wing key from its 32-byte seed, expanded once: each decapsulation is then one of ML-KEM and one of X25519. */
export class XWingSecret {
  readonly public: Bytes;
  private readonly mlkem: MLKEMSecret;
  private readonly dh: DHSecret;

  constructor(seed: Bytes) {
    const expanded = shake256(seed, { dkLen: 96 });
    this.mlkem = new MLKEMSecret(expanded.subarray(0, 64));
    this.dh = new DHSecret(expanded.slice(64));
    wipe(expanded);
    this.public = concat(this.mlkem.public, this.dh.public);
  }

  /** The shared secret of 1,120 bytes, or undefined where X25519 gives zero. */
  decapsulate(ciphertext: Bytes): Bytes | undefined {
    const share = ciphertext.subarray(MLKEM_CIPHERTEXT);
    let dh: Bytes;
    try {
      dh = this.dh.with(share);
    } catch {
      return undefined;
    }
    return combine(this.mlkem.decapsulate(ciphertext.subarray(0, MLKEM_CIPHERTEXT)), dh, share, this.dh.public);
  }

  forget(): void {
    this.mlkem.forget();
    this.dh.forget();
  }
}

/** A shared secret for a key that isXWing has taken. */
export function xwingEncapsulate(to: Bytes, random: Random): { secret: Bytes; ciphertext: Bytes } {
  const { secret, ciphertext } = encapsulate(mlkemHalf(to), random);
  const key = to.subarray(MLKEM_KEY);
  const ephemeral = new DHSecret(random(DH));
  const dh = ephemeral.with(key);
  ephemeral.forget();
  return { secret: combine(secret, dh, ephemeral.public, key), ciphertext: concat(ciphertext, ephemeral.public) };
}

function combine(mlkem: Bytes, dh: Bytes, share: Bytes, key: Bytes): Bytes {
  const all = concat(mlkem, dh, share, key, LABEL);
  const secret = sha3_256(all);
  wipe(mlkem, dh, all);
  return secret;
}

// One view a key, so that what is prepared for it is found again.
const halves = new WeakMap<Bytes, Bytes>();

function mlkemHalf(key: Bytes): Bytes {
  const half = halves.get(key) ?? key.subarray(0, MLKEM_KEY);
  halves.set(key, half);
  return half;
}

// ---- base mode with X-Wing

const NO_PSK: PSK = { key: NO_BYTES, id: NO_BYTES };

/** enc ‖ ciphertext, 1,136 bytes longer than the plaintext. */
export function sealBase(to: Bytes, info: Bytes, plaintext: Bytes, random: Random): Bytes {
  const { secret, ciphertext } = xwingEncapsulate(to, random);
  const s = keySchedule(SUITE.xwing, MODE.base, secret, info, NO_PSK);
  const sealed = concat(ciphertext, seal(s, NO_BYTES, plaintext));
  wipe(secret, s.key);
  return sealed;
}

/** Undoes sealBase, or undefined. */
export function openBase(to: XWingSecret, info: Bytes, sealed: Bytes): Bytes | undefined {
  const secret = to.decapsulate(sealed.subarray(0, XWING_CIPHERTEXT));
  if (!secret) return undefined;
  const s = keySchedule(SUITE.xwing, MODE.base, secret, info, NO_PSK);
  const plaintext = open(s, NO_BYTES, sealed.subarray(XWING_CIPHERTEXT));
  wipe(secret, s.key);
  return plaintext;
}

// ---- auth_psk mode with X25519

export interface AuthPSK {
  psk: PSK;
  info: Bytes;
  aad: Bytes;
}

/** The 32 bytes of enc, and the ciphertext. */
export function sealAuthPSK(to: Bytes, from: DHSecret, m: AuthPSK, plaintext: Bytes, random: Random): { enc: Bytes; ciphertext: Bytes } {
  const ephemeral = new DHSecret(random(DH));
  const shared = dhKEM(ephemeral.with(to), from.with(to), ephemeral.public, to, from.public);
  ephemeral.forget();
  const s = keySchedule(SUITE.x25519, MODE.authPSK, shared, m.info, m.psk);
  const ciphertext = seal(s, m.aad, plaintext);
  wipe(shared, s.key);
  return { enc: ephemeral.public, ciphertext };
}

/** Undoes sealAuthPSK for that sender, or undefined. */
export function openAuthPSK(enc: Bytes, to: DHSecret, from: Bytes, m: AuthPSK, ciphertext: Bytes): Bytes | undefined {
  let shared: Bytes;
  try {
    shared = dhKEM(to.with(enc), to.with(from), enc, to.public, from);
  } catch {
    return undefined; // an exchange that gives zero
  }
  const s = keySchedule(SUITE.x25519, MODE.authPSK, shared, m.info, m.psk);
  const plaintext = open(s, m.aad, ciphertext);
  wipe(shared, s.key);
  return plaintext;
}

/** AuthEncap and AuthDecap of RFC 9180, 4.1. */
function dhKEM(dh: Bytes, dhAuth: Bytes, enc: Bytes, to: Bytes, from: Bytes): Bytes {
  const suite = concat(utf8("KEM"), u16(SUITE.x25519));
  const both = concat(dh, dhAuth);
  const prk = labeledExtract(suite, NO_BYTES, "eae_prk", both);
  const shared = labeledExpand(suite, prk, "shared_secret", concat(enc, to, from), HASH);
  wipe(dh, dhAuth, both, prk);
  return shared;
}
