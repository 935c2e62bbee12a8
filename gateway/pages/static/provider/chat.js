/** The chat with the scribe: what was said, what was asked and answered, and a field whose words are kept. */
import { button, el, forget_drawn, redraw } from "../shared/dom.js";
import { time_of_day } from "../shared/times.js";
import { plural, word } from "../shared/words.js";
import { keep_draft, keep_field } from "./drafts.js";

export class ChatCard {
  /** @param {import("./fold.js").Fold} fold @param {{send: (text: string) => void, seen: (seq: number) => void, change: (question_id: string) => void}} actions */
  constructor(fold, actions) {
    this._fold = fold;
    this._actions = actions;
    this._visit_id = "";
    this._log = el("div", { class: "chat-log", role: "log", tabIndex: 0, aria_label: word("chat.log") });
    this._form = el("form", { class: "free" });
    this._form.addEventListener("submit", (event) => {
      event.preventDefault();
      this._send();
    });
    fold.body.append(this._log, this._form);
  }

  /**
   * @param {import("../shared/record.js").VisitRecord} record @param {string} own_id
   * @param {{text: string}[]} waiting messages without an answer
   */
  draw(record, own_id, waiting) {
    if (record.visit_id !== this._visit_id) this._begin(record.visit_id);
    const seen = record.chat_seen.provider ?? 0;
    const unread = record.chat.filter((line) => line.author.id !== own_id && line.question_id === "" && line.seq > seen);
    this._fold.set_summary(unread.length > 0 ? plural("chat.unread", unread.length) : last_words(record));
    if (!this._fold.is_open) return;
    const stays = this._log.scrollHeight - this._log.scrollTop - this._log.clientHeight > 40;
    const change = record.note_state === "signed" ? null : this._actions.change;
    redraw(this._log, [record.chat, waiting, change !== null], () => [
      ...record.chat.map((line) => chat_line(line, own_id, change)),
      ...waiting.map(({ text }) => el("div", { class: "bubble own" }, el("p", { text }), el("span", { class: "muted small", text: word("chat.waits") }))),
    ]);
    if (!stays) this._log.scrollTop = this._log.scrollHeight;
    if (unread.length > 0 && document.visibilityState === "visible") {
      this._actions.seen(Math.max(...unread.map((line) => line.seq)));
    }
  }

  /** @param {string} visit_id */
  _begin(visit_id) {
    this._visit_id = visit_id;
    const field = el("textarea", { id: "chat-text", rows: 1, maxLength: 4000, aria_label: word("chat.write") });
    field.placeholder = word("chat.write");
    keep_field(field, `chat.${visit_id}`);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this._send();
    });
    this._field = field;
    const send = button(word("chat.send"), () => undefined, { type: "submit" });
    send.append(el("kbd", { text: "Enter", aria_hidden: true }));
    this._form.replaceChildren(field, send);
    forget_drawn(this._log);
  }

  _send() {
    const text = this._field?.value.trim() ?? "";
    if (text === "" || !this._field) return;
    this._field.value = "";
    keep_draft(`chat.${this._visit_id}`, null);
    this._actions.send(text);
  }
}

/** @param {import("../shared/record.js").VisitRecord} record */
function last_words(record) {
  const last = record.chat.at(-1);
  return last ? word("chat.last", { name: last.author.name, time: time_of_day(last.at) }) : word("chat.none");
}

/**
 * @param {import("../shared/record.js").ChatLine} line @param {string} own_id
 * @param {((question_id: string) => void) | null} change brings an answered question back, while answers may change
 */
function chat_line(line, own_id, change) {
  const about = word("chat.by", { name: line.author.name, time: time_of_day(line.at) });
  return el(
    "div",
    { class: line.author.id === own_id ? "bubble own" : "bubble" },
    el("span", { class: "muted small", text: about }),
    el("p", { text: line.text }),
    ...line.answers.map((one, index) =>
      el("p", {
        class: "answer",
        text: word(index < line.answers.length - 1 ? "chat.earlier_answer" : "chat.answer", { name: one.author.name, text: one.text }),
      }),
    ),
    line.withdrawn && el("p", { class: "muted small", text: word("chat.withdrawn", { name: line.author.name }) }),
    line.left_out && el("p", { class: "muted small", text: word("chat.left_out") }),
    line.answer !== "" &&
      change !== null &&
      button(word("question.change"), () => change(line.question_id), { class: "quiet", aria_label: `${word("question.change")}: ${line.text}` }),
  );
}
