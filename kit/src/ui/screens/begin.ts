// The screens before anything is fetched: the language, what this page is and how
// to tell that it is genuine, what will be fetched; and the one that stops all.

import { sees, type App, type Screen } from "../app.ts";
import { button, el, fileField, more, p, tick } from "../dom.ts";
import { Refused } from "../helper.ts";
import { day, languages, number, size, t, tIn, choose, type Key } from "../speak.ts";
import type { Loaded, Notice } from "../talk.ts";

export const FIRST = 128 + 20_480 + 32_768; // bytes of status, roster and questions, PROTOCOL.md 7

/** Four buttons; nothing has been chosen yet, so everything is said in four languages. */
export const language = (app: App): Screen => ({
  title: languages.map(([code]) => tIn(code, "language.title")).join(" · "),
  body: [
    el(
      "ul",
      { class: "tongues" },
      ...languages.map(([code, name]) => {
        const pick = button("", () => {
          choose(code);
          app.show("begin");
        }, { lang: code });
        pick.append(el("b", {}, name), " ", el("span", {}, tIn(code, "language.go")));
        return el("li", {}, pick);
      }),
    ),
  ],
});

export function begin(app: App): Screen {
  const { identity } = app;
  if (app.broken) return { title: t("stop.title"), body: [el("div", { class: "note warn", role: "alert" }, p(t("failure.config"))), app.leaveButton()] };
  if (!identity) return { title: t("begin.title"), body: [p(t("begin.wait"))] };
  const problem = el("p", { class: "wrong", role: "alert", hidden: true });
  const fetchFirst = button(t("begin.fetch", { size: size(FIRST) }), async () => {
    fetchFirst.disabled = true;
    problem.hidden = true;
    app.say(t("begin.fetching"));
    try {
      app.loaded = await app.helper.ask("load", []);
      app.show("fetch");
    } catch (err) {
      stopped(app, err, problem);
      fetchFirst.disabled = false;
    }
  });
  const drive = button(t("begin.drive"), () => app.show("carry"), { class: identity.relay ? "plain" : undefined });
  return {
    title: t("begin.title"),
    body: [
      p(t("begin.what", { name: identity.name })),
      p(t("begin.how")),
      identity.relay ? el("div", { class: "acts" }, fetchFirst, drive) : el("div", { class: "acts" }, drive),
      problem,
      el("h2", {}, t("genuine.title")),
      el("dl", { class: "prints" }, ...prints(identity)),
      p(t("genuine.compare")),
      el("div", { class: "note warn" }, p(t("genuine.forged"))),
      more(t("genuine.more"), p(t("genuine.tool")), checkFile(app)),
      sees([
        ["sees.line", identity.relay ? "begin.sees.line" : "sees.nothing"],
        ["sees.server", identity.relay ? "begin.sees.server" : "sees.nothing"],
        ["sees.device", "begin.sees.device"],
      ]),
    ],
  };
}

const MAX_COPY = 64 << 20; // bytes that are read of a file to check

/** A page that is trusted tells what another page's file is. */
function checkFile(app: App): HTMLElement {
  const found = el("div", { role: "status" });
  const check = async (file: File): Promise<void> => {
    try {
      if (file.size > MAX_COPY) throw new Refused("file.large");
      const seen = await app.helper.ask("inspect", [new Uint8Array(await file.arrayBuffer())]);
      found.replaceChildren(
        el(
          "dl",
          { class: "prints" },
          ...(seen.kit === "" ? [] : prints(seen)),
          el("dt", {}, "SHA-256"), el("dd", { class: "long", lang: "en" }, seen.digest),
        ),
        seen.kit === "" ? p(t("genuine.nokit"), { class: "wrong" }) : p(t("genuine.other")),
      );
    } catch (err) {
      found.replaceChildren(p(app.reason(err), { class: "wrong" }));
    }
  };
  return el("div", {}, fileField(t("genuine.check"), (file) => void check(file), { accept: ".html,text/html" }), found);
}

const prints = ({ desk, kit }: { desk: string; kit: string }): HTMLElement[] => [
  el("dt", {}, t("genuine.desk")), el("dd", { lang: "en" }, desk),
  el("dt", {}, t("genuine.kit")), el("dd", { lang: "en" }, kit),
];

