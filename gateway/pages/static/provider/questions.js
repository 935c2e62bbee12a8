/** The question that waits, large, with its quick replies on keys 1 to 4; nothing is chosen beforehand. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { open_questions } from "../shared/record_queries.js";
import { time_in_visit, time_of_day } from "../shared/times.js";
import { plural, word } from "../shared/words.js";
import { keep_draft, keep_field } from "./drafts.js";

const SETTLE_MS = 700; // a key meant for the question before must not answer the next one

/** @typedef {import("../shared/record.js").ChatLine} ChatLine */

export class QuestionCard {
  /** @param {(question_id: string, text: string) => void} answer */
  constructor(answer) {
    this._answer = answer;
    /** @type {Set<string>} */
    this._later = new Set();
    /** @type {ChatLine | null} */
    this._shown = null;
    this._shown_at = 0;
    /** The answered question whose answer is being changed. */
    this._again = "";
    this._main = el("div");
    this._rest = el("div");
    by_id("question-card").append(this._main, this._rest);
    document.addEventListener("keydown", (event) => this._on_key(event));
  }

  /** @param {import("../shared/record.js").VisitRecord} record @param {ReadonlySet<string>} answering ids whose answer is on its way */
  draw(record, answering) {
    const open = open_questions(record).filter((line) => !answering.has(line.question_id));
    const first = open.find((line) => !this._later.has(line.question_id)) ?? null;
    // A question on the screen is never replaced by another that comes in.
    const still = open.find((line) => line.question_id === this._shown?.question_id && !this._later.has(line.question_id));
    const again = record.chat.find((line) => this._again !== "" && line.question_id === this._again && !answering.has(line.question_id)) ?? null;
    const shown = (record.note_state === "signed" ? null : again) ?? still ?? first;
    const gone = shown === null ? this._withdrawn(record) : null;
    if (shown?.question_id !== this._shown?.question_id) this._shown_at = performance.now();
    this._shown = shown;
    const later = open.filter((line) => line !== shown);
    // Two parts, so that a question that comes in does not touch the field that is typed in.
    const state = [record.visit_id, shown?.question_id ?? "", shown?.answer ?? "", gone?.question_id ?? "", record.capture_started_at];
    redraw(this._main, state, () => this._card(record, shown, gone));
    redraw(this._rest, later.map((line) => line.question_id), () => (later.length === 0 ? [] : [this._more(later)]));
  }

  /** Bring an answered question back, to answer it otherwise. @param {string} question_id */
  change(question_id) {
    this._again = question_id;
    by_id("question-card").dispatchEvent(new Event("changed"));
    by_id("question-card").scrollIntoView({ block: "nearest" });
    queueMicrotask(() => document.getElementById("answer")?.focus()); // it is drawn then
  }

  /** The question that was on the screen and was taken back since. @param {import("../shared/record.js").VisitRecord} record */
  _withdrawn(record) {
    const line = record.chat.findLast((one) => one.question_id !== "");
    return line?.withdrawn ? line : null;
  }

  /** @param {string} question_id @param {string} text */
  _give(question_id, text) {
    this._again = "";
    this._answer(question_id, text);
    by_id("question-card").dispatchEvent(new Event("changed"));
  }

  /**
   * @param {import("../shared/record.js").VisitRecord} record @param {ChatLine | null} shown
   * @param {ChatLine | null} gone
   */
  _card(record, shown, gone) {
    if (shown === null) {
      const text = gone ? word("question.withdrawn", { name: gone.author.name, text: gone.text }) : word("question.none");
      const head = el("h2", { id: "question-head", class: "muted calm", text, aria_live: gone ? "polite" : undefined });
      return [el("div", { class: "fold-line" }, head)];
    }
    const when = record.capture_started_at
      ? word("question.into_visit", { time: time_in_visit(shown.at, record.capture_started_at) })
      : time_of_day(shown.at);
    return [
      el(
        "div",
        { class: "panel-head" },
        el("h2", { id: "question-head", text: word("question.asks", { name: shown.author.name }) }),
        el("span", { class: "grow" }),
        el("span", { class: "muted small", text: when }),
      ),
      el("p", { class: "question", text: shown.text, role: "status" }),
      shown.answer !== "" && el("p", { class: "muted small", text: word("question.answered_before", { text: shown.answer }) }),
      el("div", { class: "answers" }, ...this._replies(shown)),
      this._free_text(shown),
    ];
  }

  /** @param {ChatLine} shown */
  _replies(shown) {
    const replies = shown.quick_replies.map((text, index) => {
      const reply = button("", () => this._give(shown.question_id, text), { class: "reply", data_key: `reply-${index}` });
      reply.append(el("span", { text }), el("kbd", { text: String(index + 1), aria_hidden: true }));
      reply.setAttribute("aria-keyshortcuts", String(index + 1));
      return reply;
    });
    const later = button(word("question.later"), () => this._put_off(shown), { class: "later", data_key: "later" });
    return [...replies, el("span", { class: "grow" }), later];
  }

  /** @param {ChatLine} shown */
  _free_text(shown) {
    const name = `answer.${shown.question_id}`;
    const field = el("input", { type: "text", id: "answer", maxLength: 4000, data_key: "answer", autocomplete: "off" });
    keep_field(field, name);
    const form = el(
      "form",
      { class: "free" },
      el("label", { class: "unseen", for: "answer", text: word("question.free") }),
      field,
      button(word("question.send"), () => undefined, { type: "submit" }),
    );
    field.placeholder = word("question.free");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (text === "") return;
      keep_draft(name, null);
      this._give(shown.question_id, text);
    });
    return form;
  }

  /** @param {ChatLine[]} later */
  _more(later) {
    const open = button(word("fold.open"), () => this._bring(later[0]), {
      aria_label: word("question.open_next"),
      data_key: "open-next",
    });
    return el("div", { class: "fold-line rest" }, el("span", { text: plural("question.more", later.length) }), el("span", { class: "grow" }), open);
  }

  /** @param {ChatLine} line */
  _put_off(line) {
    if (this._again === line.question_id) this._again = "";
    this._later.add(line.question_id);
    this._shown = null;
    by_id("question-card").dispatchEvent(new Event("changed"));
  }

  /** @param {ChatLine} line */
  _bring(line) {
    if (this._shown !== null) this._later.add(this._shown.question_id);
    this._later.delete(line.question_id);
    this._shown = null;
    by_id("question-card").dispatchEvent(new Event("changed"));
  }

  /** @param {KeyboardEvent} event */
  _on_key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.repeat || event.altKey || event.ctrlKey || event.metaKey || this._shown === null) return;
    if (document.querySelector("dialog[open]") !== null) return; // what lies over the page has the keys
    if (target.closest("input, textarea, select, [contenteditable]") || by_id("view-visit").hidden) return;
    const text = this._shown.quick_replies[Number(event.key) - 1];
    if (text === undefined || performance.now() - this._shown_at < SETTLE_MS) return;
    event.preventDefault();
    this._give(this._shown.question_id, text);
  }
}
