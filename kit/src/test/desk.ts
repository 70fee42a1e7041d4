// A desk in TypeScript, with all its secrets: what tests seal to, open with and
// sign by. No kit has any of it.

import { ed25519 } from "@noble/curves/ed25519.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { deflateRawSync } from "node:zlib";
import { concat, equal, isZero, readU32, tag, u16, u32, utf8, type Bytes } from "../core/bytes.ts";
import { COURIER, DAILY, parseRoster, type Class, type Roster } from "../core/charter.ts";
import { deskOf } from "../core/desk.ts";
import { makeAck } from "../core/drop.ts";
import { newRecipient, openEnvelope, publicOf, sealEnvelope, throwaway, type Opened, type RecipientSecrets } from "../core/envelope.ts";
import { extend, valueAt } from "../core/erasure.ts";
import { openBase, XWingSecret } from "../core/hpke.ts";
import { fromSource, marshalPlaintext, CONTACT, TYPE } from "../core/message.ts";
import { ACK, ACKS, CELL, CELLS, CHUNK, ENVELOPE, FRAGMENT, PAYLOAD, QUESTIONS, ROSTER } from "../core/sizes.ts";
import { isContact, parseContact, type Contact } from "../core/source.ts";
import { split } from "../core/text.ts";
import { random } from "./given.ts";

export const TODAY = 18292; // 2020-01-31

export interface Editor {
  key: Bytes; // Ed25519 seed
  vk: Bytes;
  longTerm: RecipientSecrets;
  bundles: [RecipientSecrets, RecipientSecrets];
  lives: [Life, Life];
}

export interface Life {
  epoch: number;
  useUntil: number;
  destroyAfter: number;
}

export interface Desk {
  root: Bytes; // seed
  vk: Bytes;
  id: Bytes;
  importKey: XWingSecret;
  editors: Editor[];
  rows: number;
  serial: number;
  from: number;
  to: number;
}

const life = (today: number): Life => ({ epoch: today - 1, useUntil: today + 19, destroyAfter: today + 27 });

export function newEditor(today: number): Editor {
  const key = random(32);
  const longTerm = newRecipient(random);
  const bundle = (): RecipientSecrets => ({ ...newRecipient(random), fetch: longTerm.fetch });
  return { key, vk: ed25519.getPublicKey(key), longTerm, bundles: [bundle(), bundle()], lives: [life(today), life(today)] };
}

export function newDesk(editors = 2, rows = 4, today = TODAY): Desk {
  const root = random(32);
  const vk = ed25519.getPublicKey(root);
  return {
    root, vk, rows,
    id: deskOf(vk),
    importKey: new XWingSecret(random(32)),
    editors: Array.from({ length: editors }, () => newEditor(today)),
    serial: 5,
    from: today - 10,
    to: today + 80,
  };
}

const signed = (key: Bytes, preimage: (b: Bytes) => Bytes, b: Bytes): Bytes => concat(b, ed25519.sign(preimage(b), key));
const filled = (b: Bytes, size: number): Bytes => concat(b, new Uint8Array(size - b.length));

export function charterFile(d: Desk): Bytes {
  const head = concat(utf8("HS1CHART"), u32(d.serial), u32(d.from), u32(d.to), Uint8Array.of(d.editors.length, d.rows, 0, 0), d.importKey.public);
  const body = filled(concat(head, ...d.editors.map((e) => e.vk)), 1336);
  return signed(d.root, (b) => concat(tag("hs1-charter"), b), body);
}

export function blockFile(d: Desk, e: Editor): Bytes {
  const under = (domain: string) => (b: Bytes) => concat(tag(domain), d.id, b);
  const { longTerm: lt } = e;
  const bundles = e.bundles.map((u, way) => {
    const { epoch, useUntil, destroyAfter } = e.lives[way];
    const keys = concat(u.dh.public, u.mlkem.public, u.pke.public);
    return signed(e.key, under("hs1-eph"), concat(Uint8Array.of(way, 0, 0, 0), u32(epoch), u32(useUntil), u32(destroyAfter), keys));
  });
  return concat(signed(e.key, under("hs1-ltk"), concat(lt.dh.public, lt.mlkem.public, lt.fetch)), ...bundles);
}

export const rosterFile = (d: Desk): Bytes => filled(concat(charterFile(d), ...d.editors.map((e) => blockFile(d, e))), ROSTER);

export function rosterOf(d: Desk, today = TODAY): Roster {
  const roster = parseRoster(d.vk, rosterFile(d), today, 0);
  if (typeof roster === "string") throw new Error(roster);
  return roster;
}

export function questionsFile(d: Desk, json: string, from = TODAY, to = TODAY, key = d.editors[0].key, packed: Bytes = deflateRawSync(json)): Bytes {
  const head = concat(utf8("HS1QUEST"), d.id, u32(3), u32(from), u32(to), u32(packed.length), packed);
  return signed(key, (b) => concat(tag("hs1-questions"), sha256(b)), filled(head, QUESTIONS - 64));
}

