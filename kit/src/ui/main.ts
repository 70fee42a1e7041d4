// The page's script begins here: the screens, in place of one another, and a
// worker for everything else.

import { App, type Room, type Screen } from "./app.ts";
import { emptyDraft } from "./draft.ts";
import { listenForLeaving } from "./leave.ts";
import { arrived } from "./screens/arrived.ts";
import { begin, fetchDrops, language, stop } from "./screens/begin.ts";
import { carry } from "./screens/carry.ts";
import { replies } from "./screens/replies.ts";
import { report } from "./screens/report.ts";
import { seal } from "./screens/seal.ts";
import { words } from "./screens/words.ts";

const screens: Record<Room, (app: App) => Screen> = {
  language, begin, fetch: fetchDrops, stop, report, words, seal, replies, carry, arrived,
};

const text = (selector: string): string => document.querySelector(selector)?.textContent ?? "";

// Read before anything is drawn: the page tells its fingerprint by its own texts.
const parts = { style: text("style"), config: text("#config"), script: document.currentScript?.textContent ?? "" };

const leaving = listenForLeaving(() => app.forget());
const app = new App(emptyDraft(), leaving, screens);
app.show("language");
app.helper.ask("identify", [parts]).then(
  (identity) => {
    app.identity = identity;
    if (app.room === "begin") app.show("begin");
  },
  () => {
    app.broken = "config";
    if (app.room === "begin") app.show("begin");
  },
);
