// Forms work without this file: it wakes buttons, mirrors colors, says what is not saved yet.

// A confirmation names the word to type; its button wakes up once the word is there.
function wake(field) {
  field.form.querySelector("[type=submit]").disabled = field.value.trim().toLowerCase() !== field.dataset.word;
}

// A swatch picks what the field beside it says.
function showSwatches() {
  for (const swatch of document.querySelectorAll("[data-swatch][hidden]")) swatch.hidden = false;
}

function mirror(target) {
  if (target.dataset.swatch) document.getElementById(target.dataset.swatch).value = target.value;
  const swatch = document.querySelector(`[data-swatch="${target.id}"]`);
  if (swatch && /^#[0-9a-f]{6}$/i.test(target.value)) swatch.value = target.value;
}

function tell(form) {
  const place = form.querySelector("[data-unsaved]");
  if (place) place.textContent = "Not saved yet";
}

// 422 is the form again, with what is wrong: htmx would throw it away as an error.
function takeProblems(event) {
  if (event.detail.xhr.status !== 422) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
}

export function startForms() {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.form) return;
    if (field.dataset.word) wake(field);
    mirror(field);
    tell(field.form);
  });
  document.addEventListener("htmx:beforeSwap", takeProblems);
  document.addEventListener("htmx:afterSettle", showSwatches);
  showSwatches();
}
