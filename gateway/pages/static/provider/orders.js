/** Pended orders: each whole on the screen, signed or declined in exactly the version that is shown. */
import { button, el, redraw } from "../shared/dom.js";
import { canonical_sha256 } from "../shared/jose.js";
import { age } from "../shared/times.js";
import { plural, refusal_sentence, word } from "../shared/words.js";
import { keep_draft, keep_field } from "./drafts.js";

/** @typedef {import("../shared/record.js").OrderLine} OrderLine */
/** @typedef {{sign: (line: OrderLine) => void, decline: (line: OrderLine, reason: string) => void}} OrderActions */

export class OrdersCard {
  /** @param {import("./fold.js").Fold} fold @param {OrderActions} actions @param {() => void} changed */
  constructor(fold, actions, changed) {
    this._fold = fold;
    this._actions = actions;
    this._changed = changed;
    /** Orders whose reason for declining is being written. @type {Set<string>} */
    this._declining = new Set();
    /** Whether the hash in the record is that of the order on the screen, by hash. @type {Map<string, boolean>} */
    this._proven = new Map();
    this._list = el("ul", { class: "rows orders" });
    fold.body.append(this._list);
  }

  /**
   * @param {import("../shared/record.js").VisitRecord} record @param {ReadonlySet<string>} deciding ids whose decision is on its way
   */
  draw(record, deciding) {
    const lines = Object.values(record.orders).filter((line) => line.state !== "withdrawn");
    const pended = lines.filter((line) => line.state === "pended");
    this._fold.set_summary(summary(lines.length, pended.length));
    if (!this._fold.is_open) return;
    for (const line of pended) this._prove(line);
    const state = [lines, [...deciding], [...this._declining], [...this._proven], record.ehr_problems];
    redraw(this._list, state, () =>
      lines.map((line) => this._row(line, deciding.has(line.order.order_id), record.ehr_problems[line.order.order_id])),
    );
  }

  /** @param {OrderLine} line @param {boolean} deciding @param {any} ehr_problem */
  _row(line, deciding, ehr_problem) {
    const { order } = line;
    const facts = [order.reason.display, word(`order.priority.${order.priority}`), word(`order.collection.${order.collection}`)];
    return el(
      "li",
      { data_order: order.order_id },
      el("div", { class: "row" }, el("h3", { class: "grow", text: order.test.display }), state_chip(line, deciding, ehr_problem)),
      el("p", { text: facts.join(" · ") }),
      order.instructions !== "" && el("p", { text: order.instructions }),
      el("p", { class: "muted small", text: origin(line) }),
      line.declined_because !== "" && el("p", { text: word("order.declined_because", { reason: line.declined_because }) }),
      ehr_problem && line.state === "signed" && el("p", { class: "notice warn", text: refusal_sentence({ code: ehr_problem.code }) }),
      line.state === "pended" && !deciding && this._decide(line),
    );
  }

  /** @param {OrderLine} line */
  _decide(line) {
    const { order_id, version } = line.order;
    const name = line.order.test.display;
    const proven = this._proven.get(line.sha256);
    if (proven === false) return el("p", { class: "notice bad", role: "alert", text: word("order.hash_differs") });
    if (this._declining.has(order_id)) return this._decline_form(line);
    return el(
      "div",
      { class: "row decide" },
      button(word("order.sign"), () => this._actions.sign(line), {
        class: "primary",
        disabled: proven !== true,
        aria_label: word("order.sign_named", { name }),
        data_key: `sign-${order_id}-${version}`,
      }),
      button(word("order.decline"), () => this._open_decline(order_id), {
        aria_label: word("order.decline_named", { name }),
        data_key: `decline-${order_id}`,
      }),
    );
  }

  /** @param {OrderLine} line */
  _decline_form(line) {
    const { order_id } = line.order;
    const id = `reason-${order_id}`;
    const field = el("input", { type: "text", id, required: true, maxLength: 4000, data_key: id, autocomplete: "off" });
    keep_field(field, id);
    const form = el(
      "form",
      { class: "decline" },
      el("label", { for: id, text: word("order.reason") }),
      field,
      el(
        "div",
        { class: "row" },
        button(word("order.decline_now"), () => undefined, { type: "submit", class: "danger", data_key: `now-${order_id}` }),
        button(word("order.back"), () => this._close_decline(order_id), { data_key: `back-${order_id}` }),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = field.value.trim();
      if (reason === "") return;
      keep_draft(id, null);
      this._declining.delete(order_id);
      this._actions.decline(line, reason);
    });
    return form;
  }

  /** @param {string} order_id */
  _open_decline(order_id) {
    this._declining.add(order_id);
    this._changed();
    queueMicrotask(() => document.getElementById(`reason-${order_id}`)?.focus()); // after it is drawn
  }

  /** @param {string} order_id */
  _close_decline(order_id) {
    this._declining.delete(order_id);
    this._changed();
  }

  /** Signing covers what is on the screen: its own hash must be the record's. @param {OrderLine} line */
  async _prove(line) {
    if (this._proven.has(line.sha256)) return;
    const same = (await canonical_sha256(line.order)) === line.sha256;
    this._proven.set(line.sha256, same);
    this._changed();
  }
}

/** @param {number} all @param {number} pended */
function summary(all, pended) {
  if (pended > 0) return plural("order.to_sign", pended);
  return all === 0 ? word("order.none") : word("order.all_decided");
}

/** @param {OrderLine} line */
function origin(line) {
  const { heard_at, version } = line.order;
  const key = heard_at === "" ? "order.pended" : "order.pended_heard";
  return word(key, { name: line.author.name, age: age(line.pended_at), heard_at, version });
}

/** @param {OrderLine} line @param {boolean} deciding @param {any} ehr_problem */
function state_chip(line, deciding, ehr_problem) {
  if (deciding) return el("span", { class: "chip warn", text: `… ${word("order.state.deciding")}` });
  const looks = { pended: "warn", signed: ehr_problem ? "warn" : "accent", ordered: "ok", declined: "" };
  const signs = { pended: "○", signed: "…", ordered: "✓", declined: "✕" };
  const state = /** @type {keyof typeof looks} */ (line.state);
  const text = word(`order.state.${state}`, { reference: line.ehr_reference });
  return el("span", { class: `chip ${looks[state]}`, text: `${signs[state]} ${text}` });
}
