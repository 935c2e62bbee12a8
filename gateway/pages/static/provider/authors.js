/** Who wrote what in a section: a line of names, and the parts that are not the scribe's marked with a sign and a name. */
import { el } from "../shared/dom.js";
import { word } from "../shared/words.js";

/** @typedef {{length: number, author: {id: string, name: string, role: string | null}}} Run */

/** The names of a section's writers, own words said as such. @param {Run[]} runs @param {string} own_id */
export function authors_line(runs, own_id) {
  const names = new Map();
  for (const { author } of runs) names.set(author.id, author.id === own_id ? `✎ ${word("note.you")}` : author.name);
  return [...names.values()].filter((name) => name !== "").join(" · ");
}

/**
 * The text in runs. The main writer's are plain; a provider's, and any other's, begin with a sign and a name.
 * @param {string} text @param {Run[]} runs @param {string} own_id
 * @param {{start: number, end: number, number: number}[]} gaps places that are asked about @returns {Node[]}
 */
export function marked_text(text, runs, own_id, gaps = []) {
  if (text.trim() === "") return [el("p", { class: "muted", text: word("note.empty") })];
  const covered = runs.reduce((sum, run) => sum + run.length, 0);
  const main = main_writer(runs);
  const parts = [];
  let at = 0;
  for (const run of covered === text.length ? runs : []) {
    const words = with_gaps(text, at, at + run.length, gaps);
    const blank = text.slice(at, at + run.length).trim() === "";
    at += run.length;
    parts.push(run_element(words, run.author, blank ? run.author.id : main, own_id));
  }
  if (parts.length === 0) parts.push(el("span", { data_run: "" }, ...with_gaps(text, 0, text.length, gaps)));
  return [el("p", { class: "runs" }, ...parts)];
}

/**
 * A piece of the text, with the gaps in it marked and numbered where they end.
 * @param {string} text @param {number} from @param {number} to @param {{start: number, end: number, number: number}[]} gaps
 */
function with_gaps(text, from, to, gaps) {
  const parts = [];
  let at = from;
  for (const { start, end, number } of gaps) {
    if (end <= at || start >= to) continue;
    if (start > at) parts.push(text.slice(at, start));
    const last = Math.min(end, to);
    parts.push(el("mark", { class: "gap", text: text.slice(Math.max(start, at), last) }));
    if (last === end) parts.push(el("span", { class: "gap-number", text: word("gap.number", { number }) }));
    at = last;
  }
  if (at < to) parts.push(text.slice(at, to));
  return parts;
}

/** @param {(string | Node)[]} words @param {Run["author"]} author @param {string} main @param {string} own_id */
function run_element(words, author, main, own_id) {
  if (author.id === main) return el("span", { data_run: "" }, ...words);
  const own = author.id === own_id;
  const name = own ? word("note.you") : author.name;
  return el(
    "span",
    { class: own ? "own" : "other", title: name },
    el("span", { class: "writer", text: `✎ ${name}` }),
    el("span", { data_run: "", class: "words" }, ...words),
    el("span", { class: "unseen", text: word("note.end_of", { name }) }),
  );
}

/** The writer of most of it who is no provider. @param {Run[]} runs */
function main_writer(runs) {
  const lengths = new Map();
  for (const { length, author } of runs) {
    if (author.role !== "provider") lengths.set(author.id, (lengths.get(author.id) ?? 0) + length);
  }
  return [...lengths].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}
