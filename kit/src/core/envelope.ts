// One sealed envelope (PROTOCOL.md 4.4): c2 ‖ c1 ‖ c' ‖ CT_PKE, 8,192 bytes.

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, utf8, wipe, type Bytes } from "./bytes.ts";
import type { Random } from "./chance.ts";
import { openAuthPSK, openBase, sealAuthPSK, sealBase, XWingSecret } from "./hpke.ts";
import { DHSecret, encapsulate, fetchKeyOf, isDH, MLKEMSecret, type Recipient } from "./keys.ts";
import { CONTACT, marshalPlaintext, parsePlaintext, type Plaintext } from "./message.ts";
import { DH, ENVELOPE, MLKEM_CIPHERTEXT, MLKEM_SEED, PAYLOAD, SEALED_AUTHOR, XWING_SEED } from "./sizes.ts";

const C1_AT = MLKEM_CIPHERTEXT;
const C_AT = C1_AT + DH;
const PKE_AT = ENVELOPE - SEALED_AUTHOR;

const NO_INFO = new Uint8Array(0);
const PSK_ID = utf8("SD-pskAPKE");

/** The keys that author an envelope. */
export interface Sender {
  dh: DHSecret;
  mlkem: Bytes; // public
}

/** What opens an envelope. */
export interface RecipientSecrets {
  dh: DHSecret;
  mlkem: MLKEMSecret;
  pke: XWingSecret;
  fetch: Bytes; // public
}

/** An opened envelope: the author's X25519 and ML-KEM keys, 1,216 bytes, and what was sealed. */
export interface Opened {
  author: Bytes;
  plaintext: Plaintext;
}

export function sealEnvelope(desk: Bytes, to: Recipient, from: Sender, plaintext: Bytes, random: Random): Bytes {
  const ctPKE = sealBase(to.pke, NO_INFO, concat(from.dh.public, from.mlkem), random);
  const { secret, ciphertext: c2 } = encapsulate(to.mlkem, random);
  const { enc: c1, ciphertext: c } = sealAuthPSK(to.dh, from.dh, binding(desk, c2, to.fetch, from.mlkem, secret, ctPKE), plaintext, random);
  wipe(secret);
  return concat(c2, c1, c, ctPKE);
}

/** Whatever is wrong with an envelope, the answer is undefined. */
export function openEnvelope(desk: Bytes, to: RecipientSecrets, envelope: Bytes): Opened | undefined {
  if (envelope.length !== ENVELOPE) return undefined;
  const ctPKE = envelope.subarray(PKE_AT);
  const author = openBase(to.pke, NO_INFO, ctPKE);
  if (!author) return undefined;
  const from = author.subarray(0, DH);
  if (!isDH(from)) return undefined;
  const c2 = envelope.subarray(0, C1_AT);
  const secret = to.mlkem.decapsulate(c2);
  const bound = binding(desk, c2, to.fetch, author.subarray(DH), secret, ctPKE);
  const text = openAuthPSK(envelope.subarray(C1_AT, C_AT), to.dh, from, bound, envelope.subarray(C_AT, PKE_AT));
  wipe(secret);
  const plaintext = text && parsePlaintext(text);
  return plaintext && { author, plaintext };
}

/** What c' is bound to: info is c2 ‖ pk_fetch_R ‖ mlkem_S, aad is NR ‖ SHA-256(CT_PKE). */
const binding = (desk: Bytes, c2: Bytes, fetch: Bytes, mlkemS: Bytes, key: Bytes, ctPKE: Bytes) => ({
  psk: { key, id: PSK_ID },
  info: concat(c2, fetch, mlkemS),
  aad: concat(desk, sha256(ctPKE)),
});

/**
 * An envelope from nobody to nobody. Every key in it is fresh and forgotten. It
 * is a real one, because a random ML-KEM ciphertext can be told from a real one.
 */
export function throwaway(desk: Bytes, random: Random): Bytes {
  const to = newRecipient(random);
  const [dh, mlkem] = [new DHSecret(random(DH)), new MLKEMSecret(random(MLKEM_SEED))];
  const plaintext = marshalPlaintext({ type: 0, contact: new Uint8Array(CONTACT), id: new Uint8Array(16), part: 0, parts: 0, body: NO_INFO });
  const sealed = sealEnvelope(desk, publicOf(to), { dh, mlkem: mlkem.public }, plaintext, random);
  forgetRecipient(to);
  dh.forget();
  mlkem.forget();
  return sealed;
}

export const publicOf = (r: RecipientSecrets): Recipient => ({ dh: r.dh.public, mlkem: r.mlkem.public, pke: r.pke.public, fetch: r.fetch });

/** Draws the secrets of a recipient. */
export const newRecipient = (random: Random): RecipientSecrets => ({
  dh: new DHSecret(random(DH)),
  mlkem: new MLKEMSecret(random(MLKEM_SEED)),
  pke: new XWingSecret(random(XWING_SEED)),
  fetch: fetchKeyOf(random(64)),
});

export function forgetRecipient(r: RecipientSecrets): void {
  r.dh.forget();
  r.mlkem.forget();
  r.pke.forget();
}

/** The payload of a deposit: the envelopes of editors in their slots, and throwaways in those that are left of three. */
export function payloadOf(desk: Bytes, slots: Bytes[], random: Random): Bytes {
  const all = [...slots];
  while (all.length * ENVELOPE < PAYLOAD) all.push(throwaway(desk, random));
  return concat(...all);
}
