/** The questions that stand open in the note that is read: each is answered, or its statement left out, before Sign. */
import { button, el, redraw } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { keep_draft, keep_field } from "./drafts.js";

/**
 * @typedef {{question_id: string, section: string, start: number, end: number, leaves_out: [number, number]}} Gap
 * @typedef {object} GapActions
 * @property {(question_id: string, text: string) => void} answer
 * @property {(question_id: string) => void} leave_out
 */

/** The gaps of a section with the numbers by which the text and the questions name them. @param {any} note @param {string} section */
export function numbered_gaps(note, section) {
  const gaps = /** @type {Gap[]} */ (note.questions ?? []).map((gap, index) => ({ ...gap, number: index + 1 }));
  return gaps.filter((gap) => gap.section === section);
}

/**
 * Draw a section's questions under its text. @param {HTMLElement} container @param {any} note a note_text frame
 * @param {any} shown the section @param {import("../shared/record.js").VisitRecord} record
 * @param {ReadonlySet<string>} busy ids on their way @param {GapActions} actions
 */
export function draw_gaps(container, note, shown, record, busy, actions) {
  const items = numbered_gaps(note, shown.section).map((gap) => ({
    ...gap,
    sentence: shown.text.slice(...gap.leaves_out).trim(),
    line: record.chat.find((line) => line.question_id === gap.question_id) ?? null,
    busy: busy.has(gap.question_id),
  }));
  redraw(container, [note.visit_id, items], () => items.map((item) => gap_card(item, actions)));
}

/** @param {any} item @param {GapActions} actions */
function gap_card(item, actions) {
  const { number, line, question_id } = item;
  const answerable = line !== null && !line.withdrawn;
  return el(
    "section",
    { class: "gap-question", aria_label: word("gap.name", { number }) },
    el("p", {}, el("span", { class: "gap-number", text: word("gap.number", { number }) }), " ", line?.text ?? word("gap.unknown")),
    answerable && el("div", { class: "row" }, ...answers(item, actions)),
    answerable && free_text(item, actions),
    el(
      "div",
      { class: "row" },
      button(word("gap.leave_out"), () => actions.leave_out(question_id), {
        disabled: item.busy,
        class: "danger",
        data_key: `leave-${question_id}`,
        aria_label: word("gap.leave_out_named", { number }),
      }),
      el("span", { class: "muted small", text: word("gap.leaves_out", { text: item.sentence }) }),
    ),
  );
}

/** One tap: what was answered before, and the quick answers. @param {any} item @param {GapActions} actions */
function answers({ line, question_id, busy }, actions) {
  const before = line.answer === "" ? [] : [{ text: line.answer, shown: word("gap.use_answer", { text: line.answer }) }];
  const quick = line.quick_replies.filter((/** @type {string} */ text) => text !== line.answer);
  return [...before, ...quick.map((/** @type {string} */ text) => ({ text, shown: text }))].map(({ text, shown }, index) =>
    button(shown, () => actions.answer(question_id, text), { disabled: busy, data_key: `gap-${question_id}-${index}` }),
  );
}

/** @param {any} item @param {GapActions} actions */
function free_text({ number, question_id, busy }, actions) {
  const name = `answer.${question_id}`;
  const id = `gap-answer-${number}`;
  const field = el("input", { type: "text", id, maxLength: 4000, autocomplete: "off", data_key: `field-${question_id}` });
  field.placeholder = word("question.free");
  keep_field(field, name);
  const send = button(word("question.send"), () => undefined, { type: "submit", disabled: busy });
  const form = el("form", { class: "free" }, el("label", { class: "unseen", for: id, text: word("gap.answer", { number }) }), field, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === "") return;
    keep_draft(name, null);
    actions.answer(question_id, text);
  });
  return form;
}
