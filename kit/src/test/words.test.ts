import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { base32, concat, fromHex, hex, readU32, readUint, u32, u64, uint, utf8 } from "../core/bytes.ts";
import { below, shuffle } from "../core/chance.ts";
import { parseConfig } from "../core/config.ts";
import { deskFingerprint, pageFingerprint } from "../core/desk.ts";
import { epochDate, epochOf } from "../core/epoch.ts";
import { entropyOf, newPhrase, orderOf, paperVersion, parsePhrase, reordered, words, wordsWith } from "../core/phrase.ts";
import { MAX_BODY } from "../core/sizes.ts";
import { fit, split } from "../core/text.ts";
import { json, random } from "./given.ts";

suite("phrases", () => {
  const phrase = newPhrase(random);
  test("twelve words of which four differ, in any of 24 orders", () => {
    const orders = new Set<string>();
    for (let n = 0; n < 300; n++) {
      const p = newPhrase(random);
      assert.equal(parsePhrase(p), p);
      orders.add(orderOf(p));
    }
    assert.equal(orders.size, 24); // of 300 draws, by chance never less
  });
  test("BIP39's own are read, but for those with two marked words alike", () => {
    let read = 0;
    for (const { entropy, words: text } of json("envelope/testdata/bip39_english_12.json")) {
      const all = text.split(" ");
      const marked = [0, 3, 7, 11].map((at) => words.indexOf(all[at]));
      if (marked.every((w, i) => i === 0 || w > marked[i - 1])) {
        assert.equal(hex(entropyOf(text)), entropy);
        read++;
      } else if (new Set(marked).size < 4) {
        assert.throws(() => parsePhrase(text), { code: "phrase" });
      }
    }
    assert.ok(read > 0);
  });
  test("any order of the marked words is the same phrase to the inbox, and is told apart", () => {
    const seen = new Set<string>();
    for (const order of ["0123", "1032", "3210"]) {
      const p = reordered(phrase, order);
      assert.equal(orderOf(p), order);
      assert.deepEqual(entropyOf(p), entropyOf(phrase));
      seen.add(p);
    }
    assert.equal(seen.size, 3);
    assert.throws(() => reordered(phrase, "0012"), { code: "range" });
  });
  test("the paper version has the same words in another order", () => {
    for (let n = 0; n < 50; n++) {
      const paper = paperVersion(phrase, random);
      assert.notEqual(orderOf(paper), orderOf(phrase));
      assert.deepEqual(entropyOf(paper), entropyOf(phrase));
    }
  });
  test("what is none is refused without a reason", () => {
    const all = phrase.split(" ");
    for (const bad of ["", "abandon", all.slice(1).join(" "), [...all, "zoo"].join(" "), all.with(0, "xyzzy").join(" "), all.with(0, all[3]).join(" "), phrase + " ".repeat(9000)]) {
      assert.throws(() => parsePhrase(bad), { code: "phrase", message: "Check the words." });
    }
  });
  test("a wrong word is found out fifteen times of sixteen", () => {
    const wrong = words.filter((word) => {
      try {
        return parsePhrase(phrase.split(" ").with(5, word).join(" ")) !== undefined;
      } catch {
        return false;
      }
    });
    assert.ok(wrong.length > 80 && wrong.length < 180, `${wrong.length} of 2048`);
  });
  test("words are found by their beginning", () => {
    assert.deepEqual(wordsWith("ZO"), ["zone", "zoo"]);
    assert.deepEqual(wordsWith(""), []);
    assert.equal(wordsWith("a", 3).length, 3);
  });
});

suite("text", () => {
  test("is cut between characters, and comes back", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "é", "가", "🙂", "\n"), { minLength: 1, maxLength: 3200 }), (chars) => {
        const text = chars.join("");
        const { parts, bytesLeft } = fit(text);
        if (parts > 3) return assert.throws(() => split(text), { code: "body" });
        const bodies = split(text);
        assert.equal(new TextDecoder("utf-8", { fatal: true }).decode(concat(...bodies)), text);
        for (const b of bodies) {
          assert.ok(b.length <= MAX_BODY);
          new TextDecoder("utf-8", { fatal: true }).decode(b);
        }
        assert.equal(bodies.length, parts);
        if (bytesLeft > 0) split(text + "a".repeat(bytesLeft));
        assert.throws(() => split(text + "a".repeat(bytesLeft + 1)), { code: "body" });
      }),
      { numRuns: 60 },
    );
  });
  test("in Korean about 1,096 characters a part fit", () => assert.equal(fit("").bytesLeft, 3 * MAX_BODY));
});

