// Elements without markup: whatever a relay, a desk or a person wrote becomes a
// text node and nothing else.

type Child = Node | string | undefined | false;
type Listener = (event: Event) => void;

/** Attributes and listeners of an element. What is false or undefined is left out, true is an attribute without a value. */
export interface Props {
  [name: string]: string | number | boolean | Listener | undefined;
}

/** Makes an element. A property that begins with "on" is a listener. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

export const p = (text: string, props: Props = {}): HTMLElement => el("p", props, text);

/** A button that does something in place: it submits nothing. */
export const button = (text: string, act: Listener, props: Props = {}): HTMLButtonElement =>
  el("button", { type: "button", onclick: act, ...props }, text);

// A browser offers to complete, to correct, to translate and to remember what is
// typed. Each of these is a copy elsewhere.
const unremembered: Props = {
  autocomplete: "off",
  autocorrect: "off",
  autocapitalize: "off",
  spellcheck: "false",
  "data-gramm": "false",
};

export const input = (type: string, props: Props = {}): HTMLInputElement => el("input", { type, ...unremembered, ...props });

export const textarea = (value: string, props: Props = {}): HTMLTextAreaElement => {
  const made = el("textarea", { ...unremembered, ...props });
  made.value = value;
  return made;
};

/** A field for one file that looks like a button: the browser's own would speak the browser's language. */
export function fileField(text: string, act: (file: File, field: HTMLInputElement) => void, props: Props = {}): HTMLElement {
  const field = input("file", {
    ...props,
    onchange: () => {
      const file = field.files?.[0];
      if (file) act(file, field);
    },
  });
  return el("label", { class: "button plain pick" }, text, field);
}

/** A list to choose one of, with the values and their words. */
export function select(value: string, options: [value: string, text: string][], props: Props = {}): HTMLSelectElement {
  const made = el("select", { autocomplete: "off", ...props });
  made.append(...options.map(([v, text]) => el("option", { value: v, selected: v === value }, text)));
  return made;
}

/** One of several buttons of a group, or a box to tick. */
export function tick(type: "radio" | "checkbox", text: string, props: Props): HTMLLabelElement {
  return el("label", {}, input(type, props), text);
}

/** A list of terms and what they are. */
export const terms = (pairs: [term: string, text: string][], props: Props = {}): HTMLElement =>
  el("dl", props, ...pairs.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)]));

/** Something to open by those who want to know more. */
export const more = (summary: string, ...children: Child[]): HTMLElement =>
  el("details", {}, el("summary", {}, summary), ...children);

let count = 0;

/** A name for an element that another refers to. */
export const id = (): string => `i${++count}`;
