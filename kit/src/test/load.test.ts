import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Notice } from "../core/api.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { LoadedKit, openKit } from "../core/load.ts";
import { dropSize, QUESTIONS, ROSTER } from "../core/sizes.ts";
import { concat } from "../core/bytes.ts";
import { dropFile, newDesk, outboundFile, questionsFile, rosterFile, TODAY, type Desk } from "./desk.ts";
import { flipped, random } from "./given.ts";
import { answer, FakeRelay, QUESTIONS_JSON, statusFile } from "./relay.ts";

const day = TODAY;
const desk = newDesk(1);
const zero = new Uint8Array(32);

suite("a load", () => {
  test("asks for the same files in the same order, whoever loads, and says nothing of itself", async () => {
    const relay = new FakeRelay(newDesk(2));
    const load = await relay.kit().load();
    const heard: number[] = [];
    await load.drops(7, { progress: ({ bytes, of }) => heard.push(bytes / of) });
    const want = ["GET /v1/status", "GET /v1/roster", "GET /v1/questions"];
    for (const slot of [0, 1]) for (let e = day - 6; e <= day; e++) want.push(`GET /v1/drop/${slot}/${e}`);
    assert.deepEqual(relay.asked, want);
    assert.equal(heard.at(-1), 1);
    for (const init of relay.inits) {
      assert.deepEqual([init.headers, init.body, init.credentials, init.referrerPolicy, init.redirect, init.cache], [undefined, undefined, "omit", "no-referrer", "error", "no-store"]);
    }
    assert.deepEqual([load.editors, load.rows, load.online, load.questions[0].ask["ko"]], [2, 4, true, "쌀값은?"]);
    assert.equal(load.dropsSize(7), 7 * 2 * dropSize(4));
  });
  test("a month is the only other choice", async () => {
    const relay = new FakeRelay(desk);
    const load = await relay.kit().load();
    await assert.rejects(load.drops(8), { code: "range" });
    await load.drops(28);
    assert.equal(relay.asked.length, 3 + 28);
  });
  test("a kit without a relay only carries", async () => {
    await assert.rejects(openKit(new FakeRelay(desk).config({ relay: "" })).load(), { code: "config" });
  });
});

suite("a roster that is not the desk's stops everything", () => {
  const wrong: [string, (r: FakeRelay) => void, number?, number?][] = [
    ["one byte changed", (r) => r.files.set("/v1/roster", flipped(rosterFile(desk), 2000))],
    ["another desk's", (r) => r.files.set("/v1/roster", rosterFile(newDesk(1)))],
    ["a serial under the one built in", () => undefined, 6],
    ["worn out today", () => undefined, 0, day + 40],
    ["zeros", (r) => r.files.set("/v1/roster", new Uint8Array(ROSTER))],
  ];
  for (const [name, prepare, serial = 0, now = day] of wrong) {
    test(name, async () => {
      const relay = new FakeRelay(desk);
      prepare(relay);
      await assert.rejects(relay.kit(now, { serial }).load(), { code: "stop" });
      assert.deepEqual(relay.asked, ["GET /v1/status", "GET /v1/roster"]);
    });
  }
});

suite("a relay that answers badly is not believed", () => {
  const bytes = (n: number) => new Response(new Uint8Array(n));
  const answers: [string, (path: string) => Response | Promise<Response> | undefined][] = [
    ["a status of another size", () => bytes(127)],
    ["a status that is none", () => bytes(128)],
    ["an error", () => new Response(answer(5) as BodyInit, { status: 503 })],
    ["hanging up", () => Promise.reject(new TypeError("connection to 127.0.0.1 lost"))],
    ["a roster of another size", (path) => (path === "/v1/roster" ? bytes(ROSTER - 1) : undefined)],
    ["without end", () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1 << 16)) }))],
  ];
  for (const [name, own] of answers) {
    test(name, async () => {
      const relay = new FakeRelay(desk);
      relay.answer = (_, path) => own(path);
      await assert.rejects(relay.kit().load(), (e: { code: string; message: string }) => e.code === "relay" && !e.message.includes("127"));
    });
  }
  test("a source who leaves is let go", async () => {
    const relay = new FakeRelay(desk);
    const stop = new AbortController();
    relay.answer = (_, path) => (path === "/v1/questions" ? (stop.abort(new Error("left")), Promise.reject(new Error())) : undefined);
    await assert.rejects(relay.kit().load({ signal: stop.signal }), { message: "left" });
  });
});

const gap = (from: number, to = from): Notice[] => [{ kind: "gap", editor: 1, from, to }];
const at = (...epochs: number[]) => epochs.map((epoch) => ({ epoch }));

