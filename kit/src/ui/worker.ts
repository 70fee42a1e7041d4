// The worker: it alone holds words and keys, and does whatever takes time. Ending
// it forgets them.

import {
  chunkClass, deskFingerprint, Failure, fit, newPhrase, openKit, pageFingerprint, paperVersion, parseConfig, words, wordsWith,
  type FileToSend, type Kit, type Load, type Message, type Session,
} from "../core/index.ts";
import { prepare } from "../files/prepare.ts";
import { Refused } from "../files/findings.ts";
import { redraw } from "../files/redraw.ts";
import { inspect } from "./genuine.ts";
import type { Answer, Attached, Code, Job, Jobs, Loaded, Order, Progress, Said } from "./talk.ts";

const MONTH = 28; // days, the other choice of a load
const CHUNK_DATA = 65_488; // bytes of a file in a chunk, PROTOCOL.md 4.7
const ALL_WORDS = 2048;

let kit: Kit;
let load: Load | undefined;
let session: Session | undefined;
let phrase = "";
let files: FileToSend[] = [];
let named = 0; // files that were given a name so far

type Tell = (at: Progress) => void;
type Work = { [J in Job]: (tell: Tell, ...args: Parameters<Jobs[J]>) => ReturnType<Jobs[J]> | Promise<ReturnType<Jobs[J]>> };

const random = (size: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(size));

function loaded(): Load {
  if (!load) throw new Failure("closed", "Nothing has been loaded.");
  return load;
}

function opened(): Session {
  if (!session) throw new Failure("closed", "No words are open.");
  return session;
}

const seen = (l: Load): Loaded => ({
  today: l.today,
  editors: l.editors,
  offline: !l.online,
  notices: l.notices,
  questions: l.questions,
  week: l.online ? l.dropsSize(kit.config.days) : 0,
  month: l.online ? l.dropsSize(MONTH) : 0,
});

const chunks = (): number => files.reduce((n, file) => n + Math.ceil(file.bytes.length / CHUNK_DATA), 0);

const attached = (): Attached => ({ pieces: chunks(), files: files.map(({ name, bytes }) => ({ name, bytes: bytes.length })) });

/** Names count from one again: those of the next report must not tell of this one. */
function forgetFiles(): void {
  files = [];
  named = 0;
}

const whole = ({ text, next }: Said): Message => ({
  ...(text !== undefined && { text }),
  ...(next !== undefined && { next }),
  ...(next === undefined && files.length > 0 && { files }),
});

const jobs: Work = {
  identify(_, page) {
    const config = parseConfig(page.config);
    kit = openKit(config);
    const { name, relay, days } = config;
    return { name, relay, days, kit: pageFingerprint(page.style, page.config, page.script), desk: deskFingerprint(config.root) };
  },
  inspect: (_, file) => inspect(file),
  async load(tell) {
    load = await kit.load({ progress: tell });
    return seen(load);
  },
  async drops(tell, days) {
    await loaded().drops(days, { progress: tell });
    return seen(loaded());
  },
  async open(_, file) {
    const drive = await kit.open(file);
    session?.close();
    session = undefined;
    load = drive;
    return seen(load);
  },
  generate: () => newPhrase(random).split(" "),
  reorder: (_, words) => paperVersion(words.join(" "), random).split(" "),
  suggest: (_, prefix) => (prefix === "" ? [...words] : wordsWith(prefix, ALL_WORDS)),
  async unlock(_, words) {
    const next = await loaded().unlock(words.join(" "));
    session?.close();
    session = next;
    phrase = words.join(" ");
    return session.read();
  },
  fit: (_, text) => fit(text),
  async attach(_, file) {
    const { name, bytes, removed, redrawn } = await prepare(file, named + 1, redraw);
    files.push({ name, bytes });
    try {
      chunkClass(chunks());
    } catch (err) {
      files.pop();
      throw err;
    }
    named++;
    return { ...attached(), last: { removed, redrawn } };
  },
  detach(_, name) {
    files = files.filter((file) => file.name !== name);
    return attached();
  },
  async seal(_, said) {
    await opened().write(whole(said));
    if (said.next === undefined) forgetFiles();
    return opened().waiting().chunks.length;
  },
  send: (tell) => opened().send({ progress: tell }),
  sendFiles: (tell) => opened().sendChunks({ progress: tell }),
  async renew(tell) {
    // A session is a load and three deposits, so that another begins with a load.
    const before = opened();
    const next = await kit.load();
    await next.drops(kit.config.days, { progress: tell });
    session = await next.unlock(phrase, before.waiting());
    load = next;
    before.close();
    return { loaded: seen(next), inbox: await session.read() };
  },
  async carry(tell, said, need, of) {
    const made = await opened().carry(whole(said), { k: need, n: of }, { progress: (at) => tell({ bytes: at, of: 1 }) });
    if (said.next === undefined) forgetFiles();
    return { files: made, need };
  },
};

const code = (err: unknown): Code =>
  err instanceof Failure ? err.code : err instanceof Refused ? `file.${err.reason}` : "unknown";

self.onmessage = async ({ data: { id, job, args } }: MessageEvent<Order>) => {
  const answer = (a: Answer): void => self.postMessage(a);
  const act = jobs[job] as (tell: Tell, ...args: unknown[]) => unknown;
  try {
    answer({ id, done: await act((progress) => answer({ id, progress }), ...args) });
  } catch (err) {
    answer({ id, failed: code(err) });
  }
};
