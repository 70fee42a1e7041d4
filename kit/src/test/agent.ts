// Answers another implementation over standard input and output: one JSON object
// a line, {"op": ..., ...} in, {"is": ...} out, null for what is refused. Bytes
// are base64.

import { createInterface } from "node:readline";
import type { Class } from "../core/charter.ts";
import { parseRoster, wrote, type Roster } from "../core/charter.ts";
import { readU32, type Bytes } from "../core/bytes.ts";
import { marshalManifest, openChunk, parseManifest, sealChunk, sealFile } from "../core/chunk.ts";
import { split } from "../core/courier.ts";
import { newDeposit, parseAnswer, parseStatus } from "../core/deposit.ts";
import { deskFingerprint, deskOf, pageFingerprint } from "../core/desk.ts";
import { parseDrop } from "../core/drop.ts";
import { openEnvelope, sealEnvelope, type Opened, type RecipientSecrets } from "../core/envelope.ts";
import { XWingSecret } from "../core/hpke.ts";
import { DHSecret, MLKEMSecret, verify } from "../core/keys.ts";
import { fromSource } from "../core/message.ts";
import { parseOutbound } from "../core/outbound.ts";
import { newPhrase, orderOf, parsePhrase } from "../core/phrase.ts";
import { parseQuestions } from "../core/questions.ts";
import { isContact, isEndorsed, parseContact, parseRollover, Source } from "../core/source.ts";
import { link } from "../ui/answers.ts";
import { ackFor, dropFile, join, newDesk, openPayload, outboundFile, questionsFile, replyRows, rosterFile, type Desk } from "./desk.ts";
import { pace, random } from "./given.ts";

type Asked = Record<string, any>;

const un64 = (s: string): Bytes => new Uint8Array(Buffer.from(s, "base64"));
const to64 = (b: Bytes): string => Buffer.from(b).toString("base64");
const all64 = (list: Bytes[]): string[] => list.map(to64);

let desk: Desk; // of its own

const roster = (a: Asked): Roster | string => parseRoster(un64(a["root"]), un64(a["roster"]), a["today"], a["serial"] ?? 0, a["carried"] ?? false);

const said = (o: Opened) => ({
  type: o.plaintext.type, id: to64(o.plaintext.id), part: o.plaintext.part, parts: o.plaintext.parts, body: to64(o.plaintext.body), author: to64(o.author.subarray(0, 32)),
});

/** An editor's bundle as its vault keeps it, and the fetch key. */
function bundle(a: Asked): RecipientSecrets {
  const b = un64(a["bundle"]).subarray(16);
  return { dh: new DHSecret(b.slice(0, 32)), mlkem: new MLKEMSecret(b.slice(32, 96)), pke: new XWingSecret(b.slice(96)), fetch: un64(a["fetch"]) };
}