suite("what is missing is judged by the chain of drops", () => {
  const one = new Uint8Array(32).fill(1);
  const all = at(day - 6, day - 5, day - 4, day - 3, day - 2, day - 1);
  const cases: [string, (r: FakeRelay) => void, Notice[]][] = [
    ["a drop every day but today", (r) => r.publish(0, one, ...all), []],
    ["a drop today as well", (r) => r.publish(0, one, ...all, ...at(day)), []],
    ["days on which the desk published nothing", (r) => r.publish(0, one, ...at(day - 6, day - 3, day - 1)), []],
    ["the first drop of all", (r) => r.publish(0, zero, ...at(day - 1)), []],
    ["no drop", () => undefined, gap(day - 6, day - 1)],
    ["nothing since some days", (r) => r.publish(0, one, ...at(day - 6, day - 5)), gap(day - 4, day - 1)],
    ["nothing before some day", (r) => r.publish(0, one, ...at(day - 2, day - 1)), gap(day - 6, day - 3)],
    ["a drop held back", (r) => (r.publish(0, zero, ...all), r.files.delete(`/v1/drop/0/${day - 3}`)), gap(day - 3)],
    ["a drop with a byte changed", (r) => (r.publish(0, zero, ...all), r.files.set(`/v1/drop/0/${day - 3}`, flipped(r.files.get(`/v1/drop/0/${day - 3}`)!, 500))), gap(day - 3)],
    ["a drop of another day in its place", (r) => (r.publish(0, zero, ...all), r.files.set(`/v1/drop/0/${day - 3}`, r.files.get(`/v1/drop/0/${day - 4}`)!)), gap(day - 3)],
    ["a chain that does not hold", (r) => (r.publish(0, zero, ...all.slice(0, 3)), r.publish(0, one, ...all.slice(3))), [{ kind: "chain", editor: 1, day: day - 3 }]],
  ];
  for (const [name, prepare, want] of cases) {
    test(name, async () => {
      const relay = new FakeRelay(desk);
      prepare(relay);
      const load = await relay.kit().load();
      await load.drops(7);
      assert.deepEqual(load.notices, want);
    });
  }
});

suite("what is amiss is noted and stops nothing", () => {
  const asked = (json: string, from = day, to = day) => (r: FakeRelay) => r.files.set("/v1/questions", questionsFile(desk, json, from, to));
  const cases: [string, number, (r: FakeRelay) => unknown, Notice["kind"]][] = [
    ["a clock two days off", day + 2, () => 0, "clock"],
    ["keys four days old", day + 3, () => 0, "old-keys"],
    ["a roster other than the status names", day, (r) => r.files.set("/v1/status", statusFile(day, 16, random(9))), "forked"],
    ["no questions", day, (r) => r.files.delete("/v1/questions"), "no-questions"],
    ["questions with a byte changed", day, (r) => r.files.set("/v1/questions", flipped(questionsFile(desk, QUESTIONS_JSON), 100)), "no-questions"],
    ["questions of another day", day + 1, () => 0, "no-questions"],
    ["questions without a list", day, asked("[]"), "no-questions"],
    ["questions that are no JSON", day, asked("{"), "no-questions"],
    ["questions that inflate beyond 256 KiB", day, asked(`{"questions":[],"x":"${"a".repeat(300_000)}"}`), "no-questions"],
    ["questions that do not inflate", day, (r) => r.files.set("/v1/questions", questionsFile(desk, "", day, day, undefined, Uint8Array.of(7, 7))), "no-questions"],
    ["a question with a bad key", day, asked('{"questions":[{"key":"<b>","type":"text","ask":{"en":"?"}}]}'), "no-questions"],
    ["a question of no type", day, asked('{"questions":[{"key":"a/b","type":"html","ask":{"en":"?"}}]}'), "no-questions"],
    ["a question without words", day, asked('{"questions":[{"key":"a/b","type":"text","ask":{}}]}'), "no-questions"],
    ["questions of a stranger", day, (r) => r.files.set("/v1/questions", questionsFile(desk, QUESTIONS_JSON, day, day, random(32))), "no-questions"],
  ];
  for (const [name, now, prepare, kind] of cases) {
    test(name, async () => {
      const relay = new FakeRelay(desk);
      prepare(relay);
      const load = await relay.kit(now).load();
      assert.ok(load.notices.some((notice) => notice.kind === kind));
      if (kind === "no-questions") assert.deepEqual(load.questions, []);
    });
  }
  test("questions signed by the root are taken, and fields of later versions passed over", async () => {
    const relay = new FakeRelay(desk);
    relay.files.set("/v1/questions", questionsFile(desk, '{"questions":[{"key":"a","type":"truth","ask":{"en":"?"},"later":1}],"more":2}', day, day + 9, desk.root));
    assert.deepEqual((await relay.kit().load()).questions, [{ key: "a", type: "truth", unit: "", labels: [], series: "", ask: { en: "?" } }]);
  });
});

