// PNG files (RFC 2083, W3C PNG third edition) without any chunk that drawing
// the first frame does not need.
import { type Clean, type Removed, Refused, note } from "./findings.ts";
import { join } from "./jpeg.ts";

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const needed = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);

const names: Record<string, Removed> = {
  eXIf: "exif",
  iCCP: "icc",
  tEXt: "text",
  zTXt: "text",
  iTXt: "text",
  tIME: "time",
  acTL: "frames",
  fcTL: "frames",
  fdAT: "frames",
};

export function isPNG(b: Uint8Array): boolean {
  return b.length > signature.length && signature.every((v, i) => b[i] === v);
}

/** Returns the file with header, palette, transparency and pixels alone. */
export function cleanPNG(b: Uint8Array): Clean {
  if (!isPNG(b)) throw new Refused("damaged");
  const view = new DataView(b.buffer, b.byteOffset, b.length);
  const removed: Removed[] = [];
  const parts: Uint8Array[] = [signature];
  let place = signature.length;
  let first = true;
  let pixels = false;
  for (;;) {
    if (place + 12 > b.length) throw new Refused("damaged");
    const length = view.getUint32(place);
    const end = place + 12 + length;
    if (end > b.length || end < place) throw new Refused("damaged");
    const name = String.fromCharCode(...b.subarray(place + 4, place + 8));
    if (first !== (name === "IHDR") || (name === "IHDR" && length !== 13)) throw new Refused("damaged");
    first = false;
    if (view.getUint32(end - 4) !== crc(b.subarray(place + 4, end - 4))) throw new Refused("damaged");
    if (needed.has(name)) {
      parts.push(b.subarray(place, end));
      pixels ||= name === "IDAT";
    } else {
      note(removed, names[name] ?? "other");
    }
    place = end;
    if (name === "IEND") break;
  }
  if (!pixels) throw new Refused("damaged");
  if (place < b.length) note(removed, "trailing");
  return { bytes: join(parts), removed };
}

/** CRC-32 of ISO 3309, which guards each chunk. */
function crc(b: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of b) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return (c ^ 0xffffffff) >>> 0;
}

