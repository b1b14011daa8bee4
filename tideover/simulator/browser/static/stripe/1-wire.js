// The wire: how the page talks to the simulator, in the form encoding of the API, with the publishable key only.

const ORIGIN = new URL(document.currentScript ? document.currentScript.src : location.href).origin;

function flatten(value, prefix, into) {
  for (const [key, inner] of Object.entries(value)) {
    const name = prefix ? `${prefix}[${key}]` : key;
    if (inner === undefined || inner === null) continue;
    if (typeof inner === "object") flatten(inner, name, into);
    else into.append(name, String(inner));
  }
  return into;
}

// A plain form POST with the key in its body is a "simple" request: no preflight, as few round trips as possible.
class Wire {
  // A connected account needs no naming here: the simulated world has one account, and the key is its own.
  constructor(key, { apiBase } = {}) {
    this.key = key;
    this.base = apiBase || ORIGIN;
  }

  read(path, query) {
    const search = flatten({ ...query, key: this.key }, "", new URLSearchParams());
    return this.ask(`${path}?${search}`, { method: "GET" });
  }

  write(path, body) {
    const form = flatten({ ...body, key: this.key }, "", new URLSearchParams());
    return this.ask(path, { method: "POST", body: form });
  }

  async ask(path, request) {
    let answer;
    try {
      answer = await fetch(this.base + path, { ...request, headers: { Accept: "application/json" }, credentials: "omit" });
    } catch {
      return { error: failure("api_connection_error", undefined, "We could not reach the payment provider. Please try again.") };
    }
    const body = await answer.json().catch(() => null);
    if (body === null) return { error: failure("api_error", undefined, "The payment provider gave an unreadable answer.") };
    return body.error ? { error: body.error } : { object: body };
  }
}

function failure(type, code, message) {
  return { type, code, message };
}

// "seti_1_secret_x" belongs to the setup intent seti_1, "pi_1_secret_x" to the payment intent pi_1.
function intentOf(clientSecret) {
  const match = /^((seti|pi)_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/.exec(String(clientSecret || ""));
  if (!match) return null;
  const setup = match[2] === "seti";
  return { id: match[1], setup, path: `/v1/${setup ? "setup_intents" : "payment_intents"}/${match[1]}` };
}
