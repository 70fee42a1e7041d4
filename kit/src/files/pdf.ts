// PDF files (ISO 32000-1) of the simple kind: one version, nothing packed,
// locked, attached or active. Details are overwritten where they stand, so that
// every offset in the file stays true; a file of which that cannot be said is
// refused, with the reason.
import { type Clean, type Reason, type Removed, Refused, at, note } from "./findings.ts";

export function isPDF(b: Uint8Array): boolean {
  return at(b, 0, "%PDF-");
}

/** What makes a file one that cannot be cleaned here. */
const refusals: [RegExp, Reason][] = [
  [/\/Encrypt\b/, "encrypted"],
  [/\/(JavaScript|JS|Launch|RichMedia|Rendition)\b/, "active"],
  [/\/(EmbeddedFiles?|Filespec|AcroForm|XFA|Collection)\b/, "attached"],
  [/\/Subtype\s*\/(Text|FreeText|Line|Square|Circle|Polygon|PolyLine|Highlight|Underline|Squiggly|StrikeOut|Stamp|Caret|Ink|Popup|FileAttachment|Sound|Movie|Screen|Redact|Watermark|3D)\b/, "attached"],
  [/\/(ObjStm|PieceInfo|Thumb|OCProperties)\b/, "hidden"],
  [/\/[^\s/<>[\](){}%]*#[0-9A-Fa-f]{2}/, "hidden"], // a name spelt so that it is not seen
];

interface Stream {
  dictionary: string;
  from: number;
  to: number;
}

/** Returns the file with author, program, times, numbers and XMP overwritten. */
export function cleanPDF(b: Uint8Array): Clean {
  if (!isPDF(b)) throw new Refused("damaged");
  const bytes = b.slice();
  const removed: Removed[] = [];
  const { text, streams } = read(bytes);
  const ends = text.match(/%%EOF/g)?.length ?? 0;
  if (ends === 0) throw new Refused("damaged");
  if (ends > 1) throw new Refused("versions");
  for (const [pattern, reason] of refusals) if (pattern.test(text)) throw new Refused(reason);

  const end = text.lastIndexOf("%%EOF") + 5;
  if (text.slice(end).trim() !== "") note(removed, "trailing");
  for (const s of streams) cleanStream(bytes, s, removed);
  blankWords(bytes, text, removed);
  return { bytes: bytes.subarray(0, end), removed };
}

/** Returns the file as text, byte for character, its streams blanked out. */
function read(b: Uint8Array): { text: string; streams: Stream[] } {
  const pieces: string[] = [];
  for (let i = 0; i < b.length; i += 8192) pieces.push(String.fromCharCode(...b.subarray(i, i + 8192)));
  const raw = pieces.join("");
  const streams: Stream[] = [];
  const parts: string[] = [];
  let place = 0;
  const begin = /stream(\r\n|\n)/g;
  for (let m = begin.exec(raw); m; m = begin.exec(raw)) {
    const from = m.index + m[0].length;
    const to = raw.indexOf("endstream", from);
    if (to < 0) throw new Refused("damaged");
    const object = raw.lastIndexOf(" obj", m.index);
    if (object < place) throw new Refused("damaged"); // a stream that no object holds
    streams.push({ dictionary: raw.slice(object, m.index), from, to });
    parts.push(raw.slice(place, from), " ".repeat(to - from));
    place = to;
    begin.lastIndex = to + "endstream".length;
  }
  parts.push(raw.slice(place));
  return { text: parts.join(""), streams };
}

function cleanStream(bytes: Uint8Array, s: Stream, removed: Removed[]): void {
  const filters: string[] = s.dictionary.match(/\/\w+Decode\b/g) ?? [];
  if (/\/(Type\s*\/Metadata|Subtype\s*\/XML)\b/.test(s.dictionary)) {
    if (filters.length > 0) throw new Refused("hidden");
    bytes.fill(0x20, s.from, s.to);
    note(removed, "xmp");
    return;
  }
  if (filters.includes("/JPXDecode")) throw new Refused("picture");
  if (filters.includes("/DCTDecode")) {
    if (filters.length > 1) throw new Refused("picture");
    blankSegments(bytes.subarray(s.from, s.to), removed);
  }
}

/** Zeroes what a JPEG says beside the picture, up to its first scan. */
function blankSegments(b: Uint8Array, removed: Removed[]): void {
  if (b[0] !== 0xff || b[1] !== 0xd8) throw new Refused("picture");
  for (let place = 2; ; ) {
    const marker = b[place + 1] ?? 0;
    const length = ((b[place + 2] ?? 0) << 8) | (b[place + 3] ?? 0);
    if (b[place] !== 0xff || marker < 0xc0 || length < 2 || place + 2 + length > b.length) throw new Refused("picture");
    if (marker === 0xda) return;
    const plain = (marker === 0xe0 && at(b, place + 4, "JFIF\0") && length === 16) || marker === 0xee;
    const says = (marker >= 0xe0 && marker <= 0xef && !plain) || marker === 0xfe;
    if (says) {
      b.fill(0, place + 4, place + 2 + length);
      note(removed, "exif");
    }
    place += 2 + length;
  }
}

// What drawing and links need: the names of a font's characters, colours of a
// palette, addresses. No other string outside a page's own text is drawn.
const drawn = /(\/(Registry|Ordering|URI)|\/Indexed[^()]*\d)\s*$/;

/**
 * Overwrites strings and comments wherever they stand: author and times, also
 * where the list of properties only points to them, paths of programs and of
 * included files, titles, names of who wrote a link.
 */
function blankWords(bytes: Uint8Array, text: string, removed: Removed[]): void {
  const begin = /<<|[(<%]/g;
  for (let m = begin.exec(text); m; m = begin.exec(text)) {
    const from = m.index + 1;
    let to = from;
    if (m[0] === "(") {
      for (let depth = 1; depth > 0; to++) {
        if (to >= text.length) throw new Refused("damaged");
        if (text[to] === "\\") to++;
        else if (text[to] === "(") depth++;
        else if (text[to] === ")") depth--;
      }
      to--;
    } else if (m[0] === "<") {
      to = text.indexOf(">", from);
      if (to < 0) throw new Refused("damaged");
    } else if (m[0] === "%") {
      while (to < text.length && text[to] !== "\r" && text[to] !== "\n") to++;
    } else {
      begin.lastIndex = from + 1;
      continue;
    }
    begin.lastIndex = m[0] === "%" ? to : to + 1;
    const words = text.slice(from, to);
    if (m[0] === "%" ? /^(PDF-|%EOF)/.test(words) : drawn.test(text.slice(Math.max(0, m.index - 200), m.index))) continue;
    bytes.fill(m[0] === "<" ? 0x30 : 0x20, from, to);
    if (/\w\w/.test(words)) note(removed, "info");
  }
}
