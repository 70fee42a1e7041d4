import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Load, Session } from "../core/api.ts";
import { hex, type Bytes } from "../core/bytes.ts";
import { chunkClass, openChunk, parseManifest } from "../core/chunk.ts";
import { CODE } from "../core/deposit.ts";
import { newPhrase, reordered } from "../core/phrase.ts";
import { CHUNK, CHUNK_DATA, MAX_BODY, PAYLOAD } from "../core/sizes.ts";
import { isEndorsed, parseRollover } from "../core/source.ts";
import { TYPE } from "../core/message.ts";
import { concat } from "../core/bytes.ts";
import { ackFor, COURIER, join, newDesk, opened, outboundFile, questionsFile, replyRows, TODAY } from "./desk.ts";
import { random } from "./given.ts";
import { FakeRelay, PUZZLE, QUESTIONS_JSON, statusFile } from "./relay.ts";

const desk = newDesk(2);
const one = new Uint8Array(32).fill(1);

async function open(relay: FakeRelay, phrase = newPhrase(random), waiting?: ReturnType<Session["waiting"]>): Promise<Session> {
  const load = await relay.kit().load();
  await load.drops(7);
  return load.unlock(phrase, waiting);
}

const bodyOf = (b: { plaintext: { body: Bytes } }): string => new TextDecoder().decode(b.plaintext.body);

suite("a session sends three deposits", () => {
  for (const written of [0, 1, 2, 3, 4]) {
    test(`with ${written} written`, async () => {
      const relay = new FakeRelay(desk);
      const session = await open(relay);
      for (let n = 0; n < written; n++) await session.write({ text: `report ${n}` });
      const sent = await session.send();
      const real = Math.min(written, 3);
      assert.deepEqual(sent, { taken: real, waiting: written - real, stopped: false });
      assert.deepEqual([relay.posts, relay.deposits.length], [3, 3]);
      for (const slot of [0, 1]) assert.equal(opened(desk, slot, relay.deposits).length, real);
      assert.equal(session.waiting().payloads.length, written - real);
    });
  }
  test("with a gap of 20 to 90 s between two of them and nowhere else", async () => {
    const relay = new FakeRelay(desk);
    await (await open(relay)).send();
    assert.deepEqual(relay.waits.map(({ after }) => after), [1, 2]);
    assert.ok(relay.waits.every(({ milliseconds }) => milliseconds >= 20_000 && milliseconds <= 90_000));
  });
  test("what waits goes with the next session", async () => {
    const relay = new FakeRelay(desk);
    const phrase = newPhrase(random);
    const session = await open(relay, phrase);
    for (let n = 0; n < 4; n++) await session.write({ text: `report ${n}` });
    await session.send();
    const next = await open(relay, phrase, session.waiting());
    assert.deepEqual(await next.send(), { taken: 1, waiting: 0, stopped: false });
    assert.equal(opened(desk, 0, relay.deposits).length, 4);
  });
  test("a report of three parts arrives whole", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    const text = "길이 멀다 ".repeat(500);
    await session.write({ text });
    await session.send();
    const parts = opened(desk, 1, relay.deposits).sort((a, b) => a.plaintext.part - b.plaintext.part);
    assert.equal(parts.map(bodyOf).join(""), text);
    assert.ok(parts.every((o) => hex(o.plaintext.id) === hex(parts[0].plaintext.id) && isEndorsed(desk.id, o.contact, o.author)));
  });
  test("the real one stands anywhere", async () => {
    const places = new Set<number>();
    const relay = new FakeRelay(newDesk(1));
    for (let n = 0; n < 30 && places.size < 3; n++) {
      const session = await open(relay);
      await session.write({ text: "report" });
      relay.deposits.length = 0;
      await session.send();
      places.add(relay.deposits.findIndex((b) => opened(relay.desk, 0, [b]).length === 1));
    }
    assert.equal(places.size, 3);
  });
  test("once, and not after it is closed", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    await session.send();
    await assert.rejects(session.send(), { code: "sent" });
    session.close();
    session.close();
    for (const late of [session.send(), session.write({ text: "x" }), session.read(), session.sendChunks(), session.carry({ text: "x" }, { k: 2, n: 3 })]) {
      await assert.rejects(late, { code: "closed" });
    }
  });
  test("the keys are overwritten when it closes", async () => {
    const session = await open(new FakeRelay(desk));
    const { source } = session as unknown as { source: { author: { secret: Bytes }; ack: Bytes; inbox: { dh: { secret: Bytes }; mlkem: { secret: Bytes } } } };
    session.close();
    for (const secret of [source.author.secret, source.ack, source.inbox.dh.secret, source.inbox.mlkem.secret]) assert.ok(secret.every((c) => c === 0));
  });
  test("what waits must be what a session leaves", async () => {
    const load = await new FakeRelay(desk).kit().load();
    await assert.rejects(load.unlock(newPhrase(random), { payloads: [new Uint8Array(PAYLOAD - 1)], chunks: [] }), { code: "range" });
  });
});

