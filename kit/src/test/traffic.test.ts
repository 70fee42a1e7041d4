import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { suite, test } from "node:test";
import type { Environment } from "../core/api.ts";
import type { Bytes } from "../core/bytes.ts";
import { shuffle } from "../core/chance.ts";
import { CODE } from "../core/deposit.ts";
import { openKit, type LoadedKit } from "../core/load.ts";
import { newPhrase } from "../core/phrase.ts";
import { HEADER } from "../core/sizes.ts";
import { ackFor, newDesk, opened, replyRows, TODAY } from "./desk.ts";
import { random } from "./given.ts";
import { answer, FakeRelay } from "./relay.ts";

// Sessions of four kinds as a relay sees them, and an adversary who has learnt
// from many of each which one another is (PROTOCOL.md 9).

const KINDS = ["one part", "three parts", "a reply is read", "nothing to say"] as const;
type Kind = (typeof KINDS)[number];

/** What a relay sees of one request. */
interface Seen {
  at: number; // ms
  what: number; // which method and path
  sent: number; // bytes
  got: number;
}

/** A kit that gives itself away, to show that the adversary can see. */
type Leak = "none" | "no cover" | "hurries when idle" | "fetches a reply twice";

const desk = newDesk(1);
const relay = new FakeRelay(desk);
const answered = newPhrase(random);
const paths: string[] = [];
const letters: Bytes[] = []; // payloads that were sent

/** One session from load to its last letter. */
async function session(kind: Kind, leak: Leak, phrase = kind === "a reply is read" ? answered : newPhrase(random)): Promise<Seen[]> {
  const seen: Seen[] = [];
  let clock = 0;
  const idle = kind === "nothing to say" || kind === "a reply is read";
  const world: Environment = {
    ...relay.environment(),
    wait: async (milliseconds) => void (clock += leak === "hurries when idle" && idle ? milliseconds / 2 : milliseconds),
    async fetch(url, init) {
      const what = `${init.method} ${new URL(url).pathname}`;
      const index = paths.includes(what) ? paths.indexOf(what) : paths.push(what) - 1;
      clock += randomInt(40, 400); // the line
      const post = init.method === "POST" ? (init.body as Bytes) : undefined;
      if (post) letters.push(post.slice(HEADER));
      const response = post ? new Response(answer(CODE.taken) as BodyInit) : await relay.environment().fetch(url, init);
      const body = await response.arrayBuffer();
      const entry = { at: clock, what: index, sent: post?.length ?? 0, got: body.byteLength };
      const cover = leak === "no cover" && post && opened(desk, 0, letters.slice(-1)).length === 0;
      if (!cover) seen.push(entry);
      return new Response(body, { status: response.status });
    },
  };
  const load = await openKit(relay.config(), world).load();
  (load as LoadedKit).status!.puzzle = 4; // how long one takes shows nowhere: the clock is the test's
  await load.drops(7);
  clock += randomInt(10_000, 70_000); // somebody types twelve words
  const open = await load.unlock(phrase);
  const { replies } = await open.read();
  if (relay.files.size > 3) assert.equal(replies.length, kind === "a reply is read" ? 1 : 0);
  if (leak === "fetches a reply twice" && replies.length > 0) await world.fetch(`http://relay.example/v1/drop/0/${TODAY}`, { method: "GET" });
  if (kind === "one part") await open.write({ text: "The bridge is shut." });
  if (kind === "three parts") await open.write({ text: "long ".repeat(1900) });
  await open.send();
  open.close();
  return seen;
}

/** The numbers that a session gives, as many for each. */
function features(seen: Seen[]): number[] {
  const all: number[] = [];
  for (let i = 0; i < 16; i++) {
    const s = seen[i];
    all.push(s?.what ?? -1, s?.sent ?? -1, s?.got ?? -1, s && i > 0 ? s.at - seen[i - 1]!.at : -1);
  }
  const sum = (of: (s: Seen) => number): number => seen.reduce((n, s) => n + of(s), 0);
  return [...all, seen.length, sum((s) => s.sent), sum((s) => s.got), seen.at(-1)!.at - seen[0]!.at];
}

/** Mean 0 and variance 1 for each feature; those that are the same for all are left out. */
function standardised(rows: number[][]): number[][] {
  const out: number[][] = rows.map(() => []);
  for (let f = 0; f < rows[0]!.length; f++) {
    const mean = rows.reduce((n, row) => n + row[f]!, 0) / rows.length;
    const deviation = Math.sqrt(rows.reduce((n, row) => n + (row[f]! - mean) ** 2, 0) / rows.length);
    if (deviation > 1e-9) rows.forEach((row, i) => out[i]!.push((row[f]! - mean) / deviation));
  }
  return out;
}

