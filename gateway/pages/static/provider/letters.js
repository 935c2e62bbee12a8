/** Letters: each read whole as it will be printed, signed or returned in exactly that version, and printed once signed. */
import { button, el, redraw } from "../shared/dom.js";
import { canonical_sha256 } from "../shared/jose.js";
import { age } from "../shared/times.js";
import { plural, word } from "../shared/words.js";
import { keep_draft, keep_field, read_draft } from "./drafts.js";
import { other_words, paper, print_letter } from "./paper.js";

/** @typedef {import("../shared/record_letters.js").LetterLine} LetterLine */
/** @typedef {{sign: (line: LetterLine) => void, give_back: (line: LetterLine, comment: string) => void}} LetterActions */
const LOOKS = { sent: "warn", returned: "", signed: "ok" };
const SIGNS = { sent: "○", returned: "↩", signed: "✓" };

export class LettersCard {
  /** @param {import("./fold.js").Fold} fold @param {LetterActions} actions @param {() => void} changed */
  constructor(fold, actions, changed) {
    this._fold = fold;
    this._actions = actions;
    this._changed = changed;
    this._visit_id = "";
    /** What is on the screen, by letter: a newer version does not replace it. @type {Map<string, LetterLine>} */
    this._shown = new Map();
    /** Letters whose comment is being written. @type {Set<string>} */
    this._returning = new Set();
    /** Whether the hash in the record is that of the letter on the screen, by hash. @type {Map<string, boolean>} */
    this._proven = new Map();
    this._list = el("ul", { class: "rows letters" });
    fold.body.append(this._list);
  }

  /**
   * @param {import("../shared/record.js").VisitRecord} record @param {any} note the newest note_text or null
   * @param {ReadonlySet<string>} deciding ids whose decision is on its way
   */
  draw(record, note, deciding) {
    if (record.visit_id !== this._visit_id) this._begin(record.visit_id);
    const lines = Object.values(record.letters).filter((line) => line.state !== "withdrawn");
    const to_sign = lines.filter((line) => line.state === "sent").length;
    this._fold.panel.hidden = lines.length === 0;
    this._fold.set_summary(to_sign === 0 ? plural("letter.count", lines.length) : plural("letter.to_sign", to_sign));
    if (!this._fold.is_open) return;
    for (const line of lines) this._look(line);
    const frozen = record.frozen !== null;
    const now = lines.map((line) => ({ line, stale: line.state === "sent" ? other_words(line.content, note?.sections ?? []) : [] }));
    const state = [now, frozen, [...this._shown], [...deciding], [...this._returning], [...this._proven]];
    redraw(this._list, state, () =>
      now.map(({ line, stale }) => this._row(line, { stale, frozen, deciding: deciding.has(line.content.letter_id) })),
    );
  }

  /** @param {string} visit_id */
  _begin(visit_id) {
    this._visit_id = visit_id;
    this._shown.clear();
    this._returning.clear();
  }

  /** Put a letter on the screen that was open there, and keep it up with its signature. @param {LetterLine} line */
  _look(line) {
    const { letter_id } = line.content;
    const shown = this._shown.get(letter_id);
    if (shown ? shown.sha256 === line.sha256 : (read_draft(this._open_name) ?? []).includes(letter_id)) this._show(line);
  }

  /** @param {LetterLine} line */
  _show(line) {
    this._shown.set(line.content.letter_id, { ...line });
    void this._prove(line);
  }

  get _open_name() {
    return `letters.${this._visit_id}`;
  }

  /** @param {LetterLine} line @param {{stale: string[], frozen: boolean, deciding: boolean}} now */
  _row(line, now) {
    const { letter_id, title, version } = line.content;
    const shown = this._shown.get(letter_id);
    const from = word("letter.from", { name: line.sent_by.name, age: age(line.sent_at), version });
    const read = button(word(shown ? "letter.close" : "letter.read"), () => this._toggle(line), {
      aria_label: word(shown ? "letter.close_named" : "letter.read_named", { title }),
      aria_expanded: Boolean(shown),
      data_key: `read-${letter_id}`,
    });
    return el(
      "li",
      {},
      el("div", { class: "row" }, el("h3", { class: "grow", text: title }), state_chip(line, now), read, this._print_button(line, now)),
      el("p", { class: "muted small", text: from }),
      line.returned_because !== "" && el("p", { text: word("letter.returned_because", { comment: line.returned_because }) }),
      shown && this._open(line, shown, now),
    );
  }