suite("what cannot be sent is refused before anything is sealed", () => {
  const file = (name: string, size = 1) => ({ name, bytes: new Uint8Array(size) });
  const cases: [string, Parameters<Session["write"]>[0], string][] = [
    ["nothing", {}, "body"],
    ["an empty text", { text: "" }, "body"],
    ["a text too long", { text: "a".repeat(3 * MAX_BODY + 1) }, "body"],
    ["half a character", { text: "\ud800" }, "body"],
    ["three parts of text beside a file", { text: "a".repeat(2 * MAX_BODY + 1), files: [file("a")] }, "body"],
    ["an empty file", { files: [file("a", 0)] }, "files"],
    ["a path", { files: [file("../a")] }, "files"],
    ["a name that turns the direction of writing", { files: [file("a\u202egpj.exe")] }, "files"],
    ["too many files", { files: Array.from({ length: 17 }, (_, i) => file(`a${i}`)) }, "files"],
    ["too much", { files: [file("a", 64 * CHUNK_DATA + 1)] }, "files"],
    ["new words beside a text", { text: "x", next: newPhrase(random) }, "range"],
    ["new words that are none", { next: "hello" }, "phrase"],
  ];
  for (const [name, message, code] of cases) {
    test(name, async () => {
      const session = await open(new FakeRelay(desk));
      await assert.rejects(session.write(message), { code });
      assert.deepEqual(session.waiting(), { payloads: [], chunks: [] });
    });
  }
});

suite("a failure shows in nothing that goes over the wire, and loses nothing", () => {
  test("after a refusal the rest goes, and what was refused waits", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    for (let n = 0; n < 3; n++) await session.write({ text: "report" });
    let first = true;
    relay.refuse = () => (first ? ((first = false), CODE.unavailable) : undefined);
    assert.deepEqual(await session.send(), { taken: 2, waiting: 1, stopped: false });
    assert.equal(relay.posts, 3);
    assert.equal(session.waiting().payloads.length, 1);
  });
  for (const [name, own] of [
    ["the relay hangs up", () => Promise.reject(new TypeError())],
    ["an answer out of form", () => new Response(new Uint8Array(63))],
    ["an error that says taken", () => new Response(new Uint8Array(64), { status: 400 })],
    ["a success that says no", () => new Response(new Uint8Array(64).fill(1, 0, 1))],
  ] as const) {
    test(name, async () => {
      const relay = new FakeRelay(desk);
      const session = await open(relay);
      await session.write({ text: "report" });
      relay.answer = (method) => (method === "POST" ? own() : undefined);
      assert.deepEqual(await session.send(), { taken: 0, waiting: 1, stopped: false });
      assert.equal(relay.posts, 3);
    });
  }
  test("when the drops cannot be read", async () => {
    const relay = new FakeRelay(desk);
    for (let e = TODAY - 6; e <= TODAY; e++) relay.files.set(`/v1/drop/0/${e}`, new Uint8Array(37_040));
    const session = await open(relay);
    assert.deepEqual((await session.read()).replies, []);
    await session.send();
    assert.equal(relay.posts, 3);
  });
  test("a source who leaves ends it, and what was not taken waits", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    for (let n = 0; n < 3; n++) await session.write({ text: "report" });
    const stop = new AbortController();
    relay.onWait = () => stop.abort();
    assert.deepEqual(await session.send({ signal: stop.signal }), { taken: 1, waiting: 2, stopped: true });
    assert.equal(relay.posts, 1);
  });
  test("a source who stops before anything is sent can still send", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    await session.write({ text: "report" });
    await assert.rejects(session.send({ signal: AbortSignal.abort(new Error("wait")) }), { message: "wait" });
    assert.equal(relay.posts, 0);
    assert.deepEqual(await session.send(), { taken: 1, waiting: 0, stopped: false });
  });
  test("a puzzle that has changed is asked for and solved once more, and once only", async () => {
    const relay = new FakeRelay(newDesk(1));
    const session = await open(relay);
    await session.write({ text: "report" });
    relay.files.set("/v1/status", statusFile(TODAY, PUZZLE + 1, relay.files.get("/v1/roster")!));
    assert.deepEqual(await session.send(), { taken: 1, waiting: 0, stopped: false });
    assert.equal(relay.deposits.length, 3);
    const other = new FakeRelay(relay.desk);
    const refused = await open(other);
    other.refuse = () => CODE.epoch;
    await refused.send();
    assert.equal(other.posts, 6);
  });
});

