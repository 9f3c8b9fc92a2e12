// Toasts leave after ten seconds, unless a pointer or the focus rests on them.
const STAY_MS = 10_000;

function watch(toast) {
  let timer;
  const leave = () => toast.remove();
  const start = () => {
    timer = setTimeout(leave, STAY_MS);
  };
  const stop = () => clearTimeout(timer);
  const close = toast.querySelector("[data-toast-close]");
  if (close) {
    close.hidden = false;
    close.addEventListener("click", leave);
  }
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, start);
  start();
}

document.querySelectorAll("[data-toast]").forEach(watch);
