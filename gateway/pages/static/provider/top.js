/** The line at the top: the patient's banner whenever a visit is open, and the ways to the other views. */
import { by_id, el, redraw, set_text } from "../shared/dom.js";
import { banner } from "../shared/patient.js";
import { word } from "../shared/words.js";

/** @param {string} view @param {any} visit the open visit or null @param {string} who person and practice */
export function draw_top(view, visit, who) {
  const of_visit = ["visit", "reading", "versions"].includes(view);
  document.body.dataset.view = view;
  document.title = word(of_visit ? "provider.title_visit" : "provider.title");
  by_id("back").hidden = view === "today" || view === "signed-out";
  set_text(by_id("back-text"), word(view === "reading" || view === "versions" ? "nav.back_to_visit" : "nav.today"));
  by_id("nav").hidden = ["signed-out", "reading", "versions"].includes(view);
  by_id("nav-rooms").hidden = of_visit;
  by_id("nav-out").hidden = of_visit;
  by_id("moments").hidden = view !== "visit";
  redraw(by_id("banner"), [of_visit, visit, who], () => {
    if (of_visit && visit !== null) return banner(visit, { allergies: true });
    return [el("span", { class: "brand", text: word("brand") }), el("span", { class: "muted", text: who })];
  });
}