const ops: Record<string, (a: Asked) => unknown> = {
  phrase(a) {
    try {
      return { words: parsePhrase(a["text"]), order: orderOf(a["text"]) };
    } catch {
      return null;
    }
  },
  newPhrase: () => newPhrase(random),
  link: (a) => link(a["statement"]),
  fingerprint: (a) => deskFingerprint(un64(a["root"])),
  page: (a) => pageFingerprint(a["style"], a["config"], a["script"]),
  verify: (a) => verify(un64(a["key"]), un64(a["message"]), un64(a["sig"])),

  roster(a) {
    const r = roster(a);
    return typeof r === "string" ? null : { serial: r.charter.serial, editors: all64(r.charter.editors), digest: to64(r.digest) };
  },
  async questions(a) {
    const q = await parseQuestions(un64(a["desk"]), a["keys"].map(un64), un64(a["file"]));
    return q ? { serial: q.serial, from: q.from, to: q.to, json: q.json } : null;
  },
  drop(a) {
    const d = parseDrop(un64(a["desk"]), un64(a["key"]), a["rows"], un64(a["file"]));
    if (!d) return null;
    const source = Source.derive(a["phrase"], un64(a["desk"]));
    const longTerm = { author: un64(a["author"]), fetch: un64(a["fetch"]) };
    const parts = d.rows.flatMap((row) => source.reply(row, longTerm) ?? []).sort((p, q) => p.part - q.part);
    const replies = parts.map((p) => to64(p.body));
    return { slot: d.slot, epoch: d.epoch, prev: to64(d.prev), digest: to64(d.digest), acked: source.acked(d), replies };
  },
  outbound(a) {
    const o = parseOutbound(un64(a["file"]));
    return o ? { root: to64(o.root), roster: to64(o.roster), questions: o.questions ? to64(o.questions) : "", drops: all64(o.drops) } : null;
  },
  status: (a) => parseStatus(un64(a["file"])) !== undefined,
  answer: (a) => parseAnswer(un64(a["file"])) ?? -1,
  manifest(a) {
    const m = parseManifest(un64(a["body"]));
    return m ? to64(marshalManifest(m)) : null;
  },
  rollover: (a) => parseRollover(un64(a["desk"]), un64(a["body"])) !== undefined,

  /** Seals as a source: text, files or next. */
  seal(a) {
    const r = roster(a) as Roster;
    const source = Source.derive(a["phrase"], r.desk);
    const way = a["class"] as Class;
    if (a["next"]) return { payloads: [to64(source.sealRollover(r, way, a["today"], Source.derive(a["next"], r.desk), random))] };
    if (!a["file"]) return { payloads: all64(source.sealReport(r, way, a["today"], a["text"], random).payloads) };
    const chunks: Bytes[] = [];
    const sealing = sealFile(r.desk, { name: a["name"], bytes: un64(a["file"]) }, random);
    let chunk = sealing.next();
    for (; !chunk.done; chunk = sealing.next()) chunks.push(chunk.value);
    const body = marshalManifest({ report: random(16), files: [chunk.value] });
    return { payloads: [to64(source.sealManifest(r, way, a["today"], body, random))], chunks: all64(chunks) };
  },
  /** Opens a row as a source. */
  open(a) {
    const o = Source.derive(a["phrase"], un64(a["desk"])).open(un64(a["row"]));
    return o ? { ...said(o), wrote: wrote({ author: un64(a["longTerm"]), fetch: o.author }, o.author) } : null;
  },
  /** Opens an envelope with an editor's bundle. */
  openBundle(a) {
    const o = openEnvelope(un64(a["desk"]), bundle(a), un64(a["envelope"]));
    if (!o || !fromSource(o.plaintext.type)) return null;
    const contact = parseContact(o.plaintext.contact);
    return isContact(contact, o.author) ? { ...said(o), endorsed: isEndorsed(un64(a["desk"]), contact, o.author) } : null;
  },
  /** Seals any plaintext at all to an editor, from an author of a moment. */
  sealRaw(a) {
    const r = roster(a) as Roster;
    const from = { dh: new DHSecret(random(32)), mlkem: new MLKEMSecret(random(64)).public };
    return to64(sealEnvelope(r.desk, r.blocks[0].bundles[a["class"] as Class].recipient, from, un64(a["plaintext"]), random));
  },
  sealChunk: (a) => to64(sealChunk(un64(a["desk"]), un64(a["key"]), a["i"], a["n"], un64(a["data"]))),
  openChunk(a) {
    const data = openChunk(un64(a["desk"]), un64(a["key"]), a["i"], a["n"], un64(a["chunk"]));
    return data ? to64(data) : null;
  },
  deposit: async (a) => to64(await newDeposit(un64(a["desk"]), a["epoch"], un64(a["content"]), a["puzzle"], pace)),
  split: async (a) =>
    all64(await split({ desk: un64(a["desk"]), key: un64(a["key"]) }, { payloads: a["payloads"].map(un64), chunks: a["chunks"].map(un64) }, a["k"], a["n"], random, pace, () => undefined)),
  join(a) {
    const { payloads, chunks, missing } = join({ id: un64(a["desk"]), importKey: new XWingSecret(un64(a["seed"])) }, a["files"].map(un64));
    return { payloads: all64(payloads), chunks: all64(chunks), missing };
  },

  /** Makes a desk of its own, and tells what it publishes. */
  desk(a) {
    desk = newDesk(a["editors"], a["rows"], a["today"]);
    return { root: to64(desk.vk), desk: to64(deskOf(desk.vk)), roster: to64(rosterFile(desk)), questions: to64(questionsFile(desk, a["json"], a["today"], a["today"])) };
  },
  /** What an editor of its own desk opens. */
  deskOpen(a) {
    const o = openPayload(desk, a["slot"], un64(a["payload"]), a["class"] as Class);
    return o ? { ...said(o), endorsed: isEndorsed(desk.id, o.contact, o.author) } : null;
  },
  /** A drop with an answer to whoever sealed the payload, as text or as the body of a manifest, and with an ack. */
  deskDrop(a) {
    const { slot, epoch } = a as { slot: number; epoch: number };
    const to = openPayload(desk, slot, un64(a["payload"]))!;
    const said = a["manifest"] ? un64(a["manifest"]) : (a["text"] as string);
    const replies = replyRows(desk, desk.editors[slot], to, said);
    return { key: to64(desk.editors[slot].vk), file: to64(dropFile(desk, slot, epoch, { replies, acks: [ackFor(to.contact, slot, epoch)] })) };
  },
  deskOutbound: (a) => to64(outboundFile(desk, un64(a["questions"]), a["drops"].map(un64).sort((x: Bytes, y: Bytes) => readU32(x, 44) - readU32(y, 44)))),
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as Asked;
  let answer: object;
  try {
    answer = { is: (await ops[asked["op"]](asked)) ?? null };
  } catch (e) {
    answer = { error: String(e) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
