/** A text field that grows with its text and shows an error under its place. */
import { byId, h } from "./dom.js";
import { say } from "./words.js";

/** @typedef {import("./api.js").Refusal} Refusal */

const PATIENCE = 450; // milliseconds without a keystroke before a new error is shown

export class Field {
  /** @param {string} id */
  constructor(id) {
    this.input = /** @type {HTMLTextAreaElement} */ (byId(id));
    this.status = byId(`${id}-status`);
    this.mirror = /** @type {HTMLElement} */ (byId(`${id}-field`).querySelector(".mirror"));
    /** @type {number | undefined} */
    this.timer = undefined;
    this.input.addEventListener("input", () => this.grow());
    this.input.addEventListener("scroll", () => (this.mirror.scrollTop = this.input.scrollTop));
    addEventListener("resize", () => this.grow());
  }

  get value() {
    return this.input.value;
  }

  /** @param {string} text */
  set value(text) {
    if (this.input.value !== text) this.input.value = text;
    this.grow();
  }

  /** The field is as high as its text; the mirror behind it holds the same text. */
  grow() {
    this.mirror.textContent = `${this.value}\u200b`;
    this.input.style.height = `${this.mirror.offsetHeight}px`;
  }

  /** Show an error at once if one is shown already, else when typing has paused.
   * @param {Refusal} refusal
   * @param {boolean} now */
  refuse(refusal, now) {
    clearTimeout(this.timer);
    const show = () => this.show(refusal);
    if (now || this.input.getAttribute("aria-invalid") === "true") show();
    else this.timer = setTimeout(show, PATIENCE);
  }

  /** @param {Refusal} refusal */
  show(refusal) {
    const letters = Array.from(this.value); // places are counted in characters, not in UTF-16 units
    const placed = refusal.start !== undefined && refusal.start !== null;
    const start = Math.min(refusal.start ?? 0, letters.length);
    const end = Math.max(Math.min(refusal.end ?? 0, letters.length), start);
    const mark = h("mark", {}, letters.slice(start, end).join("") || "\u00a0");
    if (placed) this.mirror.replaceChildren(letters.slice(0, start).join(""), mark, letters.slice(end).join(""), "\u200b");
    this.input.setAttribute("aria-invalid", "true");
    const said = h("p", { class: "error" }, h("strong", {}, say("colon", say(refusal.kind))), " ", sentence(refusal.message));
    if (placed) said.style.setProperty("--at", `${mark.offsetLeft + Math.min(mark.offsetWidth, 24) / 2}px`);
    said.classList.toggle("placed", placed);
    this.status.replaceChildren(said);
  }

  /** No error; other words may stand in its place.
   * @param {Node | string} [words] */
  accept(words = "") {
    clearTimeout(this.timer);
    if (this.input.getAttribute("aria-invalid") === "true") this.grow();
    this.input.removeAttribute("aria-invalid");
    this.status.replaceChildren(words);
  }
}

/** @param {string} message
 * @returns {string} */
function sentence(message) {
  return /[.!?。？]$/.test(message) ? message : message + say("stop");
}
