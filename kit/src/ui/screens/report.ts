// What do you know? The desk's questions as fields, free text, and how it is known.

import { answered, noAnswer, periodOf, type Answer, type Basis } from "../answers.ts";
import { noWords, sees, type App, type Screen } from "../app.ts";
import { approxes, bases, compose, faults, labelWords, unitWords, wording } from "../draft.ts";
import { button, el, id, input, p, select, textarea, tick } from "../dom.ts";
import { lettersIn, number, t, type Key } from "../speak.ts";
import type { Question } from "../talk.ts";
import { notices } from "./begin.ts";
import { files } from "./files.ts";

const PART = 3290; // bytes of text, PROTOCOL.md 4.3
const AT_FIRST = 5; // questions that are shown before the person asks for the rest

let shownAll = false;

export function report(app: App): Screen {
  const { questions, today } = app.loaded!;
  const date = new Date(today * 86_400_000).toISOString().slice(0, 10);
  const problem = el("p", { class: "wrong", role: "alert", hidden: true });
  const room = el("p", { class: "meta", id: "room" });

  const changed = later(async () => {
    const fit = await app.helper.ask("fit", [compose(app.draft, questions)]);
    const left = number(lettersIn(fit.bytesLeft - (3 - most()) * PART));
    room.textContent = fit.parts > most() ? t("report.full") : t("report.room", { left, part: fit.parts || 1, most: most() });
    room.classList.toggle("wrong", fit.parts > most());
  });
  // The list of the files takes one part.
  const most = (): number => (app.attached.files.length > 0 ? 2 : 3);
  void changed();

  const go = (next: () => void) => async (): Promise<void> => {
    const wrong = faults(app.draft, questions);
    const { parts } = await app.helper.ask("fit", [compose(app.draft, questions)]);
    const empty = parts === 0 && app.attached.files.length === 0;
    problem.hidden = wrong.size === 0 && !empty && parts <= most();
    if (problem.hidden) return next();
    problem.textContent = t(wrong.size > 0 ? "report.mend" : empty ? "report.empty" : "report.full");
    const first = [...document.querySelectorAll<HTMLElement>("[aria-invalid=true]")][0];
    (first ?? document.getElementById("text"))?.focus();
  };
  const toSeal = (act: () => void) => (): void => {
    app.next = "seal";
    app.words = noWords();
    act();
  };
  const text = textarea(app.draft.text, {
    id: "text",
    rows: 6,
    "aria-describedby": "room",
    oninput: () => {
      app.draft.text = text.value;
      void changed();
    },
  });
  const shown = shownAll ? questions : questions.filter((q, i) => i < AT_FIRST || answered(app.draft.answers.get(q.key)));
  const hidden = questions.length - shown.length;
  return {
    title: t("report.title"),
    body: [
      notices(app.loaded!),
      p(t("report.lead")),
      ...shown.map((question) => field(app, question, date, changed)),
      hidden > 0
        ? el("p", {}, button(t("report.more", { n: hidden }), () => {
            shownAll = true;
            app.redraw(() => document.querySelectorAll("fieldset.question")[shown.length]?.querySelector("input"));
          }, { class: "plain" }))
        : undefined,
      el("p", {}, el("label", { for: "text", class: "ask" }, t("report.text")), text, room),
      el(
        "fieldset",
        {},
        el("legend", {}, t("report.basis")),
        choice("basis", bases, app.draft.basis, (value) => (app.draft.basis = value as Basis)),
      ),
      files(app, () => void changed()),
      problem,
      app.inbox || (app.words.made && app.words.known)
        ? el("div", { class: "acts" }, button(t("report.seal"), go(() => app.show("seal"))))
        : el(
            "div",
            { class: "acts" },
            button(t("report.new"), go(toSeal(() => void makeWords(app)))),
            button(t("report.have"), go(toSeal(() => app.show("words"))), { class: "plain" }),
          ),
      sees([
        ["sees.line", "sees.nothing"],
        ["sees.server", "report.sees.server"],
        ["sees.device", "report.sees.device"],
      ]),
    ],
  };
}

/** Makes twelve words and shows them. */
export async function makeWords(app: App): Promise<void> {
  app.words = { ...app.words, made: await app.helper.ask("generate", []), shown: "true", practising: false, known: false, order: [] };
  app.show("words");
}

/** Calls at most once in a while, and once after the last call: typing must not wait for counting. */
function later(act: () => Promise<void>): () => Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => void act(), 150);
    return Promise.resolve();
  };
}

