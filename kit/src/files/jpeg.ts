// JPEG files (ITU-T T.81, JFIF 1.02) without anything that decoding does not
// need. The picture's own data is copied, not decoded, so this works where a
// browser gives no pixels away, as Tor Browser does.
import { type Clean, type Removed, Refused, at, note } from "./findings.ts";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP14 = 0xee;

/** Tables and frames: Huffman, arithmetic, quantization, restart, lines. */
const needed = new Set([0xc4, 0xcc, 0xdb, 0xdc, 0xdd]);
const frames = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/** Version 1.02, no unit, one to one, no thumbnail. */
const plainJFIF = Uint8Array.of(0xff, APP0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0);

export function isJPEG(b: Uint8Array): boolean {
  return b.length > 3 && b[0] === 0xff && b[1] === SOI && b[2] === 0xff;
}

/**
 * Returns the file with tables, frames and scans alone. If upright is set, a
 * turned picture keeps the one number that says how it is turned.
 */
export function cleanJPEG(b: Uint8Array, upright = true): Clean {
  if (!isJPEG(b)) throw new Refused("damaged");
  const removed: Removed[] = [];
  const parts: Uint8Array[] = [];
  let orientation = 1;
  let jfif = false;
  let adobe: Uint8Array | undefined;
  let framed = false;
  let scanned = false;
  let place = 2;
  for (;;) {
    if (b[place] !== 0xff) throw new Refused("damaged");
    while (b[place] === 0xff) place++; // fill bytes may stand before a marker
    const marker = b[place++];
    if (marker === undefined || marker === 0) throw new Refused("damaged");
    if (marker === EOI) break;
    const length = ((b[place] ?? 0) << 8) | (b[place + 1] ?? 0);
    const end = place + length;
    if (length < 2 || end > b.length) throw new Refused("damaged");
    const body = b.subarray(place + 2, end);
    const segment = (): Uint8Array => {
      const s = new Uint8Array(2 + length);
      s[0] = 0xff;
      s[1] = marker;
      s.set(b.subarray(place, end), 2);
      return s;
    };
    if (marker === SOS) {
      if (!framed) throw new Refused("damaged");
      scanned = true;
      const scan = scanEnd(b, end);
      parts.push(segment(), b.subarray(end, scan));
      place = scan;
      continue;
    }
    if (frames.has(marker)) {
      framed = true;
      parts.push(segment());
    } else if (needed.has(marker)) {
      parts.push(segment());
    } else if (marker === APP0 && at(body, 0, "JFIF\0")) {
      jfif = true;
      if (body.length > 14) note(removed, "thumbnail");
    } else if (marker === APP14 && at(body, 0, "Adobe") && body.length === 12) {
      // Decoders take from it how colours are coded, which is its last byte.
      adobe = Uint8Array.of(0xff, APP14, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, body[11] ?? 0);
    } else {
      note(removed, kindOf(marker, body));
      if (marker === 0xe1 && at(body, 0, "Exif\0\0")) orientation = orientationOf(body.subarray(6)) ?? orientation;
    }
    place = end;
  }
  if (!scanned) throw new Refused("damaged");
  if (place < b.length) note(removed, "trailing");
  const head: Uint8Array[] = [Uint8Array.of(0xff, SOI)];
  if (jfif && !adobe) head.push(plainJFIF);
  if (upright && orientation !== 1) head.push(onlyOrientation(orientation));
  if (adobe) head.push(adobe);
  return { bytes: join([...head, ...parts, Uint8Array.of(0xff, EOI)]), removed };
}

/** Returns where the entropy-coded data that begins at place ends. */
function scanEnd(b: Uint8Array, place: number): number {
  for (let i = place; i + 1 < b.length; i++) {
    if (b[i] !== 0xff) continue;
    const next = b[i + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return i;
  }
  throw new Refused("damaged"); // it breaks off
}

function kindOf(marker: number, body: Uint8Array): Removed {
  switch (marker) {
    case 0xfe:
      return "comment";
    case 0xe0:
      return "thumbnail"; // JFXX
    case 0xe1:
      return at(body, 0, "Exif\0") ? "exif" : at(body, 0, "http://ns.adobe.com/") ? "xmp" : "other";
    case 0xe2:
      return at(body, 0, "ICC_PROFILE\0") ? "icc" : "other";
    case 0xed:
      return "iptc";
    default:
      return "other";
  }
}

/** Reads tag 0x0112 of the first directory of a TIFF header (EXIF 2.32, 4.6.2). */
function orientationOf(tiff: Uint8Array): number | undefined {
  const little = at(tiff, 0, "II");
  if ((!little && !at(tiff, 0, "MM")) || tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return undefined;
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

/** An EXIF segment that says nothing but how the picture is turned. */
function onlyOrientation(value: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0];
  const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return Uint8Array.of(0xff, 0xe1, 0, body.length + 2, ...body);
}

export function join(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let place = 0;
  for (const p of parts) {
    all.set(p, place);
    place += p.length;
  }
  return all;
}
