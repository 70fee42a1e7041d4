// A relay that serves what it is given and keeps what it is sent, behind fetch.

import { sha256 } from "@noble/hashes/sha2.js";
import type { Environment, KitConfig } from "../core/api.ts";
import { concat, equal, readU32, u32, utf8, type Bytes } from "../core/bytes.ts";
import { CODE, newDeposit } from "../core/deposit.ts";
import { openKit } from "../core/load.ts";
import { ANSWER, CHUNK_DEPOSIT, DEPOSIT, HEADER } from "../core/sizes.ts";
import { dropFile, questionsFile, rosterFile, TODAY, type Desk } from "./desk.ts";
import { pace, random } from "./given.ts";

const DAY = 86_400_000;
export const PUZZLE = 16;

export const QUESTIONS_JSON = JSON.stringify({
  questions: [{ key: "prices/rice/hyesan", type: "number", unit: "KPW-per-kg", series: "day", ask: { en: "What is rice?", ko: "쌀값은?" } }],
});

export class FakeRelay {
  readonly files = new Map<string, Bytes>();
  readonly asked: string[] = []; // "GET /v1/status" and so on, in order
  readonly inits: RequestInit[] = [];
  readonly deposits: Bytes[] = []; // payloads that were taken
  readonly chunks: Bytes[] = [];
  readonly waits: { after: number; milliseconds: number }[] = []; // after that many posts
  /** An answer in place of the usual one, or a refusal of a deposit. */
  answer: ((method: string, path: string) => Response | Promise<Response> | undefined) | undefined;
  refuse: (() => number | undefined) | undefined;
  onWait: ((milliseconds: number) => void) | undefined;

  constructor(readonly desk: Desk) {
    const roster = rosterFile(desk);
    this.files.set("/v1/status", statusFile(TODAY, PUZZLE, roster));
    this.files.set("/v1/roster", roster);
    this.files.set("/v1/questions", questionsFile(desk, QUESTIONS_JSON));
  }

  get posts(): number {
    return this.asked.filter((line) => line.startsWith("POST")).length;
  }

  environment(now = TODAY): Environment {
    return {
      now: () => now * DAY + 1,
      random,
      fetch: (url, init) => this.fetch(url, init),
      wait: async (milliseconds, signal) => {
        this.waits.push({ after: this.posts, milliseconds });
        this.onWait?.(milliseconds);
        if (signal?.aborted) throw signal.reason;
      },
      pause: () => Promise.resolve(),
    };
  }

  config(more: Partial<KitConfig> = {}): KitConfig {
    return { name: "Desk", root: this.desk.vk, relay: "http://relay.example", serial: 0, days: 7, ...more };
  }

  kit(now = TODAY, more: Partial<KitConfig> = {}) {
    return openKit(this.config(more), this.environment(now));
  }

  /** Puts drops of one editor up, each naming the one before, and gives the digest of the last. */
  publish(slot: number, prev: Bytes, ...said: { epoch: number; replies?: Bytes[]; acks?: Bytes[] }[]): Bytes {
    for (const { epoch, ...content } of said) {
      const drop = dropFile(this.desk, slot, epoch, { prev, ...content });
      this.files.set(`/v1/drop/${slot}/${epoch}`, drop);
      prev = sha256(drop);
    }
    return prev;
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    const path = url.slice("http://relay.example".length);
    const method = init.method!;
    this.asked.push(`${method} ${path}`);
    this.inits.push(init);
    const own = this.answer?.(method, path);
    if (own) return own;
    if (method === "POST") {
      const body = init.body as Bytes;
      const code = this.refuse?.() ?? (await this.judge(path, body));
      if (code === CODE.taken) (path === "/v1/chunk" ? this.chunks : this.deposits).push(body.slice(HEADER));
      return new Response(answer(code) as BodyInit, { status: code === CODE.taken ? 200 : 400 });
    }
    const file = this.files.get(path);
    return new Response((file ?? answer(CODE.absent)) as BodyInit, { status: file ? 200 : 404 });
  }

  private async judge(path: string, body: Bytes): Promise<number> {
    if (body.length !== (path === "/v1/chunk" ? CHUNK_DEPOSIT : DEPOSIT)) return CODE.shape;
    const puzzle = this.files.get("/v1/status")![12];
    const good = await newDeposit(this.desk.id, TODAY, body.subarray(HEADER), puzzle, pace);
    return equal(good, body) ? CODE.taken : readU32(body, 8) === TODAY ? CODE.epoch : CODE.shape;
  }
}

export function statusFile(epoch: number, puzzle: number, roster: Bytes): Bytes {
  const b = concat(utf8("HS1STATU"), u32(epoch), Uint8Array.of(puzzle, 0, 0, 0), new Uint8Array(12), sha256(roster));
  return concat(b, new Uint8Array(128 - b.length));
}

export function answer(code: number): Bytes {
  const b = new Uint8Array(ANSWER);
  b[0] = code;
  return b;
}
