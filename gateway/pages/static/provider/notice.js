/** The sentence over the page: what is so, and what can be done about it. */
import { button, by_id, el } from "../shared/dom.js";
import { word } from "../shared/words.js";

/** Say it; an empty text takes it away. @param {string} text @param {HTMLElement} [action] */
export function say(text, action) {
  const notice = by_id("notice");
  const close = button(word("notice.close"), () => say(""), { class: "quiet" });
  notice.className = action ? "notice accent" : "notice bad";
  notice.hidden = text === "";
  notice.replaceChildren(el("p", { text }), action ?? close);
}
