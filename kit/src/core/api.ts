// What the screens see of the core. Everything that a method takes or returns
// can be cloned into another thread, but for a Session, an AbortSignal and the
// functions of a Work: they stay where the core runs.

import type { Bytes } from "./bytes.ts";
import type { Epoch } from "./epoch.ts";
import type { Question } from "./questions.ts";

/** What the page carries in its config element. */
export interface KitConfig {
  name: string; // of the desk, as people know it
  root: Bytes; // its root key, pinned, 32 bytes
  relay: string; // scheme and host, or "" for a kit that only carries
  serial: number; // least serial of a charter that is taken
  days: number; // of drops in a usual load
}

/** The world outside, which tests put their own in the place of. */
export interface Environment {
  now(): number; // milliseconds since 1970
  random(size: number): Bytes; // uniform and secret
  fetch(url: string, init: RequestInit): Promise<Response>;
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>; // rejects when the signal aborts
  pause(): Promise<void>; // lets other events of the thread in
}

/** What every long step takes: a way out, and an ear for how far it has come. */
export interface Work<Progress = number> {
  signal?: AbortSignal | undefined; // the step then rejects with its reason
  progress?: ((at: Progress) => void) | undefined;
}

/** Something that a source should be told of, though it stops nothing. */
export type Notice =
  | { kind: "clock" } // own clock and the relay's are more than a day apart; the own one is used
  | { kind: "old-keys" } // the desk's keys of the day are more than three days old
  | { kind: "old-drive"; day: Epoch } // what came on a drive was published on that day, more than three days ago
  | { kind: "changed" } // alarm: the roster is not the one of an earlier load of the same day
  | { kind: "two-drops"; editor: number; day: Epoch } // alarm: the editor has signed two different drops for that day
  | { kind: "forked" } // alarm: the roster is not the one that the relay's status names; do not send, ask by another way
  | { kind: "no-questions" } // missing, bad or not of today: free text only
  | { kind: "gap"; editor: number; from: Epoch; to: Epoch } // drops are bad or did not come; editors count from 1
  | { kind: "chain"; editor: number; day: Epoch }; // two drops follow one another, but the later names another

/** What an editor wrote to this source. */
export interface Reply {
  editor: number; // counts from 1
  day: Epoch; // of the drop with its last part
  text: string; // text, never markup
  files: number; // announced by the desk; this kit cannot fetch any
}

/** An editor opened something from this source in the day or days before. Nothing else means arrived. */
export interface Arrival {
  editor: number;
  day: Epoch;
}

export interface Inbox {
  replies: Reply[]; // editor by editor, oldest first
  arrivals: Arrival[];
}

/** A file as it will be sealed: what must not be in it has been removed before. */
export interface FileToSend {
  name: string; // neutral, such as photo-1.jpg
  bytes: Bytes;
}

/** What a source has to say at one time: text, files, or both; or new words, which go alone. */
export interface Message {
  text?: string; // three parts of it, or two beside files
  files?: FileToSend[]; // at most 16 of 64 chunks in all
  next?: string; // the words of a new phrase, to which the desk shall answer from now on
}

/** How far a Send has come. Real and cover deposits look alike here too. */
export interface SendProgress {
  step: "gap" | "puzzle" | "post";
  deposit: number; // 1 to 3
}

/** What became of the deposits that were no cover. Taken: the relay has them. */
export interface Sent {
  taken: number;
  waiting: number; // sealed, for another session
  stopped: boolean; // ended by the signal before the third deposit
}

/** How far the chunks of files have come. */
export interface ChunksSent {
  taken: number;
  waiting: number;
  stopped: boolean;
}

/** Sealed payloads and chunks that no relay has taken: ciphertext, but its being there says that something is unsent. */
export interface Waiting {
  payloads: Bytes[];
  chunks: Bytes[];
}

/** What fits, for a screen to say before it refuses. */
export interface Fit {
  parts: number; // of three
  bytesLeft: number; // until the text no longer fits
}

export type { Question };

/** One desk's kit: made of a configuration, it speaks to nobody yet. */
export interface Kit {
  readonly config: KitConfig;
  readonly fingerprint: string; // of the desk
  /** Fetches status, roster and questions, 53,376 bytes; then drops may follow. Fails with "relay" or "stop". */
  load(work?: Work<Loaded>): Promise<Load>;
  /** The same from desk.bin of an outbound drive, drops and all. Fails with "drive" or "stop". */
  open(file: Bytes, work?: Work<Loaded>): Promise<Load>;
}

/** Bytes that have come, of all that will. */
export interface Loaded {
  bytes: number;
  of: number;
}

/** What everybody fetches, with words or without: it tells the relay nothing. */
export interface Load {
  readonly online: boolean; // it came from the relay, and can be sent to
  readonly today: Epoch; // by the own clock
  readonly questions: Question[]; // empty if there are none to be trusted
  readonly notices: Notice[]; // grows while drops come
  readonly editors: number;
  readonly rows: number; // answers a day and editor, at most
  readonly serial: number; // of the charter: the least that a later load may bring
  /** How many bytes the drops of that many days are. */
  dropsSize(days: number): number;
  /** Fetches the drops of as many days as the configuration says, or of 28. Nothing that is bad or missing stops it: it is noted. */
  drops(days: number, work?: Work<Loaded>): Promise<void>;
  /** Derives the keys of a phrase, with the same work for every order of its words. waiting is what an earlier session left. */
  unlock(phrase: string, waiting?: Waiting): Promise<Session>;
}

/** A load with the keys of one source. It is for one thing at a time. */
export interface Session {
  /** Tries every row of every drop; progress counts drops from 0 to 1. */
  read(work?: Work): Promise<Inbox>;
  /** Seals for the relay, and queues. Progress goes from 0 to 1. Fails with "body" or "files" and then has queued nothing. */
  write(message: Message, work?: Work): Promise<void>;
  /** What is queued: payloads (three a session go) and chunks (all go, announced beforehand). */
  waiting(): Waiting;
  /** Sends three deposits, real or cover, with gaps of 20 to 90 s: once a session, whatever there is to say. Stopped before the first, it rejects and may be called again. */
  send(work?: Work<SendProgress>): Promise<Sent>;
  /** Sends the chunks that wait, with gaps of 2 to 10 s. May be called again after a dropped connection. */
  sendChunks(work?: Work<ChunksSent>): Promise<ChunksSent>;
  /** Seals for carriage instead: n drive files of 1 MiB, any k of which are enough. Fails also with "room". */
  carry(message: Message, shards: Shards, work?: Work): Promise<Bytes[]>;
  /** Forgets the keys. */
  close(): void;
}

/** Any k of n: 2 <= k <= n <= 16. */
export interface Shards {
  k: number;
  n: number;
}
