/** Buttons that copy. */
import { announce, h } from "./dom.js";
import { say } from "./words.js";

/** @param {string} key what the button says
 * @param {() => string} text
 * @returns {HTMLButtonElement} */
export function copyButton(key, text) {
  const button = h("button", { type: "button", class: "quiet copy" }, say(key));
  button.addEventListener("click", () => copy(text(), button));
  return button;
}

/** @param {string} text
 * @param {HTMLElement} button */
export async function copy(text, button) {
  const label = button.textContent;
  let outcome = "copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    outcome = "copyFailed";
  }
  announce(say(outcome));
  button.textContent = say(outcome);
  setTimeout(() => (button.textContent = label), 1400);
}