type Guess = (learn: number[], one: number) => Kind;

const neighbours = (rows: number[][], labels: Kind[], k: number): Guess => (learn, one) => {
  const far = (i: number): number => rows[i]!.reduce((n, v, f) => n + (v - rows[one]![f]!) ** 2, 0);
  const near = learn.map((i) => ({ i, d: far(i) })).sort((a, b) => a.d - b.d).slice(0, k);
  const votes = (kind: Kind): number => near.filter(({ i }) => labels[i] === kind).length;
  return [...KINDS].sort((a, b) => votes(b) - votes(a))[0]!;
};

const bayes = (rows: number[][], labels: Kind[]): Guess => (learn, one) => {
  const likely = (kind: Kind): number => {
    const of = learn.filter((i) => labels[i] === kind);
    if (of.length === 0) return -Infinity;
    return rows[one]!.reduce((sum, v, f) => {
      const mean = of.reduce((n, i) => n + rows[i]![f]!, 0) / of.length;
      const variance = of.reduce((n, i) => n + (rows[i]![f]! - mean) ** 2, 0) / of.length + 0.01;
      return sum - (v - mean) ** 2 / variance / 2 - Math.log(variance) / 2;
    }, 0);
  };
  return KINDS.map((kind) => ({ kind, p: likely(kind) })).sort((a, b) => b.p - a.p)[0]!.kind;
};

/** How many sessions each way to guess files rightly, in ten folds. */
function classify(sessions: Seen[][], labels: Kind[]): Record<string, number> {
  const rows = standardised(sessions.map(features));
  const ways: Record<string, Guess> = { "1 neighbour": neighbours(rows, labels, 1), "7 neighbours": neighbours(rows, labels, 7), "naive Bayes": bayes(rows, labels) };
  const all = labels.map((_, i) => i);
  return Object.fromEntries(
    Object.entries(ways).map(([name, guess]) => [name, all.filter((i) => guess(all.filter((j) => j % 10 !== i % 10), i) === labels[i]).length]),
  );
}

/** The least number of right guesses of n that blind guessing reaches less than once in a million times. */
function chanceLimit(n: number, kinds: number): number {
  const logs = [0];
  for (let i = 1; i <= n; i++) logs.push(logs[i - 1]! + Math.log(i));
  for (let k = n, tail = 0; k > 0; k--) {
    tail += Math.exp(logs[n]! - logs[k]! - logs[n - k]! + k * Math.log(1 / kinds) + (n - k) * Math.log(1 - 1 / kinds));
    if (tail > 1e-6) return k + 1;
  }
  return 1;
}

/** So many sessions of each kind, in an order drawn by lot. */
async function capture(each: number, leak: Leak, ...kinds: Kind[]): Promise<[Seen[][], Kind[]]> {
  const labels = shuffle(kinds.flatMap((kind) => Array<Kind>(each).fill(kind)), random);
  const sessions: Seen[][] = [];
  for (const kind of labels) sessions.push(await session(kind, leak));
  return [sessions, labels];
}

suite("fixed traffic", async () => {
  await session("one part", "none", answered); // whom the desk answers
  const [to] = opened(desk, 0, letters);
  relay.publish(0, new Uint8Array(32), { epoch: TODAY, replies: replyRows(desk, desk.editors[0]!, to!, "Thank you."), acks: [ackFor(to!.contact, 0, TODAY)] });

  test("200 sessions of four kinds cannot be told apart", async () => {
    const [sessions, labels] = await capture(50, "none", ...KINDS);
    const limit = chanceLimit(200, 4);
    for (const [name, right] of Object.entries(classify(sessions, labels))) assert.ok(right < limit, `${name} files ${right} of 200 rightly, chance 50, limit ${limit}`);
  });
  const leaks: [Leak, Kind, Kind][] = [
    ["no cover", "one part", "nothing to say"],
    ["hurries when idle", "one part", "nothing to say"],
    ["fetches a reply twice", "a reply is read", "nothing to say"],
  ];
  for (const [leak, one, other] of leaks) {
    test(`a kit that leaks is found: ${leak}`, async () => {
      const [sessions, labels] = await capture(24, leak, one, other);
      const best = Math.max(...Object.values(classify(sessions, labels)));
      assert.ok(best >= chanceLimit(48, 2), `${best} of 48`);
    });
  }
});
