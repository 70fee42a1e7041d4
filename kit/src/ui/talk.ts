// What the screens and the worker say to each other. The worker holds all that is
// secret or slow: words, keys, seals, puzzles, rows. The screens hold only what a
// person sees and types.

import type { Bytes, ChunksSent, FailureCode, Fit, Inbox, Notice, Question, Reply, SendProgress, Sent } from "../core/index.ts";
import type { Reason, Removed } from "../files/findings.ts";

export type { Bytes, ChunksSent, Fit, Inbox, Notice, Question, Reason, Removed, Reply, SendProgress, Sent };

/** The texts of a page by which it is recognised. */
export interface PageParts {
  style: string;
  config: string;
  script: string;
}

/** What is compared with a card: six groups of four letters each. */
export interface Identity {
  name: string; // of the desk
  relay: string; // "" for a page that only carries
  days: number; // of a usual load
  kit: string; // the fingerprints
  desk: string;
}

/** What a page's file is, seen from a page that is trusted. */
export interface Inspected {
  digest: string; // SHA-256 of the file, hexadecimal
  kit: string; // fingerprint, or "" for a file that is no kit page
  desk: string;
}

/** What everybody has fetched, or opened from a drive, as far as screens show it. */
export interface Loaded {
  today: number;
  editors: number;
  offline: boolean; // came by drive: then nothing can be sent from here
  notices: Notice[];
  questions: Question[];
  week: number; // bytes of the drops that a usual load fetches next
  month: number; // and of those of 28 days
}

/** Bytes that have come, of so many. */
export interface LoadProgress {
  bytes: number;
  of: number;
}

/** k of n drive files. */
export interface Carried {
  files: Bytes[];
  need: number;
}

/** What a person says at one time, beside the files that the worker has: a text, or new words. */
export interface Said {
  text?: string;
  next?: string;
}

/** The files that will go with a report. The worker has them, cleaned. */
export interface Attached {
  files: { name: string; bytes: number }[];
  pieces: number; // of 64 KiB that they take
  last?: { removed: Removed[]; redrawn: boolean }; // what was done to the one that was added
}

/** Another session: fetched anew, with the same words. */
export interface Renewed {
  loaded: Loaded;
  inbox: Inbox;
}

/** What the worker can be asked to do. */
export interface Jobs {
  identify(page: PageParts): Identity;
  inspect(file: Bytes): Inspected;
  load(): Loaded;
  drops(days: number): Loaded;
  open(file: Bytes): Loaded;
  generate(): string[];
  reorder(words: string[]): string[];
  suggest(prefix: string): string[];
  unlock(words: string[]): Inbox;
  fit(text: string): Fit;
  attach(file: Bytes): Attached;
  detach(name: string): Attached;
  seal(said: Said): number; // pieces of files that wait, those of before among them
  send(): Sent;
  sendFiles(): ChunksSent;
  renew(): Renewed;
  carry(said: Said, need: number, of: number): Carried;
}

export type Job = keyof Jobs;
export type Progress = LoadProgress | SendProgress | ChunksSent;
export type Code = FailureCode | `file.${Reason}` | "unknown";

export interface Order {
  id: number;
  job: Job;
  args: unknown[];
}

export type Answer =
  | { id: number; progress: Progress }
  | { id: number; done: unknown }
  | { id: number; failed: Code };
