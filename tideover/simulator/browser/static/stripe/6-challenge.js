// The bank's question (3-D Secure): a modal dialog in which a tester plays the customer at their bank.

// Resolves to "complete" or "fail"; closing the dialog with Escape counts as failing, as leaving the bank's page does.
function askBank(appearance) {
  return new Promise((resolve) => {
    const host = document.body.appendChild(el("div", { "data-challenge": true }));
    const root = dressed(host, appearance);
    const done = (outcome) => { host.remove(); resolve(outcome); };
    const complete = el("button", { type: "button", class: "main" }, "Complete authentication");
    const fail = el("button", { type: "button" }, "Fail authentication");
    const dialog = el("dialog", { "aria-labelledby": "challenge-title", "aria-describedby": "challenge-text" },
      el("h2", { id: "challenge-title" }, "3-D Secure 2 test page"),
      el("p", { id: "challenge-text" }, "The bank of this simulated card asks its holder to confirm the payment."),
      el("div", { class: "choices" }, complete, fail));
    complete.addEventListener("click", () => done("complete"));
    fail.addEventListener("click", () => done("fail"));
    dialog.addEventListener("cancel", () => done("fail"));
    root.append(dialog);
    dialog.showModal();
  });
}

function needsBank(intent) {
  return intent.status === "requires_action" && Boolean(intent.next_action);
}

// A failed challenge is an ordinary answer of Stripe.js: the intent's own last error.
function answered(intent, setup) {
  const error = setup ? intent.last_setup_error : intent.last_payment_error;
  if (intent.status === "requires_payment_method" && error) return { error: { ...error, [setup ? "setup_intent" : "payment_intent"]: intent } };
  return setup ? { setupIntent: intent } : { paymentIntent: intent };
}
