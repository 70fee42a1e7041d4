// Other people's vectors, of the primitives as they are used here. Where they
// come from: envelope/testdata/external/README.md.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, ristretto255 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem768_x25519 } from "@noble/post-quantum/hybrid.js";
import fc from "fast-check";
import { concat, hex, utf8, type Bytes } from "../core/bytes.ts";
import { keySchedule, openAuthPSK, openBase, sealAuthPSK, xwingEncapsulate, XWingSecret } from "../core/hpke.ts";
import { DHSecret, encapsulate, fetchKeyOf, isFetch, isMLKEM, MLKEMSecret, verify } from "../core/keys.ts";
import { words } from "../core/phrase.ts";
import { json, random, text, unhex } from "./given.ts";

const external = "envelope/testdata/external/";

/** Gives those bytes, and fails if others are asked for. */
function given(...parts: Bytes[]): (size: number) => Bytes {
  return (size) => {
    const part = parts.shift();
    assert.equal(part?.length, size);
    return part.slice();
  };
}

suite("HPKE", () => {
  for (const v of json("envelope/authpsk/testdata/rfc9180_authpsk_x25519.json").filter((v: { aead_id: number }) => v.aead_id === 3)) {
    test("auth_psk mode seals as RFC 9180 does", () => {
      const [to, from] = [new DHSecret(unhex(v.skRm)), new DHSecret(unhex(v.skSm))];
      assert.equal(hex(to.public), v.pkRm);
      const [{ aad, ct, pt }] = v.encryptions;
      const m = { psk: { key: unhex(v.psk), id: unhex(v.psk_id) }, info: unhex(v.info), aad: unhex(aad) };
      const sealed = sealAuthPSK(to.public, from, m, unhex(pt), given(unhex(v.skEm)));
      assert.equal(hex(sealed.enc), v.enc);
      assert.equal(hex(sealed.ciphertext), ct);
      assert.equal(hex(openAuthPSK(sealed.enc, to, from.public, m, sealed.ciphertext)!), pt);
      const s = keySchedule(v.kem_id, v.mode, unhex(v.shared_secret), m.info, m.psk);
      assert.deepEqual([hex(s.key), hex(s.nonce), hex(s.exporter)], [v.key, v.base_nonce, v.exporter_secret]);
    });
    test("auth_psk mode says nothing to any other sender, recipient, key or context", () => {
      const [to, from, other] = [new DHSecret(random(32)), new DHSecret(random(32)), new DHSecret(random(32))];
      const m = { psk: { key: random(32), id: utf8("id") }, info: utf8("info"), aad: utf8("aad") };
      const { enc, ciphertext } = sealAuthPSK(to.public, from, m, utf8("text"), random);
      assert.ok(openAuthPSK(enc, to, from.public, m, ciphertext));
      assert.ok(!openAuthPSK(enc, other, from.public, m, ciphertext));
      assert.ok(!openAuthPSK(enc, to, other.public, m, ciphertext));
      assert.ok(!openAuthPSK(new Uint8Array(32), to, from.public, m, ciphertext));
      for (const wrong of [{ psk: { ...m.psk, key: random(32) } }, { psk: { ...m.psk, id: utf8("di") } }, { info: utf8("") }, { aad: utf8("") }]) {
        assert.ok(!openAuthPSK(enc, to, from.public, { ...m, ...wrong }, ciphertext));
      }
    });
  }
  test("base mode with X-Wing opens what the draft seals", () => {
    const v = json(external + "hpke-pq-xwing.json");
    const to = new XWingSecret(unhex(v.skRm));
    assert.equal(hex(to.public), v.pkRm);
    assert.equal(hex(to.decapsulate(unhex(v.enc))!), v.shared_secret);
    const s = keySchedule(v.kem_id, v.mode, unhex(v.shared_secret), unhex(v.info), { key: new Uint8Array(0), id: new Uint8Array(0) });
    assert.deepEqual([hex(s.key), hex(s.nonce), hex(s.exporter)], [v.key, v.base_nonce, v.exporter_secret]);
    const [{ aad, ct, pt }] = v.encryptions;
    assert.equal(hex(chacha20poly1305(s.key, s.nonce, unhex(aad)).decrypt(unhex(ct))), pt);
    assert.equal(openBase(to, unhex(v.info), concat(unhex(v.enc), unhex(ct))), undefined); // sealed with an aad
  });
});

suite("X-Wing", () => {
  for (const [i, v] of json(external + "xwing-draft.json").entries()) {
    test(`vector ${i} of the draft`, () => {
      const to = new XWingSecret(unhex(v.seed));
      assert.equal(hex(to.public), v.pk);
      const { secret, ciphertext } = xwingEncapsulate(to.public, given(unhex(v.eseed.slice(0, 64)), unhex(v.eseed.slice(64))));
      assert.deepEqual([hex(ciphertext), hex(secret)], [v.ct, v.ss]);
      assert.equal(hex(to.decapsulate(unhex(v.ct))!), v.ss);
    });
  }
  test("is that of noble", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const ours = new XWingSecret(seed);
        const theirs = ml_kem768_x25519.keygen(seed);
        assert.deepEqual(ours.public, theirs.publicKey);
        const { cipherText, sharedSecret } = ml_kem768_x25519.encapsulate(ours.public);
        assert.deepEqual(ours.decapsulate(cipherText), sharedSecret);
        const made = xwingEncapsulate(ours.public, random);
        assert.deepEqual(ml_kem768_x25519.decapsulate(made.ciphertext, theirs.secretKey), made.secret);
      }),
      { numRuns: 10 },
    );
  });
});

