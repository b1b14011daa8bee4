// The object a page gets from Stripe(publishableKey): the calls of Stripe.js that a payment or a card update needs.

class Elements {
  constructor(wire, options = {}) {
    this.wire = wire;
    this.options = options;
    this.made = new Map();
    this.submitted = false;
  }

  get clientSecret() { return this.options.clientSecret; }
  get appearance() { return this.options.appearance; }

  create(type, options) {
    if (type !== "payment" && type !== "card") throw new Error(`This simulator draws the payment form only, not "${type}".`);
    const form = new PaymentForm(options, this.appearance, this.options.locale);
    form.on("change", () => { this.submitted = false; });
    this.made.set(type, form);
    this.loadWays(form);
    return form;
  }

  // The ways to pay come from the intent; before there is one, from what the account offers and the page allows.
  async loadWays(form) {
    const intent = intentOf(this.clientSecret);
    if (!intent) return this.loadOffered(form);
    const answer = await this.wire.read(intent.path, { client_secret: this.clientSecret });
    if (answer.error) return form.tell("loaderror", { error: answer.error });
    return form.offer(answer.object.payment_method_types || ["card"]);
  }

  async loadOffered(form) {
    const { currency, allowedPaymentMethodTypes: allowed, customerSessionClientSecret: session } = this.options;
    const answer = await this.wire.read("/_sim/elements", { currency, allowed: (allowed || []).join(","), session });
    if (answer.error) return form.tell("loaderror", { error: answer.error });
    return form.offer(answer.object.payment_method_types, answer.object.saved);
  }

  getElement(type) { return this.made.get(type) || null; }
  get form() { return this.made.get("payment") || this.made.get("card"); }

  update(options) { this.options = { ...this.options, ...options }; }

  async fetchUpdates() {
    if (this.form) await this.loadWays(this.form);
    return {};
  }

  async submit() {
    const error = this.form ? this.form.validate() : invalid("incomplete", "There is no payment form on this page.");
    this.submitted = !error;
    return error ? { error } : { selectedPaymentMethod: this.form.way };
  }
}

class StripeClient {
  constructor(key, options) {
    this.wire = new Wire(key, options);
    this.locale = options && options.locale;
  }

  elements(options) {
    if (options && options.paymentMethodTypes) throw new Error("paymentMethodTypes is no option any more: use allowedPaymentMethodTypes.");
    return new Elements(this.wire, { locale: this.locale, ...options });
  }

  confirmSetup(options) { return this.confirm(options, true); }
  confirmPayment(options) { return this.confirm(options, false); }
  confirmCardSetup(clientSecret, data, options) { return this.confirmCard(clientSecret, data, options); }
  confirmCardPayment(clientSecret, data, options) { return this.confirmCard(clientSecret, data, options); }

  async confirm({ elements, clientSecret, confirmParams = {}, redirect = "always" }, setup) {
    const secret = clientSecret || (elements && elements.clientSecret);
    const intent = intentOf(secret);
    if (!intent || intent.setup !== setup) return { error: failure("invalid_request_error", undefined, "The client secret does not fit this call.") };
    const body = { ...confirmParams, client_secret: secret, use_stripe_sdk: true };
    if (elements) {
      const checked = elements.submitted ? {} : await elements.submit();
      if (checked.error) return { error: checked.error };
      const method = elements.form.method();
      if (method.payment_method_data) Object.assign(method.payment_method_data, confirmParams.payment_method_data);
      Object.assign(body, method);
    }
    const answer = await this.wire.write(`${intent.path}/confirm`, body);
    const outcome = await this.finish(answer, intent, secret, elements && elements.appearance);
    return this.leave(outcome, confirmParams.return_url, redirect, intent, secret);
  }

  async confirmCard(clientSecret, data = {}, { handleActions = true } = {}) {
    const intent = intentOf(clientSecret);
    if (!intent) return { error: failure("invalid_request_error", undefined, "The client secret is not readable.") };
    const method = data.payment_method;
    const chosen = method && method.card instanceof PaymentForm ? { payment_method_data: method.card.data() } : { payment_method: method };
    const now = await this.wire.read(intent.path, { client_secret: clientSecret });
    if (!now.error && needsBank(now.object) && !method) return this.finish(now, intent, clientSecret);
    const answer = await this.wire.write(`${intent.path}/confirm`, { ...chosen, client_secret: clientSecret, use_stripe_sdk: true });
    return handleActions || answer.error ? this.finish(answer, intent, clientSecret) : answered(answer.object, intent.setup);
  }

  async handleNextAction({ clientSecret }) {
    const intent = intentOf(clientSecret);
    if (!intent) return { error: failure("invalid_request_error", undefined, "The client secret is not readable.") };
    return this.finish(await this.wire.read(intent.path, { client_secret: clientSecret }), intent, clientSecret);
  }

  // After a confirmation: asks the bank when it wants to be asked, and gives the intent or the error.
  async finish(answer, intent, clientSecret, appearance) {
    if (answer.error) return { error: answer.error };
    if (!needsBank(answer.object)) return answered(answer.object, intent.setup);
    const page = answer.object.next_action.redirect_to_url;
    if (page) {
      location.assign(page.url);
      return new Promise(() => {}); // the page is leaving: nothing after this call may run
    }
    const outcome = await askBank(appearance);
    const after = await this.wire.write(`/_sim/3ds/${intent.id}`, { client_secret: clientSecret, outcome });
    return after.error ? { error: after.error } : answered(after.object, intent.setup);
  }

  leave(outcome, returnUrl, redirect, intent, clientSecret) {
    if (outcome.error || redirect === "if_required" || !returnUrl) return outcome;
    const word = intent.setup ? "setup_intent" : "payment_intent";
    const url = new URL(returnUrl, location.href);
    url.searchParams.set(word, intent.id);
    url.searchParams.set(`${word}_client_secret`, clientSecret);
    url.searchParams.set("redirect_status", (outcome.setupIntent || outcome.paymentIntent).status);
    location.assign(url);
    return new Promise(() => {}); // the page is leaving: nothing after this call may run
  }

  async retrieve(clientSecret, setup) {
    const intent = intentOf(clientSecret);
    if (!intent || intent.setup !== setup) return { error: failure("invalid_request_error", undefined, "The client secret does not fit this call.") };
    const answer = await this.wire.read(intent.path, { client_secret: clientSecret });
    if (answer.error) return { error: answer.error };
    return setup ? { setupIntent: answer.object } : { paymentIntent: answer.object };
  }

  retrieveSetupIntent(clientSecret) { return this.retrieve(clientSecret, true); }
  retrievePaymentIntent(clientSecret) { return this.retrieve(clientSecret, false); }

  async createPaymentMethod({ elements }) {
    const checked = await elements.submit();
    if (checked.error) return { error: checked.error };
    const answer = await this.wire.write("/v1/payment_methods", elements.form.data());
    return answer.error ? { error: answer.error } : { paymentMethod: answer.object };
  }
}

window.Stripe = function Stripe(key, options) {
  if (!/^pk_/.test(String(key))) throw new Error("Please call Stripe() with your publishable key.");
  return new StripeClient(key, options);
};
window.Stripe.version = "simulator";
