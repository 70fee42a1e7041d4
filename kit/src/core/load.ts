// What everybody fetches, with words or without (PROTOCOL.md 9, steps 1 and 2):
// always the same files in the same order. What the relay says is believed only
// where a signature of the desk bears it out.

import type { Environment, Kit, KitConfig, Load, Loaded, Notice, Session, Waiting, Work } from "./api.ts";
import { equal, isZero, type Bytes } from "./bytes.ts";
import { covers, DAILY, oldestBundle, parseRoster, type Roster } from "./charter.ts";
import { parseStatus, type Status } from "./deposit.ts";
import { deskFingerprint } from "./desk.ts";
import { parseDrop, type Drop } from "./drop.ts";
import { browser } from "./environment.ts";
import { epochOf, type Epoch } from "./epoch.ts";
import { Failure } from "./failure.ts";
import { isOf, parseOutbound } from "./outbound.ts";
import { parseQuestions, readQuestions, type Question } from "./questions.ts";
import { Relay } from "./relay.ts";
import { openSession } from "./session.ts";
import { dropSize, QUESTIONS, ROSTER, STATUS } from "./sizes.ts";

/** Bytes of what a load begins with: status, roster and questions. */
export const LOAD = STATUS + ROSTER + QUESTIONS;

const MONTH = 28; // days, the most that a relay keeps
const OLD_BUNDLE = 3; // days; a relay that serves an old roster to some can tell them apart later

/** What the loads of one kit have seen, for the next to notice that it is shown something else. It lasts as long as the page. */
interface Seen {
  serial: number; // of the latest charter; an older one is refused
  roster?: { day: Epoch; digest: Bytes }; // of the relay's last
  drops: Drop[];
}

/** Makes the kit of a configuration. It speaks to nobody yet. */
export function openKit(config: KitConfig, world: Partial<Environment> = {}): Kit {
  const environment = { ...browser, ...world };
  const seen: Seen = { serial: config.serial, drops: [] };
  return {
    config,
    fingerprint: deskFingerprint(config.root),
    load: (work) => loadFromRelay(config, environment, seen, work ?? {}),
    open: (file, work) => loadFromDrive(config, environment, seen, file, work ?? {}),
  };
}

/** Gives a drop, or undefined where none came. */
type Getter = (slot: number, day: Epoch) => Promise<Bytes | undefined>;

/** A verified load, from wherever it came. */
export class LoadedKit implements Load {
  questions: Question[] = [];
  kept: Drop[] = [];
  private readonly noticed: Notice[] = [];
  private noticedOfDrops: Notice[] = [];

  constructor(
    readonly config: KitConfig,
    readonly environment: Environment,
    private readonly seen: Seen,
    readonly today: Epoch,
    readonly roster: Roster,
    readonly relay: Relay | undefined,
    public status: Status | undefined,
  ) {}

  get online(): boolean {
    return this.relay !== undefined;
  }
  get notices(): Notice[] {
    return [...this.noticed, ...this.noticedOfDrops];
  }
  get editors(): number {
    return this.roster.charter.editors.length;
  }
  get rows(): number {
    return this.roster.charter.rows;
  }
  get serial(): number {
    return this.roster.charter.serial;
  }

  note(notice: Notice): void {
    this.noticed.push(notice);
  }

  dropsSize(days: number): number {
    return days * this.editors * dropSize(this.rows);
  }

  async drops(days: number, work: Work<Loaded> = {}): Promise<void> {
    const { relay } = this;
    if (!relay) throw new Failure("range", "What was loaded from a drive has its drops with it.");
    if (days !== this.config.days && days !== MONTH) throw new Failure("range", "Nobody else asks for that many days.");
    const [size, of] = [dropSize(this.rows), this.dropsSize(days)];
    let bytes = 0;
    await this.takeDrops(Math.max(this.today - days + 1, 0), this.today, async (slot, day) => {
      let drop: Bytes | undefined;
      try {
        drop = await relay.get(`/v1/drop/${slot}/${day}`, size, work.signal);
      } catch (e) {
        if (work.signal?.aborted) throw e;
      }
      bytes += size; // of what is missing, too: it was asked for
      work.progress?.({ bytes, of });
      return drop;
    });
  }

  /** Takes the drops of some days from all editors, in place of those that it has. */
  async takeDrops(from: Epoch, to: Epoch, get: Getter): Promise<void> {
    const drops: Drop[] = [];
    const notices: Notice[] = [];
    for (let slot = 0; slot < this.editors; slot++) await this.takeEditor(slot, from, to, get, drops, notices);
    const others = this.seen.drops.filter((old) => !drops.some((drop) => equal(drop.digest, old.digest)));
    const twins = others.filter((old) => drops.some((drop) => drop.slot === old.slot && drop.epoch === old.epoch));
    for (const { slot, epoch } of twins) notices.push({ kind: "two-drops", editor: slot + 1, day: epoch });
    this.kept = [...drops, ...twins]; // each may hold a reply
    this.seen.drops = [...drops, ...others];
    this.noticedOfDrops = notices;
  }