/** One question: its field, "I don't know", and once answered how and for when it is known. */
function field(app: App, question: Question, today: string, changed: () => Promise<void>): HTMLElement {
  const kept = app.draft.answers.get(question.key);
  const answer: Answer = kept ?? noAnswer(periodOf(question.series, today));
  const ask = wording(question);
  const wrong = el("p", { class: "wrong", id: id(), hidden: true });
  const extra = el("div", { class: "row" });
  const update = (part: Partial<Answer>): void => {
    Object.assign(answer, part);
    app.draft.answers.set(question.key, answer);
    extra.hidden = !answered(answer);
    check();
    void changed();
  };
  const check = (): void => {
    const fault = faults(app.draft, [question]).get(question.key);
    wrong.hidden = fault === undefined;
    wrong.textContent = fault ? t(faultWords[fault]) : "";
    for (const box of main.querySelectorAll("input[type=text]")) {
      box.setAttribute("aria-invalid", String(fault !== undefined && fault !== "period"));
    }
    period?.setAttribute("aria-invalid", String(fault === "period"));
  };

  const unknown = tick("checkbox", t("answer.unknown"), {
    checked: answer.unknown,
    onchange: (event) => {
      update({ unknown: (event.target as HTMLInputElement).checked });
      for (const box of main.querySelectorAll<HTMLInputElement | HTMLSelectElement>(".given")) box.disabled = answer.unknown;
    },
  });
  const typed = (label: string, props: Record<string, string> = {}): HTMLInputElement => {
    const box = input("text", {
      class: "given grow",
      "aria-label": label,
      "aria-describedby": wrong.id,
      disabled: answer.unknown,
      oninput: () => update({ text: box.value }),
      ...props,
    });
    box.value = answer.text;
    return box;
  };
  const approx = (only: string[]): HTMLSelectElement => {
    const words: [string, string][] = approxes.filter(([value]) => only.includes(value)).map(([value, key]) => [value, t(key)]);
    const box = select(answer.approx, words, {
      class: "given fit",
      "aria-label": t("answer.approx"),
      disabled: answer.unknown,
      onchange: () => update({ approx: box.value as Answer["approx"] }),
    });
    return box;
  };

  const main = el("div", { class: "row" });
  const series = question.series !== "";
  const period = series
    ? input(question.series === "day" ? "date" : question.series === "month" ? "month" : "text", {
        placeholder: question.series === "month" ? "2026-11" : question.series === "year" ? "2026" : undefined,
        onchange: (event) => update({ period: (event.target as HTMLInputElement).value }),
      })
    : undefined;
  if (period) period.value = answer.period;

  switch (question.type) {
    case "number":
      main.append(approx(["", "about", "at-least", "at-most"]), typed(t("answer.number"), { inputmode: "decimal" }));
      if (question.unit !== "") main.append(el("span", { class: "meta" }, unitWords(question.unit)));
      break;
    case "date":
      main.append(approx(["", "about"]), typed(t("answer.date"), { placeholder: "2026-11-24" }));
      break;
    case "text":
      main.append(typed(t("answer.text")));
      break;
    default: {
      const options: string[] = question.type === "truth" ? ["yes", "no"] : question.labels;
      const name = id();
      main.append(
        ...options.map((label) =>
          tick("radio", labelWords(label), {
            name,
            class: "given",
            checked: answer.text === label,
            disabled: answer.unknown,
            onchange: () => update({ text: label }),
          }),
        ),
      );
      main.classList.replace("row", "choice");
    }
  }
  main.append(el("span", { class: "choice" }, unknown));

  const basis = select(answer.basis, [["", t("answer.basis.same")], ...bases.map(([value, key]): [string, string] => [value, t(key)])], {
    onchange: () => update({ basis: basis.value as Basis }),
  });
  extra.append(el("label", { class: "field" }, t("answer.basis"), basis));
  if (period) extra.prepend(el("label", { class: "field" }, t(periodWords[question.series] ?? "answer.day"), period));
  extra.hidden = !answered(kept);
  const made = el("fieldset", { class: "question" }, el("legend", { lang: ask.language }, ask.text), main, wrong, extra);
  if (kept) check();
  return made;
}

const periodWords: Record<string, Key> = { day: "answer.day", month: "answer.month", year: "answer.year" };
const faultWords: Record<"number" | "range" | "date" | "text" | "period", Key> = {
  number: "fault.number",
  range: "fault.range",
  date: "fault.date",
  text: "fault.text",
  period: "fault.period",
};

/** Buttons of which one is chosen. */
export function choice(name: string, options: [value: string, text: Key][], value: string, act: (value: string) => void): HTMLElement {
  return el(
    "div",
    { class: "choice" },
    ...options.map(([option, key]) => tick("radio", t(key), { name, checked: option === value, onchange: () => act(option) })),
  );
}
