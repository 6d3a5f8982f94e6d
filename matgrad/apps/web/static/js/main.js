/** Wiring: what is typed is read, what is read is answered, and the address always tells the state. */
import { answer } from "./answer.js";
import { Refused, ask } from "./api.js";
import { checkTab } from "./check.js";
import { copy } from "./copy.js";
import { replaced } from "./declare.js";
import { announce, byId, h } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { Field } from "./field.js";
import { math, scrollable } from "./math.js";
import { refusal, show } from "./sections.js";
import { readHash, writeHash } from "./state.js";
import { symbols } from "./symbols.js";
import { currentLanguage, say, setLanguage, translate } from "./words.js";

const state = readHash(location.hash);
const expr = new Field("expr");
const declare = new Field("declare");
const wrt = /** @type {HTMLInputElement} */ (byId("wrt"));
const checking = checkTab((steps, sizes) => {
  state.steps = steps;
  state.stepsDeclare = sizes;
  remember();
});

let work = new AbortController();
let picked = Boolean(state.wrt); // whether the reader chose the variable; else the page suggests one
let written = Boolean(state.declare); // whether the reader wrote the declarations; those of an example go with it
/** @type {any} */
let reading = null;

/** Read and answer what the page holds now; whatever was under way is dropped.
 * @param {boolean} [now] show errors at once */
async function update(now = false) {
  remember();
  work.abort();
  work = new AbortController();
  const { signal } = work;
  if (!state.expr.trim()) return clear();
  byId("result").setAttribute("aria-busy", "true");
  try {
    await readIt(signal);
    await answerIt(signal, now);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Refused)) throw error;
    refuse(error, now);
  } finally {
    if (!signal.aborted) byId("result").setAttribute("aria-busy", "false");
  }
}

