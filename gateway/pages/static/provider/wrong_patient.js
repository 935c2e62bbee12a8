/** `Wrong patient`: freezing the visit and taking that back, moving what was written, and taking it back from the record. */
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
    this._was_frozen = false;
    this._body = el("div", { class: "panel-body" });
    by_id("wrong-card").append(this._body);
  }

  /** @param {VisitRecord} record @param {any[]} visits the day's visits @param {any[]} waiting commands without an answer */
  draw(record, visits, waiting) {
    const frozen = record.frozen !== null;
    if (record.visit_id !== this._visit_id || frozen !== this._was_frozen) this._open = false;
    this._visit_id = record.visit_id;
    this._was_frozen = frozen;
    const busy = waiting.some((command) => ["mark_wrong_patient", "unfreeze_visit", "retract_visit", "move_content"].includes(command.type));
    const others = visits.filter((one) => one.visit_id !== record.visit_id && one.note_state !== "signed");
    const state = [record.visit_id, this._open, busy, record.frozen, record.unfrozen, record.retracted, record.moved_to, record.ehr_retracted];
    redraw(this._body, [...state, record.frozen && others], () => (record.frozen ? this._frozen(record, others, busy) : this._ask(record, busy)));
  }

  /** @param {VisitRecord} record @param {boolean} busy */
  _ask(record, busy) {
    const head = el("h2", { id: "wrong-head", class: "muted calm", text: word("wrong.head") });
    const open = button(word("wrong.open"), () => this._toggle(), { data_key: "wrong" });
    if (!this._open) return [...this._taken_back(record), el("div", { class: "fold-line" }, head, open)];
    const words = { help: word("wrong.help"), label: word("wrong.reason"), submit: word("wrong.freeze") };
    return [...this._taken_back(record), head, this._form(record, "mark_wrong_patient", words, busy)];
  }

  /** @param {VisitRecord} record */
  _taken_back(record) {
    if (record.unfrozen === null) return [];
    const { author, at, reason } = record.unfrozen;
    return [el("p", { class: "muted", text: word("wrong.unfrozen", { name: author.name, time: time_of_day(at), reason }) })];
  }

  /**
   * A reason, and the button that gives it.
   * @param {VisitRecord} record @param {string} type of the command @param {{help: string, label: string, submit: string}} words @param {boolean} busy
   */
  _form(record, type, words, busy) {
    const reason = el("textarea", { id: "wrong-reason", rows: 2, maxLength: 4000, required: true, data_key: "wrong-reason" });
    const draft = `${type}.${record.visit_id}`;
    keep_field(reason, draft);
    const form = el(
      "form",
      { class: "return-form" },
      el("p", { text: words.help }),
      el("label", { for: "wrong-reason", text: words.label }),
      reason,
      el(
        "div",
        { class: "row" },
        button(words.submit, () => undefined, { type: "submit", class: "danger", disabled: busy }),
        button(word("wrong.cancel"), () => this._toggle(), { data_key: "wrong" }),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (reason.value.trim() === "") return;
      keep_draft(draft, null);
      this._open = false;
      this._command({ type, reason: reason.value.trim() });
    });
    return form;
  }

  _toggle() {
    this._open = !this._open;
    by_id("question-card").dispatchEvent(new Event("changed"));
    if (this._open) queueMicrotask(() => document.getElementById("wrong-reason")?.focus());
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
      ...this._unfreeze(record, busy),
    ];
  }

  /** Only until something was moved or retracted: the gateway refuses it afterwards. @param {VisitRecord} record @param {boolean} busy */
  _unfreeze(record, busy) {
    if (record.moved_to !== "" || record.retracted) return [];
    if (!this._open) return [el("p", {}, button(word("wrong.mistake"), () => this._toggle(), { disabled: busy, data_key: "wrong" }))];
    const words = { help: word("wrong.unfreeze_help"), label: word("wrong.unfreeze_reason"), submit: word("wrong.unfreeze") };
    return [this._form(record, "unfreeze_visit", words, busy)];
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
