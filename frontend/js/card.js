// The card page: Stripe's form is mounted here, a card is confirmed with Stripe, and our server is told to look.
// The card's number goes from Stripe's form to Stripe; neither this script nor our server ever sees it.
// It has no words of its own: what it says stands on the form, in the customer's language.

const PATIENCE = 20_000; // milliseconds until a Stripe.js that does not come is given up
const SLOW = 4_000; // until another way is shown while it may still come
const SAVED_SOON = 5_000; // until the form is shown without what is saved
const MOST_QUESTIONS = 5; // a bank that asks more often than this is not going to say yes

const byId = (id) => document.getElementById(id);
const form = byId("card-form");
const notice = byId("card-message");
const pay = byId("pay");
const confirmButton = byId("confirm");
const again = byId("again");
const door = byId("door-card");
const buttons = () => [pay, confirmButton, again].filter(Boolean);
const here = location.origin + location.pathname;

// Where a way to pay that leads away comes back to: this form, the same choice, and what was agreed to for it.
function back() {
  const query = new URLSearchParams(byId("picks") ? new FormData(byId("picks")) : {});
  query.set("agreed", form.elements.agreed.value);
  query.set("form", "1"); // also where the merchant prefers Stripe's portal to it
  return `${here}?${query}`;
}

let stripe;
let elements;
let ready = false; // Stripe's form can be sent
let working = false;
let choices = 0;

function say(message, kind = "bad") {
  notice.textContent = message;
  notice.className = `message ${kind}`;
  notice.hidden = !message;
  if (message) notice.focus();
}

const usable = (button) => button === again || (button === pay ? ready : Boolean(stripe));

function free() {
  for (const each of buttons()) each.disabled = working || !usable(each);
}

// One thing at a time: while one runs, every button is off, so a double click is one click.
async function only(button, task) {
  if (working) return;
  working = true;
  const label = button.textContent;
  say("");
  for (const each of buttons()) each.disabled = true;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-busy", "true");
  let leaving = false;
  try {
    leaving = await task();
  } catch {
    say(form.dataset.noAnswer);
  }
  if (leaving) return;
  working = false;
  button.textContent = label;
  button.removeAttribute("aria-busy");
  free();
}

async function ask(url, fields) {
  const csrfmiddlewaretoken = form.elements.csrfmiddlewaretoken.value;
  const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken, agreed: form.elements.agreed.value });
  const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
  return answer.json();
}

const begin = (want) => ask(form.dataset.setupUrl, { want });
const done = (intent) => ask(form.dataset.doneUrl, { intent });

// The bank's question, for a new card as for the payment that waits. What came of it is asked of our server, not of this.
async function authenticate(clientSecret, paymentMethod) {
  const confirmParams = { return_url: back(), payment_method: paymentMethod };
  const waiting = clientSecret.startsWith("pi_") ? await stripe.retrievePaymentIntent(clientSecret) : {};
  const status = waiting.paymentIntent?.status;
  if (status === "succeeded" || status === "processing") return;
  if (paymentMethod && status?.startsWith("requires_") && status !== "requires_action") {
    await stripe.confirmPayment({ clientSecret, confirmParams, redirect: "if_required" });
  } else {
    await stripe.handleNextAction({ clientSecret });
  }
}

const idOf = (clientSecret) => clientSecret.split("_secret")[0];
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Follows the server's answer to its end; `repeat` asks the same question once more. True when the page is being left
// or has nothing more to offer.
async function follow(answer, repeat, asked = 0) {
  if (answer.state === "authenticate" && !stripe) {
    say(form.dataset.notLoaded);
    return false;
  }
  if (answer.state === "authenticate" && answer.client_secret && asked < MOST_QUESTIONS) {
    await authenticate(answer.client_secret, answer.payment_method);
    const next = idOf(answer.client_secret);
    const said = await done(next);
    // Of several invoices the next one is paid by the question that led here.
    return follow(said.state === "paid" && repeat ? await repeat() : said, repeat || (() => done(next)), asked + 1);
  }
  if (answer.ask_again_seconds && repeat && asked < MOST_QUESTIONS) {
    await pause(answer.ask_again_seconds);
    return follow(await repeat(), repeat, asked + 1);
  }
  if (answer.state === "paid" || answer.state === "closed") {
    location.replace(answer.next || here);
    return true;
  }
  if (answer.state === "processing") {
    document.body.classList.add("settled");
    say(answer.message, "good");
    return true;
  }
  say(answer.message || form.dataset.noAnswer);
  if (!answer.outdated) return false;
  document.body.classList.add("settled"); // what the buttons say is not what is open any more
  byId("see-rest").hidden = false;
  return true;
}

// What is chosen has changed: the server says what it comes to, and every button says so.
async function choose() {
  const picks = byId("picks");
  const mine = ++choices;
  for (const each of buttons()) each.disabled = true;
  const answer = await fetch(`${picks.action}?${new URLSearchParams(new FormData(picks))}`);
  const text = await answer.text();
  if (mine !== choices) return; // a later choice has been made
  const told = text.replace(/<style[^]*?<\/style>/g, ""); // its nonce is not this page's
  const page = new DOMParser().parseFromString(told, "text/html");
  for (const each of document.querySelectorAll("[data-amount]")) {
    const now = page.getElementById(each.id);
    if (now && each.matches("input")) each.value = now.value;
    else if (now) each.textContent = now.textContent;
  }
  const door = byId("door-again");
  if (door) door.hidden = !page.getElementById("door-again");
  free();
}

