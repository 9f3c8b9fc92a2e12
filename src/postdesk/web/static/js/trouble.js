// A request of the page that was not answered as it should be is told, and a select that saves
// itself goes back to what is stored. Looking for news in the background fails in silence, except
// when nobody is signed in any more.
const SIGNED_OUT = 401;
const WORDS = {
  401: "You are signed out, so nothing was changed. Reload this page to sign in again; an answer that you began to write is kept.",
  403: "Not changed: you may not do this, or this page is older than your sign-in. Reload the page and try again.",
  404: "Not changed: what this page shows is gone. Reload the page.",
};
const OTHERWISE = "Not changed: the desk made a mistake. Try again; if it stays, tell an Administrator.";
const NO_ANSWER = "Not changed: the desk cannot be reached. Check your connection, then try again.";

const looksForNews = (element) => element.getAttribute("hx-trigger")?.startsWith("every");

function tell(words) {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  let toast = toasts.querySelector("[data-trouble]");
  if (!toast) {
    toast = document.createElement("div");
    toast.className = "toast toast--bad";
    toast.dataset.trouble = "";
    toasts.append(toast);
  }
  toast.textContent = words;
}

function putBack(element) {
  if (!element.matches("form.prop")) return;
  element.reset();
}

document.addEventListener("htmx:responseError", (event) => {
  const { elt, xhr } = event.detail;
  if (looksForNews(elt) && xhr.status !== SIGNED_OUT) return;
  putBack(elt);
  tell(WORDS[xhr.status] ?? OTHERWISE);
});

document.addEventListener("htmx:sendError", (event) => {
  const { elt } = event.detail;
  if (looksForNews(elt)) return;
  putBack(elt);
  tell(NO_ANSWER);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = event.detail;
  if (successful && !looksForNews(elt)) document.querySelector("[data-trouble]")?.remove();
});
