/** The names of the expression: click one to differentiate by it, open it to say what is known of it. */
import { declaration } from "./declare.js";
import { byId, h } from "./dom.js";
import { math } from "./math.js";
import { say } from "./words.js";

/** @typedef {{choose: (name: string) => void, declare: (name: string, item: string) => void}} Actions */

let open = ""; // the name whose facts are shown

/** @param {any} reading
 * @param {string} wrt
 * @param {Actions} actions */
export function symbols(reading, wrt, actions) {
  const chosen = wrt.split(",").map((w) => w.trim().replace(/['[].*$/, ""));
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.key;
  byId("symbols").replaceChildren(
    ...reading.symbols.map((/** @type {any} */ s) => chip(s, chosen.includes(s.name), reading, wrt, actions)),
    ...reading.intermediates.map((/** @type {any} */ s) => intermediate(s, chosen.includes(s.name), actions)),
  );
  if (focused) /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
  facts(reading, actions);
}

/** @param {any} s
 * @param {boolean} chosen
 * @param {any} reading
 * @param {string} wrt
 * @param {Actions} actions
 * @returns {HTMLElement} */
function chip(s, chosen, reading, wrt, actions) {
  const known = s.facts.filter((/** @type {string} */ f) => !s.implied.includes(f)).map((/** @type {string} */ f) => reading.words[f]);
  const pick = h(
    "button",
    { type: "button", class: "pick", "data-key": `pick ${s.name}`, "aria-pressed": String(chosen), onclick: () => actions.choose(s.name) },
    math(s.latex, say("byName", s.name, [s.size, ...known].join(" "))),
    h("small", { "aria-hidden": "true", class: s.assumed ? "guess" : "", title: s.assumed ? say("assumed") : "" }, [s.size, ...known].join(" ")),
  );
  const more = h(
    "button",
    { type: "button", class: "more", "data-key": `more ${s.name}`, "aria-expanded": String(open === s.name), "aria-controls": "facts", "aria-label": say("facts", s.name) },
    "▾",
  );
  more.addEventListener("click", () => {
    open = open === s.name ? "" : s.name;
    symbols(reading, wrt, actions);
  });
  return h("span", { class: `chip${chosen ? " chosen" : ""}` }, pick, more);
}

/** @param {any} s
 * @param {boolean} chosen
 * @param {Actions} actions
 * @returns {HTMLElement} */
function intermediate(s, chosen, actions) {
  const pick = h(
    "button",
    { type: "button", class: "pick", "data-key": `pick ${s.name}`, "aria-pressed": String(chosen), onclick: () => actions.choose(s.name) },
    math(s.latex, say("byName", s.name, s.size)),
    h("small", { "aria-hidden": "true" }, s.size),
  );
  return h("span", { class: `chip named${chosen ? " chosen" : ""}` }, pick);
}

/** The facts of the open name as boxes to tick.
 * @param {any} reading
 * @param {Actions} actions */
function facts(reading, actions) {
  const place = byId("facts");
  const symbol = reading.symbols.find((/** @type {any} */ s) => s.name === open);
  place.hidden = !symbol;
  if (!symbol) {
    place.replaceChildren();
    return;
  }
  const boxes = symbol.possible.map((/** @type {string} */ fact) => {
    const box = h("input", { type: "checkbox", "data-key": `fact ${fact}`, checked: symbol.facts.includes(fact), disabled: symbol.implied.includes(fact) });
    box.addEventListener("change", () => {
      const now = symbol.facts.filter((/** @type {string} */ f) => f !== fact && !symbol.implied.includes(f));
      actions.declare(symbol.name, declaration(symbol, box.checked ? [...now, fact] : now));
    });
    return h("label", {}, box, reading.words[fact]);
  });
  place.replaceChildren(h("fieldset", {}, h("legend", {}, say("factsOf", symbol.name)), ...boxes));
}