async function payWithCard() {
  const checked = await elements.submit();
  if (checked.error) return false; // Stripe's form shows its own errors beside the fields
  const begun = await begin("setup");
  if (!begun.client_secret || begun.state) return follow(begun);
  const outcome = await stripe.confirmSetup({
    elements,
    clientSecret: begun.client_secret,
    confirmParams: { return_url: back() },
    redirect: "if_required",
  });
  const intent = outcome.setupIntent || outcome.error?.setup_intent;
  if (outcome.error?.type === "validation_error" || !intent) return follow({ message: outcome.error?.message });
  return follow(await done(intent.id), () => done(intent.id));
}

async function confirmWithBank() {
  const begun = await begin("payment");
  if (!begun.client_secret || begun.state) return follow(begun);
  await authenticate(begun.client_secret, begun.payment_method);
  const intent = idOf(begun.client_secret);
  return follow(await done(intent), () => done(intent));
}

// What is on file, once more. The form names which try it is, so that asking twice is one.
async function tryAgain() {
  const { action, elements: fields } = again.form;
  const same = () => ask(action, { try: fields.try.value });
  return follow(await same(), same);
}

function load(src) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = () => (window.Stripe ? resolve() : reject());
    script.onerror = reject;
    setTimeout(reject, PATIENCE);
    script.src = src;
    document.head.append(script);
  });
}

function appearance() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    theme: dark ? "night" : "stripe",
    variables: {
      colorPrimary: color("--focus"), colorBackground: color("--surface"), colorText: color("--ink"),
      colorTextSecondary: color("--ink-2"), colorDanger: color("--bad"), borderRadius: "8px", fontFamily: color("--font"),
      fontSizeBase: "16px",
    },
  };
}

// What lets Stripe's form show what is saved. A form without it is better than one that does not come.
async function savedSoon() {
  const late = new Promise((resolve) => setTimeout(resolve, SAVED_SOON, {}));
  const answer = await Promise.race([ask(form.dataset.savedUrl, {}).catch(() => ({})), late]);
  return answer.customer_session ? { customerSessionClientSecret: answer.customer_session } : {};
}

function mount(saved) {
  // Stripe names no scripts: what it calls zh is zh-Hans.
  const locale = document.documentElement.lang.replace(/-[A-Z][a-z]{3}$/, "");
  const methods = form.dataset.methods.split(" "); // our server asks Stripe for the same
  elements = stripe.elements({
    mode: "setup", currency: form.dataset.currency, allowedPaymentMethodTypes: methods, locale, appearance: appearance(),
    ...saved,
  });
  const element = elements.create("payment", { wallets: { link: methods.includes("link") ? "auto" : "never" } });
  const room = byId("payment-element");
  room.replaceChildren();
  element.on("ready", () => { ready = true; showAnotherWay(false); room.removeAttribute("aria-busy"); free(); });
  element.on("loaderror", () => (saved.customerSessionClientSecret ? mount({}) : unavailable()));
  element.mount("#payment-element");
}

// What is saved is asked for where somebody is about to see it. A form that will not show it is shown without.
async function mountWithSaved() {
  const saved = await savedSoon();
  try {
    mount(saved);
  } catch {
    mount({});
  }
}

function mountOnceOpen() {
  if (!door || door.open) return mountWithSaved().catch(unavailable);
  door.addEventListener("toggle", mountOnceOpen, { once: true });
}

// Another way, beside a form that has not come yet or in its place.
function showAnotherWay(shown) {
  for (const each of document.querySelectorAll(".not-loaded")) each.hidden = !shown;
}

function unavailable() {
  byId("payment-element").replaceChildren();
  pay.hidden = true;
  if (confirmButton) confirmButton.hidden = true;
  showAnotherWay(true);
}

// Ways to pay that lead away come back with the intent in the address, and with what was agreed to; both are taken out
// at once.
function returned() {
  const query = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname);
  if (query.has("agreed")) form.elements.agreed.value = query.get("agreed");
  return query.get("setup_intent") || query.get("payment_intent");
}

async function start() {
  const intent = location.search ? returned() : null;
  form.addEventListener("submit", (event) => { event.preventDefault(); only(pay, payWithCard); });
  byId("picks")?.addEventListener("change", () => choose().catch(() => byId("picks").submit()));
  again?.form.addEventListener("submit", (event) => { event.preventDefault(); only(again, tryAgain); });
  confirmButton?.addEventListener("click", () => only(confirmButton, confirmWithBank));
  const slow = setTimeout(showAnotherWay, SLOW, true);
  try {
    await load(form.dataset.stripeJs);
    stripe = window.Stripe(form.dataset.publishableKey);
  } catch {
    return unavailable();
  } finally {
    clearTimeout(slow);
  }
  free();
  mountOnceOpen();
  if (intent) only(confirmButton || pay, async () => follow(await done(intent), () => done(intent)));
}

start();
