/** One visit on the provider's screen: question, orders, note, chat and who listens, each in its place. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { draw_listeners } from "../shared/listeners.js";
import { age, time_of_day } from "../shared/times.js";
import { refusal_sentence, word } from "../shared/words.js";
import { AddendaCard } from "./addenda.js";
import { ChatCard } from "./chat.js";
import { Fold } from "./fold.js";
import { LettersCard } from "./letters.js";
import { NoteCard } from "./note_card.js";
import { OrdersCard } from "./orders.js";
import { QuestionCard } from "./questions.js";
import { WrongPatientCard } from "./wrong_patient.js";

/** @typedef {import("../shared/record.js").VisitRecord} VisitRecord */
/**
 * @typedef {object} VisitActions
 * @property {(command: any) => void} command on the visit that is open
 * @property {() => void} read open Read and sign
 * @property {() => void} compare open the versions
 * @property {() => any[]} visits the day's visits
 * @property {() => void} changed draw anew
 * @property {() => VisitRecord | null} record the visit that is open
 * @property {() => string} own_id
 */

export class VisitView {
  /** @param {VisitActions} actions */
  constructor(actions) {
    this._actions = actions;
    const { command, changed, own_id } = actions;
    this._orders_fold = new Fold("orders", word("order.head"), changed);
    this._questions = new QuestionCard((question_id, text) => command({ type: "answer_question", question_id, text }));
    this._orders = new OrdersCard(
      this._orders_fold,
      {
        sign: ({ order, sha256 }) => command({ type: "sign_order", order_id: order.order_id, version: order.version, sha256 }),
        decline: ({ order }, reason) => command({ type: "decline_order", order_id: order.order_id, version: order.version, reason }),
      },
      changed,
    );
    this._letters_fold = new Fold("letters", word("letter.head"), changed);
    this._letters = new LettersCard(
      this._letters_fold,
      {
        sign: ({ content, sha256 }) => command({ type: "sign_letter", letter_id: content.letter_id, version: content.version, sha256 }),
        give_back: ({ content }, comment) =>
          command({ type: "return_letter", letter_id: content.letter_id, version: content.version, comment }),
      },
      changed,
    );
    this._note = new NoteCard(new Fold("note", word("note.head"), changed), {
      get own_id() {
        return own_id();
      },
      closed: () => actions.record()?.note_state === "signed" || actions.record()?.frozen !== null,
    });
    this._chat = new ChatCard(new Fold("chat", word("chat.head"), changed), {
      send: (text) => command({ type: "send_chat", message_id: crypto.randomUUID(), text }),
      change: (question_id) => this._questions.change(question_id),
      seen: (up_to_seq) => command({ type: "mark_chat_seen", up_to_seq }),
    });
    this._addenda = new AddendaCard(command);
    this._wrong = new WrongPatientCard(command);
    by_id("question-card").addEventListener("changed", changed);
  }

  /** Show the orders (from the list of what is to be signed). */
  open_orders() {
    this._orders_fold.set_open(true);
    by_id("orders-card").scrollIntoView({ block: "nearest" });
  }

  /** Show the letters (from the list of what is to be signed). */
  open_letters() {
    this._letters_fold.set_open(true);
    by_id("letters-card").scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {VisitRecord} record @param {import("./note_sync.js").NoteSync} note
   * @param {readonly import("../shared/outbox.js").Waiting[]} waiting this visit's commands without an answer
   */
  draw(record, note, waiting) {
    const commands = waiting.map((one) => one.command);
    const of = (/** @type {string[]} */ ...types) => commands.filter((command) => types.includes(command.type));
    this._questions.draw(record, new Set(of("answer_question").map((command) => command.question_id)));
    this._orders.draw(record, new Set(of("sign_order", "decline_order").map((command) => command.order_id)));
    const letters = of("sign_letter", "return_letter").map((command) => command.letter_id);
    this._letters.draw(record, note.note, new Set(letters));
    this._note.draw(note);
    this._chat.draw(record, this._actions.own_id(), /** @type {{text: string}[]} */ (of("send_chat")));
    this._addenda.draw(record, note.note, commands);
    this._wrong.draw(record, this._actions.visits(), commands);
    draw_listeners(by_id("listening"), record);
    this._draw_sign_card(record);
    this._draw_moments(record, of("mark_moment").length > 0);
  }

  /** @param {VisitRecord} record */
  _draw_sign_card(record) {
    const card = by_id("sign-card");
    const { note_state, note_ehr_reference, returned_because, moments, ehr_problems } = record;
    const recalled = record.recalled_by !== null;
    card.hidden = !recalled && !["sent", "returned", "signed"].includes(note_state);
    card.dataset.state = note_state;
    const state = [record.visit_id, record.frozen, note_state, recalled, note_ehr_reference, returned_because, moments, ehr_problems.note];
    redraw(card, state, () => {
      if (card.hidden) return [];
      const line = el("div", { class: "fold-line" }, el("h2", { id: "sign-card-text", class: "fold-text", text: sign_text(record) }));
      if (record.note_version > 0) line.append(button(word("versions.open"), this._actions.compare, { data_key: "versions" }));
      if (note_state === "sent" && record.frozen === null) {
        const read = button(word("reading.open"), this._actions.read, { class: "primary", data_key: "read" });
        line.append(read);
      }
      const problem = ehr_problems.note && note_ehr_reference === "" && note_state === "signed";
      return [line, problem && el("p", { class: "notice warn", text: refusal_sentence({ code: ehr_problems.note.code }) })];
    });
  }

  /** @param {VisitRecord} record @param {boolean} waits */
  _draw_moments(record, waits) {
    const { provider_in, provider_out } = record.moments;
    redraw(by_id("moments"), [record.visit_id, provider_in, provider_out, waits], () => {
      if (provider_in && provider_out) {
        const times = { from: time_of_day(provider_in), to: time_of_day(provider_out) };
        return [el("span", { class: "muted small", text: word("moment.was_in", times) })];
      }
      const moment = provider_in ? "provider_out" : "provider_in";
      return [
        button(word(`moment.${moment}`), () => this._actions.command({ type: "mark_moment", moment }), {
          disabled: waits,
          data_key: "moment",
        }),
      ];
    });
  }
}

/** @param {VisitRecord} record */
function sign_text(record) {
  if (record.recalled_by !== null) return word("sign_card.recalled", { name: record.recalled_by.name });
  if (record.note_state === "sent") {
    return word("sign_card.sent", { name: record.sent_by?.name ?? "", age: age(record.moments.sent) });
  }
  if (record.note_state === "returned") return word("sign_card.returned", { comment: record.returned_because });
  const key = record.note_ehr_reference === "" ? "sign_card.signed" : "sign_card.written";
  const values = { name: record.signed_by?.name ?? "", time: time_of_day(record.moments.signed) };
  return word(key, { ...values, reference: record.note_ehr_reference });
}
