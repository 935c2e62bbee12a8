/** `Wrong patient`: freezing the visit, moving what was written to the right one, and taking it back from the record. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { time_of_day } from "../shared/times.js";
import { word } from "../shared/words.js";
import { keep_draft, keep_field } from "./drafts.js";

/** @typedef {import("../shared/record.js").VisitRecord} VisitRecord */

export class WrongPatientCard {
  /** @param {(command: any) => void} command on the visit that is open */
  constructor(command) {
    this._command = command;
    this._open = false;
    this._visit_id = "";
    this._body = el("div", { class: "panel-body" });
    by_id("wrong-card").append(this._body);
  }

  /** @param {VisitRecord} record @param {any[]} visits the day's visits @param {any[]} waiting commands without an answer */
  draw(record, visits, waiting) {
    if (record.visit_id !== this._visit_id) this._open = false;
    this._visit_id = record.visit_id;
    const busy = waiting.some((command) => ["mark_wrong_patient", "retract_visit", "move_content"].includes(command.type));
    const others = visits.filter((one) => one.visit_id !== record.visit_id && one.note_state !== "signed");
    const state = [record.visit_id, this._open, busy, record.frozen, record.retracted, record.moved_to, record.ehr_retracted];
    redraw(this._body, [...state, record.frozen && others], () => (record.frozen ? this._frozen(record, others, busy) : this._ask(record, busy)));
  }

  /** @param {VisitRecord} record @param {boolean} busy */
  _ask(record, busy) {
    const head = el("h2", { id: "wrong-head", class: "muted calm", text: word("wrong.head") });
    if (!this._open) return [el("div", { class: "fold-line" }, head, button(word("wrong.open"), () => this._toggle(record), { data_key: "wrong" }))];
    const reason = el("textarea", { id: "wrong-reason", rows: 2, maxLength: 4000, required: true, data_key: "wrong-reason" });
    keep_field(reason, `wrong.${record.visit_id}`);
    const form = el(
      "form",
      { class: "return-form" },
      el("p", { text: word("wrong.help") }),
      el("label", { for: "wrong-reason", text: word("wrong.reason") }),
      reason,
      el(
        "div",
        { class: "row" },
        button(word("wrong.freeze"), () => undefined, { type: "submit", class: "danger", disabled: busy }),
        button(word("wrong.cancel"), () => this._toggle(record), { data_key: "wrong" }),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (reason.value.trim() === "") return;
      keep_draft(`wrong.${record.visit_id}`, null);
      this._command({ type: "mark_wrong_patient", reason: reason.value.trim() });
    });
    return [head, form];
  }

  /** @param {VisitRecord} record */
  _toggle(record) {
    this._open = !this._open;
    by_id("question-card").dispatchEvent(new Event("changed"));
    if (this._open && !record.frozen) queueMicrotask(() => document.getElementById("wrong-reason")?.focus());
  }

  /** @param {VisitRecord} record @param {any[]} others @param {boolean} busy */
  _frozen(record, others, busy) {
    const { name } = /** @type {any} */ (record.frozen).author;
    const values = { name, time: time_of_day(/** @type {any} */ (record.frozen).at), reason: record.frozen?.reason ?? "" };
    return [
      el("h2", { id: "wrong-head", text: word("wrong.frozen") }),
      el("p", { class: "notice bad", role: "status", text: word("wrong.by", values) }),
      ...(record.moved_to === "" ? this._move(others, busy) : [el("p", { text: word("wrong.moved") })]),
      ...this._retract(record, busy),
    ];
  }

  /** @param {any[]} others @param {boolean} busy */
  _move(others, busy) {
    if (others.length === 0) return [el("p", { class: "muted", text: word("wrong.no_other") })];
    return [
      el("p", { text: word("wrong.move_help") }),
      ...others.map((one) => {
        const values = { name: one.patient.name, mrn: one.patient.mrn_tail, born: one.patient.birth_date, time: time_of_day(one.scheduled_at) };
        return button(word("wrong.move", values), () => this._command({ type: "move_content", to_visit_id: one.visit_id }), {
          disabled: busy,
          data_key: `move-${one.visit_id}`,
        });
      }),
    ];
  }

  /** @param {VisitRecord} record @param {boolean} busy */
  _retract(record, busy) {
    const references = Object.values(record.ehr_retracted).filter(Boolean);
    if (references.length > 0) return [el("p", { text: word("wrong.retracted", { references: references.join(", ") }) })];
    if (record.retracted) return [el("p", { text: word("wrong.retracting") })];
    return [
      el("p", { text: word("wrong.retract_help") }),
      button(word("wrong.retract"), () => this._command({ type: "retract_visit" }), { class: "danger", disabled: busy, data_key: "retract" }),
    ];
  }
}
