/** Who is listening, since when, and the consent that allows it: the same panel in both halves. */
import { el, redraw } from "./dom.js";
import { away, listeners } from "./record_queries.js";
import { second_of_day, time_in_visit, time_of_day } from "./times.js";
import { has_word, word } from "./words.js";

const SHOWN_GAPS = 3;

/**
 * Draw the list into a container that is a polite live region; `silent` are admissions that the page itself cannot reach.
 * @param {HTMLElement} container @param {import("./record.js").VisitRecord} record @param {Set<string>} silent
 */
export function draw_listeners(container, record, silent = new Set()) {
  const hearing = listeners(record).map((one) => ({ ...one, silent: silent.has(one.admission_id) }));
  const gone = away(record);
  const gaps = record.gaps.slice(-SHOWN_GAPS).reverse();
  redraw(container, { hearing, gone, gaps, consent: record.consent, at: record.consent_at }, () => [
    hearing.length + gone.length === 0
      ? el("p", { class: "listener", text: word("listening.nobody") })
      : el("ul", { class: "rows" }, ...hearing.map(listener_row), ...gone.map(away_row)),
    gaps.length > 0 && el("ul", { class: "gaps muted small" }, ...gaps.map((gap) => el("li", { text: gap_line(gap) }))),
    el("p", { class: "consent-line muted small", text: consent_line(record) }),
  ]);
}

/** @param {{name: string, since: string, replay_seconds: number, silent: boolean}} one */
function listener_row(one) {
  return el(
    "li",
    { class: "listener" },
    el("div", { text: word("listening.scribe", { name: one.name }) }),
    one.silent
      ? el("span", { class: "chip bad", text: word("listening.hears_not") })
      : el("span", { class: "chip ok", text: word("listening.hears") }),
    " ",
    one.silent
      ? el("span", { class: "muted small", text: word("listening.away.silent") })
      : el("span", { class: "muted small", text: word("listening.since", { time: time_of_day(one.since) }) }),
    ...(one.replay_seconds ? [el("div", { class: "muted small", text: replay_line(one.replay_seconds) })] : []),
  );
}

/** Who listened and does not now, and why. @param {{name: string, since: string, reason: string}} one */
function away_row(one) {
  const why = has_word(`listening.away.${one.reason}`) ? one.reason : "other";
  return el(
    "li",
    { class: "listener" },
    el("div", { text: word("listening.scribe", { name: one.name }) }),
    el("span", { class: "chip bad", text: word("listening.hears_not") }),
    " ",
    el("span", { class: "muted small", text: word(`listening.away.${why}`) }),
    " ",
    el("span", { class: "muted small", text: word("listening.since", { time: second_of_day(one.since) }) }),
  );
}

/** What somebody missed, in one sentence. @param {import("./record.js").VisitRecord["gaps"][0]} gap */
function gap_line(gap) {
  return word(`listening.missed.${gap.lost}`, {
    name: gap.author.name,
    length: time_in_visit(gap.until, gap.since),
    start: second_of_day(gap.since),
    end: second_of_day(gap.until),
  });
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
