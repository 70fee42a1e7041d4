// A file as it may be sealed: without details that tell of a person or a
// machine, of a size that a line can carry, and under a name that says nothing.
import { type Clean, type Removed, Refused, note } from "./findings.ts";
import { cleanJPEG, isJPEG } from "./jpeg.ts";
import { cleanPDF, isPDF } from "./pdf.ts";
import { cleanPNG, isPNG } from "./png.ts";

/** Bytes that 1, 4, 16 and 64 chunks carry (PROTOCOL 4.7). */
export const classes = [1, 4, 16, 64].map((chunks) => chunks * 65488);

const largest = 64 * 65488;
const mostRead = 64 << 20;
const mostPixels = 100_000_000;

/** A file that can be sealed, and what to say of it. */
export interface Prepared {
  name: string;
  bytes: Uint8Array;
  removed: Removed[];
  /** Whether it was drawn anew, so that nothing but what one sees is left. */
  redrawn: boolean;
}

/**
 * Decodes a picture and encodes it anew as JPEG, upright, its long side no
 * longer than given. Undefined where the browser gives no true pixels away.
 */
export type Redraw = (picture: Uint8Array, longSide: number, quality: number) => Promise<Uint8Array | undefined>;

/**
 * Prepares the nth file of a report, counted from 1. Its kind is read from its
 * bytes, never from its name. Throws Refused.
 */
export async function prepare(b: Uint8Array, n: number, redraw: Redraw): Promise<Prepared> {
  if (b.length === 0) throw new Refused("empty");
  if (b.length > mostRead) throw new Refused("large");
  let done: Prepared;
  if (isPDF(b)) done = { name: `document-${n}.pdf`, ...cleanPDF(b), redrawn: false };
  else if (isJPEG(b)) done = await picture(b, cleanJPEG(b), n, "jpg", redraw);
  else if (isPNG(b)) done = await picture(b, cleanPNG(b), n, "png", redraw);
  else {
    const text = readText(b);
    done = text === undefined ? await foreign(b, n, redraw) : { name: `text-${n}.txt`, ...cleanText(text), redrawn: false };
  }
  if (done.bytes.length > largest) throw new Refused("large");
  return done;
}

async function picture(b: Uint8Array, clean: { bytes: Uint8Array; removed: Removed[] }, n: number, kind: string, redraw: Redraw): Promise<Prepared> {
  if (pixels(b) > mostPixels) throw new Refused("large");
  const drawn = await smaller(clean.bytes, redraw);
  // A small drawing that is exact is better as it is: a screen, a map, a scan.
  if (drawn && (kind === "jpg" || drawn.length < clean.bytes.length)) {
    return { name: `photo-${n}.jpg`, bytes: drawn, removed: clean.removed, redrawn: true };
  }
  return { name: `photo-${n}.${kind}`, bytes: clean.bytes, removed: clean.removed, redrawn: false };
}

/** Pictures of other kinds, if the browser can draw them; nothing else. */
async function foreign(b: Uint8Array, n: number, redraw: Redraw): Promise<Prepared> {
  const drawn = await smaller(b, redraw);
  if (!drawn) throw new Refused("kind");
  const removed: Removed[] = [];
  note(removed, "exif");
  return { name: `photo-${n}.jpg`, bytes: drawn, removed, redrawn: true };
}

/** Draws a picture anew so that it fits into four chunks, or nearly. */
async function smaller(b: Uint8Array, redraw: Redraw): Promise<Uint8Array | undefined> {
  const target = classes[1] ?? 0;
  let best: Uint8Array | undefined;
  for (const [side, quality] of [[2048, 0.8], [1600, 0.75], [1280, 0.6]] as const) {
    const drawn = await redraw(b, side, quality);
    if (!drawn) return best;
    best = cleanJPEG(drawn, false).bytes; // encoders add what they like
    if (best.length <= target) break;
  }
  return best;
}

/** Width by height, from a PNG's header or a JPEG's frame; 0 if unknown. */
function pixels(b: Uint8Array): number {
  const view = new DataView(b.buffer, b.byteOffset, b.length);
  if (isPNG(b)) return view.getUint32(16) * view.getUint32(20);
  for (let i = 2; i + 9 < b.length && b[i] === 0xff; ) {
    const marker = b[i + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return view.getUint16(i + 5) * view.getUint16(i + 7);
    }
    i += marker === 0xff ? 1 : 2 + view.getUint16(i + 2);
  }
  return 0;
}

function readText(b: Uint8Array): string | undefined {
  if (b.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(b);
  } catch {
    return undefined;
  }
}

// What shows nothing and no writing needs: it can hold a mark that names one copy.
// The joiners and marks of direction of other scripts stay. As in kit/strip in Go.
const unseen = /(?![\n\t])[\p{Cc}\p{Co}\xad\u034f\u180e\u200b\ufeff\u2028-\u202e\u2060-\u206f\ufff9-\ufffb\u{e0000}-\u{e0fff}\u{1d173}-\u{1d17a}]/gu;

function cleanText(text: string): Clean {
  const plain = text.replace(/\r\n?/g, "\n").replace(unseen, "");
  if (plain.trim() === "") throw new Refused("empty");
  return { bytes: new TextEncoder().encode(plain), removed: plain === text ? [] : ["other"] };
}
