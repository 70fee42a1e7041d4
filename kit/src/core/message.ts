// The plaintext of an envelope (PROTOCOL.md 4.3), 4,704 bytes.

import { concat, isZero, readU16, u16, type Bytes } from "./bytes.ts";
import { MAX_BODY, MAX_PARTS, PLAINTEXT } from "./sizes.ts";

export const TYPE = { report: 0x01, manifest: 0x02, rollover: 0x03, reply: 0x81, replyManifest: 0x82 } as const;

export const fromSource = (type: number): boolean => type >= TYPE.report && type <= TYPE.rollover;
export const fromDesk = (type: number): boolean => type === TYPE.reply || type === TYPE.replyManifest;

const isText = (type: number): boolean => type === TYPE.report || type === TYPE.reply;

/** fetch ‖ pke ‖ reply_dh ‖ own_vk ‖ own_sig ‖ ack, as a message from a source carries it. */
export const CONTACT = 1392;

const CONTACT_AT = 2;
const ID_AT = CONTACT_AT + CONTACT;
const PART_AT = ID_AT + 16;
const LENGTH_AT = PART_AT + 2;
const BODY_AT = LENGTH_AT + 2;

export interface Plaintext {
  type: number;
  contact: Bytes; // zeros from a desk
  id: Bytes; // 16; the same for all parts, and in all slots
  part: number; // counts from 0
  parts: number;
  body: Bytes;
}

export function marshalPlaintext(p: Plaintext): Bytes {
  const head = concat(Uint8Array.of(1, p.type), p.contact, p.id, Uint8Array.of(p.part, p.parts), u16(p.body.length), p.body);
  return concat(head, new Uint8Array(PLAINTEXT - head.length));
}

/** Reads what marshalPlaintext writes. It looks at form only. */
export function parsePlaintext(b: Bytes): Plaintext | undefined {
  if (b.length !== PLAINTEXT || b[0] !== 1) return undefined;
  const length = readU16(b, LENGTH_AT);
  const [type, part, parts] = [b[1], b[PART_AT], b[PART_AT + 1]];
  const contact = b.subarray(CONTACT_AT, ID_AT);
  if (
    part >= parts ||
    parts > MAX_PARTS ||
    length > MAX_BODY ||
    !isZero(b.subarray(BODY_AT + length)) ||
    (parts > 1 && !isText(type)) ||
    !(fromSource(type) || (fromDesk(type) && isZero(contact)))
  ) {
    return undefined;
  }
  return { type, contact, id: b.subarray(ID_AT, PART_AT), part, parts, body: b.subarray(BODY_AT, BODY_AT + length) };
}
