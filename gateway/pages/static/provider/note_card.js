/** `Note, as it is written`: folded to a line that says how far it is, or open with each section in place. */
import { el, set_text } from "../shared/dom.js";
import { plural, word } from "../shared/words.js";
import { count_unfilled } from "./blanks.js";
import { SectionView } from "./section_view.js";

export class NoteCard {
  /** @param {import("./fold.js").Fold} fold @param {import("./section_view.js").Reader} reader */
  constructor(fold, reader) {
    this._fold = fold;
    this._reader = reader;
    this._visit_id = "";
    /** @type {Map<string, SectionView>} */
    this._views = new Map();
    /** Section texts when the note was last looked at. @type {Record<string, string>} */
    this._seen = {};
    this._legend = el("p", { class: "muted small legend" });
    this._body = el("div", { class: "note" });
    fold.body.append(this._legend, this._body);
  }

  /** @param {import("./note_sync.js").NoteSync} note */
  draw(note) {
    if (note.visit_id !== this._visit_id) this._begin(note.visit_id);
    const sections = note.note?.sections ?? [];
    if (this._fold.is_open) this._look(sections);
    this._fold.set_summary(this._summary(sections));
    set_text(this._legend, word(this._reader.closed() ? "note.closed" : "note.legend"));
    if (!this._fold.is_open) return;
    for (const [place, shown] of sections.entries()) {
      let view = this._views.get(shown.section);
      if (!view) {
        view = new SectionView(note, shown, this._reader);
        const later = sections.slice(place + 1).map((/** @type {any} */ one) => this._views.get(one.section)).find(Boolean);
        this._views.set(shown.section, view);
        this._body.insertBefore(view.element, later?.element ?? null);
      }
      view.draw(shown);
    }
    const listed = new Set(sections.map((/** @type {any} */ one) => one.section));
    for (const [section, view] of this._views) if (!listed.has(section)) view.draw({ text: "", authors: [] });
  }

  /** @param {string} visit_id */
  _begin(visit_id) {
    this._visit_id = visit_id;
    this._views.clear();
    this._seen = {};
    this._body.replaceChildren();
  }

  /** @param {{section: string, text: string}[]} sections */
  _look(sections) {
    for (const { section, text } of sections) this._seen[section] = text;
  }

  /** @param {{section: string, text: string}[]} sections */
  _summary(sections) {
    if (sections.length === 0) return word("note.waits_for_text");
    const done = sections.filter(({ text }) => text.trim() !== "" && count_unfilled(text) === 0).length;
    const progress = word("note.progress", { done, all: sections.length });
    const changed = sections.filter(({ section, text }) => (this._seen[section] ?? "") !== text).length;
    return changed === 0 ? progress : `${progress} · ${plural("note.changed", changed)}`;
  }
}
