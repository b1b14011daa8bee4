// The source of a text with its lines numbered, and those that something is wrong with marked. The field below stays what
// is sent: without this script it is all there is.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { RangeSetBuilder, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers } from "@codemirror/view";

const look = EditorView.theme({
  "&": { inlineSize: "100%", minInlineSize: "0", border: "1px solid var(--line)", borderRadius: "var(--r-md)", background: "var(--raised)", color: "var(--ink)", fontSize: "var(--t-xs)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { minHeight: "20em", padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-gutters": { border: "0", background: "var(--sunken)", color: "var(--ink-2)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 8px" },
  ".cm-wrong": { background: "var(--bad-bg)", color: "var(--bad-ink)" },
});

function marked(doc, numbers) {
  const marks = new RangeSetBuilder();
  for (const number of numbers.filter((each) => each <= doc.lines)) {
    marks.add(doc.line(number).from, doc.line(number).from, Decoration.line({ class: "cm-wrong" }));
  }
  return marks.finish();
}

// The marks as the text was looked at; what is typed afterwards moves them along.
function marks(numbers) {
  return StateField.define({
    create: (state) => marked(state.doc, numbers),
    update: (known, change) => known.map(change.changes),
    provide: (known) => EditorView.decorations.from(known),
  });
}

function kept(field) {
  return EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    field.value = update.state.doc.toString();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function called(field) {
  const told = ["aria-describedby", "aria-invalid"].filter((name) => field.hasAttribute(name));
  return { id: field.id, "aria-label": field.labels[0].textContent, ...Object.fromEntries(told.map((name) => [name, field.getAttribute(name)])) };
}

function numbered(field) {
  const lines = field.dataset.wrong.split(" ").filter(Boolean).map(Number);
  const extensions = [
    lineNumbers(), history(), keymap.of([...defaultKeymap, ...historyKeymap]), look, kept(field),
    EditorView.lineWrapping, EditorView.perLineTextDirection.of(true), EditorView.editable.of(!field.matches(":disabled")),
    EditorView.cspNonce.of(field.nonce), EditorView.contentAttributes.of(called(field)), marks(lines),
  ];
  const view = new EditorView({ doc: field.value, extensions });
  field.before(view.dom);
  field.removeAttribute("id");
  field.hidden = true;
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("textarea.source").forEach(numbered));
