// What the desk answered. Enter words, see replies, forget.

import { sees, type App, type Screen } from "../app.ts";
import { button, el, p } from "../dom.ts";
import { day, number, t } from "../speak.ts";
import type { Reply } from "../talk.ts";
import { notices } from "./begin.ts";
import { sealAndSend } from "./seal.ts";
import { entry } from "./words.ts";

export function replies(app: App): Screen {
  if (!app.inbox) {
    return {
      title: t("replies.title"),
      body: [
        p(t("replies.lead")),
        ...entry(app, () => app.show("replies")),
        sees([
          ["sees.line", "sees.nothing"],
          ["sees.server", "replies.sees.before"],
          ["sees.device", "words.sees.device"],
        ]),
      ],
    };
  }
  const { replies: list, arrivals } = app.inbox;
  const offline = app.loaded!.offline;
  return {
    title: t("replies.title"),
    body: [
      notices(app.loaded!),
      arrivals.length > 0
        ? el("div", { class: "note" }, p(t("replies.arrived", { day: day(Math.max(...arrivals.map((a) => a.day))) })))
        : undefined,
      ...(list.length === 0 ? [p(t("replies.none")), p(t("replies.neutral"))] : list.map(letter)),
      ...(offline || app.letters.state !== "none" ? [] : finish(app)),
      el("h2", {}, t("replies.forget.title")),
      p(t("replies.forget.what")),
      el("div", { class: "acts" }, app.leaveButton()),
      sees([
        ["sees.line", offline ? "sees.nothing" : "replies.sees.line"],
        ["sees.server", offline ? "sees.nothing" : "replies.sees.server"],
        ["sees.device", "replies.sees.device"],
      ]),
    ],
  };
}

function letter(reply: Reply): HTMLElement {
  return el(
    "article",
    { class: "reply" },
    p(t("replies.from", { editor: number(reply.editor), day: day(reply.day) }), { class: "meta" }),
    reply.files > 0 && p(t("replies.files"), { class: "meta" }),
    // Whoever wrote it, it is text; its direction is its own.
    p(reply.text, { dir: "auto" }),
  );
}

/** A session that was opened sends its three letters, with an answer among them or without. */
function finish(app: App): HTMLElement[] {
  const problem = el("p", { class: "wrong", role: "alert", hidden: true });
  const go = button(t("replies.finish"), async () => {
    try {
      await sealAndSend(app);
    } catch (err) {
      problem.textContent = app.reason(err);
      problem.hidden = false;
    }
  }, { class: "plain" });
  return [
    el("h2", {}, t("replies.next")),
    p(t("replies.cover")),
    el("div", { class: "acts" }, button(t("replies.answer"), () => app.show("report")), go),
    problem,
  ];
}
