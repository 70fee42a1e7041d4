// What a person has to say before it is sealed: answers, free text and how it is
// known. Nothing of it leaves the page's memory.

import type { Question } from "../core/index.ts";
import { answered, link, read, type Answer, type Approx, type Basis, type Fault } from "./answers.ts";
import { chosen, t, type Key, type Language } from "./speak.ts";

export interface Draft {
  answers: Map<string, Answer>; // by the key of the question
  text: string;
  basis: Basis; // of the whole report, where an answer says nothing else
}

export const emptyDraft = (): Draft => ({ answers: new Map(), text: "", basis: "" });

export const isEmpty = (draft: Draft): boolean => draft.text.trim() === "" && ![...draft.answers.values()].some(answered);

/** How something can be known, with the words of the form. "Read" is what was published. */
export const bases: [Exclude<Basis, "">, Key][] = [
  ["seen", "basis.seen"],
  ["told", "basis.told"],
  ["heard", "basis.heard"],
  ["published", "basis.published"],
  ["document", "basis.document"],
];

export const approxes: [Approx, Key][] = [
  ["", "approx.exactly"],
  ["about", "approx.about"],
  ["at-least", "approx.least"],
  ["at-most", "approx.most"],
];

const units: Record<string, Key> = {
  persons: "unit.persons",
  percent: "unit.percent",
  "KPW-per-kg": "unit.kpw-kg",
  "KPW-per-USD": "unit.kpw-usd",
  "CNY-per-kg": "unit.cny-kg",
};

/** A unit in words, or as the desk wrote it. */
export const unitWords = (unit: string): string => (units[unit] ? t(units[unit]) : unit);

const labels: Record<string, Key> = {
  yes: "label.yes",
  no: "label.no",
  open: "label.open",
  closed: "label.closed",
  up: "label.up",
  same: "label.same",
  down: "label.down",
  some: "label.some",
  none: "label.none",
  issued: "label.issued",
  ordered: "label.ordered",
  "not-ordered": "label.not-ordered",
};

/** A label in words, or the desk's own slug without its hyphens. */
export const labelWords = (label: string): string => (labels[label] ? t(labels[label]) : label.replaceAll("-", " "));

/** The wording of a question in the chosen language, or in another that the desk gave, and which that is. */
export function wording(question: Question): { text: string; language: string } {
  const languages: string[] = [chosen(), "en" satisfies Language, ...Object.keys(question.ask)];
  const language = languages.find((code) => question.ask[code]);
  return language ? { text: question.ask[language]!, language } : { text: question.key, language: "en" };
}

/** What is wrong in a draft, by the key of the question. */
export function faults(draft: Draft, questions: Question[]): Map<string, Fault> {
  const found = new Map<string, Fault>();
  for (const question of questions) {
    const answer = draft.answers.get(question.key);
    if (!answered(answer)) continue;
    const said = read(question, answer);
    if ("fault" in said) found.set(question.key, said.fault);
  }
  return found;
}

/** Writes the report: a line for each answer that can be read, then the free text, then how it is known. */
export function compose(draft: Draft, questions: Question[]): string {
  const lines: string[] = [];
  for (const question of questions) {
    const answer = draft.answers.get(question.key);
    if (!answered(answer) || "fault" in read(question, answer)) continue;
    lines.push("- " + link({ question, answer, words: answerWords(question, answer), basis: answer.basis || draft.basis }));
  }
  const blocks = lines.length > 0 ? [lines.join("\n")] : [];
  const text = draft.text.normalize("NFC").trim();
  if (text !== "") {
    blocks.push(text);
    const basis = bases.find(([word]) => word === draft.basis);
    if (basis) blocks.push(t("report.known", { how: t(basis[1]) }));
  }
  return blocks.length > 0 ? blocks.join("\n\n") + "\n" : "";
}

function answerWords(question: Question, answer: Answer): string {
  if (answer.unknown) return t("report.unknown");
  const approx = approxes.find(([word]) => word === answer.approx && word !== "");
  switch (question.type) {
    case "number":
      return [approx && t(approx[1]), answer.text, unitWords(question.unit)].filter(Boolean).join(" ");
    case "choice":
    case "truth":
      return labelWords(answer.text);
    default:
      return [approx && t(approx[1]), answer.text].filter(Boolean).join(" ");
  }
}