suite("ML-KEM-768", () => {
  const v = json(external + "acvp-mlkem768.json");
  test("makes the keys of ACVP", () => {
    for (const c of v.keyGen) assert.equal(hex(new MLKEMSecret(unhex(c.d + c.z)).public), c.ek);
  });
  test("encapsulates as ACVP does", () => {
    for (const c of v.encapsulation) {
      const { secret, ciphertext } = encapsulate(unhex(c.ek), given(unhex(c.m)));
      assert.deepEqual([hex(ciphertext), hex(secret)], [c.c, c.k]);
    }
  });
  test("a ciphertext with a byte changed gives another secret, always the same", () => {
    const to = new MLKEMSecret(random(64));
    const { secret, ciphertext } = encapsulate(to.public, random);
    assert.deepEqual(to.decapsulate(ciphertext), secret);
    ciphertext[7] ^= 1;
    const rejected = to.decapsulate(ciphertext);
    assert.notDeepEqual(rejected, secret);
    assert.deepEqual(to.decapsulate(ciphertext), rejected);
  });
  test("keys with a coefficient of q and above are refused", () => {
    const keys = text(external + "cctv-mlkem768-modulus.txt.gz").trim().split("\n");
    assert.ok(keys.length > 700);
    for (const key of keys) assert.ok(!isMLKEM(unhex(key)));
    assert.ok(v.keyGen.every((c: { ek: string }) => isMLKEM(unhex(c.ek))));
  });
  test("sampling may take unusually long", () => {
    const c = Object.fromEntries(text(external + "cctv-mlkem768-unluckysample.txt").trim().split("\n").map((line) => line.split(" = ")));
    const { secret, ciphertext } = encapsulate(unhex(c["ek"]), given(unhex(c["m"])));
    assert.deepEqual([hex(ciphertext), hex(secret)], [c["c"], c["K"]]);
  });
});

suite("Ed25519", () => {
  test("signs and verifies as RFC 8032", () => {
    for (const c of json(external + "rfc8032.json")) {
      assert.equal(hex(ed25519.sign(unhex(c.message), unhex(c.secret))), c.signature);
      assert.ok(verify(unhex(c.public), unhex(c.message), unhex(c.signature)));
    }
  });
  // The flags of C2SP's 914 edge cases by which R = SB - kA, compared as bytes, and
  // a strict key decide; the Go reader is held to the same rule.
  test("takes of the edge cases what the desk takes, and no more", () => {
    const cases: { key: string; sig: string; msg: string; flags: string[] | null }[] = json(external + "cctv-ed25519.json.gz");
    assert.equal(cases.length, 914);
    const refused = ["low_order_A", "non_canonical_A", "low_order_residue", "non_canonical_R"];
    for (const { key, sig, msg, flags } of cases) {
      const want = !(flags ?? []).some((flag) => refused.includes(flag));
      assert.equal(verify(unhex(key), utf8(msg), unhex(sig)), want, `${key} ${flags?.join()}`);
    }
    assert.ok(cases.some(({ key, sig, msg }) => !verify(unhex(key), utf8(msg), unhex(sig)) && ed25519.verify(unhex(sig), utf8(msg), unhex(key), { zip215: false })));
  });
});

suite("ristretto255", () => {
  const v = json(external + "rfc9496.json");
  test("multiples of the generator are those of RFC 9496", () => {
    v.multiples.forEach((want: string, n: number) => {
      const point = n === 0 ? ristretto255.Point.ZERO : ristretto255.Point.BASE.multiply(BigInt(n));
      assert.equal(hex(point.toBytes()), want);
      if (n > 0) {
        const wide = new Uint8Array(64);
        wide[0] = n;
        assert.equal(hex(fetchKeyOf(wide)), want);
        assert.ok(isFetch(unhex(want)));
      }
    });
  });
  test("encodings that are none are refused, and the identity", () => {
    for (const bad of [...v.invalid, v.multiples[0]]) assert.ok(!isFetch(unhex(bad)), bad);
  });
});

suite("HKDF, ChaCha20-Poly1305, BIP39", () => {
  test("HKDF-SHA256 of RFC 5869", () => {
    for (const c of json(external + "rfc5869.json")) {
      assert.equal(hex(hkdf(sha256, unhex(c.ikm), unhex(c.salt), unhex(c.info), c.okm.length / 2)), c.okm);
    }
  });
  test("ChaCha20-Poly1305 of RFC 8439", () => {
    for (const c of json(external + "rfc8439.json")) {
      assert.equal(hex(chacha20poly1305(unhex(c.key), unhex(c.nonce), unhex(c.aad)).encrypt(unhex(c.pt))), c.ct + c.tag);
    }
  });
  test("the word list is BIP39's", () => {
    assert.equal(words.length, 2048);
    assert.equal(hex(sha256(utf8(words.join("\n") + "\n"))), "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
  });
});