/** @param {AbortSignal} signal */
async function readIt(signal) {
  reading = await ask("read", { expr: state.expr, declare: state.declare, lang: currentLanguage() }, signal);
  expr.accept();
  declare.accept(reading.assumed.length ? h("p", { class: "assumed" }, `${say("assumed")}: `, h("code", {}, reading.assumed.join("; "))) : "");
  const names = [...reading.symbols, ...reading.intermediates].map((s) => s.name);
  const roots = state.wrt.split(",").map((w) => w.trim().replace(/['[ᵀ.].*$/, ""));
  if (document.activeElement !== wrt && !(picked && roots.every((r) => names.includes(r)))) {
    state.wrt = reading.suggest;
    picked = false;
  }
  if (document.activeElement !== wrt) wrt.value = state.wrt;
  preview();
  symbols(reading, state.wrt, actions);
}

/** @param {AbortSignal} signal
 * @param {boolean} now */
async function answerIt(signal, now) {
  if (!state.wrt.trim()) {
    retire();
    byId("wrt-status").replaceChildren(h("p", { class: "quiet-text" }, say("choose")));
    return;
  }
  const request = { expr: state.expr, wrt: state.wrt, declare: state.declare, view: true, lang: currentLanguage() };
  const found = await (ofMany() ? ask("differential", request, signal) : ask("derive", { ...request, layout: state.layout }, signal));
  remember();
  byId("wrt-status").replaceChildren();
  const section = byId("answer");
  section.hidden = false;
  const body = /** @type {HTMLElement} */ (section.querySelector(".body"));
  body.replaceChildren(...answer(found), ...(found.kind === "jacobian" ? [layouts()] : []));
  byId("result").classList.remove("stale");
  show({ state: { ...state }, found, signal });
  scrollable(body);
  document.documentElement.dataset.answered = String(Number(document.documentElement.dataset.answered ?? 0) + 1);
  if (now) announce(say("answerReady", found.view.answers[0].spoken));
}

/** A matrix by several matrices has no one Jacobian; its differential says it all. */
function ofMany() {
  const names = state.wrt.split(",").map((w) => w.trim());
  const chosen = reading.symbols.filter((/** @type {any} */ s) => names.includes(s.name));
  return names.length > 1 && (reading.rows !== "1" || reading.cols !== "1") && chosen.some((/** @type {any} */ s) => s.rows !== "1" || s.cols !== "1");
}

/** The formula as it was understood; its names can be clicked. */
function preview() {
  const parts = [math(reading.latex, reading.spoken, "large"), ...reading.definitions.map((/** @type {any} */ d) => math(d.latex, d.spoken))];
  const place = byId("preview");
  place.classList.remove("stale");
  place.replaceChildren(h("div", { class: "formulas" }, ...parts), h("span", { class: "size" }, reading.size));
  const chosen = state.wrt.split(",").map((w) => w.trim());
  for (const e of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-symbol]"))) e.classList.toggle("chosen", chosen.includes(String(e.dataset.symbol)));
  scrollable(place);
}

/** The error under its place; what was shown before stays, dimmed.
 * @param {Refused} error
 * @param {boolean} now */
function refuse(error, now) {
  const { field } = error.refusal;
  if (field !== "expr") expr.accept();
  if (field === "expr") expr.refuse(error.refusal, now);
  else if (field === "declare") declare.refuse(error.refusal, now);
  else byId("wrt-status").replaceChildren(refusal(error));
  if (field === "expr" || field === "declare") byId("preview").classList.add("stale");
  retire();
}

/** An answer to another question is not left standing as if it were this one's. */
function retire() {
  byId("result").classList.add("stale");
  show(null);
}

function clear() {
  reading = null;
  picked = false;
  if (!written) state.declare = declare.value = "";
  expr.accept();
  declare.accept();
  byId("preview").replaceChildren(h("p", { class: "quiet-text" }, say("empty")));
  byId("symbols").replaceChildren();
  byId("facts").hidden = true;
  byId("answer").hidden = true;
  byId("wrt-status").replaceChildren();
  show(null);
}

/** @returns {HTMLElement} */
function layouts() {
  const names = ["denominator", "numerator", "tensor", "blocks_F", "blocks_X"];
  const select = h("select", {}, ...names.map((n) => h("option", { value: n, selected: n === state.layout }, say(n))));
  select.addEventListener("change", () => {
    state.layout = select.value;
    update(true);
  });
  return h("label", { class: "layouts" }, say("layout"), " ", select);
}

const actions = {
  /** @param {string} name */
  choose(name) {
    state.wrt = wrt.value = name;
    picked = true;
    update(true);
  },
  /** @param {string} name
   * @param {string} item */
  declare(name, item) {
    state.declare = declare.value = replaced(state.declare, name, item);
    update(true);
  },
};

function remember() {
  history.replaceState(null, "", `#${writeHash(state)}`);
}

/** @param {import("./examples.js").Example} e */
function take(e) {
  Object.assign(state, { expr: e.expr, wrt: e.wrt, declare: e.declare, layout: "denominator" });
  picked = true;
  written = false;
  fill();
  /** @type {HTMLDetailsElement} */ (byId("examples")).open = false;
  expr.input.focus();
  update(true);
}

function examples() {
  const zh = currentLanguage() === "zh";
  const sheet = /** @type {HTMLElement} */ (byId("examples").querySelector(".sheet"));
  sheet.replaceChildren(
    ...EXAMPLES.map((group) =>
      h(
        "section",
        {},
        h("h3", {}, zh ? group.zh : group.en),
        ...group.examples.map((e) => h("button", { type: "button", onclick: () => take(e) }, h("span", {}, zh ? e.zh : e.en), h("code", { lang: "en" }, e.expr))),
      ),
    ),
  );
}

/** The fields show the state. */
function fill() {
  expr.value = state.expr;
  declare.value = state.declare;
  wrt.value = state.wrt;
  checking.set(state.steps, state.stepsDeclare);
}

/** @param {string} lang */
function speak(lang) {
  setLanguage(lang);
  translate(document);
  const other = byId("lang");
  other.textContent = lang === "zh" ? "English" : "中文";
  other.lang = lang === "zh" ? "en" : "zh";
  examples();
}

/** @param {string} tab
 * @param {boolean} [focus] */
function turn(tab, focus = false) {
  state.tab = tab;
  for (const name of ["derive", "check"]) {
    const button = byId(`tab-${name}`);
    button.setAttribute("aria-selected", String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    byId(`panel-${name}`).hidden = name !== tab;
    if (name === tab && focus) button.focus();
  }
  fill();
  remember();
}

function tabs() {
  for (const name of ["derive", "check"]) byId(`tab-${name}`).addEventListener("click", () => turn(name));
  /** @type {HTMLElement} */ (document.querySelector("[role=tablist]")).addEventListener("keydown", (event) => {
    if (["ArrowLeft", "ArrowRight"].includes(event.key)) turn(state.tab === "derive" ? "check" : "derive", true);
  });
}

/** Light, dark, or as the system has it. */
function themes() {
  const root = document.documentElement;
  byId("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
}

function start() {
  speak(state.lang || (navigator.language.startsWith("zh") ? "zh" : "en"));
  if (!state.expr) {
    const { expr: first, wrt: by, declare: known } = EXAMPLES[1].examples[0];
    Object.assign(state, { expr: first, wrt: by, declare: known });
    picked = true;
  }
  tabs();
  themes();
  turn(state.tab === "check" ? "check" : "derive");
  expr.input.addEventListener("input", () => {
    state.expr = expr.value;
    update();
  });
  declare.input.addEventListener("input", () => {
    state.declare = declare.value;
    written = true;
    update();
  });
  wrt.addEventListener("input", () => {
    state.wrt = wrt.value;
    picked = true;
    update();
  });
  for (const field of [expr.input, declare.input]) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        update(true);
      }
    });
  }
  byId("ask").addEventListener("submit", (event) => event.preventDefault());
  byId("preview").addEventListener("click", (event) => {
    const symbol = /** @type {HTMLElement} */ (event.target).closest("[data-symbol]");
    if (symbol) actions.choose(String(/** @type {HTMLElement} */ (symbol).dataset.symbol));
  });
  byId("lang").addEventListener("click", () => {
    state.lang = currentLanguage() === "zh" ? "en" : "zh";
    speak(state.lang);
    update(true);
  });
  byId("link").addEventListener("click", () => copy(location.href, byId("link")));
  addEventListener("hashchange", () => {
    Object.assign(state, readHash(location.hash));
    picked = written = true;
    if (state.lang) speak(state.lang);
    turn(state.tab === "check" ? "check" : "derive");
    update(true);
  });
  document.addEventListener("click", (event) => {
    const menu = /** @type {HTMLDetailsElement} */ (byId("examples"));
    if (menu.open && !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = /** @type {HTMLDetailsElement} */ (byId("examples"));
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
  update();
}

start();
