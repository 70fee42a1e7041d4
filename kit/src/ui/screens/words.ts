// The twelve words: made, shown, practised once; or typed by who has some.

import { noWords, sees, type App, type Screen } from "../app.ts";
import { button, el, id, more, p, textarea } from "../dom.ts";
import { Refused } from "../helper.ts";
import { t } from "../speak.ts";
import { makeWords } from "./report.ts";

const MARKED = [0, 3, 7, 11]; // words 1, 4, 8 and 12, PROTOCOL.md 4.1

const marked = (words: string[]): string[] => MARKED.map((at) => words[at]!);

export function words(app: App): Screen {
  if (app.words.made) return app.words.practising ? practice(app, app.words.made) : shown(app, app.words.made);
  if (app.inbox) return open(app);
  return {
    title: t("words.title"),
    body: [
      p(t("words.what")),
      el("div", { class: "acts" }, button(t("words.make"), () => void makeWords(app), { class: "plain" })),
      el("h2", {}, t("words.enter.title")),
      ...entry(app, () => app.show(app.next === "seal" && app.nothing ? "replies" : app.next)),
      seen(),
    ],
  };
}

const seen = (): HTMLElement =>
  sees([
    ["sees.line", "sees.nothing"],
    ["sees.server", "words.sees.server"],
    ["sees.device", "words.sees.device"],
  ]);

/** The words in their boxes. A marked one says so in a word, and by its frame. */
function list(words: string[]): HTMLElement {
  return el(
    "ol",
    { class: "words", translate: "no" },
    ...words.map((word, at) => {
      const mark = MARKED.includes(at);
      return el(
        "li",
        { class: mark ? "marked" : undefined },
        el("span", { class: "n" }, `${at + 1}`),
        el("b", { lang: "en" }, word),
        mark && el("span", { class: "tag" }, t("words.marked")),
      );
    }),
  );
}

function shown(app: App, made: string[]): Screen {
  const paper = app.words.shown === "paper" && app.words.paper;
  if (paper) {
    return {
      title: t("paper.title"),
      body: [
        el("div", { class: "paper" }, list(paper)),
        p(t("paper.what")),
        p(t("paper.once")),
        el(
          "div",
          { class: "acts" },
          button(t("paper.back"), () => {
            const { paper: _, ...rest } = app.words;
            app.words = { ...rest, shown: "true" };
            app.show("words");
          }),
          button(t("paper.print"), printPaper, { class: "plain" }),
        ),
        seen(),
      ],
    };
  }
  const ready = (): void => {
    app.words.known = true;
    onward(app);
  };
  return {
    title: t(app.words.rollover ? "words.new.rollover" : "words.new.title"),
    body: [
      p(t("words.new.what")),
      list(made),
      el("h2", {}, t("order.title")),
      p(t("order.what")),
      p(t("order.forced")),
      el(
        "div",
        { class: "acts" },
        button(t("words.practise"), () => {
          app.words = { ...app.words, practising: true, order: [] };
          app.show("words");
        }),
        button(t("words.skip"), ready, { class: "plain" }),
      ),
      p(t("words.skip.note"), { class: "meta" }),
      more(
        t("order.more"),
        el("ul", {}, ...(["order.limit.alarm", "order.limit.first", "order.limit.watched", "order.limit.chance", "order.limit.slip"] as const)
          .map((key) => el("li", {}, t(key)))),
      ),
      more(
        t("paper.offer"),
        p(t("paper.why")),
        button(t("paper.show"), async () => {
          app.words = { ...app.words, shown: "paper", paper: await app.helper.ask("reorder", [made]) };
          app.show("words");
        }, { class: "plain" }),
      ),
      seen(),
    ],
  };
}

/** Prints the paper version and nothing else; without this a print of the page is empty. */
function printPaper(): void {
  document.body.classList.add("paper");
  print();
  document.body.classList.remove("paper");
}

