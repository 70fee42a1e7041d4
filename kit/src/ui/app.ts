// What the page knows while it is open, and the frame around its screens. All of
// it is in memory; nothing is stored.

import { button, el, p } from "./dom.ts";
import { emptyDraft, isEmpty, type Draft } from "./draft.ts";
import { Helper, Refused } from "./helper.ts";
import type { Leaving } from "./leave.ts";
import { choose, chosen, languages, number, t, type Key } from "./speak.ts";
import type { Attached, ChunksSent, Code, Identity, Inbox, Loaded, Progress, Sent } from "./talk.ts";

/** The places of the page. The first five are always one tap away once a load is there. */
export type Room = "report" | "words" | "replies" | "carry" | "arrived" | "language" | "begin" | "fetch" | "stop" | "seal";

export const rooms: [Room, Key][] = [
  ["report", "room.report"],
  ["words", "room.words"],
  ["replies", "room.replies"],
  ["carry", "room.carry"],
  ["arrived", "room.arrived"],
];

/** A screen: a heading, which gets the focus, and what follows it. */
export interface Screen {
  title: string;
  body: (Node | undefined)[];
}

/** How far the three deposits of a session have come. */
export interface Letters {
  state: "none" | "going" | "sent";
  deposit: number; // 1 to 3 while they go
  step: "gap" | "puzzle" | "post";
  sent?: Sent;
  pieces?: ChunksSent; // of files, once the letters are gone
  failed?: Code;
}

export const noLetters = (): Letters => ({ state: "none", deposit: 0, step: "gap" });

/** What words the page has in hand. Those that it made are kept until they are used. */
export interface Words {
  made?: string[]; // made here and not yet used
  shown: "true" | "paper"; // which order is on the screen
  paper?: string[];
  order: string[]; // marked words tapped in practice
  practising: boolean;
  known: boolean; // practised, or the person said that it can do without
  rollover: boolean; // they shall replace those that are open
}

export const noWords = (): Words => ({ shown: "true", order: [], practising: false, known: false, rollover: false });

export class App {
  readonly helper = new Helper();
  identity: Identity | undefined;
  loaded: Loaded | undefined; // status, roster and questions are there
  ready = false; // and so are the drops, or a drive took their place
  draft: Draft;
  words = noWords();
  inbox: Inbox | undefined; // there is one once words are open
  attached: Attached = { files: [], pieces: 0 };
  pieces = 0; // of files, that are sealed and go after the letters
  letters = noLetters();
  broken: Code | undefined; // the page cannot read its own configuration
  next: Room = "seal"; // where to go once words are open
  room: Room = "language";

  private readonly main = el("main", { id: "main" });
  private readonly nav = el("nav", { class: "rooms", hidden: true });
  private readonly mast = el("header", { class: "mast" });
  private readonly bar = el("div", {});
  private readonly status = el("div", { role: "status", class: "hidden" });

  constructor(
    draft: Draft,
    private readonly leaving: Leaving,
    private readonly screens: Record<Room, (app: App) => Screen>,
  ) {
    this.draft = draft;
    const letters = el("footer", { class: "letters", hidden: true }, this.bar);
    document.body.replaceChildren(this.mast, this.nav, this.main, letters, this.status);
  }

  /** Lets go of words, keys, replies and drafts: a browser may keep a page that was left, and all that its script still holds. */
  forget(): void {
    this.helper.end();
    this.draft = emptyDraft();
    this.words = noWords();
    this.inbox = undefined;
    this.main.replaceChildren();
  }

  /** Shows a screen in place of the one before and moves the focus to its heading. Nothing enters the history. */
  show(room: Room): void {
    this.draw(room, 0);
  }

  /** Draws the screen anew where only a part of it has changed, with the focus on what the caller says. */
  redraw(focus?: () => HTMLElement | null | undefined): void {
    this.draw(this.room, scrollY, focus);
  }

  private draw(room: Room, at: number, focus?: () => HTMLElement | null | undefined): void {
    this.room = room;
    this.frame();
    const screen = this.screens[room](this);
    const heading = el("h1", { tabindex: "-1" }, screen.title);
    // A slow phone needs a while to make a screen and as long to lay it out. Done
    // one after the other, neither holds its fingers up for 100 ms.
    this.main.hidden = true;
    this.main.replaceChildren(heading, ...screen.body.filter((node) => node !== undefined));
    setTimeout(() => {
      this.main.hidden = false;
      scrollTo(0, at);
      (focus?.() ?? heading).focus({ preventScroll: focus === undefined });
    });
  }

  /** Whether there is nothing to say: no answer, no text, no file, no new words. */
  get nothing(): boolean {
    return isEmpty(this.draft) && this.attached.files.length === 0 && !this.words.rollover;
  }

  /** Says something to who cannot see the screen change. */
  say(text: string): void {
    this.status.textContent = text;
  }

  /** Words for what the worker could not do. */
  reason(err: unknown): string {
    return t(failures[err instanceof Refused ? err.code : "unknown"]);
  }