suite("encodings", () => {
  test("integers come back", () => {
    fc.assert(fc.property(fc.nat(2 ** 32 - 1), (n) => readU32(u32(n), 0) === n));
    fc.assert(fc.property(fc.maxSafeNat(), (n) => readUint(u64(n), 0, 8) === n));
    assert.deepEqual(uint(0x0102, 2), Uint8Array.of(1, 2));
  });
  test("hexadecimal comes back, and what is none is refused", () => {
    fc.assert(fc.property(fc.uint8Array(), (b) => hex(fromHex(hex(b))!) === hex(b)));
    for (const bad of ["0", "0g", " 00"]) assert.equal(fromHex(bad), undefined);
  });
  test("base32 is that of RFC 4648", () => assert.equal(base32(utf8("foobar, and then")).slice(0, 24), "mzxw6ytboiwcaylomqqhi2df"));
  test("days are counted in UTC", () => {
    assert.deepEqual([epochOf(0), epochOf(-1), epochOf(86_400_000 * 18292 + 5), epochDate(18292)], [0, 0, 18292, "2020-01-31"]);
  });
});

suite("chance", () => {
  test("all numbers below one are drawn, and none else", () => {
    const drawn = new Set(Array.from({ length: 500 }, () => below(7, random)));
    assert.deepEqual([...drawn].sort(), [0, 1, 2, 3, 4, 5, 6]);
  });
  test("what would favour some is drawn again", () => {
    const draws = [u32(0xffffffff), u32(9)];
    assert.equal(below(10, () => draws.shift()!), 9);
  });
  test("a shuffle keeps all", () => assert.deepEqual(shuffle([1, 2, 3, 4, 5], random).sort(), [1, 2, 3, 4, 5]));
});

suite("what a kit is for", () => {
  const root = "ab".repeat(32);
  const good = { format: "hearsay-kit-1", name: "Desk", root, relay: "http://relay.onion/", serial: 3, days: 7 };
  test("is read from its configuration", () => {
    assert.deepEqual(parseConfig(JSON.stringify(good)), { name: "Desk", root: fromHex(root), relay: "http://relay.onion", serial: 3, days: 7 });
    assert.equal(parseConfig(JSON.stringify({ ...good, relay: "" })).relay, "");
  });
  for (const [name, change] of [
    ["another format", { format: "hearsay-kit-2" }], ["a root that is none", { root: "ab" }], ["no name", { name: 1 }], ["a serial below zero", { serial: -1 }],
    ["half a day", { days: 0.5 }], ["a relay without a scheme", { relay: "relay.onion" }], ["a relay with a path", { relay: "http://a/b" }],
    ["a relay with a name in it", { relay: "http://me@a" }], ["a relay with a question", { relay: "http://a/?q" }], ["another scheme", { relay: "ftp://a" }],
  ] as const) {
    test(`${name} is refused`, () => assert.throws(() => parseConfig(JSON.stringify({ ...good, ...change })), { code: "config" }));
  }
  test("what is no JSON is refused", () => {
    for (const text of ["", "null", "[]", "1"]) assert.throws(() => parseConfig(text), { code: "config" });
  });
  test("a desk's fingerprint is six groups of four", () => {
    const b = fromHex(root)!;
    assert.match(deskFingerprint(b), /^([a-z2-7]{4}-){5}[a-z2-7]{4}$/);
  });
  test("a page's fingerprint is over its three texts, each with its length", () => {
    const all = concat(u32(1), utf8("a"), u32(2), utf8("é"), u32(0));
    assert.equal(pageFingerprint("a", "é", "").replaceAll("-", ""), base32(sha256(all).subarray(0, 15)));
    assert.notEqual(pageFingerprint("a", "b", ""), pageFingerprint("ab", "", ""));
  });
});