/** The four marked words are tapped in their order, once. After three the fourth is no question. */
function practice(app: App, made: string[]): Screen {
  const right = marked(made);
  const said = el("p", { role: "status" });
  const tapped: string[] = [];
  const tap = (word: string, self: HTMLElement): void => {
    if (tapped.includes(word)) return;
    tapped.push(word);
    self.setAttribute("aria-pressed", "true");
    if (right[tapped.length - 1] !== word) {
      tapped.length = 0;
      for (const other of buttons.children) other.setAttribute("aria-pressed", "false");
      said.className = "wrong";
      said.textContent = t("practice.wrong");
      return;
    }
    said.className = "meta";
    said.textContent = t("practice.count", { n: tapped.length });
    if (tapped.length === right.length - 1) {
      app.words.known = true;
      onward(app);
    }
  };
  // In the order of the alphabet: it says nothing of theirs.
  const buttons = el(
    "div",
    { class: "practice", translate: "no" },
    ...[...right].sort().map((word) => {
      const self: HTMLButtonElement = button(word, () => tap(word, self), { lang: "en", class: "plain", "aria-pressed": "false" });
      return self;
    }),
  );
  return {
    title: t("practice.title"),
    body: [
      p(t("practice.what")),
      buttons,
      said,
      el("p", {}, button(t("practice.look"), () => {
        app.words = { ...app.words, practising: false };
        app.show("words");
      }, { class: "plain small" })),
      seen(),
    ],
  };
}

/** New words are ready: to where they are wanted. */
function onward(app: App): void {
  app.words = { ...app.words, practising: false };
  app.show(app.words.rollover ? "seal" : app.nothing ? "report" : app.next);
}

/** Words are open: what can be done about them. */
function open(app: App): Screen {
  return {
    title: t("words.open.title"),
    body: [
      p(t("words.open.what")),
      el(
        "div",
        { class: "acts" },
        button(t("words.open.replies"), () => app.show("replies")),
        button(t("words.open.report"), () => app.show("report"), { class: "plain" }),
      ),
      el("h2", {}, t("rollover.title")),
      p(t("rollover.what")),
      p(t("rollover.forget")),
      el("div", { class: "acts" }, button(t("rollover.make"), () => {
        app.words = { ...noWords(), rollover: true };
        void makeWords(app);
      }, { class: "plain" })),
      seen(),
    ],
  };
}

/** A field for twelve words, and letters to pick them with: a phone's keyboard learns what is typed on it. */
export function entry(app: App, then: () => void): HTMLElement[] {
  const problem = el("p", { class: "wrong", role: "alert", id: id(), hidden: true });
  const name = id();
  const box = textarea("", { id: name, rows: 3, lang: "en", dir: "ltr", translate: "no", inputmode: "text", "aria-describedby": problem.id });
  const unlock = button(t("words.enter.open"), async () => {
    unlock.disabled = true;
    problem.hidden = true;
    const typed = box.value.normalize("NFKC").toLowerCase().trim().split(/[\s,.;0-9]+/).filter((word) => word !== "");
    try {
      app.inbox = await app.helper.ask("unlock", [typed]);
      box.value = "";
      then();
    } catch (err) {
      if (!(err instanceof Refused)) throw err;
      problem.textContent = app.reason(err);
      problem.hidden = false;
      unlock.disabled = false;
      box.focus();
    }
  });
  return [
    el("p", {}, el("label", { for: name, class: "ask" }, t("words.enter.label")), box),
    problem,
    more(t("words.pick"), p(t("words.pick.why"), { class: "meta" }), picker(app, (word) => {
      box.value = `${box.value.trim()} ${word}`.trim() + " ";
    })),
    el("div", { class: "acts" }, unlock),
  ];
}

const FEW = 12; // words that are shown to choose from

function picker(app: App, add: (word: string) => void): HTMLElement {
  let prefix = "";
  const all = el("div", { translate: "no", lang: "en" });
  const letters = el("div", { class: "keys" });
  const found = el("div", { class: "acts tight" });
  const typed = el("p", { role: "status", class: "meta" });
  const draw = async (): Promise<void> => {
    const words = await app.helper.ask("suggest", [prefix]);
    const next = [...new Set(words.map((word) => word[prefix.length]).filter((c) => c !== undefined))].sort();
    letters.replaceChildren(
      ...next.map((c) => button(c, () => step(prefix + c))),
      ...(prefix === "" ? [] : [button("←", () => step(prefix.slice(0, -1)), { "aria-label": t("words.pick.back") })]),
    );
    found.replaceChildren(
      ...(words.length > FEW && !words.includes(prefix) ? [] : words.slice(0, FEW).map((word) =>
        button(word, () => {
          add(word);
          step("");
        }, { class: "plain small" }))),
    );
    typed.textContent = prefix === "" ? "" : prefix + "…";
  };
  const step = (to: string): void => {
    prefix = to;
    void draw().then(() => letters.querySelector("button")?.focus());
  };
  all.append(typed, letters, found);
  void draw();
  return all;
}
