/** One section of the note: read with who wrote each part, changed in place, the caret kept when others type. */
import { button, el, forget_drawn, redraw } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { authors_line, marked_text } from "./authors.js";
import { smallest_edit } from "./diff.js";

/** @typedef {{own_id: string, closed: () => boolean}} Reader */

export class SectionView {
  /**
   * @param {import("./note_sync.js").NoteSync} note @param {{section: string, heading: string}} about @param {Reader} reader
   */
  constructor(note, about, reader) {
    this._note = note;
    this._section = about.section;
    this._heading = about.heading;
    this._reader = reader;
    this._composing = false;
    /** @type {HTMLTextAreaElement | null} */
    this._field = null;
    this._byline = el("span", { class: "muted small" });
    this._change = button(word("note.change"), () => this._edit(null), {
      class: "quiet",
      aria_label: word("note.change_section", { section: about.heading }),
    });
    this._text = el("div", { class: "note-text", data_section: about.section });
    this._text.addEventListener("click", (event) => this._on_click(event));
    this._kept = el("div", { class: "kept" });
    const head = el("div", { class: "note-head" }, el("h3", { text: about.heading }), this._byline, el("span", { class: "grow" }), this._change);
    this.element = el("section", { class: "note-section", aria_label: about.heading }, head, this._text, this._kept);
    this.element.addEventListener("focusout", (event) => this._on_focus_out(event));
  }

  get _sync() {
    return this._note.sections.get(this._section);
  }

  /** Show what is now. @param {{text: string, authors: any[]}} shown the gateway's section */
  draw(shown) {
    const sync = this._sync;
    if (!sync) return;
    const authors = shown.authors ?? [];
    if (this._reader.closed() && this._field !== null) this._leave();
    this._change.hidden = this._reader.closed() || this._field !== null;
    this._byline.textContent = authors_line(authors, this._reader.own_id);
    if (this._field === null) {
      const state = { text: sync.local, runs: sync.local === shown.text ? authors : [] };
      redraw(this._text, state, () => marked_text(state.text, state.runs, this._reader.own_id));
    } else if (!this._composing) {
      put_in_place(this._field, sync.local);
    }
    this._draw_kept(sync);
  }

  /** @param {MouseEvent} event */
  _on_click(event) {
    if (this._field !== null || this._reader.closed() || !getSelection()?.isCollapsed) return;
    this._edit(position_in(this._text, event));
  }

  /** @param {number | null} caret where the caret goes; null: at the end */
  _edit(caret) {
    const sync = this._sync;
    if (!sync || this._reader.closed()) return;
    const field = el("textarea", { class: "note-field", value: sync.local, rows: 3, aria_label: this._heading });
    field.addEventListener("compositionstart", () => (this._composing = true));
    field.addEventListener("compositionend", () => {
      this._composing = false;
      this._note.type(this._section, field.value);
    });
    field.addEventListener("input", () => {
      if (!this._composing) this._note.type(this._section, field.value);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this._composing) this._leave(true);
    });
    this._field = field;
    forget_drawn(this._text);
    this._text.replaceChildren(field, el("p", { class: "muted small", text: word("note.leave") }));
    const at = caret ?? field.value.length;
    field.focus(); // before the button goes: hiding what has the focus would end the editing
    field.setSelectionRange(at, at);
    this._change.hidden = true;
  }

  /** Back to reading. @param {boolean} [refocus] */
  _leave(refocus = false) {
    if (this._field === null) return;
    this._field = null;
    this._change.hidden = this._reader.closed();
    const shown = this._note.note?.sections.find((/** @type {any} */ one) => one.section === this._section);
    forget_drawn(this._text);
    if (shown) this.draw(shown);
    if (refocus) this._change.focus();
  }

  /** @param {FocusEvent} event */
  _on_focus_out(event) {
    const next = /** @type {Node | null} */ (event.relatedTarget);
    if (next === null && !document.hasFocus()) return; // the window lost the focus, not the field
    if (this._field !== null && !this.element.contains(next)) this._leave();
  }

  /** @param {import("./section_sync.js").SectionSync} sync */
  _draw_kept(sync) {
    redraw(this._kept, sync.kept, () => {
      if (sync.kept === "") return [];
      return [
        el(
          "div",
          { class: "notice warn", role: "alert" },
          el("p", { text: word("note.kept") }),
          el("blockquote", { text: sync.kept }),
          button(word("note.put_back"), () => this._put_back(sync), { data_key: "put-back" }),
          button(word("note.throw_away"), () => this._note.drop_kept(this._section), { data_key: "throw" }),
        ),
      ];
    });
  }

  /** @param {import("./section_sync.js").SectionSync} sync */
  _put_back(sync) {
    const words = sync.kept;
    this._note.drop_kept(this._section);
    if (this._reader.closed()) return;
    if (this._field === null) this._edit(null);
    const field = this._field;
    if (field === null) return;
    field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
    this._note.type(this._section, field.value);
    field.focus();
  }
}

/** Replace only what differs, so that caret, selection and scrolling stay. @param {HTMLTextAreaElement} field @param {string} text */
function put_in_place(field, text) {
  const edit = smallest_edit(field.value, text.replace(/\r\n?/g, "\n"));
  if (edit !== null) field.setRangeText(edit.text, edit.start, edit.end, "preserve");
}

/** The position in the section's own text under a click; null when it is on no text. @param {HTMLElement} container @param {MouseEvent} event */
function position_in(container, event) {
  const found = /** @type {any} */ (document).caretPositionFromPoint?.(event.clientX, event.clientY);
  if (!found || found.offsetNode.nodeType !== Node.TEXT_NODE || !container.contains(found.offsetNode)) return null;
  let before = 0;
  for (const run of container.querySelectorAll("[data-run]")) {
    if (run.contains(found.offsetNode)) return before + found.offset;
    before += (run.textContent ?? "").length;
  }
  return null;
}