  /** @param {LetterLine} line @param {{frozen: boolean}} now */
  _print_button(line, now) {
    const { letter_id, title } = line.content;
    if (line.state !== "signed" || now.frozen) return null;
    return button(word("letter.print"), () => print_letter(line), {
      class: "primary",
      aria_label: word("letter.print_named", { title }),
      data_key: `print-${letter_id}`,
    });
  }

  /** @param {LetterLine} line @param {LetterLine} shown @param {{stale: string[], frozen: boolean, deciding: boolean}} now */
  _open(line, shown, now) {
    const decides = line.state === "sent" && !now.frozen;
    return el(
      "div",
      { class: "letter-open" },
      paper(shown, "h3"),
      now.stale.length > 0 && el("p", { class: "notice warn", text: word("letter.other_words", { headings: now.stale.join(", ") }) }),
      decides && (shown.sha256 === line.sha256 ? this._decide(line, now.deciding) : this._newer(line)),
    );
  }

  /** @param {LetterLine} line */
  _newer(line) {
    const show = button(word("letter.show_newer"), () => (this._show(line), this._changed()), { data_key: `newer-${line.content.letter_id}` });
    return el("p", { class: "notice accent", role: "status" }, el("span", { class: "grow", text: word("letter.newer") }), show);
  }

  /** @param {LetterLine} line @param {boolean} deciding */
  _decide(line, deciding) {
    const { letter_id, title } = line.content;
    const proven = this._proven.get(line.sha256);
    if (proven === false) return el("p", { class: "notice bad", role: "alert", text: word("letter.hash_differs") });
    if (this._returning.has(letter_id)) return this._return_form(line);
    return el(
      "div",
      { class: "row decide" },
      el("p", { class: "grow muted small", text: word("letter.covers") }),
      button(word("letter.return"), () => this._toggle_return(letter_id), {
        disabled: deciding,
        aria_label: word("letter.return_named", { title }),
        data_key: `return-${letter_id}`,
      }),
      button(word("letter.sign"), () => this._actions.sign(line), {
        class: "primary",
        disabled: deciding || proven !== true,
        aria_label: word("letter.sign_named", { title }),
        data_key: `sign-${letter_id}-${line.content.version}`,
      }),
    );
  }

  /** @param {LetterLine} line */
  _return_form(line) {
    const { letter_id } = line.content;
    const id = `letter-comment-${letter_id}`;
    const field = el("textarea", { id, rows: 2, required: true, maxLength: 4000, data_key: id });
    keep_field(field, id);
    const form = el(
      "form",
      { class: "return-form" },
      el("label", { for: id, text: word("letter.comment") }),
      field,
      el(
        "div",
        { class: "row" },
        button(word("letter.return_now"), () => undefined, { type: "submit", class: "danger", data_key: `now-${letter_id}` }),
        button(word("letter.back"), () => this._toggle_return(letter_id), { data_key: `return-${letter_id}` }),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const comment = field.value.trim();
      if (comment === "") return;
      keep_draft(id, null);
      this._returning.delete(letter_id);
      this._actions.give_back(line, comment);
    });
    return form;
  }

  /** @param {string} letter_id */
  _toggle_return(letter_id) {
    if (!this._returning.delete(letter_id)) this._returning.add(letter_id);
    this._changed();
    queueMicrotask(() => document.getElementById(`letter-comment-${letter_id}`)?.focus()); // after it is drawn
  }

  /** What is open stays open over a step-up, which loads the page anew. @param {LetterLine} line */
  _toggle(line) {
    if (!this._shown.delete(line.content.letter_id)) this._show(line);
    keep_draft(this._open_name, this._shown.size === 0 ? null : [...this._shown.keys()]);
    this._changed();
  }

  /** Signing covers what is on the screen: its own hash must be the record's. @param {LetterLine} line */
  async _prove(line) {
    if (this._proven.has(line.sha256)) return;
    const same = (await canonical_sha256(line.content)) === line.sha256;
    if (this._proven.get(line.sha256) === same) return;
    this._proven.set(line.sha256, same);
    this._changed();
  }
}

/** @param {LetterLine} line @param {{frozen: boolean, deciding: boolean}} now */
function state_chip(line, now) {
  if (now.frozen) return el("span", { class: "chip bad", text: `✕ ${word("letter.state.frozen")}` });
  if (now.deciding) return el("span", { class: "chip warn", text: `… ${word("letter.state.deciding")}` });
  const state = /** @type {keyof typeof LOOKS} */ (line.state);
  return el("span", { class: `chip ${LOOKS[state]}`, text: `${SIGNS[state]} ${word(`letter.state.${state}`)}` });
}
