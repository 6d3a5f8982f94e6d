/** The second tab: a derivation of the reader's own, line by line. */
import { Refused, ask } from "./api.js";
import { byId, h } from "./dom.js";
import { Field } from "./field.js";
import { facts, refusal } from "./sections.js";
import { currentLanguage, say } from "./words.js";

const EXAMPLE = "f = tr(Y'*M*Y)\ndf = tr(dY'*M*Y) + tr(Y'*M*dY)\ndf = tr((M*Y + M'*Y)'*dY)";

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
    place.replaceChildren(verdict(await ask("check", { text: steps.value, declare: declare.value, lang: currentLanguage() })));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    place.replaceChildren();
    if (error.refusal.field === "declare") declare.refuse(error.refusal, true);
    else if (error.refusal.field) steps.refuse(error.refusal, true);
    else place.replaceChildren(refusal(error));
  }
}

/** @param {any} reply
 * @returns {HTMLElement} */
function verdict(reply) {
  const lines = reply.lines ?? reply.steps;
  if (!Array.isArray(lines)) return facts(reply);
  return h("ol", { class: "verdicts" }, ...lines.map(line));
}

/** @param {any} l
 * @returns {HTMLElement} */
function line(l) {
  const good = l.ok ?? l.holds ?? l.passed;
  const word = good ? say("lineOk") : say("lineBad");
  const why = l.message ?? l.reason ?? l.why ?? "";
  return h("li", { class: good ? "good" : "bad" }, h("code", {}, l.text ?? l.line ?? ""), h("span", { class: "mark" }, word), why ? h("p", {}, String(why)) : null);
}
