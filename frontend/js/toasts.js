// A toast says what was done and offers to undo it; it leaves by itself unless somebody is on it.
const STAYS = 8000;

function watch(toast) {
  if (toast.dataset.watched) return;
  toast.dataset.watched = "yes";
  if (toast.classList.contains("bad")) return; // a refusal stays until it is read and closed
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, STAYS);
}

export function startToasts() {
  const look = () => document.querySelectorAll(".toast").forEach(watch);
  document.addEventListener("htmx:afterSettle", look);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
  });
  look();
}
