// Menus are <details>: this closes them on a click elsewhere, on Escape, and when another one opens.
function closeAll(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
}

export function startMenus() {
  document.addEventListener("click", (event) => closeAll(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
    event.stopPropagation();
  }, true);
  // A confirmation names the word to type; its button wakes up once the word is there.
  document.addEventListener("input", (event) => {
    const word = event.target.dataset?.word;
    if (word) event.target.form.querySelector("[type=submit]").disabled = event.target.value.trim().toLowerCase() !== word;
  });
}
