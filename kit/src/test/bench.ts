// CPU time of each step that a source waits for, in one thread: the machine may
// be busy with other things.

import { Source } from "../core/source.ts";
import { sealChunk } from "../core/chunk.ts";
import { DAILY, parseRoster, wrote } from "../core/charter.ts";
import { split } from "../core/courier.ts";
import { solve } from "../core/deposit.ts";
import { parseDrop } from "../core/drop.ts";
import { payloadOf } from "../core/envelope.ts";
import { newPhrase } from "../core/phrase.ts";
import { parseQuestions } from "../core/questions.ts";
import { CHUNK_DATA, PAYLOAD } from "../core/sizes.ts";
import { dropFile, newDesk, openPayload, questionsFile, replyRows, rosterFile, rosterOf, TODAY } from "./desk.ts";
import { pace, random } from "./given.ts";

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Prints the mean of what a step takes, once the engine knows it. */
async function time(name: string, step: () => unknown, most = 1500): Promise<void> {
  for (let n = 0; n < 3; n++) await step();
  const began = cpu();
  let n = 0;
  while (n < 5 || (cpu() - began < most && n < 1000)) {
    await step();
    n++;
  }
  const each = (cpu() - began) / n;
  console.log(`${name.padEnd(58)} ${each >= 100 ? each.toFixed(0) : each.toFixed(2)} ms  (${n} times)`);
}

const desk = newDesk(3, 4);
const rosterBytes = rosterFile(desk);
const roster = rosterOf(desk);
const phrase = newPhrase(random);
const source = Source.derive(phrase, desk.id);
const { payloads } = source.sealReport(roster, DAILY, TODAY, "report", random);
const report = openPayload(desk, 0, payloads[0])!;
const [row] = replyRows(desk, desk.editors[0], report, "answer");
const drop = dropFile(desk, 0, TODAY, { replies: [row] });
const parsed = parseDrop(desk.id, desk.editors[0].vk, 4, drop)!;
const foreign = parsed.rows.find((r) => !source.open(r))!;
const { longTerm } = roster.blocks[0];
const questions = questionsFile(desk, '{"questions":[]}');
const data = random(CHUNK_DATA);
const key = random(32);
const content = random(32);
const to = { desk: desk.id, key: roster.charter.importKey };

console.log(`node ${process.version}, ${process.arch}`);
await time("verify a roster of three editors", () => parseRoster(desk.vk, rosterBytes, TODAY, 0));
await time("verify and inflate questions", () => parseQuestions(desk.id, [desk.vk, desk.editors[0].vk], questions));
await time("draw twelve words", () => newPhrase(random));
await time("derive the keys of twelve words", () => Source.derive(phrase, desk.id));
await time("seal a part to three editors (one payload)", () => source.sealReport(roster, DAILY, TODAY, "report", random));
await time("make a payload of cover", () => payloadOf(desk.id, [], random));
await time("try a row that is not for us", () => source.open(foreign));
await time("open a row that is", () => wrote(longTerm, source.open(row)!.author));
await time("verify a drop of 4 rows", () => parseDrop(desk.id, desk.editors[0].vk, 4, drop));
await time("read a drop of 4 rows: acks, all rows", () => [source.acked(parsed), parsed.rows.map((r) => source.reply(r, longTerm))]);
await time("a week of three editors: verify and read 21 drops", () => {
  for (let n = 0; n < 21; n++) parseDrop(desk.id, desk.editors[0].vk, 4, drop)!.rows.map((r) => source.reply(r, longTerm));
});
let epoch = TODAY;
await time("a puzzle of 14 bits (of 18: 16 times as long)", () => solve(desk.id, epoch++, content, 14, pace), 4000);
await time("seal a chunk of a file, 64 KiB", () => sealChunk(desk.id, key, 0, 1, data));
await time("split a report for 2 of 3 drives (48 cells)", () => split(to, { payloads: [random(PAYLOAD)], chunks: [] }, 2, 3, random, pace, () => undefined));
