// docs/vectors, and those of an implementation before ours (envelope/testdata):
// what they give is made, what they seal opens, what they reject is refused.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, hex, tag, utf8, type Bytes } from "../core/bytes.ts";
import { COURIER, DAILY, oldestBundle, parseCharter, parseRoster, wrote, type LongTerm, type Roster } from "../core/charter.ts";
import { marshalManifest, openChunk, parseManifest, sealChunk } from "../core/chunk.ts";
import { newDeposit, parseAnswer, parseStatus, solve } from "../core/deposit.ts";
import { deskFingerprint, deskOf } from "../core/desk.ts";
import { makeAck, parseDrop } from "../core/drop.ts";
import { openEnvelope, type RecipientSecrets } from "../core/envelope.ts";
import { keySchedule, XWingSecret } from "../core/hpke.ts";
import { DHSecret, isDH, isFetch, isVerifyKey, MLKEMSecret } from "../core/keys.ts";
import { fromSource } from "../core/message.ts";
import { parseOutbound } from "../core/outbound.ts";
import { entropyOf, orderOf, parsePhrase, reordered } from "../core/phrase.ts";
import { parseQuestions } from "../core/questions.ts";
import { isContact, isEndorsed, parseContact, parseRollover, Source, type Contact } from "../core/source.ts";
import { file, flipped, json, pace, unhex } from "./given.ts";

/** The name a desk files an inbox under (PROTOCOL.md 5). */
const inboxName = (desk: Bytes, c: Contact, mlkem: Bytes): string =>
  hex(sha256(concat(tag("hs1-inbox"), desk, c.ownVK, mlkem, c.pke, c.replyDH, c.fetch, c.ack)));

