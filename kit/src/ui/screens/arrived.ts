// Three states, said plainly: taken, arrived, not yet.

import { sees, type App, type Screen } from "../app.ts";
import { button, el, p } from "../dom.ts";
import { day, lettersIn, number, t } from "../speak.ts";

const PART = 3290; // bytes of text, PROTOCOL.md 4.3
const EDITORS_A_DAY = 4; // rows that each editor answers with, at least

export function arrived(app: App): Screen {
  const { inbox, letters } = app;
  const arrivals = [...new Set(inbox?.arrivals.map((a) => a.day) ?? [])].sort((a, b) => b - a);
  const taken = letters.sent?.taken ?? 0;
  return {
    title: t("arrived.title"),
    body: [
      el(
        "ul",
        { class: "states" },
        state("○", t("state.taken"), taken > 0 ? t("state.taken.now", { n: number(taken) }) : t("state.taken.what")),
        state("●", t("state.arrived"), arrivals.length > 0 ? t("state.arrived.now", { days: arrivals.map(day).join(", ") }) : t("state.arrived.what")),
        state("–", t("state.notyet"), inbox && arrivals.length === 0 ? t("state.notyet.now") : t("state.notyet.what")),
      ),
      inbox ? undefined : el("div", { class: "acts" }, button(t("arrived.look"), () => app.show("replies"), { class: "plain" })),
      el("h2", {}, t("arrived.long")),
      p(t("arrived.long.what")),
      p(t("arrived.long.why", { n: number(EDITORS_A_DAY) })),
      el("h2", {}, t("arrived.fits")),
      p(t("arrived.fits.what", { part: number(Math.floor(lettersIn(PART) / 10) * 10), all: number(Math.floor((3 * lettersIn(PART)) / 10) * 10) })),
      p(t("arrived.three")),
      sees([
        ["sees.line", "sees.nothing"],
        ["sees.server", "arrived.sees.server"],
        ["sees.holder", "arrived.sees.holder"],
      ]),
    ],
  };
}

/** A state: its sign, its word and what it means. The sign says nothing that the word does not. */
function state(sign: string, word: string, text: string): HTMLElement {
  return el("li", {}, el("span", { class: "sign", "aria-hidden": "true" }, sign), el("div", {}, el("b", {}, word), p(text)));
}
