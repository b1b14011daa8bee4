// The look: a constructed style sheet in a shadow root, so that a strict content security policy has nothing to forbid.

const DEFAULTS = {
  colorPrimary: "#0570de",
  colorBackground: "#ffffff",
  colorText: "#1a1f36",
  colorTextSecondary: "#5b6478",
  colorDanger: "#c0123c",
  borderRadius: "6px",
  spacingUnit: "4px",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontSizeBase: "16px",
};
const NIGHT = { colorBackground: "#1b1f2a", colorText: "#f2f4f8", colorTextSecondary: "#b3bac9", colorDanger: "#ff8fa3", colorPrimary: "#5fb0ff" };

const SHEET = `
  :host { display: block; font: 400 var(--fontSizeBase)/1.4 var(--fontFamily); color: var(--colorText); }
  * { box-sizing: border-box; }
  .fields { display: grid; grid-template-columns: 1fr 1fr; gap: calc(var(--spacingUnit) * 3); }
  .field { display: flex; flex-direction: column; gap: var(--spacingUnit); min-width: 0; }
  .wide { grid-column: 1 / -1; }
  label, legend { font-size: .875em; font-weight: 500; padding: 0; }
  input, select { font: inherit; color: inherit; background: var(--colorBackground); width: 100%; min-height: 44px;
    border: 1px solid color-mix(in srgb, var(--colorText) 45%, transparent); border-radius: var(--borderRadius);
    padding: calc(var(--spacingUnit) * 2) calc(var(--spacingUnit) * 3); }
  ::placeholder { color: var(--colorTextSecondary); opacity: 1; }
  input:focus-visible, select:focus-visible, button:focus-visible, [role=tab]:focus-visible {
    outline: 2px solid var(--colorPrimary); outline-offset: 1px; }
  [aria-invalid=true] { border-color: var(--colorDanger); color: var(--colorDanger); }
  .error { color: var(--colorDanger); font-size: .875em; margin: 0; }
  .saved { border: 0; margin: 0 0 calc(var(--spacingUnit) * 4); padding: 0; }
  .saved label { display: flex; align-items: center; gap: calc(var(--spacingUnit) * 3); min-height: 44px; }
  .saved input { width: 20px; min-height: 20px; accent-color: var(--colorPrimary); }
  .note { color: var(--colorTextSecondary); font-size: .8125em; margin: calc(var(--spacingUnit) * 3) 0 0; }
  .tabs { display: flex; gap: calc(var(--spacingUnit) * 2); margin: 0 0 calc(var(--spacingUnit) * 4); }
  .tabs button { flex: 1; font: inherit; font-weight: 500; color: inherit; min-height: 44px; cursor: pointer;
    background: var(--colorBackground); border-radius: var(--borderRadius);
    border: 1px solid color-mix(in srgb, var(--colorText) 30%, transparent); }
  .tabs button[aria-selected=true] { border-color: var(--colorPrimary); box-shadow: inset 0 0 0 1px var(--colorPrimary); }
  dialog { border: 0; border-radius: calc(var(--borderRadius) * 2); padding: 24px; width: min(420px, calc(100vw - 32px));
    color: var(--colorText); background: var(--colorBackground); box-shadow: 0 12px 48px rgb(0 0 0 / .35); }
  dialog::backdrop { background: rgb(10 14 24 / .55); }
  dialog h2 { font-size: 1.125em; margin: 0 0 8px; }
  dialog p { margin: 0 0 20px; color: var(--colorTextSecondary); }
  dialog .choices { display: flex; flex-direction: column; gap: 8px; }
  dialog button { font: inherit; font-weight: 600; min-height: 44px; border-radius: var(--borderRadius); cursor: pointer;
    border: 1px solid color-mix(in srgb, var(--colorText) 30%, transparent); background: transparent; color: inherit; }
  dialog button.main { background: var(--colorText); color: var(--colorBackground); }
  [hidden] { display: none !important; }
`;

function variablesOf(appearance = {}) {
  return { ...DEFAULTS, ...(appearance.theme === "night" ? NIGHT : {}), ...appearance.variables };
}

// Opens a shadow root under `host` and dresses it; returns the root.
function dressed(host, appearance) {
  const root = host.shadowRoot || host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  root.adoptedStyleSheets = [sheet];
  for (const [name, value] of Object.entries(variablesOf(appearance))) host.style.setProperty(`--${name}`, value);
  return root;
}

// A small maker of elements: el("p", { class: "error" }, "text"). Attributes only, never markup.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}
