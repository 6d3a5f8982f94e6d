/** The answer: the function, its derivatives with their sizes, what must be known of them, the check. */
import { copyButton } from "./copy.js";
import { h } from "./dom.js";
import { math } from "./math.js";
import { say } from "./words.js";

/** @param {any} found a reply with its view
 * @returns {HTMLElement[]} */
export function answer(found) {
  const view = found.view;
  return [...answers(view), h("ul", { class: "notes" }, ...view.notes.map((/** @type {string} */ n) => h("li", {}, n))), check(found)];
}

/** @param {any} view
 * @returns {HTMLElement[]} */
export function answers(view) {
  const rows = view.answers.map((/** @type {any} */ a) =>
    h(
      "div",
      { class: "found" },
      math(`${a.left} = ${a.latex}`, a.spoken, "large"),
      h("span", { class: "size" }, a.size),
      h("span", { class: "copies" }, copyButton("copyText", () => a.text), copyButton("copyLatex", () => a.latex)),
    ),
  );
  if (view.definitions.length) rows.push(where(view.definitions));
  return rows;
}

/** The intermediates in which an answer is written.
 * @param {{latex: string, spoken: string}[]} definitions
 * @returns {HTMLElement} */
export function where(definitions) {
  return h("p", { class: "where" }, say("definitions"), " ", ...definitions.map((d) => math(d.latex, d.spoken)));
}

/** @param {any} found
 * @returns {HTMLElement} */
export function check(found) {
  return h("p", { class: found.check.passed ? "checked" : "unchecked" }, found.view.check);
}
