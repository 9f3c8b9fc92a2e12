// Keys of the ticket list: j k move the focus, r n open a ticket to write, . shows what is new.
const FIELDS = "input, textarea, select, [contenteditable], [popover]";

function move(step) {
  const links = [...document.querySelectorAll(".ticket-row__subject")];
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next]?.focus();
}

function open(hash) {
  const link = document.activeElement?.closest(".ticket-row__subject");
  if (link) location.assign(link.href + hash);
}

const acts = {
  j: () => move(1),
  k: () => move(-1),
  r: () => open("#reply"),
  n: () => open("#note"),
  ".": () => document.querySelector("[data-arrivals]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS)) return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
