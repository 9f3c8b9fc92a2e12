// A click on a filter, a column or a page swaps the list with what was clicked inside it. The focus
// would fall back to the top of the page; the title of the new list takes it.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "listing" || document.activeElement !== document.body) return;
  document.querySelector("#listing h1")?.focus({ preventScroll: true });
});
