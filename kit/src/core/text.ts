// How a text is cut into the parts of a message, and put together again.

import { fromUTF8, utf8, type Bytes } from "./bytes.ts";
import { Failure } from "./failure.ts";
import { MAX_BODY, MAX_PARTS } from "./sizes.ts";
import type { Fit } from "./api.ts";

/** The bodies of one to three parts, cut between characters. Fails with "body". */
export function split(text: string): Bytes[] {
  const bodies = cut(text);
  if (bodies.length === 0 || bodies.length > MAX_PARTS || !isWellFormed(text)) {
    throw new Failure("body", "The text is empty, too long, or has characters that cannot be sent.");
  }
  return bodies;
}

/** How many parts a text takes, and how many bytes of its last part and of parts not begun are left. */
export function fit(text: string): Fit {
  const bodies = cut(text);
  const last = bodies.at(-1)?.length ?? 0;
  return { parts: bodies.length, bytesLeft: (MAX_PARTS - Math.max(bodies.length, 1) + 1) * MAX_BODY - last };
}

function cut(text: string): Bytes[] {
  const bodies: Bytes[] = [];
  for (let left = utf8(text); left.length > 0; ) {
    let end = Math.min(left.length, MAX_BODY);
    while (end < left.length && (left[end] & 0xc0) === 0x80) end--; // within a character
    bodies.push(left.subarray(0, end));
    left = left.subarray(end);
  }
  return bodies;
}

/** Whether UTF-8 gives the same text back: it has no lone surrogate. */
const isWellFormed = (text: string): boolean => fromUTF8(utf8(text)) === text;
