/** The consent form: what was decided, by whom, in which form. Nothing is chosen beforehand. */
import { button, by_id, el, set_text } from "../shared/dom.js";
import { consent_line } from "../shared/listeners.js";
import { consent_agreed } from "../shared/record_queries.js";
import { word } from "../shared/words.js";

const WHO = ["patient", "parent", "guardian", "representative"];
const FORMS = ["verbal", "written"];

export class ConsentPanel {
  /** @param {(consent: {decision: string, by: string, how: string}) => void} record */
  constructor(record) {
    this._record = record;
    this._form = /** @type {HTMLFormElement} */ (by_id("consent-form"));
    this._drawn_for = "";
    this._open = false;
    this._form.addEventListener("submit", (event) => {
      event.preventDefault();
      this._submit();
    });
    by_id("consent-change").addEventListener("click", () => this._reopen());
  }

  /** Another patient: an empty form. */
  reset() {
    this._drawn_for = "";
    this._open = false;
  }

  /** @param {import("../shared/record.js").VisitRecord} record */
  draw(record) {
    const state = `${record.visit_id}|${record.consent_at ?? ""}`;
    if (state !== this._drawn_for) {
      this._drawn_for = state;
      this._open = record.consent === null;
      this._form.replaceChildren(...this._fields(record));
    }
    set_text(by_id("consent-line"), consent_line(record));
    by_id("consent-line").className = `grow ${consent_agreed(record) ? "" : "stopped"}`;
    by_id("consent-now").hidden = record.consent === null;
    by_id("consent-change").setAttribute("aria-expanded", String(this._open));
    this._form.hidden = !this._open;
  }

  _reopen() {
    this._open = !this._open;
    this._form.hidden = !this._open;
    by_id("consent-change").setAttribute("aria-expanded", String(this._open));
    if (this._open) this._form.querySelector("input")?.focus();
  }

  _submit() {
    const values = new FormData(this._form);
    const decision = String(values.get("decision"));
    this._record({ decision, by: String(values.get("by")), how: String(values.get("how")) });
  }

  /** @param {import("../shared/record.js").VisitRecord} record */
  _fields(record) {
    const decisions = consent_agreed(record) ? ["withdrawn", "agreed", "declined"] : ["agreed", "declined"];
    return [
      el("p", { text: word("consent.ask") }),
      choices("decision", word("consent.decision"), decisions, "consent.choice"),
      choices("by", word("consent.by"), WHO, "consent.who"),
      choices("how", word("consent.how"), FORMS, "consent.form"),
      el("div", { class: "row" }, button(word("consent.record"), () => undefined, { type: "submit", class: "primary" })),
    ];
  }
}

/** @param {string} name @param {string} legend @param {string[]} values @param {string} words */
function choices(name, legend, values, words) {
  return el(
    "fieldset",
    {},
    el("legend", { text: legend }),
    el(
      "div",
      { class: "choices" },
      ...values.map((value) =>
        el(
          "label",
          { class: "choice" },
          el("input", { type: "radio", name, value, required: true }),
          el("span", { text: word(`${words}.${value}`) }),
        ),
      ),
    ),
  );
}
