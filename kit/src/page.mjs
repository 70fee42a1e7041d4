// Makes the parts of which hearsay kit build puts a page together: the frame with
// its words for who has no script, the style, and the script with the worker's
// inside. All of it is committed under kit/page.

import * as esbuild from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const languages = ["ko", "zh", "ru", "en"];

/** The frame of the page, with what is said without script in every language. */
export async function frame() {
  const skeleton = await readFile(here("page.html"), "utf8");
  const catalogues = await Promise.all(
    languages.map(async (code) => [code, JSON.parse(await readFile(here(`lang/${code}.json`), "utf8"))]),
  );
  const noscript = catalogues.map(([code, words]) => `<p lang="${code}">${escape(words["noscript"])}</p>`).join("");
  return skeleton.replace("{{title}}", escape(catalogues.at(-1)[1]["page.title"])).replace("{{noscript}}", noscript);
}

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Gives a script the text of something that is built before it. */
const given = (name, text) => ({
  name,
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: "given" }));
    build.onLoad({ filter: new RegExp(`^${name}$`), namespace: "given" }, () => ({ contents: text, loader: "text" }));
  },
});

/** The list of words, each without what it shares with the one before: 2 kB less on the line. */
const packed = {
  name: "packed",
  setup(build) {
    build.onLoad({ filter: /english\.txt$/ }, async ({ path }) => {
      const words = (await readFile(path, "utf8")).trim().split("\n");
      const shared = (a, b) => [...a].findIndex((c, i) => c !== b[i]);
      const short = words.map((word, i) => (i === 0 ? "0" + word : ((n) => n + word.slice(n))(shared(word, words[i - 1]))));
      return { contents: `let w = ""; export default ${JSON.stringify(short.join(""))}.match(/\\d[a-z]+/g).map((s) => (w = w.slice(0, s[0]) + s.slice(1))).join("\\n")`, loader: "js" };
    });
  },
};

/** Builds the parts with the options that all scripts of the kit have. */
export async function parts(common) {
  const text = await frame();
  const bundle = async (entry, plugins) => {
    const built = await esbuild.build({ ...common, entryPoints: [here(entry)], plugins: [packed, ...plugins], write: false });
    return built.outputFiles[0].text.trimEnd();
  };
  const worker = await bundle("ui/worker.ts", [given("frame.txt", text)]);
  return {
    "page.html": text,
    "kit.css": await bundle("style.css", []),
    "kit.js": await bundle("ui/main.ts", [given("worker.txt", worker)]),
  };
}

/** Writes the parts to where Go takes them from. */
export async function write(common) {
  for (const [name, text] of Object.entries(await parts(common))) await writeFile(here(`../page/${name}`), text);
}
