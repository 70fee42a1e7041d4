// What the desk asks (PROTOCOL.md 4.2b): one signed file for everyone.

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equal, fromUTF8, isZero, readU32, startsWith, tag, type Bytes } from "./bytes.ts";
import type { Epoch } from "./epoch.ts";
import { verify } from "./keys.ts";
import { MAX_QUESTIONS, QUESTIONS, SIGNATURE } from "./sizes.ts";

/** A claim that the desk asks about, worded for people. All its strings are text and none is markup. */
export interface Question {
  key: string;
  type: "number" | "choice" | "truth" | "date" | "text";
  unit: string; // of a number, or ""
  labels: string[]; // of a choice
  series: string; // the period for which a value is asked (day, month, year), or ""
  ask: Record<string, string>; // the wording by language
}

export interface QuestionsFile {
  serial: number;
  from: Epoch;
  to: Epoch;
  json: string;
}

const HEADER = 8 + 32 + 4 * 4;
const SIGNED = QUESTIONS - SIGNATURE;

/** Verifies questions by any of the keys, the root's and the editors', and only then inflates them. */
export async function parseQuestions(desk: Bytes, keys: Bytes[], b: Bytes): Promise<QuestionsFile | undefined> {
  if (b.length !== QUESTIONS || !startsWith(b, "HS1QUEST") || !equal(b.subarray(8, 40), desk)) return undefined;
  const signed = concat(tag("hs1-questions"), sha256(b.subarray(0, SIGNED)));
  const end = HEADER + readU32(b, 52);
  if (end > SIGNED || !isZero(b.subarray(end, SIGNED))) return undefined;
  if (!keys.some((key) => verify(key, signed, b.subarray(SIGNED)))) return undefined;
  const packed = b.slice(HEADER, end);
  // Browsers refuse what follows the end of a deflated text; other engines pass
  // over it. Where the last byte can be missed, it is not part of the text.
  if (await inflate(packed.slice(0, -1))) return undefined;
  const text = await inflate(packed);
  const json = text && fromUTF8(text);
  const [serial, from, to] = [40, 44, 48].map((at) => readU32(b, at)) as [number, number, number];
  if (json === undefined || !isJSON(json) || from > to) return undefined;
  return { serial, from, to, json };
}

/** Raw DEFLATE (RFC 1951), to 256 KiB at most. */
async function inflate(packed: Bytes): Promise<Bytes | undefined> {
  const parts: Bytes[] = [];
  let size = 0;
  try {
    const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return concat(...parts);
      size += value.length;
      if (size > MAX_QUESTIONS) {
        await reader.cancel();
        return undefined;
      }
      parts.push(value);
    }
  } catch {
    return undefined;
  }
}

function isJSON(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const TYPES = new Set(["number", "choice", "truth", "date", "text"]);

/** Reads the JSON as questions that a form can show, or undefined. Fields that it does not know are those of a later version. */
export function readQuestions(json: string): Question[] | undefined {
  const file = JSON.parse(json) as { questions?: unknown } | null;
  if (typeof file !== "object" || file === null || Array.isArray(file)) return undefined;
  const list = file.questions ?? [];
  if (!Array.isArray(list)) return undefined;
  const questions: Question[] = [];
  for (const q of list as Record<string, unknown>[]) {
    if (typeof q !== "object" || q === null) return undefined;
    const { key, type, unit = "", labels = [], series = "", ask } = q;
    const good =
      typeof key === "string" && isKey(key) &&
      typeof type === "string" && TYPES.has(type) &&
      typeof unit === "string" && typeof series === "string" &&
      Array.isArray(labels) && labels.every((label) => typeof label === "string") &&
      typeof ask === "object" && ask !== null && Object.keys(ask).length > 0 && Object.values(ask).every((wording) => typeof wording === "string");
    if (!good) return undefined;
    questions.push({ key, type: type as Question["type"], unit, labels, series, ask: ask as Record<string, string> });
  }
  return questions;
}

/** Whether a text can be the key of a claim: segments of a-z, 0-9 and hyphens. */
export const isKey = (text: string): boolean => text.length <= 200 && /^[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(text);
