/** The status line: whether the gateway is there, and what waits for it. */
import { by_id, set_text } from "./dom.js";
import { plural, word } from "./words.js";

/** @param {import("./live.js").LinkState} state @param {number} waiting commands and edits without an answer */
export function draw_link(state, waiting) {
  const sign = state === "open" ? "✓" : "…";
  set_text(by_id("link-state"), `${sign} ${word(`link.${state}`)}`);
  by_id("link-state").className = state === "open" ? "" : "chip warn";
  set_text(by_id("waiting"), waiting === 0 ? "" : plural("link.waiting", waiting));
}
