// A load with the keys of one source (PROTOCOL.md 9, steps 3 to 7). A failure
// never changes what goes over the wire.

import type { ChunksSent, Inbox, Message, Reply, SendProgress, Sent, Session, Shards, Waiting, Work } from "./api.ts";
import { concat, hex, type Bytes } from "./bytes.ts";
import { shuffle, type Random } from "./chance.ts";
import { COURIER, DAILY, type Class } from "./charter.ts";
import { checkFiles, chunkClass, marshalManifest, parseManifest, sealFile, type ManifestFile } from "./chunk.ts";
import { packs, split } from "./courier.ts";
import { CODE, newDeposit, parseStatus } from "./deposit.ts";
import { payloadOf } from "./envelope.ts";
import { gap } from "./environment.ts";
import { epochOf } from "./epoch.ts";
import { Failure } from "./failure.ts";
import type { LoadedKit } from "./load.ts";
import { TYPE, type Plaintext } from "./message.ts";
import { Pace } from "./pace.ts";
import { CELLS, CHUNK, MAX_CHUNKS, MAX_PARTS, PAYLOAD, STATUS } from "./sizes.ts";
import { Source } from "./source.ts";
import { fit } from "./text.ts";

const PER_SESSION = 3; // deposits, whatever there is to say
const CHUNK_TRIES = 4; // while the connection drops

/** What is to be sent next: something that waits, or cover. */
interface Turn {
  bytes: Bytes;
  real: boolean;
}

export async function openSession(load: LoadedKit, phrase: string, waiting: Waiting = { payloads: [], chunks: [] }): Promise<Session> {
  if (waiting.payloads.some((b) => b.length !== PAYLOAD) || waiting.chunks.some((b) => b.length !== CHUNK)) {
    throw new Failure("range", "What waited is not what a session leaves.");
  }
  await load.environment.pause();
  return new Unlocked(load, Source.derive(phrase, load.roster.desk), { payloads: [...waiting.payloads], chunks: [...waiting.chunks] });
}

class Unlocked implements Session {
  private sent = false;
  private rolled = false; // a rollover is among what waits or was sent
  private closed = false;

  constructor(
    private readonly load: LoadedKit,
    private readonly source: Source,
    private readonly queue: Waiting,
  ) {}

  close(): void {
    if (!this.closed) this.source.forget();
    this.closed = true;
  }

  waiting(): Waiting {
    return { payloads: [...this.queue.payloads], chunks: [...this.queue.chunks] };
  }

  private get random() {
    return this.load.environment.random;
  }

  private pace(work: Work<never> | Work<SendProgress> | Work<ChunksSent> | Work): Pace {
    return new Pace(this.load.environment.pause, work.signal);
  }

  private open(): void {
    if (this.closed) throw new Failure("closed", "This session is closed.");
  }

  // ---- reading

  async read(work: Work = {}): Promise<Inbox> {
    this.open();
    const pace = this.pace(work);
    const inbox: Inbox = { replies: [], arrivals: [] };
    const parts = new Map<string, Bytes[]>();
    const drops = this.load.kept;
    for (const [n, drop] of drops.entries()) {
      const at = { editor: drop.slot + 1, day: drop.epoch };
      if (this.source.acked(drop)) inbox.arrivals.push(at);
      for (const row of drop.rows) {
        await pace.step();
        const said = this.source.reply(row, this.load.roster.blocks[drop.slot].longTerm);
        const reply = said && joined(said, at.editor, parts);
        if (reply) inbox.replies.push({ ...at, ...reply });
      }
      work.progress?.((n + 1) / drops.length);
    }
    return inbox;
  }

  // ---- writing

  async write(message: Message, work: Work = {}): Promise<void> {
    this.open();
    if (!this.load.online) throw new Failure("range", "There is no relay to send to: what was loaded came on a drive.");
    this.accept(message);
    const sealed = await this.seal(message, DAILY, work);
    this.queue.payloads.push(...sealed.payloads);
    this.queue.chunks.push(...sealed.chunks);
    this.rolled ||= message.next !== undefined;
  }

