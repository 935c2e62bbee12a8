/** Read and sign: exactly one snapshot with its hash; it is signed by a press on Sign and by nothing else. */
import { button, by_id, el, redraw, set_text } from "../shared/dom.js";
import { plural, word } from "../shared/words.js";
import { authors_line, marked_text } from "./authors.js";
import { keep_draft, read_draft } from "./drafts.js";
import { draw_gaps, numbered_gaps } from "./reading_questions.js";
import { snapshot_sha256 } from "./snapshot.js";

/**
 * @typedef {object} ReadingActions
 * @property {(note: any) => void} opened it is on the screen
 * @property {(note: any) => void} sign
 * @property {(note: any, comment: string) => void} give_back
 * @property {(note: any, command: any) => void} settle answers or leaves out one of its questions
 */
const SETTLING = new Set(["answer_question", "leave_out_question"]);

/**
 * @typedef {object} Now what the page knows besides the text
 * @property {boolean} waits @property {boolean} signing @property {boolean} sent
 * @property {import("../shared/record.js").VisitRecord} record
 * @property {readonly import("../shared/outbox.js").Waiting[]} waiting commands without an answer
 */

export class Reading {
  /** @param {ReadingActions} actions */
  constructor(actions) {
    this._actions = actions;
    this._own_id = "";
    /** The snapshot on the screen; a later text does not replace it. @type {any} */
    this._note = null;
    this._proven = /** @type {boolean | null} */ (null);
    this._at_end = false;
    /** Whether a question was settled here since this text came: the text that follows is the one to sign. */
    this._settling = false;
    /** The control that had the keyboard in a text that another one replaced. @type {string | null} */
    this._refocus = null;
    this._text = el("div", { class: "reading-text", tabIndex: 0, role: "region", aria_label: word("reading.text") });
    this._text.addEventListener("scroll", () => this._look_for_end());
    this._hash = el("span", { class: "muted small hash" });
    this._state = el("p", { class: "grow small", role: "status" });
    this._sign = button(word("reading.sign"), () => this._actions.sign(this._note), { class: "primary", id: "sign-note" });
    this._newer = button(word("reading.show_newer"), () => this._show_newest(), { hidden: true, id: "show-newer" });
    this._comment = el("textarea", { id: "return-comment", rows: 2, maxLength: 4000, required: true });
    this._return = el("form", { class: "return-form", hidden: true });
    this._newest = /** @type {any} */ (null);
    this._said = el("section", { class: "note-section", aria_label: word("reading.attestation") });
    this._build();
    window.addEventListener("resize", () => this._look_for_end());
  }

  _build() {
    const give_back = button(word("reading.return"), () => this._toggle_return(), { id: "return-note", aria_expanded: false });
    this._return.append(
      el("label", { for: "return-comment", text: word("reading.comment") }),
      this._comment,
      el("div", { class: "row" }, button(word("reading.return_now"), () => undefined, { type: "submit", class: "danger" })),
    );
    this._comment.addEventListener("input", () => keep_draft(this._comment_name, this._comment.value));
    this._return.addEventListener("submit", (event) => {
      event.preventDefault();
      const comment = this._comment.value.trim();
      if (comment === "" || this._note === null) return;
      keep_draft(this._comment_name, null);
      this._return.hidden = true;
      this._actions.give_back(this._note, comment);
    });
    by_id("view-reading").append(
      el("div", { class: "panel-head" }, el("h2", { id: "reading-head", text: word("reading.head") }), el("span", { class: "grow" }), this._hash),
      this._text,
      el("div", { class: "reading-foot" }, this._return, el("div", { class: "row" }, this._state, this._newer, give_back, this._sign)),
    );
  }

  get _comment_name() {
    return `return.${this._note?.visit_id ?? ""}`;
  }

  /** Put a note on the screen. @param {any} note a note_text frame @param {string} own_id @param {number} scrolled */
  open(note, own_id, scrolled = 0) {
    this._settling = false;
    this._own_id = own_id;
    if (this._note?.visit_id !== note.visit_id) this._return.hidden = true;
    this._note = note;
    this._comment.value = read_draft(this._comment_name) ?? "";
    this._proven = null;
    this._at_end = read_draft("read_to_end") === note.sha256;
    set_text(this._hash, word("reading.hash", { hash: short_hash(note.sha256), version: note.version }));
    const written = note.sections.filter(has_text).map((/** @type {any} */ one) => section(note, one, own_id));
    this._text.replaceChildren(...written, this._said);
    this._text.scrollTop = scrolled;
    void this._prove(note);
    this._actions.opened(note);
  }

  /** Whether this visit's note is on the screen. @param {string} visit_id */
  shows(visit_id) {
    return this._note?.visit_id === visit_id;
  }

  /** Leave it. */
  close() {
    this._note = null;
  }

