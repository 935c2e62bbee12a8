/** The patient's banner and the list of the day's visits: name, birth date and MRN tail, always written alike. */
import { el } from "./dom.js";
import { time_of_day } from "./times.js";
import { word } from "./words.js";

/**
 * The banner's content.
 * @param {any} visit a wire VisitSummary @param {{allergies: boolean}} shown a room shows no chart
 */
export function banner(visit, shown) {
  const patient = visit.patient;
  const allergies = shown.allergies ? patient.allergies ?? [] : [];
  return [
    el("span", { class: "name", text: patient.name, data_testid: "patient-name" }),
    el("span", { class: "muted", text: facts(visit), data_testid: "patient-facts" }),
    allergies.length > 0 &&
      el(
        "ul",
        { class: "allergies", aria_label: word("patient.allergies") },
        ...allergies.map((/** @type {string} */ text) => el("li", { class: "chip bad", text: `⚠ ${text}` })),
      ),
  ];
}

/** Birth date, MRN tail and room, in one line. @param {any} visit */
function facts(visit) {
  const { birth_date, mrn_tail } = visit.patient;
  return word("patient.facts", { birth_date, mrn_tail, room: visit.room.name });
}

/**
 * One row of Today. @param {any} visit @param {() => void} chosen @param {(Node | null | false)[]} state chips on the right
 */
export function visit_row(visit, chosen, state) {
  const patient = visit.patient;
  const about = word("patient.row", { birth_date: patient.birth_date, mrn_tail: patient.mrn_tail });
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "visit-row", on_click: chosen, data_key: visit.visit_id, data_visit: visit.visit_id },
      el("span", { class: "when", text: time_of_day(visit.scheduled_at) }),
      el(
        "span",
        { class: "who" },
        el("span", { class: "name", text: patient.name }),
        el("span", { class: "muted small", text: about }),
      ),
      el("span", { class: "row state" }, ...state.filter(Boolean)),
    ),
  );
}
