import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { link, noAnswer, periodOf, read, readDate, readNumber, type Answer } from "../ui/answers.ts";
import { compose, emptyDraft } from "../ui/draft.ts";
import type { Question } from "../core/index.ts";

const question = (part: Partial<Question>): Question => ({
  key: "prices/rice/hyesan", type: "number", unit: "KPW-per-kg", labels: [], series: "", ask: { en: "?" }, ...part,
});
const answer = (part: Partial<Answer>): Answer => ({ ...noAnswer(""), ...part });

suite("a number is read as people write it", () => {
  for (const [text, want] of [
    ["6500", "6500"], ["6,500", "6500"], ["6 500", "6500"], ["1,234,567", "1234567"], ["1.234.567", "1234567"],
    ["6.5", "6.5"], ["6,5", "6.5"], ["6.500", "6.500"], ["0", "0"], ["007", "7"], ["-3", "-3"], ["5-10", "5..10"], ["5 - 10", "5..10"],
    ["5–10", "5..10"], ["5~10", "5..10"], ["5..10", "5..10"], ["6,500-7,000", "6500..7000"], 
    ["", undefined], ["many", undefined], ["6 500 x", undefined], ["10-5", undefined], ["5-5", undefined], ["1e9", undefined],
    ["1-2-3", undefined], ["..5", undefined], ["9999999999999999", undefined], ["1,23,456", undefined], ["0x10", undefined], ["-", undefined],
  ] as const) {
    test(`${text || "nothing"} is ${want ?? "no number"}`, () => assert.equal(readNumber(text), want));
  }
  test("digits of full width are digits", () => {
    assert.deepEqual(read(question({}), answer({ text: "６５００" })), { value: "6500", period: "" });
  });
});

suite("a date is as exact as the person knows it", () => {
  for (const [text, want] of [
    ["2009", "2009"], ["2009-05", "2009-05"], ["2009-5-3", "2009-05-03"], ["2009.05.03", "2009-05-03"], ["2009/05", "2009-05"],
    ["2009년 5월 3일", "2009-05-03"], ["2009年5月", "2009-05"], ["2024-02-29", "2024-02-29"],
    ["2023-02-29", undefined], ["2009-13", undefined], ["09", undefined], ["May 2009", undefined], ["2009-05-03 12:00", undefined], ["", undefined],
  ] as const) {
    test(`${text || "nothing"} is ${want ?? "no date"}`, () => assert.equal(readDate(text), want));
  }
});

suite("an answer becomes a link of DESIGN.md", () => {
  const cases: [string, Partial<Question>, Partial<Answer>, string, string][] = [
    ["a number with unit, day and how exact", { series: "day" }, { text: "6,500", approx: "about", period: "2020-02-06" }, "about 6,500 won a kilo",
      "[about 6,500 won a kilo](claim:prices/rice/hyesan@2020-02-06?value=6500&unit=KPW-per-kg&approx=about&basis=seen)"],
    ["a range stands by itself", {}, { text: "5-10" }, "5-10", "[5-10](claim:prices/rice/hyesan?value=5..10&unit=KPW-per-kg&basis=seen)"],
    ["I don't know is an answer and gives no value", { series: "year" }, { text: "7", unknown: true, period: "2026" }, "I don't know",
      "[I don't know](claim:prices/rice/hyesan@2026?hedge=unknown&basis=seen)"],
    ["a choice gives its label", { type: "choice", unit: "", labels: ["open", "closed"] }, { text: "closed" }, "closed",
      "[closed](claim:prices/rice/hyesan?value=closed&basis=seen)"],
    ["a truth gives yes or no", { type: "truth", unit: "" }, { text: "no" }, "no", "[no](claim:prices/rice/hyesan?value=no&basis=seen)"],
    ["a date about right says so", { type: "date", unit: "" }, { text: "2009", approx: "about" }, "about 2009",
      "[about 2009](claim:prices/rice/hyesan?value=2009~&basis=seen)"],
    ["a text cannot end its link", { type: "text", unit: "" }, { text: "a) [b](c) 'd' & <e> 100%\nf*" }, "a) [b](c) 'd' & <e> 100%\nf*",
      "[a) \\[b\\](c) 'd' \\& \\<e\\> 100% f\\*](claim:prices/rice/hyesan?value=a%29%20%5Bb%5D%28c%29%20%27d%27%20%26%20%3Ce%3E%20100%25%20f%2A&basis=seen)"],
  ];
  for (const [name, q, a, words, want] of cases) {
    test(name, () => assert.equal(link({ question: question(q), answer: answer(a), words, basis: "seen" }), want));
  }
  test("without a word on how it is known there is none", () => {
    assert.equal(link({ question: question({ unit: "" }), answer: answer({ text: "1" }), words: "1", basis: "" }), "[1](claim:prices/rice/hyesan?value=1)");
  });
});

suite("what cannot be read is told and never guessed", () => {
  const cases: [string, Partial<Question>, Partial<Answer>, string][] = [
    ["no number", {}, { text: "a lot" }, "number"],
    ["about a range", {}, { text: "5-10", approx: "about" }, "range"],
    ["no date", { type: "date" }, { text: "spring" }, "date"],
    ["a text of more than 400 bytes", { type: "text" }, { text: "가".repeat(134) }, "text"],
    ["a series without its day", { series: "day" }, { text: "1", period: "" }, "period"],
    ["a series with a month for a day", { series: "day" }, { text: "1", period: "2026-11" }, "period"],
  ];
  for (const [name, q, a, fault] of cases) {
    test(name, () => assert.deepEqual(read(question(q), answer(a)), { fault }));
  }
});

suite("a report", () => {
  const rice = question({ series: "day" });
  const border = question({ key: "border/closure", type: "choice", unit: "", labels: ["open", "closed"] });
  test("has a line for each answer, then the free text, then how it is known", () => {
    const draft = emptyDraft();
    draft.answers.set(rice.key, answer({ text: "6500", period: "2026-11-24" }));
    draft.answers.set(border.key, answer({ text: "closed", basis: "heard" }));
    draft.text = "  The bridge is shut.\n\nSince May.  ";
    draft.basis = "seen";
    assert.equal(compose(draft, [rice, border]), [
      "- [6500 won a kilo](claim:prices/rice/hyesan@2026-11-24?value=6500&unit=KPW-per-kg&basis=seen)",
      "- [closed](claim:border/closure?value=closed&basis=heard)",
      "",
      "The bridge is shut.\n\nSince May.",
      "",
      "How it is known: I saw it myself.",
      "",
    ].join("\n"));
  });
  test("is empty where nothing was said", () => {
    const draft = emptyDraft();
    draft.basis = "seen";
    draft.answers.set(rice.key, answer({ text: " " }));
    assert.equal(compose(draft, [rice]), "");
  });
  test("the period of a series begins as today's", () => {
    assert.deepEqual(["day", "month", "year", ""].map((s) => periodOf(s, "2026-11-24")), ["2026-11-24", "2026-11", "2026", ""]);
  });
});
