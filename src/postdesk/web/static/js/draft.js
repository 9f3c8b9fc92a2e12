// The composer with data-draft keeps what is typed in this browser, a second after typing stops,
// until it was sent. The address carries ?written=1 right after that.
const PAUSE_MS = 1_000;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, draft) {
  try {
    if (draft.text.trim()) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false; // full, or forbidden by the browser
  }
}

function forgetWhenWritten(key) {
  const address = new URL(location.href);
  if (!address.searchParams.has("written")) return;
  localStorage.removeItem(key);
  address.searchParams.delete("written");
  history.replaceState(null, "", address);
}

function keep(form) {
  const key = `postdesk-draft:${form.dataset.draft}`;
  const text = form.querySelector("[data-text]");
  const copies = form.querySelector("[data-cc]");
  const note = form.querySelector("[data-kind-note]");
  const state = form.querySelector("[data-draft-state]");
  forgetWhenWritten(key);
  const draft = read(key);
  if (draft && !text.value) {
    text.value = draft.text;
    copies.value = draft.cc ?? copies.value;
    note.checked = draft.note;
    state.textContent = "Draft restored";
  }
  let timer;
  const save = () => {
    clearTimeout(timer);
    const isKept = store(key, { text: text.value, cc: copies.value, note: note.checked });
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    state.textContent = isKept && text.value.trim() ? `Draft saved ${time}` : "";
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE_MS);
  });
  form.addEventListener("submit", save);
  window.addEventListener("pagehide", () => timer && save());
}

document.querySelectorAll("[data-draft]").forEach(keep);
