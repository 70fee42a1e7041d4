// Leaving in a hurry. Escape hides everything at once; a second Escape, the
// button or ten seconds forget it. Only within these ten seconds and only by the
// one button of the empty page does anything come back: a key that is struck by
// accident, or to close the window of an input method, must not cost a report.

import { button, el } from "./dom.ts";
import { t } from "./speak.ts";

const PATIENCE = 10_000; // milliseconds behind the curtain

export interface Leaving {
  now(): void; // forget and be gone
}

/** Listens for Escape and for the page being left. forget must let go of everything that it can reach. */
export function listenForLeaving(forget: () => void): Leaving {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let curtain: HTMLElement | undefined;
  let before: Element | null = null;
  let gone = false;

  const empty = (): void => {
    if (gone) return;
    gone = true;
    clearTimeout(timer);
    for (const field of document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")) {
      field.type === "checkbox" || field.type === "radio" ? ((field as HTMLInputElement).checked = false) : (field.value = "");
    }
    forget();
    document.body.replaceChildren();
  };
  const now = (): void => {
    empty();
    // It takes this page's place in the history, so that Back does not lead here.
    location.replace("about:blank");
  };
  const back = (): void => {
    clearTimeout(timer);
    curtain?.remove();
    curtain = undefined;
    for (const child of document.body.children) (child as HTMLElement).inert = false;
    if (before instanceof HTMLElement) before.focus();
  };
  const hide = (): void => {
    before = document.activeElement;
    for (const child of document.body.children) (child as HTMLElement).inert = true;
    const undo = button(t("leave.back"), back, { class: "plain small" });
    curtain = el("div", { class: "curtain" }, undo);
    document.body.append(curtain);
    undo.focus();
    timer = setTimeout(now, PATIENCE);
  };

  addEventListener("keydown", (event) => {
    // While an input method composes, Escape belongs to it.
    if (event.key !== "Escape" || event.isComposing || event.keyCode === 229 || event.repeat) return;
    event.preventDefault();
    curtain ? now() : hide();
  }, { capture: true });
  // Whatever is kept for the way back would keep the report with it.
  addEventListener("pagehide", empty);
  addEventListener("pageshow", (event) => {
    if (event.persisted) now();
  });
  return { now };
}
