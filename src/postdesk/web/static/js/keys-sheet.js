// "?" lists the keys of the page.
document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]")) return;
  document.getElementById("keys-sheet")?.togglePopover();
});
