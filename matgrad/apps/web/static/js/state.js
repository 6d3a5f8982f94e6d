/** What the page shows, as a record and as the hash of its address. */

/** @typedef {{expr: string, wrt: string, declare: string, layout: string, tab: string, steps: string, stepsDeclare: string, lang: string}} State */

/** @type {Record<keyof State, string>} */
const KEYS = { expr: "e", wrt: "x", declare: "d", layout: "o", tab: "t", steps: "s", stepsDeclare: "sd", lang: "l" };

/** @type {State} */
export const DEFAULTS = { expr: "", wrt: "", declare: "", layout: "denominator", tab: "derive", steps: "", stepsDeclare: "", lang: "" };

/** @param {string} hash
 * @returns {State} */
export function readHash(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...DEFAULTS };
  for (const [name, key] of Object.entries(KEYS)) state[/** @type {keyof State} */ (name)] = given.get(key) ?? DEFAULTS[/** @type {keyof State} */ (name)];
  return state;
}

/** @param {State} state
 * @returns {string} */
export function writeHash(state) {
  const given = new URLSearchParams();
  for (const [name, key] of Object.entries(KEYS)) {
    const value = state[/** @type {keyof State} */ (name)];
    if (value && value !== DEFAULTS[/** @type {keyof State} */ (name)]) given.set(key, value);
  }
  return given.toString();
}