for (const folder of ["docs/vectors/", "envelope/testdata/"]) {
  const v = json(folder + "hs1.json");
  const ours = folder === "docs/vectors/";
  const desk = unhex(v.desk.nr);
  const source = Source.derive(v.source.phrase, desk);
  const rosterFile = file(folder + v.roster.file);
  const root = unhex(v.roster.root_vk);
  const longTerm: LongTerm = { author: concat(unhex(v.editor.lt_dh_pk), unhex(v.editor.lt_mlkem_ek)), fetch: unhex(v.editor.fetch_pk) };
  const keys = (dh: string, mlkem: string, pke: string): RecipientSecrets => ({
    dh: new DHSecret(unhex(dh)), mlkem: new MLKEMSecret(unhex(mlkem)), pke: new XWingSecret(unhex(pke)), fetch: longTerm.fetch,
  });
  const daily = keys(v.editor.ep_dh_sk, v.editor.ep_mlkem_seed, v.editor.ep_pke_seed);
  const courier = ours ? keys(v.editor.co_dh_sk, v.editor.co_mlkem_seed, v.editor.co_pke_seed) : daily;
  const asEditor = (b: Bytes, bundle = daily) => {
    const o = openEnvelope(desk, bundle, b);
    const contact = o && fromSource(o.plaintext.type) ? parseContact(o.plaintext.contact) : undefined;
    return o && contact && isContact(contact, o.author) ? { ...o, contact } : undefined;
  };

  suite(folder, () => {
    test("a phrase gives these keys", () => {
      const s = v.source;
      assert.equal(orderOf(s.phrase), s.order);
      assert.equal(hex(entropyOf(s.phrase)), s.mkc);
      // Source keeps its keys to itself: what they are shows in what it seals.
      const m = asEditor(unhex(v.envelope.bytes))!;
      assert.equal(hex(concat(m.contact.fetch, m.contact.pke, m.contact.ownVK, m.contact.ownSig, m.contact.ack)), s.fetch_pk + s.pke_pk + s.own_vk + s.own_sig + s.ack);
      const made = (source as unknown as { contact: Bytes; author: DHSecret; inbox: RecipientSecrets });
      assert.deepEqual(made.contact, m.plaintext.contact);
      assert.equal(hex(made.author.public), s.auth_dh_pk);
      assert.equal(hex(made.inbox.mlkem.public), s.mlkem_ek);
      assert.equal(hex(made.inbox.pke.public), s.pke_pk);
    });
    test("another order has another author and the same inbox", () => {
      const other = Source.derive(v.source.other_order, desk) as unknown as { author: DHSecret; inbox: RecipientSecrets };
      assert.equal(hex(other.author.public), v.duress.sender_dh);
      assert.equal(hex(other.inbox.pke.public), v.source.pke_pk);
      assert.equal(reordered(v.source.phrase, orderOf(v.source.other_order)), v.source.other_order);
    });
    test("what a source sealed opens with the editor's keys", () => {
      for (const m of [v.envelope, v.duress]) {
        const o = asEditor(unhex(m.bytes))!;
        assert.equal(new TextDecoder().decode(o.plaintext.body), m.body);
        assert.equal(hex(o.author.subarray(0, 32)), m.sender_dh ?? v.source.auth_dh_pk);
        assert.ok(isEndorsed(desk, o.contact, o.author));
      }
      assert.ok(asEditor(unhex(v.claim.bytes)));
    });
    test("what the editor sealed opens with the words", () => {
      const o = source.open(unhex(v.reply.bytes))!;
      assert.equal(new TextDecoder().decode(o.plaintext.body), v.reply.body);
      assert.ok(wrote(longTerm, o.author));
    });
    test("the roster is taken on its days and refused on others", () => {
      for (const day of v.roster.good_at) {
        const r = parseRoster(root, rosterFile, day, v.roster.serial) as Roster;
        assert.equal(hex(r.desk), v.roster.nr);
      }
      for (const day of v.roster.bad_at) assert.equal(typeof parseRoster(root, rosterFile, day, v.roster.serial), "string");
      assert.equal(parseRoster(root, rosterFile, v.roster.good_at[0], v.roster.serial + 1), "serial");
    });
    test("drops have the rows and acks that they are said to have", () => {
      for (const d of [v.drop, ...(v.drops ?? [])]) {
        const drop = parseDrop(desk, unhex(v.editor.vk), d.rows ?? 16, file(folder + d.file))!;
        assert.deepEqual([drop.slot, drop.epoch, hex(drop.prev)], [d.slot, d.epoch, d.prev ?? "00".repeat(32)]);
        assert.equal(source.acked(drop), d.acked ?? true);
        assert.equal(hex(makeAck(unhex(v.source.ack), drop.slot, drop.epoch)), d.ack);
        assert.equal(drop.rows.filter((row) => source.open(row)).length, d.replies?.length ?? 1);
        assert.equal(drop.rows.filter((row) => source.reply(row, longTerm)).length, d.shown?.length ?? 1);
      }
    });
    test("the puzzle has this solution", async () => {
      const found = await solve(desk, v.pow.epoch, unhex(v.pow.payload_hash), v.pow.bits, pace);
      assert.ok(ours ? found === v.pow.nonce : found <= v.pow.nonce);
    });
    test("a chunk is sealed to these bytes", () => {
      const chunk = sealChunk(desk, unhex(v.chunk.key), v.chunk.i, v.chunk.n, utf8(v.chunk.data));
      assert.equal(hex(chunk.subarray(0, 32)), v.chunk.locator);
      assert.equal(hex(chunk.subarray(-16)), v.chunk.tail16);
      assert.equal(new TextDecoder().decode(openChunk(desk, unhex(v.chunk.key), v.chunk.i, v.chunk.n, chunk)!.subarray(0, v.chunk.data.length)), v.chunk.data);
    });
  });

  const at = v.roster.good_at[1];
  const flips: Record<string, (b: Bytes) => unknown> = {
    "envelope-flip": (b) => asEditor(b),
    "roster-flip": (b) => typeof parseRoster(root, b, at, 0) !== "string",
    "drop-flip": (b) => parseDrop(desk, unhex(v.editor.vk), 16, b),
    "questions-flip": (b) => parseQuestions(desk, [root, unhex(v.editor.vk)], b),
    "chunk-flip": (b) => openChunk(desk, unhex(v.chunk.key), v.chunk.i, v.chunk.n, b),
    "rollover-flip": (b) => parseRollover(desk, b),
    "outbound-flip": (b) => parseOutbound(b),
  };
  const good: Record<string, () => Bytes> = {
    "envelope-flip": () => unhex(v.envelope.bytes),
    "roster-flip": () => rosterFile,
    "drop-flip": () => file(folder + v.drop.file),
    "questions-flip": () => file(folder + v.questions.file),
    "chunk-flip": () => sealChunk(desk, unhex(v.chunk.key), v.chunk.i, v.chunk.n, utf8(v.chunk.data)),
    "rollover-flip": () => unhex(v.rollover.bytes),
    "outbound-flip": () => outbound(),
  };
  const refuses: Record<string, (b: Bytes) => unknown> = {
    envelope: (b) => asEditor(b),
    row: (b) => source.open(b),
    charter: (b) => parseCharter(root, b),
    manifest: (b) => parseManifest(b),
    status: (b) => parseStatus(b),
    answer: (b) => parseAnswer(b) !== undefined,
    x25519: (b) => isDH(b),
    ristretto255: (b) => isFetch(b),
    ed25519: (b) => isVerifyKey(b),
  };
  const outbound = (): Bytes =>
    concat(utf8("HS1OUTBD"), root, Uint8Array.of(0, 2), new Uint8Array(22), ...v.outbound.parts.map((name: string) => file(folder + name)));
  // What a relay or an editor reads, and no kit: the Go reader is held to them.
  const elsewhere = new Set(["deposit-flip", "authorization"]);

  suite(folder + ": refused", () => {
    test("good ones are not", async () => {
      for (const kind of new Set<string>(v.reject.map((c: { kind: string }) => c.kind))) {
        if (flips[kind]) assert.ok(await flips[kind](good[kind]()), kind);
        else assert.ok(refuses[kind] || elsewhere.has(kind), `a kind of case that is not known: ${kind}`);
      }
    });
    for (const c of v.reject) {
      if (elsewhere.has(c.kind)) continue;
      test(`${c.kind} ${c.why ?? ""} ${c.at ?? ""}`, async () => {
        const taken = flips[c.kind] ? flips[c.kind](flipped(good[c.kind](), c.at ?? 0, c.xor)) : refuses[c.kind](unhex(c.bytes ?? ""));
        assert.ok(!(await taken));
      });
    }
  });
  if (!ours) continue;

  suite(folder + ": what is new in it", () => {
    test("the desk has this name and fingerprint", () => {
      assert.equal(hex(deskOf(unhex(v.desk.root_vk))), v.desk.nr);
      assert.equal(deskFingerprint(unhex(v.desk.root_vk)), v.desk.fingerprint);
      assert.equal(hex(new XWingSecret(unhex(v.desk.import_seed)).public), v.desk.import_pk);
    });
    for (const p of v.phrases) {
      test(`a phrase: ${p.why}`, () => {
        if (!p.valid) return assert.throws(() => parsePhrase(p.text), { code: "phrase" });
        assert.equal(orderOf(p.text), p.order);
        assert.equal(hex(entropyOf(p.text)), p.mkc);
      });
    }
    test("every order has its author", () => {
      for (const { order, auth_dh_pk } of v.source.orders) {
        const { author } = Source.derive(reordered(v.source.phrase, order), desk) as unknown as { author: DHSecret };
        assert.equal(hex(author.public), auth_dh_pk);
      }
    });
    for (const m of v.messages) {
      test(`a message: ${m.name}`, () => {
        const b = unhex(m.bytes);
        const o = m.to === "source" ? source.open(b)! : asEditor(b, m.to.includes("courier") ? courier : daily)!;
        const p = o.plaintext;
        assert.deepEqual([p.type, hex(p.id), p.part, p.parts, hex(o.author.subarray(0, 32))], [m.type, m.msg_id, m.part, m.parts, m.sender_dh]);
        assert.equal(hex(p.body), m.body_hex ?? hex(utf8(m.body)));
        if (!("contact" in o)) return;
        const contact = o.contact as Contact;
        assert.equal(isEndorsed(desk, contact, o.author), m.endorsed);
        assert.equal(inboxName(desk, contact, o.author.subarray(32)), m.inbox_fp);
      });
    }
    test("the values on the way are RFC 9180's", () => {
      for (const m of [v.envelope, v.duress, v.claim, v.reply, ...v.messages]) {
        const b = unhex(m.bytes);
        const to = m.to !== "source" ? (m.to.includes("courier") ? courier : daily) : (source as unknown as { inbox: RecipientSecrets }).inbox;
        const [c2, ctPKE] = [b.subarray(0, 1088), b.subarray(5840)];
        const shared = to.pke.decapsulate(ctPKE.subarray(0, 1120))!;
        const none = { key: new Uint8Array(0), id: new Uint8Array(0) };
        assert.equal(hex(shared), m.hpke.pke.shared_secret);
        const base = keySchedule(0x647a, 0, shared, none.key, none);
        assert.deepEqual([hex(base.key), hex(base.nonce), hex(base.exporter)], [m.hpke.pke.key, m.hpke.pke.base_nonce, m.hpke.pke.exporter_secret]);
        const author = chacha20poly1305(base.key, base.nonce).decrypt(ctPKE.subarray(1120));
        const [k2, info] = [to.mlkem.decapsulate(c2), concat(c2, to.fetch, author.subarray(32))];
        assert.deepEqual([hex(k2), hex(sha256(info))], [m.hpke.k2, m.hpke.info_sum]);
        assert.equal(hex(concat(desk, sha256(ctPKE))), m.hpke.aad);
        const auth = keySchedule(0x20, 3, unhex(m.hpke.authpsk.shared_secret), info, { key: k2, id: utf8("SD-pskAPKE") });
        assert.deepEqual([hex(auth.key), hex(auth.nonce), hex(auth.exporter)], [m.hpke.authpsk.key, m.hpke.authpsk.base_nonce, m.hpke.authpsk.exporter_secret]);
      }
    });
    test("charters are taken", () => {
      for (const c of v.charters) {
        const charter = parseCharter(unhex(v.desk.root_vk), unhex(c.bytes))!;
        assert.deepEqual([charter.serial, charter.from, charter.to, charter.editors.length, charter.rows], [c.serial, c.from, c.to, c.n, c.rows]);
      }
      assert.equal(oldestBundle(parseRoster(root, rosterFile, at, 0) as Roster, DAILY), v.roster.oldest_daily);
      assert.ok(oldestBundle(parseRoster(root, rosterFile, at, 0) as Roster, COURIER) <= at + 1);
    });
    test("questions inflate to their JSON", async () => {
      const q = (await parseQuestions(desk, [unhex(v.editor.vk)], file(folder + v.questions.file)))!;
      assert.deepEqual([q.serial, q.from, q.to, q.json], [v.questions.serial, v.questions.from, v.questions.to, v.questions.json]);
      assert.equal(await parseQuestions(desk, [root], file(folder + v.questions.file)), undefined);
    });
    test("a manifest is read and written to the same bytes, its files sealed to the same chunks", () => {
      const m = parseManifest(unhex(v.manifest.bytes))!;
      assert.equal(hex(marshalManifest(m)), v.manifest.bytes);
      for (const c of v.chunks) {
        const { size, n, sum } = v.manifest.files[c.file];
        const data = Uint8Array.from({ length: size }, (_, j) => j % 251);
        assert.equal(hex(sha256(data)), sum);
        assert.deepEqual([m.files[c.file].size, m.files[c.file].chunks, hex(m.files[c.file].digest)], [size, n, sum]);
        const chunk = sealChunk(desk, unhex(c.key), c.i, c.n, data.subarray(c.i * 65488, (c.i + 1) * 65488));
        assert.equal(hex(sha256(chunk)), c.sum);
      }
    });
    test("a rollover names its successor", () => {
      const { contact, author } = parseRollover(desk, unhex(v.rollover.bytes))!;
      assert.equal(inboxName(desk, contact, author.subarray(32)), v.rollover.inbox_fp);
      assert.equal(hex(author.subarray(0, 32)), v.rollover.author);
      const next = Source.derive(v.next_source.phrase, desk) as unknown as { contact: Bytes };
      assert.equal(hex(next.contact), v.rollover.bytes.slice(0, 2 * 1392));
    });
    test("a deposit is made to the same bytes", async () => {
      const b = file(folder + v.deposit.file);
      assert.deepEqual(await newDeposit(desk, v.deposit.epoch, b.subarray(64), v.deposit.bits, pace), b);
      const c = v.chunk_deposit;
      const chunk = sealChunk(desk, unhex(v.chunk.key), v.chunk.i, v.chunk.n, utf8(v.chunk.data));
      const made = await newDeposit(desk, c.epoch, chunk, c.bits, pace);
      assert.equal(hex(made.subarray(0, 64)), c.header);
      assert.equal(hex(sha256(made)), c.sum);
    });
    test("an outbound file is taken apart", () => {
      const b = outbound();
      assert.equal(hex(sha256(b)), v.outbound.sum);
      const o = parseOutbound(b)!;
      assert.deepEqual(o.roster, rosterFile);
      assert.deepEqual(o.questions, file(folder + "questions.bin"));
      assert.deepEqual(o.drops, [file(folder + "drop-4.bin"), file(folder + "drop-4-next.bin")]);
    });
    test("status and answers are read", () => {
      const s = parseStatus(unhex(v.status.bytes))!;
      assert.deepEqual([s.epoch, s.puzzle, s.lastDrop, hex(s.roster)], [v.status.epoch, v.status.pow, v.status.last_drop, v.status.roster_sum]);
      for (const a of v.answers) assert.equal(parseAnswer(unhex(a.bytes)), a.code);
    });
    test("keys of the editors belong together", () => {
      for (const e of [v.editor, ...v.other_editors]) assert.equal(hex(ed25519.getPublicKey(unhex(e.seed))), e.vk);
    });
  });
}
