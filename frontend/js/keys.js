// Keyboard shortcuts, never inside a field. "?" shows the list, which the page itself carries as a dialog.
import { toggleTheme } from "./theme.js";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

function follow(selector) {
  const link = document.querySelector(selector);
  if (link) link.click();
  return Boolean(link);
}

export function startKeys(openPalette) {
  let afterG = 0;
  const single = {
    "/": openPalette,
    "?": () => document.getElementById("keys")?.showModal(),
    t: toggleTheme,
    x: () => follow("[data-key=compare]"),
    d: () => follow("[data-key=day]"),
    w: () => follow("[data-key=week]"),
    ArrowLeft: () => follow("[data-key=earlier]"),
    ArrowRight: () => follow("[data-key=later]"),
    Escape: () => follow("[data-key=clear]"),
  };
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openPalette();
    }
    if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    const going = event.timeStamp - afterG < 1200 && /^[a-z]$/.test(event.key);
    if (going && follow(`[data-go=${event.key}]`)) return;
    afterG = event.key === "g" ? event.timeStamp : 0;
    const act = single[event.key];
    if (!act) return;
    if (event.key === "/") event.preventDefault();
    act();
  });
}
