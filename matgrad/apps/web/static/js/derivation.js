/** The derivation, line by line: the law beside each line, what it says when the line is touched, what it changed. */
import { h } from "./dom.js";
import { math, scrollable } from "./math.js";
import { say } from "./words.js";

/** @param {any[]} stages
 * @returns {HTMLElement} */
export function derivation(stages) {
  const root = h("div", { class: "derivation" }, ...stages.flatMap(stage));
  root.addEventListener("pointerover", (event) => light(root, lineOf(event.target)));
  root.addEventListener("pointerleave", () => light(root, opened(root)));
  root.addEventListener("focusin", (event) => light(root, lineOf(event.target)));
  root.addEventListener("click", (event) => {
    const line = lineOf(event.target);
    const selecting = String(getSelection()).length > 0;
    if (line && !selecting && !(/** @type {HTMLElement} */ (event.target).closest(".law"))) toggle(root, line);
  });
  root.addEventListener("keydown", (event) => steer(root, event));
  return root;
}

/** @param {any} s
 * @returns {HTMLElement[]} */
function stage(s) {
  const heading = s.heading ? [h("h3", {}, h("span", { class: "number" }, String(s.number)), math(s.heading, s.spoken))] : [];
  return [...heading, h("ol", { class: "lines" }, ...s.lines.map(line))];
}

/** @param {any} l
 * @param {number} at
 * @returns {HTMLElement} */
function line(l, at) {
  const left = h("span", { class: "left" }, l.left ? math(l.left, "") : "");
  const right = h("span", { class: "right" }, h("span", { "aria-hidden": "true", class: "eq" }, math("=", "")), math(l.right, l.spoken));
  const reason = l.laws.length
    ? h("button", { type: "button", class: "reason", "aria-expanded": "false", "aria-controls": `law-${l.id}` }, h("span", { class: "sr" }, say("explain", at + 1)), ...l.laws.flatMap(cited))
    : h("span", { class: "reason size" }, l.size);
  const result = !l.laws.length && l.left ? " result" : "";
  return h("li", { class: `line${result}`, "data-line": l.id }, left, right, reason, l.laws.length ? h("div", { class: "law", id: `law-${l.id}`, hidden: true }, ...l.laws.map(law)) : null);
}

/** A law as it stands beside its line: its name, or its equation.
 * @param {any} c
 * @param {number} i
 * @returns {(HTMLElement | string)[]} */
function cited(c, i) {
  const equation = c.row;
  return [i ? say("joint") : "", equation && c.name ? say("colon", c.name) : c.name, equation ? math(c.latex, c.title.split("：").pop()) : ""];
}

/** @param {any} c
 * @returns {HTMLElement} */
function law(c) {
  return h(
    "div",
    { class: "card" },
    c.latex ? math(c.latex, c.title, "") : h("p", { class: "title" }, c.title),
    c.about ? h("p", {}, c.about) : null,
    c.sizes || c.source
      ? h("p", { class: "fine" }, c.sizes ? `${say("lawSizes")}: ${c.sizes}` : "", c.sizes && c.source ? " · " : "", c.source ? `${say("source")}: ${c.source}` : "")
      : null,
  );
}

/** @param {EventTarget | null} target
 * @returns {HTMLElement | null} */
function lineOf(target) {
  return target instanceof Element ? target.closest(".line") : null;
}

/** @param {HTMLElement} root
 * @returns {HTMLElement | null} */
function opened(root) {
  return root.querySelector(".line.open");
}

/** Mark what a line changed: in the line above what went, in the line itself what came.
 * @param {HTMLElement} root
 * @param {HTMLElement | null} line */
function light(root, line) {
  for (const e of root.querySelectorAll(".lit-before, .lit-after")) e.classList.remove("lit-before", "lit-after");
  root.querySelector(".line.lit")?.classList.remove("lit");
  if (!line) return;
  line.classList.add("lit");
  const id = line.dataset.line;
  for (const e of root.querySelectorAll(`.b${id}`)) e.classList.add("lit-before");
  for (const e of line.querySelectorAll(`.a${id}`)) e.classList.add("lit-after");
}

/** Open the law of one line and close that of the others.
 * @param {HTMLElement} root
 * @param {HTMLElement} line */
function toggle(root, line) {
  const other = opened(root);
  if (other) set(other, false);
  if (other !== line) set(line, true);
  light(root, opened(root) ?? line);
}

/** @param {HTMLElement} line
 * @param {boolean} open */
function set(line, open) {
  const law = /** @type {HTMLElement | null} */ (line.querySelector(".law"));
  if (!law) return;
  law.hidden = !open;
  line.classList.toggle("open", open);
  line.querySelector("button.reason")?.setAttribute("aria-expanded", String(open));
  if (open) scrollable(law);
}

/** Arrow keys go from reason to reason.
 * @param {HTMLElement} root
 * @param {KeyboardEvent} event */
function steer(root, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const reasons = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("button.reason")]);
  const at = reasons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (!step || at < 0) return;
  event.preventDefault();
  reasons[at + step]?.focus();
}
