// The keys that twelve words give at one desk (PROTOCOL.md 4.1), and what they
// seal and open.

import { ed25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { canSeal, wrote, type Class, type LongTerm, type Roster } from "./charter.ts";
import { concat, equal, tag, utf8, wipe, type Bytes } from "./bytes.ts";
import type { Random } from "./chance.ts";
import { hasAck, type Drop } from "./drop.ts";
import { forgetRecipient, openEnvelope, payloadOf, sealEnvelope, type Opened, type RecipientSecrets } from "./envelope.ts";
import { XWingSecret } from "./hpke.ts";
import { DHSecret, fetchKeyOf, isDH, isRecipient, MLKEMSecret, verify } from "./keys.ts";
import { CONTACT, fromDesk, marshalPlaintext, TYPE, type Plaintext } from "./message.ts";
import { ACK, AUTHOR, DH, ED25519_KEY, MLKEM_SEED, SIGNATURE, XWING_KEY, XWING_SEED } from "./sizes.ts";
import { entropyOf, orderOf } from "./phrase.ts";
import { Failure } from "./failure.ts";
import { split } from "./text.ts";

const ownPreimage = (desk: Bytes, author: Bytes): Bytes => concat(tag("hs1-own"), desk, author);

export class Source {
  private constructor(
    private readonly desk: Bytes,
    private readonly author: DHSecret, // auth_dh: by the order of the words
    private readonly inbox: RecipientSecrets,
    private readonly ack: Bytes,
    private readonly contact: Bytes, // as a message carries it
  ) {}

  /** Derives the keys of a phrase, with the same work for every order of its words. */
  static derive(phrase: string, desk: Bytes): Source {
    const order = orderOf(phrase);
    const entropy = entropyOf(phrase);
    const salt = concat(tag("hs1-source"), desk);
    const derive = (label: string, size: number): Bytes => hkdf(sha256, entropy, salt, utf8(label), size);
    const author = new DHSecret(derive("auth-dh " + order, DH));
    const once = [derive("apke-mlkem", MLKEM_SEED), derive("pke", XWING_SEED), derive("fetch", 64), derive("own", ED25519_KEY)] as const;
    const [mlkem, pke, fetch, own] = once;
    const inbox: RecipientSecrets = {
      dh: new DHSecret(derive("reply-dh", DH)),
      mlkem: new MLKEMSecret(mlkem),
      pke: new XWingSecret(pke),
      fetch: fetchKeyOf(fetch),
    };
    const ack = derive("ack", ACK);
    const ownSig = ed25519.sign(ownPreimage(desk, author.public), own);
    const contact = concat(inbox.fetch, inbox.pke.public, inbox.dh.public, ed25519.getPublicKey(own), ownSig, ack);
    wipe(entropy, ...once);
    return new Source(desk, author, inbox, ack, contact);
  }

  /** Overwrites what can be overwritten. A source that was forgotten must not be used. */
  forget(): void {
    this.author.forget();
    forgetRecipient(this.inbox);
    wipe(this.ack, this.contact);
  }

  /** Seals a report: its id, and the payloads of one to three deposits. Fails with "body". */
  sealReport(roster: Roster, way: Class, today: number, text: string, random: Random): { id: Bytes; payloads: Bytes[] } {
    const bodies = split(text);
    const id = random(16);
    const payloads = bodies.map((body, part) =>
      this.seal(roster, way, today, { type: TYPE.report, id, part, parts: bodies.length, body }, random),
    );
    return { id, payloads };
  }

  /** Seals the list of the files whose chunks are sent (4.7), as one payload. */
  sealManifest(roster: Roster, way: Class, today: number, body: Bytes, random: Random): Bytes {
    return this.seal(roster, way, today, { type: TYPE.manifest, id: random(16), part: 0, parts: 1, body }, random);
  }

  /** Tells the desk, under these words, that the source goes by those of next from now on (4.9). */
  sealRollover(roster: Roster, way: Class, today: number, next: Source, random: Random): Bytes {
    if (equal(next.inbox.dh.public, this.inbox.dh.public)) throw new Failure("range", "These are the same words.");
    const body = concat(next.contact, next.author.public, next.inbox.mlkem.public);
    return this.seal(roster, way, today, { type: TYPE.rollover, id: random(16), part: 0, parts: 1, body }, random);
  }

  /** One part to every editor: slot j belongs to editor j, slots without one go to nobody. */
  private seal(roster: Roster, way: Class, today: number, part: Omit<Plaintext, "contact">, random: Random): Bytes {
    if (!equal(roster.desk, this.desk)) throw new Failure("range", "These keys are of another desk.");
    if (!canSeal(roster, way, today)) throw new Failure("stop", "The desk's keys for this way are worn out.");
    const text = marshalPlaintext({ ...part, contact: this.contact });
    const from = { dh: this.author, mlkem: this.inbox.mlkem.public };
    const slots = roster.blocks.map((k) => sealEnvelope(this.desk, k.bundles[way].recipient, from, text, random));
    wipe(text);
    return payloadOf(this.desk, slots, random);
  }

  /** Opens one row of a drop, or undefined. Only what the editor of the drop wrote is to be shown. */
  open(row: Bytes): Opened | undefined {
    const opened = openEnvelope(this.desk, this.inbox, row);
    return opened && fromDesk(opened.plaintext.type) ? opened : undefined;
  }

  /** What the row says if the editor wrote it to this source. */
  reply(row: Bytes, editor: LongTerm): Plaintext | undefined {
    const opened = this.open(row);
    return opened && wrote(editor, opened.author) ? opened.plaintext : undefined;
  }

  /** Whether the drop says that its editor opened something from this source. */
  acked(drop: Drop): boolean {
    return hasAck(drop, this.ack);
  }
}

/** The parts of a contact, as a message carries them. */
export interface Contact {
  fetch: Bytes;
  pke: Bytes;
  replyDH: Bytes;
  ownVK: Bytes;
  ownSig: Bytes;
  ack: Bytes;
}

export function parseContact(b: Bytes): Contact {
  const sizes = [32, XWING_KEY, DH, ED25519_KEY, SIGNATURE, ACK];
  let at = 0;
  const [fetch, pke, replyDH, ownVK, ownSig, ack] = sizes.map((n) => b.subarray(at, (at += n))) as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
  return { fetch, pke, replyDH, ownVK, ownSig, ack };
}

/** Whether keys to which a reply could be sealed come with this contact and this author, dh ‖ mlkem. */
export const isContact = (c: Contact, author: Bytes): boolean =>
  isRecipient({ dh: c.replyDH, mlkem: author.subarray(DH), pke: c.pke, fetch: c.fetch });

/** Whether the source's own key, which only the twelve words give, vouches for the author. */
export const isEndorsed = (desk: Bytes, c: Contact, author: Bytes): boolean =>
  verify(c.ownVK, ownPreimage(desk, author.subarray(0, DH)), c.ownSig);

/** Reads the body of a rollover: who the source is from now on. */
export function parseRollover(desk: Bytes, body: Bytes): { contact: Contact; author: Bytes } | undefined {
  if (body.length !== CONTACT + AUTHOR) return undefined;
  const contact = parseContact(body.subarray(0, CONTACT));
  const author = body.subarray(CONTACT);
  const good = isDH(author.subarray(0, DH)) && isContact(contact, author) && isEndorsed(desk, contact, author);
  return good ? { contact, author } : undefined;
}
