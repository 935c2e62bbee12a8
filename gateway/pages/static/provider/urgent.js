/** What the scribe must tell at once: over everything on the page, whatever visit it is of, until one tap answers it. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { time_of_day } from "../shared/times.js";
import { plural, word } from "../shared/words.js";

const SETTLE_MS = 700; // a tap or key that was meant for what lay underneath answers nothing
const ANSWERS = ["acting", "known"];

/** @typedef {{visit_id: string, told: import("../shared/record_urgent.js").Urgent}} Waiting */

export class UrgentOverlay {
  /** @param {(visit_id: string, command: any) => void} command @param {() => void} changed draw anew */
  constructor(command, changed) {
    this._command = command;
    this._changed = changed;
    this._shown = "";
    this._settled = false;
    /** What was said to have come, and to be on the screen, so that it is said once. @type {Set<string>} */
    this._confirmed = new Set();
    this._dialog = /** @type {HTMLDialogElement} */ (by_id("urgent"));
    this._dialog.addEventListener("cancel", (event) => event.preventDefault());
    this._dialog.addEventListener("close", changed);
    document.addEventListener("visibilitychange", changed);
  }

  /**
   * @param {Iterable<import("../shared/record.js").VisitRecord>} records @param {any[]} visits the day's visits
   * @param {readonly import("../shared/outbox.js").Waiting[]} waiting commands without an answer
   */
  draw(records, visits, waiting) {
    const answering = new Set(waiting.filter(({ command }) => command.type === "answer_urgent").map(({ command }) => command.urgent_id));
    const all = [...records].flatMap(({ visit_id, urgent }) => urgent.map((told) => ({ visit_id, told })));
    for (const one of all) if (one.told.delivered_at === null) this._confirm(one, false);
    const open = all.filter(({ told }) => told.answered_at === null && !answering.has(told.urgent_id));
    open.sort((a, b) => Date.parse(a.told.at) - Date.parse(b.told.at));
    if (open.length === 0) this.close();
    else this._show(open, visits);
  }

  /** Nothing of it stays on the page. */
  close() {
    this._shown = "";
    redraw(this._dialog, "", () => []);
    if (this._dialog.open) this._dialog.close();
  }

  /** @param {Waiting[]} open oldest first @param {any[]} visits */
  _show(open, visits) {
    const first = open[0];
    if (first.told.urgent_id !== this._shown) {
      this._shown = first.told.urgent_id;
      this._settled = false;
      setTimeout(() => {
        this._settled = true;
        this._changed();
      }, SETTLE_MS);
    }
    const patient = visits.find((visit) => visit.visit_id === first.visit_id)?.patient ?? null;
    redraw(this._dialog, [first, patient, open.length, this._settled], () => this._card(first, patient, open.length - 1));
    if (!this._dialog.open) {
      this._dialog.showModal();
      this._dialog.focus(); // on no button: whoever types on answers nothing by it
    }
    if (document.visibilityState === "visible" && first.told.seen_at === null) this._confirm(first, true);
  }

  /** @param {Waiting} one @param {boolean} seen */
  _confirm({ visit_id, told }, seen) {
    const name = `${told.urgent_id} ${seen}`;
    if (this._confirmed.has(name)) return;
    this._confirmed.add(name);
    this._command(visit_id, { type: "confirm_urgent", urgent_id: told.urgent_id, seen });
  }

  /** @param {Waiting} one @param {any} patient @param {number} more */
  _card({ visit_id, told }, patient, more) {
    const answer = (/** @type {string} */ name) => {
      this._command(visit_id, { type: "answer_urgent", urgent_id: told.urgent_id, text: word(`urgent.answer.${name}`) });
      this._changed();
    };
    const answers = ANSWERS.map((name, index) =>
      button(word(`urgent.answer.${name}`), () => answer(name), {
        disabled: !this._settled,
        class: index === 0 ? "primary" : "",
        data_key: name,
      }),
    );
    const facts = patient && word("urgent.patient", { name: patient.name, birth_date: patient.birth_date, mrn_tail: patient.mrn_tail });
    return [
      el(
        "div",
        { class: "urgent-head" },
        el("span", { class: "urgent-sign", text: "⚠", aria_hidden: true }),
        el("h2", { id: "urgent-head", text: word(`urgent.kind.${told.kind}`) }),
      ),
      facts && el("p", { class: "urgent-patient", text: facts }),
      el("p", { class: "urgent-text", id: "urgent-text", text: told.text }),
      el("p", { class: "muted", text: word("urgent.from", { name: told.author.name, time: time_of_day(told.at) }) }),
      el("div", { class: "answers" }, ...answers),
      more > 0 && el("p", { class: "muted small", text: plural("urgent.more", more) }),
    ];
  }
}
