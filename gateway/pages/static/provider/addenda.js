/** After the signature: the note's addenda, a field for the next one, and what late edits propose. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { time_of_day } from "../shared/times.js";
import { plural, refusal_sentence, word } from "../shared/words.js";
import { smallest_edit } from "./diff.js";
import { keep_draft, keep_field, read_draft } from "./drafts.js";

const MAX_CHARS = 20_000;

/** @typedef {import("../shared/record.js").VisitRecord} VisitRecord */

export class AddendaCard {
  /** @param {(command: any) => void} command on the visit that is open */
  constructor(command) {
    this._command = command;
    this._list = el("div");
    this._late = el("div");
    this._write = el("div");
    this._field = el("textarea", { id: "addendum-text", rows: 3, maxLength: MAX_CHARS });
    by_id("addenda-card").append(
      el("div", { class: "panel-head" }, el("h2", { id: "addenda-head", text: word("addendum.head") })),
      this._list,
      this._late,
      this._write,
    );
  }

  /** @param {VisitRecord} record @param {any} note the newest note_text or null @param {any[]} waiting commands without an answer */
  draw(record, note, waiting) {
    const card = by_id("addenda-card");
    card.hidden = record.note_state !== "signed" || note === null;
    if (card.hidden) return;
    const closed = record.frozen !== null;
    const state = [record.visit_id, record.addenda, record.ehr_problems];
    redraw(this._list, state, () => record.addenda.map((one) => addendum(one, record.ehr_problems[`addendum-${one.number}`])));
    const proposed = note.late_count > record.late_settled && !closed;
    const busy = waiting.some((command) => ["add_addendum", "leave_out_late"].includes(command.type));
    redraw(this._late, [record.visit_id, proposed && note.late, note.late_count, busy], () => (proposed ? this._proposal(record, note, busy) : []));
    const number = record.addenda.length + 1;
    redraw(this._write, [record.visit_id, number, closed, busy], () => (closed ? [] : this._form(record, number, busy)));
  }

  /** @param {VisitRecord} record @param {any} note @param {boolean} busy */
  _proposal(record, note, busy) {
    const parts = late_parts(note);
    const take = button(word("addendum.take"), () => this._take(record, parts, note.late_count), { data_key: "take-late", disabled: busy });
    const leave = button(word("addendum.leave_out"), () => this._command({ type: "leave_out_late", late: note.late_count }), {
      data_key: "leave-late",
      disabled: busy,
    });
    return [
      el("h3", { text: plural("addendum.late", parts.length) }),
      el("p", { class: "muted small", text: word("addendum.late_help") }),
      ...parts.map((text) => el("p", { class: "note-text", text })),
      el("div", { class: "row" }, take, leave),
    ];
  }

  /** Put the late words into the field, after what is written there. @param {VisitRecord} record @param {string[]} parts @param {number} late */
  _take(record, parts, late) {
    const text = [this._field.value.trim(), ...parts].filter(Boolean).join("\n");
    this._field.value = text;
    const name = draft_name(record, record.addenda.length + 1);
    keep_draft(name, text);
    keep_draft(`${name}.late`, late); // a step-up comes back to the same text, which takes the same edits in
    this._field.focus();
  }

  /** @param {VisitRecord} record @param {number} number @param {boolean} busy */
  _form(record, number, busy) {
    const text = this._field.value;
    this._field = el("textarea", { id: "addendum-text", rows: 3, maxLength: MAX_CHARS, data_key: "addendum" });
    for (const name of [draft_name(record, number - 1), `${draft_name(record, number - 1)}.late`]) keep_draft(name, null);
    keep_field(this._field, draft_name(record, number));
    if (busy) this._field.value = text;
    const sign = button(word("addendum.sign"), () => this._sign(record, number), { class: "primary", disabled: busy, data_key: "sign-addendum" });
    return [
      el("label", { for: "addendum-text", text: word("addendum.text", { number }) }),
      this._field,
      el("div", { class: "row" }, el("span", { class: "muted small grow", text: word("addendum.help") }), sign),
    ];
  }

  /** @param {VisitRecord} record @param {number} number */
  _sign(record, number) {
    const text = this._field.value.trim();
    if (text === "") return;
    const late = read_draft(`${draft_name(record, number)}.late`) ?? 0;
    this._command({ type: "add_addendum", number, text, signed_sha256: record.note_sha256, late });
  }
}

/** The words that late edits added, by section, and those that they replaced. @param {any} note @returns {string[]} */
export function late_parts(note) {
  const signed = new Map(note.sections.map((/** @type {any} */ one) => [one.section, one.text]));
  return note.late.flatMap((/** @type {any} */ one) => {
    const before = signed.get(one.section) ?? "";
    const edit = smallest_edit(before, one.text);
    if (edit === null) return [];
    const values = { heading: one.heading, text: edit.text.trim(), before: before.slice(edit.start, edit.end).trim() };
    if (values.before === "") return [word("addendum.part_added", values)];
    return [word(values.text === "" ? "addendum.part_removed" : "addendum.part_changed", values)];
  });
}

/** @param {VisitRecord} record @param {number} number */
function draft_name(record, number) {
  return `addendum.${record.visit_id}.${number}`;
}

/** @param {any} one @param {any} problem */
function addendum(one, problem) {
  const values = { number: one.number, name: one.author.name, time: time_of_day(one.at) };
  const key = one.ehr_reference === "" ? "addendum.signed" : "addendum.written";
  return el(
    "section",
    { class: "note-section" },
    el("h3", { text: word("addendum.title", values) }),
    el("p", { class: "note-text", text: one.text }),
    el("p", { class: "muted small", text: word(key, { ...values, reference: one.ehr_reference }) }),
    problem && el("p", { class: "notice warn", text: refusal_sentence({ code: problem.code }) }),
  );
}