  async carry(message: Message, { k, n }: Shards, work: Work = {}): Promise<Bytes[]> {
    this.open();
    this.accept(message);
    let done = 0;
    const cells = n * CELLS;
    const sealed = await this.seal(message, COURIER, { signal: work.signal });
    packs(sealed, k); // fails before any work if it does not fit
    const to = { desk: this.load.roster.desk, key: this.load.roster.charter.importKey };
    return split(to, sealed, k, n, this.random, this.pace(work), () => work.progress?.(++done / cells));
  }

  /** Refuses before anything is sealed. */
  private accept(message: Message): void {
    const { text = "", files = [], next } = message;
    if (this.rolled) throw new Failure("closed", "These words are given up: write under the new ones.");
    if (next !== undefined && (text !== "" || files.length > 0 || this.queue.payloads.length + this.queue.chunks.length > 0)) {
      throw new Failure("range", "New words go alone, once nothing waits under the old ones.");
    }
    checkFiles(files);
    // The list of the files takes one of the three deposits of a session.
    if (files.length > 0 && fit(text).parts > MAX_PARTS - 1) {
      throw new Failure("body", "Beside files there is room for two parts of text.");
    }
  }

  private async seal(message: Message, way: Class, work: Work): Promise<Waiting> {
    const { text = "", files = [], next } = message;
    const { roster, today } = this.load;
    const pace = this.pace(work);
    const sealed: Waiting = { payloads: [], chunks: [] };
    await pace.step();
    if (next !== undefined) {
      const successor = Source.derive(next, roster.desk);
      try {
        sealed.payloads.push(this.source.sealRollover(roster, way, today, successor, this.random));
      } finally {
        successor.forget();
      }
      return sealed;
    }
    let report: Bytes = new Uint8Array(16);
    if (text !== "" || files.length === 0) {
      const { id, payloads } = this.source.sealReport(roster, way, today, text, this.random);
      report = id;
      sealed.payloads.push(...payloads);
    }
    if (files.length === 0) return sealed;
    const list: ManifestFile[] = [];
    for (const [i, file] of files.entries()) {
      const chunks = sealFile(roster.desk, file, this.random);
      let chunk = chunks.next();
      for (; !chunk.done; chunk = chunks.next()) {
        sealed.chunks.push(chunk.value);
        await pace.step();
      }
      list.push(chunk.value);
      work.progress?.((i + 1) / files.length);
    }
    const body = marshalManifest({ report, files: list });
    sealed.payloads.push(this.source.sealManifest(roster, way, today, body, this.random));
    return sealed;
  }

  // ---- sending

  async send(work: Work<SendProgress> = {}): Promise<Sent> {
    this.open();
    if (this.sent) throw new Failure("sent", "This session has sent its three deposits.");
    if (!this.load.online) throw new Failure("range", "There is no relay to send to: what was loaded came on a drive.");
    // All is made before anything is sent: that cover takes time to make must
    // not show in a gap.
    const pace = this.pace(work);
    await pace.step();
    const real = this.queue.payloads.slice(0, PER_SESSION);
    const turns = await this.turns(real, PER_SESSION, async () => {
      await pace.step();
      return payloadOf(this.load.roster.desk, [], this.random);
    });
    this.sent = true;
    let taken = 0;
    let deposit = 0;
    const stopped = await this.each(
      turns,
      this.queue.payloads,
      (turn) => {
        if (turn) taken++;
      },
      async (bytes) => {
        deposit++;
        if (deposit > 1) {
          work.progress?.({ step: "gap", deposit });
          await gap(this.load.environment, "deposit", work.signal);
        }
        return this.deposit(bytes, pace, work.signal, (step) => work.progress?.({ step, deposit }));
      },
      work.signal,
    );
    const waiting = this.queue.payloads.length;
    if (this.rolled && waiting === 0) this.close();
    return { taken, waiting, stopped };
  }

