// A pressed submit button shows that it works once the answer takes longer than a blink.
const PATIENCE_MS = 300;

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented) return;
  setTimeout(() => button.setAttribute("aria-busy", "true"), PATIENCE_MS);
});

// The browser's back button brings the page back as it was left: busy no more.
window.addEventListener("pageshow", () => {
  document.querySelectorAll('button[aria-busy="true"]').forEach((button) => button.removeAttribute("aria-busy"));
});