suite("a later load of the same page", () => {
  const again = async (change: (r: FakeRelay, d: Desk) => void, now = day): Promise<Notice["kind"][]> => {
    const d = newDesk(1);
    const relay = new FakeRelay(d);
    relay.publish(0, zero, { epoch: day - 1 });
    let today = day;
    const kit = openKit(relay.config(), { ...relay.environment(), now: () => today * 86_400_000 });
    await (await kit.load()).drops(7);
    today = now;
    change(relay, d);
    const load = await kit.load();
    await load.drops(7);
    return load.notices.map((n) => n.kind);
  };
  const serve = (r: FakeRelay, d: Desk): void => {
    r.files.set("/v1/roster", rosterFile(d));
    r.files.set("/v1/status", statusFile(day, 16, rosterFile(d)));
  };
  const rekeyed = (r: FakeRelay, d: Desk): void => {
    d.editors[0].lives[0].useUntil--;
    serve(r, d);
  };
  test("of the same things says nothing", async () => assert.deepEqual(await again(() => undefined), []));
  test("notices other keys of the same day", async () => assert.deepEqual(await again(rekeyed), ["changed"]));
  test("takes other keys of another day", async () => assert.ok(!(await again(rekeyed, day + 1)).includes("changed")));
  test("refuses an earlier charter", async () => {
    await assert.rejects(again((r, d) => {
      d.serial--;
      serve(r, d);
    }), { code: "stop" });
  });
  test("notices two drops of one day, and reads both", async () => {
    const relay = new FakeRelay(desk);
    relay.publish(0, zero, { epoch: day - 1 });
    const kit = relay.kit();
    const load = await kit.load();
    await load.drops(7);
    relay.publish(0, zero, { epoch: day - 1, acks: [random(16)] });
    for (const times of [1, 2]) {
      await load.drops(7);
      assert.deepEqual(load.notices, [{ kind: "two-drops", editor: 1, day: day - 1 }], `${times}`);
      assert.equal((load as LoadedKit).kept.length, 2);
    }
  });
});

suite("a load from a drive", () => {
  const drive = (d: Desk, days: number[]) => outboundFile(d, questionsFile(d, QUESTIONS_JSON), days.flatMap((e) => d.editors.map((_, slot) => dropFile(d, slot, e))));
  test("has what a relay would have given, and asks nobody", async () => {
    const d = newDesk(2);
    const relay = new FakeRelay(d);
    const load = await relay.kit().open(drive(d, [day - 3, day - 2, day - 1]));
    assert.deepEqual(relay.asked, []);
    assert.deepEqual([load.online, load.questions.length, load.notices], [false, 1, []]);
  });
  test("says what is missing between its drops", async () => {
    const load = await new FakeRelay(desk).kit().open(concat(drive(desk, [day - 3])));
    assert.deepEqual(load.notices, []);
    const relay = new FakeRelay(desk);
    const one = new Uint8Array(32).fill(1);
    const file = outboundFile(desk, new Uint8Array(QUESTIONS), [dropFile(desk, 0, day - 5), dropFile(desk, 0, day - 2, { prev: one })]);
    assert.deepEqual((await relay.kit().open(file)).notices, [{ kind: "no-questions" }, ...gap(day - 4, day - 3)]);
  });
  test("misses nothing of its last day, which an editor may not have had yet", async () => {
    const d = newDesk(2);
    const drops = [dropFile(d, 0, day - 2), dropFile(d, 1, day - 2), dropFile(d, 0, day - 1, { prev: sha256(dropFile(d, 0, day - 2)) })];
    assert.deepEqual((await new FakeRelay(d).kit().open(outboundFile(d, questionsFile(d, QUESTIONS_JSON), drops))).notices.filter((n) => n.kind === "gap"), []);
  });
  test("may be on the road for longer than daily keys are used", async () => {
    const d = newDesk(1);
    d.editors[0].lives[1].useUntil = d.editors[0].lives[1].destroyAfter = day + 55;
    assert.deepEqual((await new FakeRelay(d).kit(day + 30).open(drive(d, [day]))).notices.map((n) => n.kind), ["old-drive", "no-questions"]);
    await assert.rejects(new FakeRelay(d).kit(day + 30).load(), { code: "stop" });
  });
  test("is refused if it is another desk's, cut, or says what it has not", async () => {
    const kit = new FakeRelay(desk).kit();
    const good = drive(desk, [day - 1]);
    for (const bad of [drive(newDesk(1), [day]), good.slice(1), good.slice(0, -1), concat(good, Uint8Array.of(0)), flipped(good, 0), flipped(good, 41), new Uint8Array(0)]) {
      await assert.rejects(kit.open(bad), { code: "drive" });
    }
    await assert.rejects(kit.open(flipped(good, 5000)), { code: "stop" });
    assert.equal((await kit.open(flipped(good, good.length - 1))).notices[0].kind, "gap");
  });
});
