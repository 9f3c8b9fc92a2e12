// Keys of the ticket page: r reply, n note, u back to the list, Ctrl+Enter send.
const FIELDS = "input:not([type=radio]), textarea, select, [contenteditable]";

function choose(form, kind) {
  form.querySelector(`[data-kind-${kind}]`).checked = true;
  const text = form.querySelector("[data-text]");
  text.focus();
  text.scrollIntoView({ block: "center" });
}

function send(form) {
  const isNote = form.querySelector("[data-kind-note]").checked;
  form.querySelector(isNote ? ".composer__note" : ".composer__send button[type=submit]").click();
}

const form = document.querySelector("[data-composer]");
const acts = {
  r: () => choose(form, "reply"),
  n: () => choose(form, "note"),
  u: () => document.querySelector("[data-back]").click(),
};

document.addEventListener("keydown", (event) => {
  if (!form) return;
  if (event.key === "Enter" && event.target.matches("[data-cc]")) return event.preventDefault();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.contains(event.target)) return send(form);
  if (event.key === "Escape" && event.target.matches(FIELDS)) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS)) return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// The list's keys r and n open a ticket with the composer ready
if (form && location.hash === "#reply") choose(form, "reply");
if (form && location.hash === "#note") choose(form, "note");
