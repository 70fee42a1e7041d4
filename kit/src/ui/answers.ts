// From what a person typed into a field to what an answer says: numbers as people
// write them, dates as far as they are known. What cannot be read is told to the
// person, never guessed.

import type { Question } from "../core/index.ts";

export type Basis = "" | "seen" | "told" | "heard" | "published" | "document";
export type Approx = "" | "about" | "at-least" | "at-most";

/** What stands in the fields of one question. */
export interface Answer {
  text: string; // a number, a label, yes or no, a date or a text
  approx: Approx; // of a number
  unknown: boolean; // "I don't know", which is a whole answer
  period: string; // of a series: the day, month or year for which it is so
  basis: Basis; // "" is as for the whole report
}

export const noAnswer = (period: string): Answer => ({ text: "", approx: "", unknown: false, period, basis: "" });

export const answered = (a: Answer | undefined): a is Answer => a !== undefined && (a.unknown || a.text.trim() !== "");

/** What is wrong with an answer, by the field that must be mended. */
export type Fault = "number" | "range" | "date" | "text" | "period";

export const MAX_FIELD = 400; // bytes, of any field of a claim link

/** What an answer says in the form of a claim link, or what is wrong with it. */
export function read(question: Question, answer: Answer): { value: string; period: string } | { fault: Fault } {
  const period = question.series === "" ? "" : plain(answer.period);
  if (question.series !== "" && !isPeriod(question.series, period)) return { fault: "period" };
  if (answer.unknown) return { value: "", period };
  const text = plain(answer.text);
  switch (question.type) {
    case "number": {
      const value = readNumber(text);
      if (value === undefined) return { fault: "number" };
      if (value.includes("..") && answer.approx !== "") return { fault: "range" };
      return { value, period };
    }
    case "date": {
      const value = readDate(text);
      if (value === undefined) return { fault: "date" };
      return { value: answer.approx === "about" ? value + "~" : value, period };
    }
    case "text":
      return new TextEncoder().encode(text).length > MAX_FIELD ? { fault: "text" } : { value: text, period };
    default:
      return { value: text, period };
  }
}

/** One line, composed characters, ordinary digits, nothing that cannot be seen. */
function plain(text: string): string {
  return text
    .replace(/\p{Cs}/gu, "\ufffd")
    .normalize("NFC")
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .trim();
}

// Between the two ends of a range people write all of these.
const RANGE = /\s*(?:\.\.|\.{3}|…|[–—~〜～]|(?<=\d)\s*-\s*(?=\d))\s*/;

/** 6500 of 6,500 or 6 500; 5..10 of 5-10 or 5~10; undefined for anything else. */
export function readNumber(text: string): string | undefined {
  const ends = text.split(RANGE).map(decimal);
  const [low, high] = ends;
  if (ends.length > 2 || low === undefined) return undefined;
  if (ends.length === 1) return low;
  return high !== undefined && Number(low) < Number(high) ? `${low}..${high}` : undefined;
}

// A comma or a point followed by exactly three digits may group thousands or begin
// a fraction. One comma before three digits groups; one point is a fraction, as on
// every keyboard for digits; a space always groups.
function decimal(text: string): string | undefined {
  let s = text.replace(/[\s'’]/g, "").replace(/，/g, ",").replace(/．/g, ".");
  if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(s)) s = s.replace(/,/g, "");
  else if (/^-?\d{1,3}(\.\d{3}){2,}(,\d+)?$/.test(s)) s = s.replace(/\./g, "").replace(",", ".");
  else if (/^-?\d+,\d+$/.test(s)) s = s.replace(",", ".");
  if (!/^-?\d+(\.\d+)?$/.test(s) || Math.abs(Number(s)) > 1e15) return undefined;
  return s.replace(/^(-?)0+(?=\d)/, "$1");
}

/** A year, a month or a day that there is: 2009, 2009-05, 2009-05-03, also with points or slashes. */
export function readDate(text: string): string | undefined {
  const parts = /^(\d{4})(?:[-./年년]\s?(\d{1,2})(?:[-./月월]\s?(\d{1,2})[日일.]?|[月월]?)?|[年년]?)$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day] = parts;
  const date = [year!, month?.padStart(2, "0"), day?.padStart(2, "0")].filter((part) => part !== undefined).join("-");
  return exists(date) ? date : undefined;
}

function exists(date: string): boolean {
  const [year, month = "01", day = "01"] = date.split("-");
  const whole = `${year}-${month}-${day}`;
  const at = new Date(whole + "T00:00:00Z");
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(whole);
}

function isPeriod(series: string, period: string): boolean {
  const form = { day: /^\d{4}-\d\d-\d\d$/, month: /^\d{4}-\d\d$/, year: /^\d{4}$/ }[series];
  return form !== undefined && form.test(period) && exists(period);
}

/** The period of a series that a day lies in. */
export const periodOf = (series: string, day: string): string =>
  series === "day" ? day : series === "month" ? day.slice(0, 7) : series === "year" ? day.slice(0, 4) : "";

/** A question, what its fields say, and the words that stand for it in the report. */
export interface Statement {
  question: Question;
  answer: Answer;
  words: string;
  basis: Basis;
}

/** Writes a statement as a claim link in Markdown (DESIGN.md); it has been read without a fault. */
export function link({ question, answer, words, basis }: Statement): string {
  const said = read(question, answer);
  if ("fault" in said) throw new Error(`${question.key}: ${said.fault}`);
  const fields: [name: string, value: string][] = answer.unknown
    ? [["hedge", "unknown"], ["basis", basis]]
    : [
        ["value", said.value],
        ["unit", question.type === "number" ? question.unit : ""],
        ["approx", question.type === "number" ? answer.approx : ""],
        ["basis", basis],
      ];
  const query = fields.filter(([, value]) => value !== "").map(([name, value]) => `${name}=${encode(value)}`);
  const address = question.key + (said.period === "" ? "" : "@" + said.period);
  return `[${escape(words)}](claim:${address}?${query.join("&")})`;
}

/** Percent-encoding that leaves nothing by which a link in Markdown could end. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

/** Text that Markdown shows as it is. */
const escape = (text: string): string => plain(text).replace(/[\\`*_[\]<>&!#]/g, "\\$&");
