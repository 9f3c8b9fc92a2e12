// Frames with data-mail-frame grow to the height of the mail inside; links with data-load-images
// load its remote images without leaving the page.
const TALLEST_PX = 20_000;

function fit(frame) {
  const body = frame.contentDocument?.body;
  if (!body) return;
  frame.height = Math.min(Math.ceil(body.getBoundingClientRect().height) + 1, TALLEST_PX);
}

function watch(frame) {
  const body = frame.contentDocument?.body;
  if (!body) return;
  fit(frame);
  // Pictures arrive late, and a narrower window makes longer lines
  new ResizeObserver(() => fit(frame)).observe(body);
}

function start(frame) {
  frame.addEventListener("load", () => watch(frame));
  if (frame.contentDocument?.readyState === "complete") watch(frame);
}

document.querySelectorAll("[data-mail-frame]").forEach(start);

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-load-images]");
  const frame = link && document.getElementById(link.dataset.loadImages);
  if (!frame) return;
  event.preventDefault();
  frame.src = link.dataset.href;
  link.closest("[data-images-line]").remove();
});
