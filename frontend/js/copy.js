// A click on an id puts it on the clipboard and says so.
export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return; // no permission: the text stays selectable on the page
    }
    button.classList.add("done");
    button.setAttribute("aria-label", `Copied ${button.dataset.copy}`);
    setTimeout(() => {
      button.classList.remove("done");
      button.setAttribute("aria-label", `Copy ${button.dataset.copy}`);
    }, 1600);
  });
}