  /**
   * What may be done now. @param {any} newest the newest note_text @param {Now} now
   */
  draw(newest, now) {
    if (this._note === null) return;
    this._newest = newest;
    const busy = new Set(now.waiting.filter(({ command }) => SETTLING.has(command.type)).map(({ command }) => command.question_id));
    if (this._settling && busy.size === 0 && newest.sha256 !== this._note.sha256) this._show_settled(newest);
    this._draw_said(newest ?? this._note);
    this._look_for_end();
    const newer = newest !== null && newest.sha256 !== this._note.sha256;
    this._draw_questions(now, busy);
    const why = this._why_not(newer, now);
    this._newer.hidden = !newer || !now.sent;
    this._sign.disabled = why !== "";
    const open = this._note.questions.length;
    set_text(this._state, why === "reading.questions_open" ? plural(why, open) : word(why === "" ? "reading.may_sign" : why));
  }

  /** The questions under their sections' text. @param {Now} now @param {ReadonlySet<string>} busy */
  _draw_questions(now, busy) {
    const note = this._note;
    const settle = (/** @type {any} */ command) => {
      this._settling = true;
      this._actions.settle(note, command);
    };
    const actions = {
      answer: (/** @type {string} */ question_id, /** @type {string} */ text) => settle({ type: "answer_question", question_id, text }),
      leave_out: (/** @type {string} */ question_id) => settle({ type: "leave_out_question", question_id, version: note.version }),
    };
    const closed = new Set(note.questions.map((/** @type {any} */ one) => one.question_id));
    for (const container of this._text.querySelectorAll("[data-questions]")) {
      const element = /** @type {HTMLElement} */ (container);
      const shown = note.sections.find((/** @type {any} */ one) => one.section === element.dataset.questions);
      if (shown) draw_gaps(element, note, shown, now.record, now.sent ? busy : closed, actions);
    }
    if (this._refocus === null) return;
    const key = CSS.escape(this._refocus);
    const before = /** @type {HTMLElement | null} */ (this._text.querySelector(`[data-key="${key}"]`));
    (before ?? this._text).focus({ preventScroll: true });
    this._refocus = null;
  }

  /** A question was answered or left out here: the text that it made takes this one's place. @param {any} newest */
  _show_settled(newest) {
    this._refocus = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.key ?? "";
    this.open(newest, this._own_id, this._text.scrollTop);
  }

  /** @param {boolean} newer @param {Now} now */
  _why_not(newer, now) {
    if (!now.sent) return "reading.not_sent";
    if (now.signing) return "reading.signing";
    if (now.waits) return "reading.edits_wait";
    if (newer) return "reading.newer";
    if (this._note.questions.length > 0) return "reading.questions_open";
    if (this._proven === false) return "reading.hash_differs";
    if (!this._at_end) return "reading.read_to_end";
    return this._proven === null ? "reading.checking" : "";
  }

  /** Who scribed, and what is stated by signing: no part of the hash, and as new as the record. @param {any} note */
  _draw_said(note) {
    redraw(this._said, [note.visit_id, note.attestation, note.provider_statement], () => {
      if (!note.provider_statement) return [];
      return [
        el("div", { class: "note-head" }, el("h3", { text: word("reading.attestation") })),
        note.attestation !== "" && el("p", { class: "note-text", text: note.attestation }),
        el("p", { class: "note-text", text: word("reading.you_state", { statement: note.provider_statement }) }),
        el("p", { class: "muted small", text: word("reading.attestation_help") }),
      ];
    });
  }

  _look_for_end() {
    if (this._note === null || by_id("view-reading").hidden || this._at_end) return;
    const { scrollHeight, scrollTop, clientHeight } = this._text;
    if (clientHeight === 0 || scrollHeight - scrollTop - clientHeight > 8) return;
    this._at_end = true;
    keep_draft("read_to_end", this._note.sha256); // a step-up comes back to the same text, read already
    by_id("view-reading").dispatchEvent(new Event("changed"));
  }

  _show_newest() {
    if (this._newest !== null) this.open(this._newest, this._own_id);
    this._text.focus();
    by_id("view-reading").dispatchEvent(new Event("changed"));
  }

  _toggle_return() {
    this._return.hidden = !this._return.hidden;
    by_id("return-note").setAttribute("aria-expanded", String(!this._return.hidden));
    if (!this._return.hidden) this._comment.focus();
  }

  /** The hash that is signed must be that of the text on the screen. @param {any} note */
  async _prove(note) {
    const same = (await snapshot_sha256(note)) === note.sha256;
    if (this._note !== note) return;
    this._proven = same;
    by_id("view-reading").dispatchEvent(new Event("changed"));
  }
}

/** The first digits of a hash, in fours. @param {string} sha256 */
export function short_hash(sha256) {
  return (sha256.slice(0, 16).match(/.{4}/g) ?? []).join(" ");
}

/** @param {{text: string}} shown */
function has_text(shown) {
  return shown.text.trim() !== "";
}

/** @param {any} note @param {any} shown @param {string} own_id */
function section(note, shown, own_id) {
  const gaps = numbered_gaps(note, shown.section);
  return el(
    "section",
    { class: "note-section", aria_label: shown.heading },
    el("div", { class: "note-head" }, el("h3", { text: shown.heading }), el("span", { class: "muted small", text: authors_line(shown.authors ?? [], own_id) })),
    el("div", { class: "note-text", data_section: shown.section }, ...marked_text(shown.text, shown.authors ?? [], own_id, gaps)),
    el("div", { class: "gap-questions", data_questions: shown.section }),
  );
}
