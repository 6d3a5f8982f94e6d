/** The second tab: a derivation of the reader's own, line by line. */
import { Refused, ask } from "./api.js";
import { byId, h } from "./dom.js";
import { Field } from "./field.js";
import { refusal } from "./sections.js";
import { currentLanguage, say } from "./words.js";

// one line of it is wrong
const EXAMPLE = "f = norm2(X*w - y)^2\ndf = 2*(X*w - y)'*X*dw\n   = tr((2*X*(X*w - y))'*dw)\n∂f/∂w = 2*X'*(X*w - y)";

/** @param {(steps: string, declare: string) => void} changed
 * @returns {{set: (steps: string, declare: string) => void}} */
export function checkTab(changed) {
  const steps = new Field("steps");
  const declare = new Field("steps-declare");
  const form = byId("check-form");
  const tell = () => changed(steps.value, declare.value);
  for (const field of [steps, declare]) field.input.addEventListener("input", tell);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(steps, declare);
  });
  steps.input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(steps, declare);
  });
  byId("check-example").addEventListener("click", () => {
    steps.value = EXAMPLE;
    declare.value = "";
    tell();
    run(steps, declare);
  });
  return {
    set(text, sizes) {
      steps.value = text;
      declare.value = sizes;
    },
  };
}

/** @param {Field} steps
 * @param {Field} declare */
async function run(steps, declare) {
  const place = byId("verdict");
  steps.accept();
  declare.accept();
  try {
    place.replaceChildren(...verdict(await ask("check", { text: steps.value, declare: declare.value, view: true, lang: currentLanguage() })));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    place.replaceChildren();
    if (error.refusal.field === "declare") declare.refuse(error.refusal, true);
    else if (error.refusal.field) steps.refuse(error.refusal, true);
    else place.replaceChildren(refusal(error));
  }
}

const SIGNS = /** @type {Record<string, string>} */ ({ right: "✓", wrong: "✗", follows: "~", undecided: "?" });

/** @param {any} reply
 * @returns {HTMLElement[]} */
function verdict(reply) {
  const { summary, fault, lines } = reply.view;
  return [
    h("p", { class: `summary ${reply.ok ? "good" : "bad"}` }, summary),
    h("ol", { class: "verdicts" }, ...reply.lines.map((/** @type {any} */ l, /** @type {number} */ i) => line(l, lines[i], i === reply.first_error ? fault : []))),
    ...(reply.assumed.length ? [h("p", { class: "assumed" }, `${say("assumed")}: `, h("code", {}, reply.assumed.join("; ")))] : []),
  ];
}

/** @param {any} l
 * @param {string} words
 * @param {string[]} fault what is wrong, at length
 * @returns {HTMLElement} */
function line(l, words, fault) {
  const sentences = fault.filter((f) => !f.startsWith("  "));
  const values = fault.filter((f) => f.startsWith("  ")).map((f) => f.trim()).join("\n"); // of a point at which the line fails
  return h(
    "li",
    { class: l.verdict },
    h("span", { class: "sign", role: "img", "aria-label": say(l.verdict) }, SIGNS[l.verdict] ?? "·"),
    h("code", {}, l.text),
    h("span", { class: "mark" }, words),
    fault.length ? h("div", { class: "fault" }, ...sentences.map((f) => h("p", {}, f)), values ? h("pre", { tabindex: "0" }, values) : null) : null,
  );
}
