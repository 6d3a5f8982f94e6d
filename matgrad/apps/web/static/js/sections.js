/** The sections below the answer; each asks for its content when it is opened. */
import { Refused, ask } from "./api.js";
import { answers, check } from "./answer.js";
import { copyButton } from "./copy.js";
import { derivation } from "./derivation.js";
import { byId, h } from "./dom.js";
import { scrollable } from "./math.js";
import { currentLanguage, say } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{state: State, found: any, signal: AbortSignal}} Context */
/** @typedef {(context: Context) => Promise<HTMLElement[]> | HTMLElement[]} Fill */

/** @type {Record<string, Fill>} */
const FILL = { derivation: steps, code, latex, second, stationary, curvature, pictures };

/** @type {Context | null} */
let current = null;
/** @type {Map<string, Context>} */
const filled = new Map();
let target = "numpy";

for (const id of Object.keys(FILL)) byId(id).addEventListener("toggle", () => refresh(id));

/** Fill the open sections anew, forget the others.
 * @param {Context | null} context */
export function show(context) {
  current = context;
  byId("result").classList.toggle("none", !context);
  for (const id of Object.keys(FILL)) refresh(id);
}

/** @param {string} id */
async function refresh(id) {
  const section = /** @type {HTMLDetailsElement} */ (byId(id));
  const context = current;
  if (!section.open || !context || filled.get(id) === context) return;
  filled.set(id, context);
  const body = /** @type {HTMLElement} */ (section.querySelector(".body"));
  const patience = setTimeout(() => body.replaceChildren(h("p", { class: "quiet-text" }, say("working"))), 300);
  try {
    const content = await FILL[id](context);
    if (current === context) body.replaceChildren(...content);
  } catch (error) {
    if (current === context && error instanceof Refused) body.replaceChildren(refusal(error));
  } finally {
    clearTimeout(patience);
  }
  scrollable(body);
}

/** @param {Refused} error
 * @returns {HTMLElement} */
export function refusal(error) {
  return h("p", { class: "refusal" }, h("strong", {}, say("colon", say(error.refusal.kind))), " ", error.refusal.message);
}

/** @param {State} state */
const question = (state) => ({ expr: state.expr, wrt: state.wrt, declare: state.declare });

/** @param {Context} context */
function steps({ found }) {
  return [derivation(found.view.stages)];
}

/** @param {Context} context */
function latex({ found }) {
  const view = found.view;
  return [
    block(say("formula"), view.answers.map((/** @type {any} */ a) => `${a.left} = ${a.latex}`).join(" \\\\\n")),
    block(say("document"), view.document),
  ];
}

/** @param {string} title
 * @param {string} text
 * @returns {HTMLElement} */
function block(title, text) {
  return h("div", { class: "block" }, h("div", { class: "row" }, h("h3", {}, title), copyButton("copy", () => text)), h("pre", {}, h("code", {}, text)));
}

/** @param {Context} context */
async function code(context) {
  const reply = await ask("code", { ...question(context.state), layout: codeLayout(context), target, lang: currentLanguage() }, context.signal);
  const names = { numpy: "NumPy", jax: "JAX", torch: "PyTorch" };
  const choose = h(
    "div",
    { class: "choices", role: "group", "aria-label": say("code") },
    ...Object.entries(names).map(([key, name]) =>
      h("button", { type: "button", "aria-pressed": String(key === target), "data-target": key, onclick: () => retarget(key) }, name),
    ),
  );
  return [h("div", { class: "row" }, choose, copyButton("copy", () => reply.code)), h("pre", {}, h("code", {}, reply.code))];
}

/** @param {Context} context */
const codeLayout = (context) => context.state.layout;

/** @param {string} key */
async function retarget(key) {
  target = key;
  filled.delete("code");
  await refresh("code");
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-target="${key}"]`))?.focus();
}

/** @param {string} command
 * @param {Context} context
 * @param {Record<string, unknown>} [more] */
async function whole(command, context, more = {}) {
  const found = await ask(command, { ...question(context.state), ...more, view: true, lang: currentLanguage() }, context.signal);
  const notes = h("ul", { class: "notes" }, ...found.view.notes.map((/** @type {string} */ n) => h("li", {}, n)));
  const lines = h("details", { class: "inner" }, h("summary", {}, say("derivation")), derivation(renumbered(found.view.stages, command)));
  lines.addEventListener("toggle", () => scrollable(lines));
  return [...answers(found.view), notes, check(found), lines];
}

/** Numbers of lines that no other derivation on the page uses.
 * @param {any[]} stages
 * @param {string} command */
function renumbered(stages, command) {
  const shift = command === "stationary" ? 2000 : 1000;
  const marked = (/** @type {string} */ s) => s.replace(/\\htmlClass\{([^}]*)\}/g, (_, names) => `\\htmlClass{${names.replace(/\d+/g, (/** @type {string} */ n) => String(Number(n) + shift))}}`);
  return stages.map((s) => ({ ...s, lines: s.lines.map((/** @type {any} */ l) => ({ ...l, id: l.id + shift, right: marked(l.right) })) }));
}

/** @param {Context} context */
function second(context) {
  return whole("derive", context, { order: 2, layout: context.state.layout === "numerator" ? "numerator" : "denominator" });
}

/** @param {Context} context */
function stationary(context) {
  return whole("stationary", context);
}

/** @param {Context} context */
async function curvature(context) {
  const reply = await ask("curvature", { ...question(context.state), view: true, lang: currentLanguage() }, context.signal);
  return [h("p", { class: "told" }, reply.view.page)];
}

/** @param {Context} context */
async function pictures(context) {
  const lang = currentLanguage();
  const { state, signal } = context;
  const both = await Promise.all([
    picture("graph", ask("graph", { expr: state.expr, declare: state.declare, lang }, signal)),
    picture("structure", ask("structure", { ...question(state), layout: state.layout, lang }, signal)),
  ]);
  return both.flat();
}

/** @param {string} key
 * @param {Promise<any>} asked
 * @returns {Promise<HTMLElement>} */
async function picture(key, asked) {
  try {
    const reply = await asked;
    const drawn = new DOMParser().parseFromString(reply.svg, "image/svg+xml").documentElement;
    const told = h("details", { class: "inner" }, h("summary", {}, say("inWords")), h("p", {}, reply.description));
    return h("figure", {}, h("figcaption", {}, h("h3", {}, say(key))), h("div", { class: "picture" }, document.importNode(drawn, true)), told);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return h("figure", {}, h("figcaption", {}, h("h3", {}, say(key))), refusal(error));
  }
}
