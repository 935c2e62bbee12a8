/** The room's views: one of three is shown, with a sentence over it when something is wrong. */
import { by_id, el, redraw, set_text } from "../shared/dom.js";
import { visit_row } from "../shared/patient.js";
import { word } from "../shared/words.js";

const VIEWS = ["view-pairing", "view-visits", "view-visit"];

/** Show one of the page's views. @param {string} id */
export function show_view(id) {
  for (const view of VIEWS) by_id(view).hidden = view !== id;
}

/** A sentence over the page; empty takes it away. @param {string} text */
export function say(text) {
  set_text(by_id("notice"), text);
  by_id("notice").className = "notice bad";
  by_id("notice").hidden = text === "";
}

/** Who may be in this room today. @param {any[]} visits @param {(visit_id: string) => void} choose */
export function draw_visits(visits, choose) {
  by_id("no-visits").hidden = visits.length > 0;
  redraw(by_id("visits"), visits, () =>
    visits.map((visit) =>
      visit_row(visit, () => choose(visit.visit_id), [
        visit.capturing && el("span", { class: "chip bad", text: `● ${word("capture.on_air")}` }),
      ]),
    ),
  );
}

export function show_pairing() {
  document.title = word("pairing.head");
  by_id("banner").replaceChildren(el("span", { class: "brand", text: word("brand") }));
  by_id("on-air").textContent = "";
  show_view("view-pairing");
  by_id("pairing-code").focus();
}
