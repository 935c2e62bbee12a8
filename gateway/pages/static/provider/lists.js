/** The provider's lists: Today, what is to be signed by age, and the rooms that can be paired. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { post } from "../shared/http.js";
import { visit_row } from "../shared/patient.js";
import { letters_to_sign, orders_to_sign } from "../shared/record_queries.js";
import { age, time_of_day } from "../shared/times.js";
import { plural, refusal_sentence, word } from "../shared/words.js";

/** @typedef {{visit: any, kind: "note" | "order" | "letter", what: string, since: string}} ToSign */

/** Today's visits. @param {any[]} visits @param {(visit_id: string) => void} choose @param {Map<string, number>} questions open questions by visit */
export function draw_today(visits, choose, questions) {
  by_id("no-visits").hidden = visits.length > 0;
  redraw(by_id("visits"), [visits, [...questions]], () =>
    visits.map((visit) => visit_row(visit, () => choose(visit.visit_id), visit_chips(visit, questions.get(visit.visit_id) ?? 0))),
  );
}

/** @param {any} visit @param {number} questions */
function visit_chips(visit, questions) {
  const looks = { draft: "", ready: "", sent: "warn", returned: "", signed: "ok" };
  const signs = { draft: "○", ready: "○", sent: "✎", returned: "↩", signed: "✓" };
  const state = /** @type {keyof typeof looks} */ (visit.note_state);
  return [
    visit.frozen && el("span", { class: "chip bad", text: `✕ ${word("wrong.frozen")}` }),
    visit.capturing && el("span", { class: "chip bad", text: `● ${word("today.live")}` }),
    questions > 0 && el("span", { class: "chip accent", text: `? ${plural("today.questions", questions)}` }),
    el("span", { class: `chip ${looks[state]}`, text: `${signs[state]} ${word(`note_state.${state}`)}` }),
  ];
}

/** Everything that waits for this provider's signature, the oldest first. @param {any[]} visits @param {Map<string, import("../shared/record.js").VisitRecord>} records @returns {ToSign[]} */
export function list_to_sign(visits, records) {
  /** @type {ToSign[]} */
  const found = [];
  for (const visit of visits) {
    const record = records.get(visit.visit_id);
    const note_state = record && record.last_seq >= visit.last_seq ? record.note_state : visit.note_state;
    const sent = record?.moments.sent ?? visit.moments.sent;
    if (note_state === "sent" && sent && !record?.frozen) found.push({ visit, kind: "note", what: word("to_sign.note"), since: sent });
    for (const line of record && !record.frozen ? orders_to_sign(record) : []) {
      found.push({ visit, kind: "order", what: line.order.test.display, since: line.pended_at });
    }
    for (const line of record && !record.frozen ? letters_to_sign(record) : []) {
      found.push({ visit, kind: "letter", what: line.content.title, since: line.sent_at });
    }
  }
  return found.sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
}

/** @param {ToSign[]} list @param {(one: ToSign) => void} open */
export function draw_to_sign(list, open) {
  const shown = list.map((one) => [one.visit, one.kind, one.what, age(one.since)]);
  redraw(by_id("to-sign"), shown, () => {
    if (list.length === 0) return [el("p", { class: "panel-body muted", text: word("to_sign.none") })];
    return [el("ul", { class: "rows" }, ...list.map((one, index) => to_sign_row(one, index, open)))];
  });
}

/** @param {ToSign} one @param {number} index @param {(one: ToSign) => void} open */
function to_sign_row(one, index, open) {
  const { patient } = one.visit;
  const about = word("patient.row", { birth_date: patient.birth_date, mrn_tail: patient.mrn_tail });
  const text = word(one.kind === "note" ? "to_sign.read" : "to_sign.open");
  return el(
    "li",
    { class: "row" },
    el(
      "div",
      { class: "grow" },
      el("div", {}, el("strong", { text: patient.name }), " ", el("span", { class: "muted small", text: about })),
      el("div", {}, el("span", { text: one.what }), " ", el("span", { class: "muted small", text: age(one.since) })),
    ),
    button(text, () => open(one), { data_key: `to-sign-${index}`, aria_label: `${text}: ${patient.name}, ${one.what}` }),
  );
}

/** The rooms of the day's visits, each with a way to pair a browser. @param {any[]} visits */
export function draw_rooms(visits) {
  const rooms = [...new Map(visits.map((visit) => [visit.room.room_id, visit.room])).values()];
  redraw(by_id("rooms"), rooms, () => rooms.map(room_row));
}

/** @param {{room_id: string, name: string}} room */
function room_row(room) {
  const shown = el("div", { class: "pairing", role: "status" });
  const show = button(word("rooms.show_code"), () => void show_code(room.room_id, shown), {
    aria_label: word("rooms.show_code_named", { room: room.name }),
    data_key: `pair-${room.room_id}`,
  });
  return el("li", { data_room: room.room_id }, el("div", { class: "row" }, el("strong", { class: "grow", text: room.name }), show), shown);
}

/** @param {string} room_id @param {HTMLElement} shown */
async function show_code(room_id, shown) {
  const reply = await post("/page/pairing-codes", { room_id });
  if (reply?.ok) {
    const { code, expires_at } = reply.value;
    shown.replaceChildren(
      el("p", { class: "pairing-code", text: code }),
      el("p", { class: "muted small", text: word("rooms.valid", { time: time_of_day(expires_at), address: `${location.host}/room/` }) }),
    );
  } else {
    const text = reply === null ? word("link.gone") : refusal_sentence(reply.refusal);
    shown.replaceChildren(el("p", { class: "notice bad", text }));
  }
}
