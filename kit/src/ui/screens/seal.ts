// Sealing and sending, or sealing for a drive; then what became of it.

import { noLetters, noWords, sees, type App, type Screen } from "../app.ts";
import { compose, emptyDraft } from "../draft.ts";
import { button, el, p } from "../dom.ts";
import { number, size, t } from "../speak.ts";
import type { Said } from "../talk.ts";
import { FIRST } from "./begin.ts";

/** What another session fetches first. */
const again = (app: App): string => size(FIRST + app.loaded!.week);

export function seal(app: App): Screen {
  const { letters, loaded, words } = app;
  if (letters.state === "going" || (letters.state === "sent" && app.nothing)) return sealed(app);
  const offline = loaded!.offline;
  const [act, problem] = doing(app, t("seal.send"), () => sealAndSend(app));
  const carry = button(t("seal.carry"), () => app.show("carry"), { class: offline ? undefined : "plain" });
  const wait = app.pieces + (words.rollover ? 0 : app.attached.pieces); // some may be left of a session before
  const pieces = [0, 1, 4, 16].find((n) => n >= wait) ?? 64;
  return {
    title: t(words.rollover ? "seal.rollover" : "seal.title"),
    body: [
      words.made ? el("div", { class: "note" }, p(t("seal.right"))) : undefined,
      p(t(offline ? "seal.offline" : "seal.lead")),
      !offline && pieces > 0 ? p(t("seal.pieces", { n: number(pieces) })) : undefined,
      !offline && letters.state === "sent" ? p(t("seal.again", { size: again(app) })) : undefined,
      el("div", { class: "acts" }, !offline && act, carry),
      problem,
      app.nothing ? p(t("seal.empty"), { class: "meta" }) : undefined,
      el("p", {}, button(t("seal.back"), () => app.show("report"), { class: "plain small" })),
      sees([
        ["sees.line", "seal.sees.line"],
        ["sees.server", pieces > 0 ? "seal.sees.files" : "seal.sees.server"],
        ["sees.desk", "seal.sees.desk"],
      ]),
    ],
  };
}

/** A button for a longer act, and where it says why that failed. */
function doing(app: App, text: string, act: () => Promise<void>): [HTMLButtonElement, HTMLElement] {
  const problem = el("p", { class: "wrong", role: "alert", hidden: true });
  const made = button(text, async () => {
    made.disabled = true;
    problem.hidden = true;
    app.say(t("begin.wait"));
    try {
      await act();
    } catch (err) {
      problem.textContent = app.reason(err);
      problem.hidden = false;
      made.disabled = false;
    }
  });
  return [made, problem];
}

/** What there is to say now. New words go alone. */
export function said(app: App): Said {
  if (app.words.rollover && app.words.made) return { next: app.words.made.join(" ") };
  const text = compose(app.draft, app.loaded!.questions);
  return text === "" ? {} : { text };
}

/** What was sealed is no draft any more. */
export function sealedWhat(app: App): void {
  if (app.words.rollover) return;
  app.draft = emptyDraft();
  app.attached = { files: [], pieces: 0 };
}

/** Opens the words that were made here, seals what there is to say, and lets the session's three letters go. */
export async function sealAndSend(app: App): Promise<void> {
  if (app.words.made && !app.words.rollover) {
    app.inbox = await app.helper.ask("unlock", [app.words.made]);
    app.words = noWords();
    app.letters = noLetters();
  }
  if (app.letters.state === "sent") await renew(app);
  if (!app.nothing) {
    app.pieces = await app.helper.ask("seal", [said(app)]);
    sealedWhat(app);
  }
  void app.send();
  app.show("seal");
}

/** Another session with the same words: what everybody fetches is fetched anew. */
async function renew(app: App): Promise<void> {
  const { loaded, inbox } = await app.helper.ask("renew", []);
  app.loaded = loaded;
  app.inbox = inbox;
  app.letters = noLetters();
}

function sealed(app: App): Screen {
  const { state, sent, failed, pieces } = app.letters;
  const going = state === "going";
  const left = !going && (failed !== undefined || !sent || sent.waiting > 0);
  const filesLeft = !going && !left && (pieces?.waiting ?? 0) > 0;
  const [retry, problem] = doing(app, t("sealed.again", { size: again(app) }), async () => {
    await renew(app);
    void app.send();
    app.show("seal");
  });
  const rest = button(t("sealed.rest"), () => {
    void app.resume();
    app.show("seal");
  });
  return {
    title: t(going ? "sealed.title" : left || filesLeft ? "sealed.waiting" : "sealed.taken"),
    body: [
      p(t(going ? "sealed.going" : left ? "sealed.not-taken" : filesLeft ? "sealed.files-left" : "sealed.done")),
      left ? el("div", { class: "acts" }, retry) : undefined,
      filesLeft ? el("div", { class: "acts" }, rest) : undefined,
      problem,
      p(t("sealed.forget")),
      el("div", { class: "acts" }, button(t("sealed.arrived"), () => app.show("arrived"), { class: "plain" }), app.leaveButton()),
      sees([
        ["sees.line", "seal.sees.line"],
        ["sees.server", pieces ? "seal.sees.files" : "seal.sees.server"],
        ["sees.desk", "seal.sees.desk"],
      ]),
    ],
  };
}