/** What an editor opens of one envelope: only what a source sealed, with keys to which a reply can go. */
export function openAsEditor(d: Desk, slot: number, envelope: Bytes, way: Class = DAILY): (Opened & { contact: Contact }) | undefined {
  const opened = openEnvelope(d.id, d.editors[slot].bundles[way], envelope);
  if (!opened || !fromSource(opened.plaintext.type)) return undefined;
  const contact = parseContact(opened.plaintext.contact);
  return isContact(contact, opened.author) ? { ...opened, contact } : undefined;
}

export const openPayload = (d: Desk, slot: number, payload: Bytes, way: Class = DAILY) =>
  openAsEditor(d, slot, payload.subarray(slot * ENVELOPE, (slot + 1) * ENVELOPE), way);

/** All that the editor in the slot opens of some payloads. */
export const opened = (d: Desk, slot: number, payloads: Bytes[], way: Class = DAILY) =>
  payloads.flatMap((payload) => openPayload(d, slot, payload, way) ?? []);

/** The rows of a drop that answer a source. */
export function replyRows(d: Desk, e: Editor, to: { contact: Contact; author: Bytes }, body: string | Bytes): Bytes[] {
  const { contact: c } = to;
  const inbox = { dh: c.replyDH, mlkem: to.author.subarray(32), pke: c.pke, fetch: c.fetch };
  const [type, bodies] = typeof body === "string" ? [TYPE.reply, split(body)] : [TYPE.replyManifest, [body]];
  const id = random(16);
  return bodies.map((b, part) => {
    const text = marshalPlaintext({ type, contact: new Uint8Array(CONTACT), id, part, parts: bodies.length, body: b });
    return sealEnvelope(d.id, inbox, { dh: e.longTerm.dh, mlkem: e.longTerm.mlkem.public }, text, random);
  });
}

export const ackFor = (c: Contact, slot: number, epoch: number): Bytes => makeAck(c.ack, slot, epoch);

export function dropFile(d: Desk, slot: number, epoch: number, said: { prev?: Bytes; replies?: Bytes[]; acks?: Bytes[] } = {}): Bytes {
  const { prev = new Uint8Array(32), replies = [], acks = [] } = said;
  const rows = [...replies];
  while (rows.length < d.rows) rows.push(throwaway(d.id, random));
  const all = [...acks];
  while (all.length < ACKS) all.push(random(ACK));
  const head = filled(concat(utf8("HS1DROP\0"), d.id, Uint8Array.of(slot, 0), u16(d.rows), u32(epoch), prev), 112);
  return signed(d.editors[slot].key, (b) => concat(tag("hs1-drop"), sha256(b)), concat(head, ...all.reverse(), ...rows.reverse()));
}

export const outboundFile = (d: Desk, questions: Bytes, drops: Bytes[]): Bytes =>
  concat(filled(concat(utf8("HS1OUTBD"), d.vk, u16(drops.length)), 64), rosterFile(d), questions, ...drops);

/** What some drive files give back: payloads and chunks, and how many more files are needed at most. */
export function join(d: Pick<Desk, "id" | "importKey">, files: Bytes[]): { payloads: Bytes[]; chunks: Bytes[]; missing: number } {
  const sets = new Map<string, Bytes[]>();
  for (const file of files) {
    for (let i = 0; i < CELLS; i++) {
      const cell = openBase(d.importKey, concat(tag("hs1-shard"), d.id), file.subarray(i * CELL, (i + 1) * CELL));
      if (!cell || cell[0] === 0) continue;
      const name = concat(cell.subarray(1, 3), cell.subarray(4, 24), cell.subarray(56, 88)).join();
      sets.set(name, [...(sets.get(name) ?? []), cell]);
    }
  }
  const all = { payloads: [] as Bytes[], chunks: [] as Bytes[], missing: 0 };
  for (const cells of sets.values()) {
    const k = cells[0][1];
    if (cells.length < k) {
      all.missing = Math.max(all.missing, k - cells.length);
      continue;
    }
    const pack = joinSet(d.id, cells.slice(0, k));
    let rest = pack.subarray(2);
    for (let n = pack[0]; n > 0; n--, rest = rest.subarray(PAYLOAD)) all.payloads.push(rest.slice(0, PAYLOAD));
    for (let n = pack[1]; n > 0; n--, rest = rest.subarray(CHUNK)) all.chunks.push(rest.slice(0, CHUNK));
  }
  return all;
}

export function joinSet(desk: Bytes, cells: Bytes[]): Bytes {
  const k = cells[0][1];
  const fragments = cells.map((cell) => ({ point: cell[3], bytes: cell.subarray(88) }));
  const shares = cells.map((cell) => ({ point: cell[3] + 1, bytes: cell.subarray(24, 56) }));
  const sealed = concat(...Array.from({ length: k }, (_, i) => valueAt(i, fragments)));
  if (sealed.length !== k * FRAGMENT || !equal(sha256(sealed), cells[0].subarray(56, 88))) throw new Error("digest");
  const aad = concat(tag("hs1-pack"), desk, cells[0].subarray(4, 20));
  const pack = chacha20poly1305(valueAt(0, shares), new Uint8Array(12), aad).decrypt(sealed);
  const length = readU32(cells[0], 20);
  if (!isZero(pack.subarray(length))) throw new Error("filler");
  return pack.subarray(0, length);
}

export { COURIER, DAILY, extend, publicOf };
