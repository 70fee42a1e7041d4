// Photos and documents: cleaned before anything else happens to them, and what
// was removed is said.

import type { App } from "../app.ts";
import { button, el, fileField, p } from "../dom.ts";
import { Refused } from "../helper.ts";
import { size, t, type Key } from "../speak.ts";
import type { Attached, Removed } from "../talk.ts";

const MAX_FILE = 64 << 20; // bytes that are read of one file

/** The part of the report in which files are added; they leave less room for text. */
export function files(app: App, changed: () => void): HTMLElement {
  const told = el("div", { role: "status" });
  const list = el("ul", { class: "files" });
  const draw = (): void =>
    list.replaceChildren(
      ...app.attached.files.map((file) =>
        el(
          "li",
          {},
          el("span", {}, t("files.item", { name: file.name, size: size(file.bytes) })), " ",
          button(t("files.remove", { name: file.name }), async () => {
            app.attached = await app.helper.ask("detach", [file.name]);
            draw();
            changed();
            pick.querySelector("input")?.focus();
          }, { class: "plain small" }),
        ),
      ),
    );
  const add = async (file: File, field: HTMLInputElement): Promise<void> => {
    told.replaceChildren(p(t("files.adding"), { class: "meta" }));
    field.disabled = true;
    try {
      if (file.size > MAX_FILE) throw new Refused("file.large");
      app.attached = await app.helper.ask("attach", [new Uint8Array(await file.arrayBuffer())]);
      told.replaceChildren(...cleaned(app.attached));
    } catch (err) {
      told.replaceChildren(p(app.reason(err), { class: "wrong" }));
    }
    field.disabled = false;
    field.value = ""; // the field would remember the file's own name
    draw();
    changed();
  };
  const pick = fileField(t("files.add"), (file, field) => void add(file, field), { accept: "image/*,application/pdf,text/plain" });
  draw();
  return el(
    "section",
    {},
    el("h2", {}, t("files.title")),
    p(t("files.what")),
    el("p", {}, pick),
    told,
    list,
  );
}

function cleaned({ files: all, last }: Attached): HTMLElement[] {
  const name = all.at(-1)?.name ?? "";
  const what = [...new Set(last?.removed.map((detail) => t(kinds[detail])))].join(", ");
  return [
    p(what === "" ? t("files.clean", { name }) : t("files.cleaned", { name, what })),
    ...(last?.redrawn ? [p(t("files.redrawn"), { class: "meta" })] : []),
  ];
}

const kinds: Record<Removed, Key> = {
  exif: "removed.camera",
  time: "removed.camera",
  xmp: "removed.notes",
  iptc: "removed.notes",
  comment: "removed.notes",
  text: "removed.notes",
  info: "removed.notes",
  thumbnail: "removed.copies",
  trailing: "removed.copies",
  frames: "removed.copies",
  icc: "removed.other",
  other: "removed.other",
};