  async sendChunks(work: Work<ChunksSent> = {}): Promise<ChunksSent> {
    this.open();
    if (!this.load.online) throw new Failure("range", "There is no relay to send to: what was loaded came on a drive.");
    const pace = this.pace(work);
    const { chunks } = this.queue;
    const real = chunks.slice(0, MAX_CHUNKS);
    const turns = await this.turns(real, chunkClass(real.length), async () => randomChunk(this.random));
    const { environment } = this.load;
    let taken = 0;
    const state = (stopped: boolean): ChunksSent => ({ taken, waiting: chunks.length, stopped });
    const stopped = await this.each(
      turns,
      chunks,
      (turn) => {
        if (turn) taken++;
        work.progress?.(state(false));
      },
      async (bytes) => {
        for (let left = CHUNK_TRIES; ; left--) {
          await gap(environment, "chunk", work.signal);
          try {
            return await this.deposit(bytes, pace, work.signal);
          } catch (e) {
            if (left === 1 || !isUnreachable(e)) throw e; // a refusal is an answer
          }
        }
      },
      work.signal,
    );
    return state(stopped);
  }

  /** What waits, and cover up to a number, in an order drawn by lot. */
  private async turns(real: Bytes[], total: number, cover: () => Promise<Bytes>): Promise<Turn[]> {
    const turns: Turn[] = real.map((bytes) => ({ bytes, real: true }));
    while (turns.length < total) turns.push({ bytes: await cover(), real: false });
    return shuffle(turns, this.random);
  }

  /** Sends one after another and forgets what was taken. It goes on whatever the relay answers, and tells whether it was stopped. */
  private async each(turns: Turn[], queue: Bytes[], done: (taken: boolean) => void, send: (bytes: Bytes) => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
    for (const { bytes, real } of turns) {
      let taken = false;
      try {
        taken = await send(bytes);
      } catch (e) {
        if (!signal?.aborted && !isUnreachable(e)) throw e;
      }
      if (taken && real) queue.splice(queue.indexOf(bytes), 1);
      done(taken && real);
      if (signal?.aborted) return true;
    }
    return false;
  }

  /**
   * Solves the puzzle and sends; false is a refusal. The day is the own clock's:
   * nothing that the relay chose enters a deposit but the level of the puzzle. If
   * that has changed it is asked for and solved once more.
   */
  private async deposit(content: Bytes, pace: Pace, signal?: AbortSignal, tell?: (step: "puzzle" | "post") => void): Promise<boolean> {
    const { environment, relay, roster } = this.load;
    for (let again = true; ; again = false) {
      tell?.("puzzle");
      const today = epochOf(environment.now());
      const deposit = await newDeposit(roster.desk, today, content, this.load.status!.puzzle, pace);
      tell?.("post");
      const code = await relay!.post(deposit, signal);
      if (code !== CODE.epoch || !again) return code === CODE.taken;
      const status = parseStatus(await relay!.get("/v1/status", STATUS, signal));
      if (!status) return false;
      this.load.status = status;
    }
  }
}

const isUnreachable = (e: unknown): boolean => e instanceof Failure && e.code === "relay";

/** What is sent where there is no chunk: unlike an envelope it may be random, for a chunk is a hash and a stream cipher. */
function randomChunk(random: Random): Bytes {
  const b = new Uint8Array(CHUNK);
  for (let at = 0; at < CHUNK; at += 32768) b.set(random(32768), at); // browsers give 64 KiB at once, at most
  return b;
}

/** Adds a part, and gives the reply once all of its parts are there. Of a part that came twice the first counts. */
function joined(said: Plaintext, editor: number, seen: Map<string, Bytes[]>): Pick<Reply, "text" | "files"> | undefined {
  if (said.type === TYPE.replyManifest) {
    const files = parseManifest(said.body)?.files.length ?? 0;
    return files > 0 ? { text: "", files } : undefined;
  }
  const name = `${editor}/${hex(said.id)}/${said.parts}`;
  const parts = seen.get(name) ?? [];
  if (parts[said.part]) return undefined;
  parts[said.part] = said.body;
  seen.set(name, parts);
  if (Object.keys(parts).length < said.parts) return undefined;
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(concat(...parts)), files: 0 };
}
