// The same by hand: a report sealed into files that anyone may carry, and what the
// desk publishes read from a drive. No network is used here.

import { noLetters, noWords, sees, type App, type Screen } from "../app.ts";
import { button, el, fileField, id, p, select } from "../dom.ts";
import { Refused } from "../helper.ts";
import { size, t } from "../speak.ts";
import type { Bytes } from "../talk.ts";
import { stopped } from "./begin.ts";
import { said, sealedWhat } from "./seal.ts";

const DRIVE_FILE = 1_048_576; // PROTOCOL.md 4.8
const MAX_DRIVE = 16 << 20; // more than 84 drops of the largest kind

// How many files are made, and how many of them open the report.
const shares: [need: number, of: number][] = [[2, 3], [2, 2], [3, 5], [4, 7]];

export function carry(app: App): Screen {
  return {
    title: t("carry.title"),
    body: [
      p(t("carry.what")),
      ...(app.loaded ? pack(app) : []),
      ...open(app),
      sees([
        ["sees.line", "sees.nothing"],
        ["sees.carrier", "carry.sees.carrier"],
        ["sees.device", "carry.sees.device"],
      ]),
    ],
  };
}

/** Seals what there is to say into drive files. */
function pack(app: App): HTMLElement[] {
  const heading = el("h2", {}, t("carry.pack"));
  if (app.nothing) {
    return [heading, p(t("carry.nothing")), el("div", { class: "acts" }, button(t("carry.write"), () => app.show("report"), { class: "plain" }))];
  }
  if (!app.inbox && !(app.words.made && app.words.known)) {
    return [
      heading,
      p(t("carry.words")),
      el("div", { class: "acts" }, button(t("carry.words.go"), () => {
        app.next = "carry";
        app.show("words");
      }, { class: "plain" })),
    ];
  }
  const problem = el("p", { class: "wrong", role: "alert", hidden: true });
  const made = el("div", {});
  const name = id();
  const many = select("0", shares.map(([need, of], at): [string, string] => [String(at), t("carry.share", { need, of })]), { id: name });
  const act = button(t("carry.seal"), async () => {
    const [need, of] = shares[Number(many.value)]!;
    act.disabled = many.disabled = true;
    problem.hidden = true;
    app.say(t("carry.sealing"));
    try {
      if (app.words.made && !app.words.rollover) {
        app.inbox = await app.helper.ask("unlock", [app.words.made]);
        app.words = noWords();
      }
      const carried = await app.helper.ask("carry", [said(app), need, of]);
      sealedWhat(app);
      if (app.words.rollover) app.inbox = undefined;
      app.words = noWords();
      made.replaceChildren(...save(carried.files, need));
      made.querySelector<HTMLElement>("h3")?.focus();
    } catch (err) {
      problem.textContent = app.reason(err);
      problem.hidden = false;
      act.disabled = many.disabled = false;
    }
  });
  return [
    heading,
    p(t("carry.how")),
    el("p", {}, el("label", { for: name, class: "ask" }, t("carry.many")), many),
    el("div", { class: "acts" }, act),
    problem,
    made,
  ];
}

/** A link for each file. The browser asks for its name, or gives a number. */
function save(files: Bytes[], need: number): HTMLElement[] {
  return [
    el("h3", { tabindex: "-1" }, t("carry.made", { of: files.length, need })),
    el(
      "ul",
      { class: "files" },
      ...files.map((file, at) => {
        const url = URL.createObjectURL(new Blob([file as BlobPart], { type: "application/octet-stream" }));
        return el("li", {}, el("a", { class: "button plain", href: url, download: `${at + 1}.bin` },
          t("carry.save", { n: at + 1, size: size(DRIVE_FILE) })));
      }),
    ),
    p(t("carry.apart")),
    el("div", { class: "note" }, p(t("carry.traces"))),
  ];
}

/** Opens what a courier brought back: roster, questions and replies, without a network. */
function open(app: App): HTMLElement[] {
  const problem = el("p", { class: "wrong", role: "alert", hidden: true });
  const take = async (file: File): Promise<void> => {
    problem.hidden = true;
    app.say(t("carry.opening"));
    try {
      if (file.size > MAX_DRIVE) throw new Refused("drive");
      app.loaded = await app.helper.ask("open", [new Uint8Array(await file.arrayBuffer())]);
      app.ready = true;
      app.inbox = undefined;
      app.letters = noLetters();
      app.show("report");
    } catch (err) {
      stopped(app, err, problem);
    }
  };
  return [
    el("h2", {}, t("carry.open")),
    p(t("carry.open.what")),
    el("p", {}, fileField(t("carry.open.label"), (file) => void take(file))),
    problem,
  ];
}