suite("files", () => {
  const photo = random(2 * CHUNK_DATA + 5);
  const note = random(3);
  const message = { text: "with photos", files: [{ name: "photo-1.jpg", bytes: photo }, { name: "기록.pdf", bytes: note }] };

  function arrived(relay: FakeRelay): Bytes[] {
    const messages = opened(desk, 0, relay.deposits);
    const report = messages.find((o) => o.plaintext.type === TYPE.report)!;
    const manifest = parseManifest(messages.find((o) => o.plaintext.type === TYPE.manifest)!.plaintext.body)!;
    assert.deepEqual(manifest.report, report.plaintext.id);
    return manifest.files.map(({ key, chunks, size }) => {
      const parts = Array.from({ length: chunks }, (_, i) => relay.chunks.map((c) => openChunk(desk.id, key, i, chunks, c)).find((c) => c)!);
      return concat(...parts).slice(0, size);
    });
  }

  test("go beside the three deposits, in a class of 1, 4, 16 or 64", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    await session.write({ files: [message.files[1]] });
    await session.write({ text: "more", files: [message.files[1]] });
    assert.deepEqual([session.waiting().payloads.length, session.waiting().chunks.length], [3, 2]);
    await session.send();
    relay.waits.length = 0;
    assert.deepEqual(await session.sendChunks(), { taken: 2, waiting: 0, stopped: false });
    assert.deepEqual([relay.deposits.length, relay.chunks.length], [3, 4]);
    assert.ok(relay.waits.length === 4 && relay.waits.every(({ milliseconds }) => milliseconds >= 2_000 && milliseconds <= 10_000));
    assert.ok(relay.chunks.every((c) => c.length === CHUNK));
  });
  test("come back whole, though the connection dropped in between", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    await session.write(message);
    await session.send();
    const sent = session.waiting().chunks.map(hex);
    let posts = 0;
    relay.answer = (method) => (method === "POST" && ++posts > 2 ? Promise.reject(new TypeError()) : undefined);
    const first = await session.sendChunks();
    assert.ok(first.waiting > 0 && first.waiting < 4);
    relay.answer = undefined;
    assert.deepEqual(await session.sendChunks(), { taken: first.waiting, waiting: 0, stopped: false });
    assert.deepEqual(arrived(relay), [photo, note]);
    assert.ok(relay.chunks.filter((c) => sent.includes(hex(c))).length === 4);
  });
  test("wait for another session if the source leaves", async () => {
    const relay = new FakeRelay(desk);
    const phrase = newPhrase(random);
    const session = await open(relay, phrase);
    await session.write(message);
    await session.send();
    const stop = new AbortController();
    relay.onWait = () => stop.abort();
    assert.deepEqual(await session.sendChunks({ signal: stop.signal }), { taken: 0, waiting: 4, stopped: true });
    relay.onWait = undefined;
    const next = await open(relay, phrase, session.waiting());
    await next.sendChunks();
    assert.deepEqual(arrived(relay), [photo, note]);
  });
  test("keep the words that they were sealed under from being given up", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    await session.write(message);
    await session.send();
    assert.deepEqual([session.waiting().payloads.length, session.waiting().chunks.length], [0, 4]);
    await assert.rejects(session.write({ next: newPhrase(random) }), { code: "range" });
    await session.sendChunks();
    assert.deepEqual(arrived(relay), [photo, note]);
  });
  test("the class is known before, and more than 64 chunks are refused", () => {
    assert.deepEqual([0, 1, 2, 4, 5, 16, 17, 64].map(chunkClass), [0, 1, 4, 4, 16, 16, 64, 64]);
    assert.throws(() => chunkClass(65), { code: "files" });
  });
  test("without any nothing goes", async () => {
    const relay = new FakeRelay(desk);
    assert.deepEqual(await (await open(relay)).sendChunks(), { taken: 0, waiting: 0, stopped: false });
    assert.equal(relay.posts, 0);
  });
});

suite("new words", () => {
  test("go alone, and close the session", async () => {
    const relay = new FakeRelay(desk);
    const session = await open(relay);
    const next = newPhrase(random);
    await session.write({ next });
    await assert.rejects(session.write({ text: "x" }), { code: "closed" });
    await session.send();
    await assert.rejects(session.read(), { code: "closed" });
    const [m] = opened(desk, 0, relay.deposits);
    const successor = parseRollover(desk.id, m.plaintext.body)!;
    const later = await open(relay, next);
    relay.publish(0, one, { epoch: TODAY, replies: replyRows(desk, desk.editors[0], successor, "to the new words") });
    const again = await open(relay, next);
    assert.deepEqual((await again.read()).replies.map((r) => r.text), ["to the new words"]);
    later.close();
  });
  test("must be others, and wait until nothing waits", async () => {
    const phrase = newPhrase(random);
    const session = await open(new FakeRelay(desk), phrase);
    await assert.rejects(session.write({ next: reordered(phrase, "3210") }), { code: "range" });
    await session.write({ text: "x" });
    await assert.rejects(session.write({ next: newPhrase(random) }), { code: "range" });
  });
});

