// What was found in a file and taken out of it, and why a file is refused, as
// keys for the languages' texts. Nothing here says what a detail said.

/** A kind of detail that was taken out. */
export type Removed =
  | "exif" // where, when and with what it was taken
  | "xmp" // what programs wrote about it
  | "iptc" // captions and names
  | "icc" // colour profile, which can name a device
  | "comment"
  | "thumbnail" // a small copy, often from before it was cropped
  | "trailing" // bytes after the end, such as a second picture or a film
  | "text"
  | "time"
  | "frames" // of a moving picture all but the first
  | "info" // author, program, times of a document
  | "other";

/** Why a file is refused. */
export type Reason =
  | "kind" // nothing here can clean such a file
  | "empty"
  | "large"
  | "damaged"
  | "encrypted"
  | "versions" // a document that keeps earlier forms of itself
  | "attached" // a document with files or forms inside
  | "active" // a document with scripts
  | "hidden" // a document whose details are packed where they cannot be reached
  | "picture"; // a document with a picture that has details of its own

/** A file that cannot be made safe, with the reason. */
export class Refused extends Error {
  constructor(readonly reason: Reason) {
    super(reason);
    this.name = "Refused";
  }
}

/** A file without its details. */
export interface Clean {
  bytes: Uint8Array;
  removed: Removed[];
}

/** Adds to a list what is not in it. */
export function note(removed: Removed[], what: Removed): void {
  if (!removed.includes(what)) removed.push(what);
}

/** Whether the text stands in b at that place. */
export function at(b: Uint8Array, place: number, text: string): boolean {
  if (place < 0 || place + text.length > b.length) return false;
  for (let i = 0; i < text.length; i++) if (b[place + i] !== text.charCodeAt(i)) return false;
  return true;
}