  private frame(): void {
    this.mast.replaceChildren(
      el(
        "nav",
        { class: "languages", "aria-label": t("frame.languages") },
        ...(this.room === "language"
          ? []
          : languages.map(([code, name, short]) => {
              // A phone has room for the beginning of each name; the whole is read out.
              const pick = button(short, () => this.speak(code), { lang: code, "aria-pressed": String(code === chosen()) });
              pick.append(el("span", { class: "hidden" }, name.slice(short.length)));
              return pick;
            })),
      ),
      this.leaveButton(),
    );
    this.nav.hidden = !this.ready;
    this.nav.setAttribute("aria-label", t("frame.rooms"));
    this.nav.replaceChildren(
      el(
        "ul",
        {},
        ...rooms.map(([room, key]) =>
          el(
            "li",
            {},
            button(t(key), () => this.show(room), {
              "aria-current": room === this.room || (room === "report" && this.room === "seal") ? "page" : undefined,
            }),
          ),
        ),
      ),
    );
    this.letterBar();
  }

  leaveButton(): HTMLButtonElement {
    const made = button(t("leave.now") + " ", () => this.leaving.now(), { class: "leave" });
    made.append(el("kbd", {}, "Esc"));
    return made;
  }

  speak(language: Parameters<typeof choose>[0]): void {
    choose(language);
    this.redraw();
  }

  /** The bar at the foot, while letters go and after. */
  letterBar(): void {
    const text = letterText(this.letters);
    this.bar.parentElement!.hidden = text === "";
    if (text === this.bar.textContent) return;
    const bar = el("progress", { max: 3, "aria-label": t("letters.label") });
    bar.value = this.letters.state === "sent" ? 3 : Math.max(this.letters.deposit - 1, 0);
    this.bar.replaceChildren(p(text, { class: "meta" }), bar);
    this.say(text);
  }

  /** Sends the three deposits of this session, whatever there is to say, then pieces of files if there are any; every screen tells how far they are. */
  async send(): Promise<void> {
    await this.go(async (tell) => {
      const sent = await this.helper.ask("send", [], tell);
      this.letters = { ...this.letters, sent };
      if (this.pieces > 0) await this.sendPieces(tell);
    });
  }

  /** Sends the pieces of files that an interrupted line left. The very same go again. */
  async resume(): Promise<void> {
    await this.go((tell) => this.sendPieces(tell));
  }

  private async sendPieces(tell: (at: Progress) => void): Promise<void> {
    this.letters = { ...this.letters, pieces: { taken: 0, waiting: this.pieces, stopped: false } };
    const pieces = await this.helper.ask("sendFiles", [], tell);
    this.letters = { ...this.letters, pieces };
    this.pieces = pieces.waiting;
  }

  private async go(act: (tell: (at: Progress) => void) => Promise<void>): Promise<void> {
    const { sent } = this.letters;
    this.letters = { ...noLetters(), state: "going", deposit: 1, step: "puzzle", ...(sent && { sent }) };
    this.letterBar();
    try {
      await act((at) => {
        if ("step" in at) this.letters = { ...this.letters, step: at.step, deposit: at.deposit };
        else if ("taken" in at) this.letters = { ...this.letters, pieces: at };
        this.letterBar();
      });
    } catch (err) {
      this.letters = { ...this.letters, failed: err instanceof Refused ? err.code : "unknown" };
    }
    this.letters = { ...this.letters, state: "sent" };
    if (this.words.rollover && this.letters.sent?.waiting === 0) {
      this.words = noWords(); // the desk answers the new ones only
      this.inbox = undefined;
    }
    this.letterBar();
    if (["seal", "arrived", "replies", "words"].includes(this.room)) this.redraw();
  }
}

function letterText({ state, step, deposit, sent, pieces, failed }: Letters): string {
  if (state === "none") return "";
  if (state === "going" && pieces) return t("letters.pieces", { n: number(pieces.waiting) }) + " " + t("letters.stay");
  if (state === "going") {
    const steps: Record<Letters["step"], Key> = { gap: "letters.gap", puzzle: "letters.puzzle", post: "letters.post" };
    return t(steps[step], { n: deposit }) + " " + t("letters.stay");
  }
  if (failed || !sent) return t("letters.failed");
  if (sent.waiting > 0) return t("letters.waiting", { n: number(sent.waiting) });
  if (pieces && pieces.waiting > 0) return t("letters.pieces.left", { n: number(pieces.waiting) });
  return t(pieces ? "letters.done.files" : "letters.done");
}

const failures: Record<Code, Key> = {
  config: "failure.config",
  relay: "failure.relay",
  stop: "failure.stop",
  drive: "failure.drive",
  phrase: "failure.phrase",
  body: "failure.body",
  files: "failure.files",
  room: "failure.room",
  closed: "failure.closed",
  sent: "failure.sent",
  range: "failure.unknown",
  unknown: "failure.unknown",
  "file.kind": "file.kind",
  "file.empty": "file.damaged",
  "file.large": "file.large",
  "file.damaged": "file.damaged",
  "file.encrypted": "file.locked",
  "file.versions": "file.versions",
  "file.attached": "file.inside",
  "file.active": "file.inside",
  "file.hidden": "file.hidden",
  "file.picture": "file.hidden",
};

/** The box that stands at the foot of each screen: who sees what of this step. */
export function sees(pairs: [who: Key, what: Key][]): HTMLElement {
  const title = el("h2", { id: "sees" }, t("sees.title"));
  const list = el("dl", {}, ...pairs.flatMap(([who, what]) => [el("dt", {}, t(who)), el("dd", {}, t(what))]));
  return el("section", { class: "sees", "aria-labelledby": "sees" }, title, list);
}
