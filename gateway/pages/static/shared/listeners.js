/** Who is listening, since when, and the consent that allows it: the same panel in both halves. */
import { el, redraw } from "./dom.js";
import { listeners } from "./record.js";
import { time_of_day } from "./times.js";
import { word } from "./words.js";

/**
 * Draw the list into a container that is a polite live region.
 * @param {HTMLElement} container @param {import("./record.js").VisitRecord} record
 */
export function draw_listeners(container, record) {
  const hearing = listeners(record);
  redraw(container, { hearing, consent: record.consent, at: record.consent_at }, () => [
    hearing.length === 0
      ? el("p", { class: "listener", text: word("listening.nobody") })
      : el("ul", { class: "rows" }, ...hearing.map(listener_row)),
    el("p", { class: "consent-line muted small", text: consent_line(record) }),
  ]);
}

/** @param {{name: string, since: string, replay_seconds: number}} one */
function listener_row(one) {
  return el(
    "li",
    { class: "listener" },
    el("div", { text: word("listening.scribe", { name: one.name }) }),
    el("span", { class: "chip ok", text: word("listening.hears") }),
    " ",
    el("span", { class: "muted small", text: word("listening.since", { time: time_of_day(one.since) }) }),
    ...(one.replay_seconds ? [el("div", { class: "muted small", text: replay_line(one.replay_seconds) })] : []),
  );
}

/** How much of what was said can be heard again. @param {number} seconds */
function replay_line(seconds) {
  return seconds % 60 === 0 && seconds > 60
    ? word("listening.replay_minutes", { count: seconds / 60 })
    : word("listening.replay_seconds", { count: seconds });
}

/** The consent in one sentence. @param {import("./record.js").VisitRecord} record */
export function consent_line(record) {
  if (record.consent === null || record.consent_at === null) return word("consent.none");
  const { decision, by, how } = record.consent;
  return word(`consent.line.${decision}`, {
    by: word(`consent.who.${by}`),
    how: word(`consent.in_form.${how}`),
    time: time_of_day(record.consent_at),
  });
}
