// Passkeys: a form asks the browser for a key or a signature, and then sends what the device answered.
const decoded = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const encoded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const described = (list) => (list || []).map((each) => ({ ...each, id: decoded(each.id) }));

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.optionsUrl, { method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value } });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.wrong);
  return told;
}

async function made(options) {
  const user = { ...options.user, id: decoded(options.user.id) };
  const publicKey = { ...options, user, challenge: decoded(options.challenge), excludeCredentials: described(options.excludeCredentials) };
  const key = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = key.response;
  return whole(key, { clientDataJSON: encoded(clientDataJSON), attestationObject: encoded(attestationObject) });
}

async function signed(options) {
  const publicKey = { ...options, challenge: decoded(options.challenge), allowCredentials: described(options.allowCredentials) };
  const key = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  const response = { clientDataJSON: encoded(clientDataJSON), authenticatorData: encoded(authenticatorData), signature: encoded(signature) };
  return whole(key, userHandle ? { ...response, userHandle: encoded(userHandle) } : response);
}

const whole = (key, response) => ({ id: key.id, rawId: encoded(key.rawId), type: key.type, response });

const REASONS = {
  NotAllowedError: "Your device did not answer, or it was called off.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "A passkey does not work at this address: open the site by its name.",
};

function say(form, why) {
  const place = form.querySelector("[data-wrong]");
  place.textContent = why;
  place.hidden = false;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button[type=submit]");
  if (!window.PublicKeyCredential) continue; // the form goes on saying what it needs
  form.querySelector("[data-needs]").hidden = true;
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    button.disabled = true;
    try {
      const options = await optionsOf(form);
      form.elements.answer.value = JSON.stringify(await (form.dataset.passkey === "create" ? made(options) : signed(options)));
      form.submit();
    } catch (wrong) {
      say(form, REASONS[wrong.name] || wrong.message || "That did not work. Try again.");
      button.disabled = false;
    }
  });
}
