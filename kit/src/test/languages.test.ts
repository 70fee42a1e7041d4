import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";

// English is the set of keys. A translation is one file, and this test is what it
// has to pass; that every glyph can be drawn is looked at in a browser.

const root = process.cwd(); // npm runs its scripts in the folder of package.json
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const files = readdirSync(join(root, "lang")).sort();
const catalogue = (file: string): Record<string, string> => JSON.parse(read(join("lang", file))) as Record<string, string>;
const english = catalogue("en.json");
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();

const sources = (folder: string): string =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), "utf8"))
    .join("\n");
const used = sources("ui") + read("page.mjs");

test("there are four languages", () => assert.deepEqual(files, ["en.json", "ko.json", "ru.json", "zh.json"]));

for (const file of files) {
  const words = catalogue(file);
  suite(file, () => {
    test("has every key and no other", () => assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort()));
    test("has no key twice", () => {
      const keys = [...read(join("lang", file)).matchAll(/^ {2}"([^"]+)":/gm)].map((m) => m[1]);
      assert.equal(keys.length, new Set(keys).size);
    });
    test("has the same placeholders as English", () => {
      for (const key of Object.keys(english)) {
        assert.deepEqual(placeholders(words[key] ?? ""), placeholders(english[key]!), key);
      }
    });
    test("has a text for each key, without space around it or markup in it", () => {
      for (const [key, text] of Object.entries(words)) {
        assert.equal(text, text.trim().normalize("NFC"), key);
        assert.ok(text.length > 0 && !/[<>]|\p{C}/u.test(text), key);
      }
    });
    if (file !== "en.json") {
      test("leaves no sentence in English", () => {
        const same = Object.keys(english).filter((key) => /\s\w+\s/.test(english[key]!) && words[key] === english[key]);
        assert.deepEqual(same, []);
      });
    }
  });
}

test("every key is used, and none that is not there", () => {
  const unused = Object.keys(english).filter((key) => !used.includes(`"${key}"`));
  assert.deepEqual(unused, []);
});
