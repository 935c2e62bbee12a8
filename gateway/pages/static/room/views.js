/** The room's views: one of three is shown, with a sentence over it when something is wrong. */
import { by_id, el, set_text } from "../shared/dom.js";
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

export function show_pairing() {
  document.title = word("pairing.head");
  by_id("banner").replaceChildren(el("span", { class: "brand", text: word("brand") }));
  by_id("on-air").textContent = "";
  show_view("view-pairing");
  by_id("pairing-code").focus();
}
