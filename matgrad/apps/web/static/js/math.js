/** Formulas: KaTeX for the eye, words for the ear. */
import { h } from "./dom.js";

/** @type {any} */
const katex = /** @type {any} */ (window).katex;

const OPTIONS = {
  throwOnError: false,
  output: "html",
  strict: "ignore",
  maxExpand: 1000,
  trust: (/** @type {{command: string}} */ context) => context.command === "\\htmlClass" || context.command === "\\htmlData",
};

/** A formula that may break between its terms.
 * @param {string} latex
 * @param {string} spoken what is read aloud in its place
 * @param {string} [name] class of the element
 * @returns {HTMLElement} */
export function math(latex, spoken, name = "") {
  const shown = h("span", { "aria-hidden": "true", class: "formula" });
  katex.render(`\\displaystyle ${latex}`, shown, OPTIONS);
  return h("span", { class: `math ${name}` }, shown, h("span", { class: "sr" }, spoken));
}

/** A formula that is wider than its place can be scrolled, by keyboard too.
 * @param {ParentNode} root */
export function scrollable(root) {
  for (const e of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".math, pre, .picture"))) {
    if (e.scrollWidth > e.clientWidth + 1) {
      e.tabIndex = 0;
      e.setAttribute("role", "group");
    } else {
      e.removeAttribute("tabindex");
      e.removeAttribute("role");
    }
  }
}
