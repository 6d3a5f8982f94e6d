// Typesets what Sphinx left as LaTeX; without JavaScript the LaTeX stays readable.
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".math")) {
    katex.render(place.textContent, place, { displayMode: place.tagName === "DIV", throwOnError: false });
  }
});
