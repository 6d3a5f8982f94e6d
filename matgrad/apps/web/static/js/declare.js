/** Declarations as text: one item for a name is replaced, the rest stays as the user wrote it. */

/** The declaration of a symbol with the given facts.
 * @param {any} symbol
 * @param {string[]} facts
 * @returns {string} */
export function declaration(symbol, facts) {
  const square = symbol.square.find((/** @type {string} */ f) => facts.includes(f));
  const rest = facts.filter((f) => f !== square);
  const shape = symbol.cols === "1" ? (symbol.rows === "1" ? "scalar" : `vector(${symbol.rows})`) : square ? `${square}(${symbol.rows})` : `matrix(${symbol.rows},${symbol.cols})`;
  const place = symbol.index ? `[${symbol.index}]` : symbol.params.length ? `(${symbol.params.join(",")})` : "";
  const range = symbol.index ? `, ${symbol.index}=1..${symbol.count}` : "";
  return `${symbol.name}${place}: ${[shape, ...rest].join(" ")}${range}`;
}

/** The declarations with the item of one name replaced or added.
 * @param {string} text
 * @param {string} name
 * @param {string} item
 * @returns {string} */
export function replaced(text, name, item) {
  const items = text.split(/[;；\n]/).map((t) => t.trim()).filter(Boolean);
  const at = items.findIndex((t) => namesOf(t).includes(name));
  if (at < 0) return [...items, item].join("; ");
  const others = namesOf(items[at]).filter((n) => n !== name);
  const kept = others.length ? [others.join(", ") + items[at].slice(items[at].search(/[[(:：]/))] : [];
  items.splice(at, 1, ...kept, item);
  return items.join("; ");
}

/** The names that an item declares: "X, Y: matrix(m,n)" declares two.
 * @param {string} item
 * @returns {string[]} */
function namesOf(item) {
  return item.split(/[[(:：]/)[0].split(/[,，]/).map((n) => n.trim());
}
