// The payment form: what Stripe calls the Payment Element, with tabs when there is more than one way to pay, below what
// the customer has saved.

let forms = 0;

function savedName(method) {
  const details = method[method.type] || {};
  const what = method.type === "card" ? details.brand[0].toUpperCase() + details.brand.slice(1) : WAYS[method.type].label;
  return details.last4 ? `${what} •••• ${details.last4}` : what;
}

class PaymentForm {
  constructor(options, appearance, locale) {
    this.options = options || {};
    this.appearance = appearance;
    this.locale = locale;
    this.listeners = new Map();
    this.values = {};
    this.inputs = new Map();
    this.number = ++forms;
    this.ways = ["card"];
    this.way = "card";
    this.saved = [];
    this.chosen = null; // the id of a saved method; null for a new one
    this.error = null;
  }

  on(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) || []), listener]);
    return this;
  }

  once(event, listener) {
    const first = (detail) => { this.off(event, first); listener(detail); };
    return this.on(event, first);
  }

  off(event, listener) {
    this.listeners.set(event, (this.listeners.get(event) || []).filter((each) => listener && each !== listener));
    return this;
  }

  tell(event, detail = {}) {
    for (const listener of this.listeners.get(event) || []) listener({ elementType: "payment", ...detail });
  }

  offer(types, saved = []) {
    const known = types.filter((type) => type in WAYS);
    this.ways = known.length ? known : ["card"];
    this.way = this.ways[0];
    this.saved = saved.filter((method) => method.type in WAYS);
    this.chosen = this.saved.length ? this.saved[0].id : null;
    this.offered = true;
    if (!this.root) return;
    this.draw();
    this.becomeReady();
  }

  // Ready is told after the caller had a chance to listen, as it is with a frame that has to load.
  becomeReady() {
    if (this.root && this.offered && !this.toldReady) setTimeout(() => this.tell("ready"), 0);
    this.toldReady = Boolean(this.root && this.offered);
  }

  mount(where) {
    const host = typeof where === "string" ? document.querySelector(where) : where;
    if (!host) throw new Error(`No element matches ${where}: the payment form has nowhere to be mounted.`);
    this.host = host.appendChild(el("div", { "data-payment-element": true }));
    this.root = dressed(this.host, this.appearance);
    this.draw();
    this.becomeReady();
    return this;
  }

  unmount() {
    if (this.host) this.host.remove();
    this.host = this.root = undefined;
    return this;
  }

  destroy() { this.unmount(); this.listeners.clear(); }
  focus() { this.inputs.values().next().value?.focus(); }
  blur() { this.root?.activeElement?.blur(); }
  collapse() { this.blur(); }

  update(options) {
    this.options = { ...this.options, ...options };
    return this;
  }

  clear() {
    for (const [name, input] of this.inputs) { input.value = input.tagName === "SELECT" ? input.value : ""; this.values[name] = input.value; }
    this.changed();
  }

  get fields() { return this.chosen ? [] : WAYS[this.way].fields(this.locale); }

  draw() {
    this.inputs.clear();
    if (this.chosen) {
      this.root.replaceChildren(this.drawSaved());
      return this.changed();
    }
    const fields = el("div", { class: "fields", role: "group", "aria-label": WAYS[this.way].label });
    for (const field of this.fields) fields.append(this.drawField(field));
    const note = WAYS[this.way].note;
    this.root.replaceChildren(...(this.saved.length ? [this.drawSaved()] : []), ...(this.ways.length > 1 ? [this.drawTabs()] : []), fields, ...(note ? [el("p", { class: "note" }, note)] : []));
    return this.changed();
  }

  drawSaved() {
    const list = el("fieldset", { class: "saved" }, el("legend", {}, "Saved"));
    for (const [id, name] of [...this.saved.map((method) => [method.id, savedName(method)]), [null, "New payment method"]]) {
      const radio = el("input", { type: "radio", name: `saved-${this.number}`, value: id || "", checked: id === this.chosen });
      radio.addEventListener("change", () => { this.chosen = id; this.draw(); this.root.querySelector("input:checked")?.focus(); });
      list.append(el("label", {}, radio, name));
    }
    return list;
  }

  drawTabs() {
    const tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Way to pay" });
    for (const way of this.ways) {
      const tab = el("button", { type: "button", role: "tab", "aria-selected": String(way === this.way) }, WAYS[way].label);
      tab.addEventListener("click", () => { this.way = way; this.draw(); this.focus(); });
      tabs.append(tab);
    }
    return tabs;
  }

  drawField(field) {
    const id = `payment-${this.number}-${field.name}`;
    const input = field.options ? this.drawChoice(field, id) : this.drawInput(field, id);
    const error = el("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
    this.values[field.name] = input.value;
    this.inputs.set(field.name, input);
    input.addEventListener("input", () => this.typed(field, input));
    input.addEventListener("blur", () => { if (input.value) this.show(field, field.check(this.values)); });
    return el("div", { class: field.wide ? "field wide" : "field" }, el("label", { for: id }, field.label), input, error);
  }

  drawInput(field, id) {
    const input = el("input", {
      id, type: field.type || "text", name: field.name, inputmode: field.inputmode, autocomplete: field.autocomplete,
      placeholder: field.hint, "aria-describedby": `${id}-error`, "aria-required": "true", spellcheck: "false",
    });
    input.value = this.values[field.name] || "";
    return input;
  }

  drawChoice(field, id) {
    const select = el("select", { id, name: field.name, autocomplete: field.autocomplete });
    for (const [value, label] of field.options) select.append(el("option", { value, selected: value === field.value }, label));
    return select;
  }

  typed(field, input) {
    if (field.shape && input.selectionEnd === input.value.length) input.value = field.shape(input.value);
    this.values[field.name] = input.value;
    if (input.getAttribute("aria-invalid") === "true") this.show(field, field.check(this.values));
    this.changed();
  }

  changed() {
    const complete = this.fields.every((field) => field.check(this.values) === null);
    const empty = this.fields.every((field) => field.options || !this.values[field.name]);
    this.tell("change", { complete, empty, collapsed: false, value: { type: this.way } });
  }

  show(field, error) {
    const input = this.inputs.get(field.name);
    const note = this.root.getElementById(`${input.id}-error`);
    input.setAttribute("aria-invalid", String(Boolean(error)));
    note.hidden = !error;
    note.textContent = error ? error.message : "";
  }

  // Checks everything, shows each error beside its field, puts the cursor into the first; null when all is well.
  validate() {
    let first = null;
    for (const field of this.fields) {
      const error = field.check(this.values);
      this.show(field, error);
      if (error && !first) { first = error; this.inputs.get(field.name).focus(); }
    }
    return first;
  }

  // What a confirmation sends: a saved method by its id, a new one by its details.
  method() { return this.chosen ? { payment_method: this.chosen } : { payment_method_data: this.data() }; }

  data() { return WAYS[this.way].data(this.values); }
}