suite("reading", () => {
  const relay = new FakeRelay(desk);
  const phrase = newPhrase(random);
  const long = "가".repeat(2000);
  const prepared = (async () => {
    const session = await open(relay, phrase);
    await session.write({ text: "report" });
    await session.send();
    const [to] = opened(desk, 0, relay.deposits);
    const [first, second] = desk.editors;
    const parts = replyRows(desk, first, to, long);
    const foreign = replyRows(desk, second, to, "in the name of editor 1");
    const manifest = concat(new Uint8Array(16), Uint8Array.of(1), random(32), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5), Uint8Array.of(0, 0, 0, 1), random(32), Uint8Array.of(1, 97));
    relay.publish(0, one,
      { epoch: TODAY - 3, replies: replyRows(desk, first, to, "first"), acks: [ackFor(to.contact, 0, TODAY - 3)] },
      { epoch: TODAY - 2, replies: parts.slice(1) },
      { epoch: TODAY - 1, replies: [parts[0], ...foreign] },
      { epoch: TODAY, replies: [parts[0], ...replyRows(desk, first, to, manifest)], acks: [ackFor(to.contact, 1, TODAY)] },
    );
    relay.publish(1, one, { epoch: TODAY, replies: replyRows(desk, second, to, "second editor") });
  })();
  for (const order of ["0123", "3120"]) {
    test(`is the same in order ${order}`, async () => {
      await prepared;
      const session = await open(relay, reordered(phrase, order));
      const heard: number[] = [];
      const { replies, arrivals } = await session.read({ progress: (at) => heard.push(at) });
      assert.deepEqual(replies, [
        { editor: 1, day: TODAY - 3, text: "first", files: 0 },
        { editor: 1, day: TODAY - 1, text: long, files: 0 },
        { editor: 1, day: TODAY, text: "", files: 1 },
        { editor: 2, day: TODAY, text: "second editor", files: 0 },
      ]);
      assert.deepEqual(arrivals, [{ editor: 1, day: TODAY - 3 }]);
      assert.equal(heard.at(-1), 1);
    });
  }
  test("another source sees none", async () => {
    await prepared;
    assert.deepEqual(await (await open(relay)).read(), { replies: [], arrivals: [] });
  });
  test("can be stopped", async () => {
    await prepared;
    const session = await open(relay, phrase);
    const stop = new AbortController();
    await assert.rejects(session.read({ signal: stop.signal, progress: () => stop.abort(new Error("enough")) }), { message: "enough" });
  });
});

suite("by drive alone", () => {
  test("a source learns the desk, reports and has an answer", async () => {
    const d = newDesk(2);
    const phrase = newPhrase(random);
    const drive = (drops: Bytes[] = []) => outboundFile(d, questionsFile(d, QUESTIONS_JSON), drops);
    const relay = new FakeRelay(d);
    const load: Load = await relay.kit(TODAY, { relay: "" }).open(drive());
    const session = await load.unlock(phrase);
    await assert.rejects(session.send(), { code: "range" });
    const photo = random(CHUNK_DATA + 1);
    const files = await session.carry({ text: "by drive", files: [{ name: "photo-1.jpg", bytes: photo }] }, { k: 2, n: 3 });
    assert.deepEqual(files.map((f) => f.length), [1_048_576, 1_048_576, 1_048_576]);
    const { payloads, chunks, missing } = join(d, [files[2], files[0]]);
    assert.deepEqual([payloads.length, chunks.length, missing], [2, 2, 0]);
    for (const slot of [0, 1]) assert.equal(opened(d, slot, payloads, COURIER).length, 2);
    assert.equal(opened(d, 0, payloads).length, 0); // not to the daily keys
    assert.equal(join(d, [files[1]]).missing, 1);
    const report = opened(d, 0, payloads, COURIER).find((o) => o.plaintext.type === TYPE.report)!;
    relay.publish(0, new Uint8Array(32), { epoch: TODAY, replies: replyRows(d, d.editors[0], report, "thank you") });
    const back = await relay.kit(TODAY, { relay: "" }).open(drive([relay.files.get(`/v1/drop/0/${TODAY}`)!]));
    const again = await back.unlock(phrase);
    assert.deepEqual((await again.read()).replies, [{ editor: 1, day: TODAY, text: "thank you", files: 0 }]);
    assert.deepEqual(relay.asked, []);
  });
});
