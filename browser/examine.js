// What the tests ask of a page. It runs in a world of its own: the page's
// scripts cannot see it, and the page's policy does not reach it.

// protruding names what makes a page wider than its window.
function protruding() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > width + 0.5 && !scrolls(e.parentElement));
  return [`${document.documentElement.scrollWidth} px wide in a window of ${width}`, ...out.slice(0, 5).map(name)];
}

function scrolls(e) {
  for (; e && e !== document.body; e = e.parentElement) {
    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(e).overflowX)) return true;
  }
  return false;
}

// name is a short way to find an element again.
function name(e) {
  const text = (e.getAttribute("aria-label") || e.textContent || e.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
  const id = e.id ? "#" + e.id : "";
  const classes = e.classList.length ? "." + [...e.classList].join(".") : "";
  return `<${e.localName}${id}${classes}> "${text}"`;
}

// controls are what the keyboard must reach, in the order of the page.
let stops = [];
let rest = [];
function controls() {
  document.activeElement?.blur();
  stops = reachable();
  rest = stops.map(looks);
  return stops.map(name);
}

// reachable are the controls that can be seen and used.
function reachable() {
  const groups = new Set();
  return [...document.querySelectorAll("a[href], area[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable]")].filter((e) => {
    if (e.disabled || e.type === "hidden" || e.tabIndex < 0 || !e.checkVisibility({ visibilityProperty: true })) return false;
    if (e.localName === "summary" && e !== e.parentElement.querySelector("summary")) return false;
    if (e.type !== "radio" || !e.name) return true;
    // the arrow keys walk a group of radio buttons, tab visits it once
    const group = [...document.querySelectorAll("input[type=radio]")].filter((r) => r.name === e.name && r.form === e.form);
    if (group.some((r) => r.checked)) return e.checked;
    if (groups.has(group[0])) return false;
    groups.add(group[0]);
    return true;
  });
}

// looks is how an element looks as far as focus may change it.
function looks(e) {
  const s = getComputedStyle(e);
  return [s.outlineStyle === "none" ? "" : s.outline + s.outlineOffset, s.boxShadow, s.borderColor, s.borderStyle,
    s.borderWidth, s.backgroundColor, s.color, s.textDecoration].join("|");
}

// focused says where the keyboard is: the index of the control, whether that
// can be seen to have the focus, and whether it lies in the window.
function focused() {
  const e = document.activeElement;
  const at = stops.indexOf(e);
  if (!e || e === document.body) return { at: -1, name: "" };
  const box = e.getBoundingClientRect();
  return {
    at,
    name: name(e),
    parts: ["date", "time", "month", "week", "datetime-local"].includes(e.type),
    marked: at < 0 || looks(e) !== rest[at],
    inside: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.width > 0 && box.height > 0,
  };
}

// violations are what axe-core holds against the page.
async function violations() {
  // cssom would fetch style sheets again, from wherever they are
  const found = await axe.run(document, { preload: false, resultTypes: ["violations"], elementRef: false });
  return found.violations.map((v) => `${v.id}: ${v.help}: ` +
    v.nodes.slice(0, 3).map((n) => n.target.join(" ") + (n.any[0] ? ` (${n.any[0].message})` : "")).join("; ") +
    (v.nodes.length > 3 ? `; and ${v.nodes.length - 3} more` : ""));
}

// covered names the controls that a finger cannot hit, since something else
// lies over their middle.
function covered() {
  const found = reachable().map((e) => [e, middle(e)]).filter(([, at]) => at.why).map(([, at]) => at.why);
  scrollTo(0, 0);
  return found;
}

// find returns where to click the one control that is called so, or why not. A
// name that ends with … is the beginning of one.
function find(text) {
  const called = [...document.querySelectorAll("a[href], button, summary, input[type=checkbox], input[type=radio]")].filter(
    (e) => e.checkVisibility({ visibilityProperty: true }) && (label(e) === text || (text.endsWith("…") && label(e).startsWith(text.slice(0, -1)))));
  if (called.length !== 1) return { why: `${called.length} controls are called "${text}"` };
  return middle(called[0]);
}

// middle brings an element into the window and returns its middle, unless
// something lies over it.
function middle(e) {
  e.scrollIntoView({ block: "center" });
  const box = e.getClientRects()[0];
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  if (x < 0 || y < 0) return { x, y }; // kept out of sight until it has the focus
  const hit = document.elementFromPoint(x, y);
  if (!hit || (!e.contains(hit) && !hit.contains(e))) return { why: `${name(e)} lies under ${hit && name(hit)}` };
  return { x, y };
}

// label is how a control is called by who cannot see it.
function label(e) {
  const text = e.getAttribute("aria-label") ?? (e.labels?.length ? e.labels[0].textContent : e.textContent);
  return text.trim().replace(/\s+/g, " ");
}

// field puts the keyboard into the one field with a label, emptied, and sets a
// field that takes no typing, such as a date, to a value. It returns why not.
function field(text, value) {
  const called = [...document.querySelectorAll("input, select, textarea")].filter((e) => label(e) === text && e.checkVisibility());
  if (called.length !== 1) return `${called.length} fields are called "${text}"`;
  const [e] = called;
  e.focus();
  e.value = ["date", "select-one"].includes(e.type) ? value : "";
  e.dispatchEvent(new Event("change", { bubbles: true }));
  return e.type;
}

// says is the text of the page, as it is read out.
function says() {
  return document.body.innerText.replace(/\s+/g, " ");
}

// laidOut waits until a page that lays itself out in a task of its own has done so.
async function laidOut() {
  while (document.querySelector("main")?.hidden) await new Promise(requestAnimationFrame);
}

// until waits for a page that changes in place to have a text; it returns "",
// or after a minute what the page says instead.
function until(text) {
  const has = () => says().includes(text);
  if (has()) return "";
  return new Promise((done) => {
    const end = (said) => { watch.disconnect(); clearTimeout(patience); done(said); };
    const watch = new MutationObserver(() => has() && end(""));
    const patience = setTimeout(() => end(says() || "nothing"), 60000);
    watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

// fromTheTop lets the next tab key begin at the top of a page that has moved
// the focus by itself.
function fromTheTop() {
  const top = document.createElement("div");
  top.tabIndex = -1;
  document.body.prepend(top);
  top.focus();
  top.remove();
}