/** A roster that the desk did not sign ends everything; the rest can be tried again. */
export function stopped(app: App, err: unknown, problem: HTMLElement): void {
  const { code } = err as { code?: string };
  if (code === "stop") {
    app.loaded = undefined;
    app.ready = false;
    return app.show("stop");
  }
  problem.textContent = app.reason(err);
  problem.hidden = false;
}

/** The roster is there and good: now the size of the rest is known to the byte. */
export function fetchDrops(app: App): Screen {
  const loaded = app.loaded!;
  const problem = el("p", { class: "wrong", role: "alert", hidden: true });
  const bar = el("progress", { max: 1, "aria-label": t("fetch.progress"), hidden: true });
  const month = tick("checkbox", t("fetch.month", { size: size(loaded.month) }), { onchange: () => label() });
  const long = month.querySelector("input")!;
  const label = (): void => {
    start.textContent = t("fetch.start", { size: size(long.checked ? loaded.month : loaded.week) });
  };
  const start = button("", async () => {
    start.disabled = long.disabled = true;
    problem.hidden = true;
    bar.hidden = false;
    app.say(t("begin.fetching"));
    try {
      app.loaded = await app.helper.ask("drops", [long.checked ? 28 : app.identity!.days], (at) => {
        if ("of" in at) bar.value = at.bytes / at.of;
      });
      app.ready = true;
      app.show("report");
    } catch (err) {
      stopped(app, err, problem);
      start.disabled = long.disabled = false;
      bar.hidden = true;
    }
  });
  label();
  return {
    title: t("fetch.title"),
    body: [
      p(t("fetch.good")),
      sizes([
        ["fetch.first", FIRST],
        ["fetch.week", loaded.week],
      ]),
      el("div", { class: "acts" }, start),
      bar,
      problem,
      p(t("fetch.why")),
      more(t("fetch.away"), el("div", { class: "choice" }, month), p(t("fetch.away.note"), { class: "meta" })),
      sees([
        ["sees.line", "begin.sees.line"],
        ["sees.server", "fetch.sees.server"],
        ["sees.desk", "sees.nothing"],
      ]),
    ],
  };
}

function sizes(rows: [what: Key, bytes: number][]): HTMLElement {
  return el(
    "table",
    { class: "sizes" },
    ...rows.map(([what, bytes]) => el("tr", {}, el("th", { scope: "row" }, t(what)), el("td", {}, size(bytes)))),
  );
}

/** Nothing may be sealed for keys that the desk did not sign. */
export const stop = (app: App): Screen => ({
  title: t("stop.title"),
  body: [
    el("div", { class: "note warn", role: "alert" }, p(t("stop.what")), p(t("stop.why"))),
    p(t("stop.do")),
    el("div", { class: "acts" }, button(t("stop.carry"), () => app.show("carry")), app.leaveButton()),
    sees([["sees.server", "stop.sees.server"]]),
  ],
});

/** What stops nothing, but should be known. An alarm hides the rest. */
export function notices(loaded: Loaded): HTMLElement | undefined {
  const alarms = loaded.notices.filter((notice) => notice.kind === "forked" || notice.kind === "two-drops");
  if (alarms.length > 0) return el("div", { class: "note warn", role: "alert" }, ...[...new Set(alarms.map(told))].map((text) => p(text)));
  if (loaded.notices.length === 0) return undefined;
  const said = loaded.notices.map(told);
  const unique = [...new Set(said)];
  const shown = unique.slice(0, 2).map((text) => p(text));
  const rest = unique.length > 2 ? more(t("notice.more", { n: unique.length - 2 }), ...unique.slice(2).map((text) => p(text))) : undefined;
  return el("div", { class: "note" }, ...shown, rest);
}

function told(notice: Notice): string {
  switch (notice.kind) {
    case "forked": return t("notice.forked");
    case "changed": return t("notice.changed");
    case "two-drops": return t("notice.two-drops", { editor: number(notice.editor), day: day(notice.day) });
    case "old-drive": return t("notice.old-drive", { day: day(notice.day) });
    case "clock": return t("notice.clock");
    case "old-keys": return t("notice.old-keys");
    case "no-questions": return t("notice.no-questions");
    case "gap": return t("notice.gap", { editor: number(notice.editor), from: day(notice.from), to: day(notice.to) });
    case "chain": return t("notice.chain", { editor: number(notice.editor), day: day(notice.day) });
  }
}
