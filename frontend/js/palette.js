// The palette: go to a page, or find a case by customer, email, invoice or id. Results are links drawn by the server.
const dialog = () => document.getElementById("palette");
const links = () => [...dialog().querySelectorAll(".found a")];

function choose(step) {
  const all = links();
  if (!all.length) return;
  const at = all.findIndex((link) => link.getAttribute("aria-selected") === "true");
  mark(all[(at + step + all.length) % all.length]);
}

function mark(link) {
  for (const other of links()) other.setAttribute("aria-selected", String(other === link));
  link?.scrollIntoView({ block: "nearest" });
  dialog().querySelector("input").setAttribute("aria-activedescendant", link?.id ?? "");
}

export function startPalette() {
  const open = () => {
    const box = dialog();
    if (!box) return;
    if (!box.open) box.showModal();
    box.querySelector("input").select();
  };
  const box = dialog();
  if (!box) return open;
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) {
      event.preventDefault();
      open();
    }
    if (event.target === box) box.close(); // the backdrop
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      choose(step);
    }
    if (event.key === "Enter") {
      const chosen = box.querySelector(".found a[aria-selected=true]") ?? links()[0];
      if (chosen) {
        event.preventDefault();
        chosen.click();
      }
    }
  });
  box.addEventListener("htmx:afterSwap", () => mark(links()[0]));
  return open;
}
