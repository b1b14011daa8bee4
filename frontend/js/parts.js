// A part of a page that is asked for alone: where it takes a while it shows so, and where it fails it says so, in its own
// card, with a way on. A form that is sent as a whole page shows that it was taken, and is not sent twice.
const SOON = 150; // milliseconds after which waiting is shown
const waiting = new WeakMap();

// What was swapped has left the page: what came in its place has its id.
const living = (target) => (target.isConnected ? target : document.getElementById(target.id) ?? target);
const clockTime = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const polls = (element) => element.matches("[hx-trigger^='every']");
const cardOf = (target) => target.closest(".card") ?? target;

function wait(event) {
  const { elt, target } = event.detail;
  if (polls(elt)) return;
  const show = () => { target.classList.add("waits"); target.setAttribute("aria-busy", "true"); };
  waiting.set(elt, setTimeout(show, SOON));
}

// Where the answer took the place of what asked, the event is told to what is around it: who asked stands in the request.
function waited(event) {
  const { elt } = event.detail.requestConfig, target = living(event.detail.target);
  clearTimeout(waiting.get(elt));
  target.classList.remove("waits");
  target.removeAttribute("aria-busy");
  if (event.detail.successful) forgive(target);
  if (polls(elt)) tellLive(target, event.detail.successful);
}

// ── what failed ──

const roomOf = (target) => (target.matches("form") ? target : target.matches("[role=listbox]") ? target.parentElement : cardOf(target));
const noteOf = (target) => roomOf(target).querySelector(":scope > .failed");

function forgive(target) {
  noteOf(target)?.remove();
}

// A question may be asked again; of what was to be changed nobody knows here whether it was.
function reason(detail) {
  const { xhr, requestConfig } = detail;
  const words = xhr?.getResponseHeader("Content-Type")?.startsWith("text/plain") ? xhr.responseText : "";
  if (words) return words;
  if (requestConfig.verb !== "get") return "No answer came. Reload the page to see whether it was done.";
  if (!navigator.onLine) return "You are offline.";
  return xhr?.status ? "This could not be loaded." : "The server cannot be reached.";
}

function button(detail) {
  const { xhr, requestConfig, elt, target } = detail;
  const again = requestConfig.verb === "get" && (!xhr?.status || xhr.status >= 500);
  const made = Object.assign(document.createElement("button"), { type: "button", className: "btn sm", textContent: again ? "Retry" : "Reload" });
  made.addEventListener("click", () => {
    if (!again) return location.reload();
    window.htmx.ajax("get", requestConfig.path, { source: elt, target });
  });
  return made;
}

function tell(event) {
  const { target } = event.detail;
  const note = noteOf(target) ?? document.createElement("p");
  const said = Object.assign(document.createElement("span"), { textContent: reason(event.detail) });
  note.className = "failed";
  note.setAttribute("role", "alert");
  note.replaceChildren(said, button(event.detail));
  if (note.isConnected) return;
  const room = roomOf(target), head = room.querySelector(":scope > header");
  head ? head.after(note) : room.prepend(note);
}

// ── what is polled is live only while its answers come ──

function tellLive(target, comes) {
  const mark = cardOf(target).querySelector("[data-live]");
  if (!mark) return;
  if (comes) mark.dataset.live = clockTime();
  mark.className = `badge ${comes ? "good" : "warn"}`;
  mark.lastElementChild.textContent = comes ? "Live" : mark.dataset.live ? `As of ${mark.dataset.live}` : "Not live";
}

function wakeLive() {
  for (const mark of document.querySelectorAll("[data-live][hidden]")) {
    mark.hidden = false;
    mark.dataset.live = clockTime();
  }
}

// ── whole forms ──

function sent(event) {
  const form = event.target;
  if (event.defaultPrevented || form.matches("[hx-post], [method=dialog]")) return;
  if (event.submitter?.hasAttribute("formtarget")) return; // answered in a frame: the form stays and is sent again
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => (event.submitter ?? form).setAttribute("aria-busy", "true"), SOON);
}

// The page comes back as it was left, out of the browser's memory.
function backAgain() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const busy of document.querySelectorAll("form[aria-busy], form [aria-busy]")) busy.removeAttribute("aria-busy");
}

export function startParts() {
  document.addEventListener("htmx:beforeRequest", wait);
  document.addEventListener("htmx:afterRequest", waited);
  for (const failure of ["responseError", "sendError", "timeout"]) document.addEventListener(`htmx:${failure}`, tell);
  document.addEventListener("htmx:afterSettle", wakeLive);
  document.addEventListener("submit", sent);
  addEventListener("pageshow", backAgain);
  wakeLive();
}
