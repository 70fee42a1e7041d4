// The words of the screens, in the language that the person chose by a button. A
// browser's own preference is not asked: it would be one more thing that a page
// knows of a person.

import en from "../lang/en.json" with { type: "json" };
import ko from "../lang/ko.json" with { type: "json" };
import ru from "../lang/ru.json" with { type: "json" };
import zh from "../lang/zh.json" with { type: "json" };

export type Key = keyof typeof en;
export type Language = "ko" | "zh" | "ru" | "en";
type Catalogue = Record<Key, string>;

const catalogues: Record<Language, Catalogue> = { ko, zh, ru, en };

/** The languages by their own names, in full and by their beginning, in the order of their buttons. */
export const languages: [code: Language, name: string, short: string][] = [
  ["ko", "한국어", "한"],
  ["zh", "中文", "中"],
  ["ru", "Русский", "Ру"],
  ["en", "English", "En"],
];

// UTF-8 bytes of a usual letter: what room is left is said in letters.
const letterBytes: Record<Language, number> = { ko: 3, zh: 3, ru: 2, en: 1 };

let language: Language = "en";

export function choose(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen;
  document.title = t("page.title");
}

export const chosen = (): Language => language;

/** The text of a key with its {placeholders} filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return say(catalogues[language], key, values);
}

/** The same in a language that is not the chosen one. */
export const tIn = (other: Language, key: Key): string => say(catalogues[other], key, {});

function say(catalogue: Catalogue, key: Key, values: Record<string, string | number>): string {
  return catalogue[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** About how many more letters of the chosen language fit into so many bytes. */
export const lettersIn = (bytes: number): number => Math.floor(bytes / letterBytes[language]);

/** A number as the chosen language writes it. */
export const number = (n: number): string => new Intl.NumberFormat(language).format(n);

/** A size in kB or MB, rounded up to what a person would remember. */
export function size(bytes: number): string {
  if (bytes >= 1e6) return `${number(Math.ceil(bytes / 1e5) / 10)} MB`;
  return `${number(Math.ceil(bytes / 1e3))} kB`;
}

/** A day as the chosen language writes it, without the dot of an abbreviated "year" that a sentence would double. */
export const day = (epoch: number): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(epoch * 86_400_000).replace(/\s*г\.$/, "");