  // Every day, oldest first. What is missing is judged by the chain: where a drop
  // names the one before it, the desk published nothing in between. That of the
  // last day may not be out yet.
  private async takeEditor(slot: number, from: Epoch, to: Epoch, get: Getter, drops: Drop[], notices: Notice[]): Promise<void> {
    const editor = slot + 1;
    let missing: Epoch[] = []; // in a row, since the last drop that is good
    let last: Drop | undefined;
    const flush = (): void => {
      if (missing.length > 0) notices.push({ kind: "gap", editor, from: missing[0], to: missing.at(-1)! });
      missing = [];
    };
    for (let day = from; day <= to; day++) {
      const file = await get(slot, day);
      if (!file) {
        if (day < to) missing.push(day);
        continue;
      }
      const drop = parseDrop(this.roster.desk, this.roster.charter.editors[slot], this.rows, file);
      if (!drop || drop.slot !== slot || drop.epoch !== day) {
        missing.push(day); // there is one, and it is bad
        flush();
        last = undefined;
        continue;
      }
      const follows = last !== undefined && equal(drop.prev, last.digest);
      if (follows || isZero(drop.prev)) missing = [];
      else if (last && missing.length === 0) notices.push({ kind: "chain", editor, day });
      flush();
      drops.push(drop);
      last = drop;
    }
    flush();
  }

  unlock(phrase: string, waiting?: Waiting): Promise<Session> {
    return openSession(this, phrase, waiting);
  }
}

async function loadFromRelay(config: KitConfig, environment: Environment, seen: Seen, work: Work<Loaded>): Promise<Load> {
  if (config.relay === "") throw new Failure("config", "This kit knows no relay: it carries only.");
  const relay = new Relay(config.relay, environment);
  const today = epochOf(environment.now());
  let bytes = 0;
  const get = async (path: string, size: number): Promise<Bytes> => {
    const b = await relay.get(path, size, work.signal);
    work.progress?.({ bytes: (bytes += size), of: LOAD });
    return b;
  };
  const status = parseStatus(await get("/v1/status", STATUS));
  if (!status) throw new Failure("relay", "The relay's status is not in form.");
  const roster = takeRoster(config, seen, await get("/v1/roster", ROSTER), today, false);
  const load = new LoadedKit(config, environment, seen, today, roster, relay, status);
  if (Math.abs(today - status.epoch) > 1) load.note({ kind: "clock" });
  if (age(load) > OLD_BUNDLE) load.note({ kind: "old-keys" });
  if (!equal(roster.digest, status.roster)) load.note({ kind: "forked" });
  if (seen.roster?.day === today && !equal(roster.digest, seen.roster.digest)) load.note({ kind: "changed" });
  seen.roster = { day: today, digest: roster.digest };
  const questions = await get("/v1/questions", QUESTIONS).catch((e: unknown) => {
    if (work.signal?.aborted) throw e;
    return undefined; // without questions a source can still say everything
  });
  await takeQuestions(load, questions);
  return load;
}

async function loadFromDrive(config: KitConfig, environment: Environment, seen: Seen, file: Bytes, work: Work<Loaded>): Promise<Load> {
  const outbound = parseOutbound(file);
  if (!outbound || !isOf(outbound, config.root)) {
    throw new Failure("drive", "This is not a file that this kit's desk has published, or it is damaged.");
  }
  const today = epochOf(environment.now());
  const load = new LoadedKit(config, environment, seen, today, takeRoster(config, seen, outbound.roster, today, true), undefined, undefined);
  if (age(load) > OLD_BUNDLE) load.note({ kind: "old-drive", day: oldestBundle(load.roster, DAILY) });
  await takeQuestions(load, outbound.questions);
  const byDay = new Map(outbound.drops.map((drop) => [dayAndSlot(drop), drop]));
  const days = outbound.drops.map((drop) => new DataView(drop.buffer, drop.byteOffset).getUint32(44));
  // A file says which days it has; what it says is checked with each drop. No desk
  // keeps more than a month, so nothing is looked for beyond.
  const newest = Math.min(days.at(-1) ?? 0, today + 1);
  const oldest = Math.max(days[0] ?? 1, newest - MONTH + 1);
  await load.takeDrops(oldest, newest, async (slot, day) => {
    if (work.signal?.aborted) throw work.signal.reason;
    await environment.pause();
    return byDay.get(`${day}/${slot}`);
  });
  work.progress?.({ bytes: file.length, of: file.length });
  return load;
}

const dayAndSlot = (drop: Bytes): string => `${new DataView(drop.buffer, drop.byteOffset).getUint32(44)}/${drop[40]}`;

function takeRoster(config: KitConfig, seen: Seen, b: Bytes, today: Epoch, carried: boolean): Roster {
  const roster = parseRoster(config.root, b, today, seen.serial, carried);
  if (typeof roster === "string") {
    throw new Failure("stop", `Stop: this list of the desk's keys cannot be trusted (${roster}), so nothing can be sent safely.`);
  }
  seen.serial = roster.charter.serial;
  return roster;
}

/** Days between the own clock's and that for which the oldest daily keys were made. */
const age = (load: LoadedKit): number => Math.abs(load.today - oldestBundle(load.roster, DAILY));

async function takeQuestions(load: LoadedKit, b: Bytes | undefined): Promise<void> {
  const { desk, charter } = load.roster;
  const file = b && (await parseQuestions(desk, [load.config.root, ...charter.editors], b));
  const questions = file && covers(file, load.today) ? readQuestions(file.json) : undefined;
  if (questions) load.questions = questions;
  else load.note({ kind: "no-questions" });
}
