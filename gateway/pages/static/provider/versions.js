/** Two versions of a note side by side: what was removed and added is said by a sign and a word, not by colour alone. */
import { button, by_id, el, set_text } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { time_of_day } from "../shared/times.js";
import { plural, refusal_sentence, word } from "../shared/words.js";

export class Versions {
  constructor() {
    this._visit_id = "";
    /** @type {any[]} */
    this._versions = [];
    this._left = el("select", { id: "version-left" });
    this._right = el("select", { id: "version-right" });
    this._state = el("p", { class: "grow small", role: "status" });
    this._next = button(word("versions.next"), () => this._go_next(), { id: "next-change", aria_keyshortcuts: "n" });
    this._table = el("div", { class: "compared" });
    for (const choice of [this._left, this._right]) choice.addEventListener("change", () => void this._compare());
    by_id("view-versions").append(
      el("div", { class: "panel-head" }, el("h2", { id: "versions-head", text: word("versions.head") })),
      el(
        "div",
        { class: "row panel-body" },
        el("label", { for: "version-left", text: word("versions.left") }),
        this._left,
        el("label", { for: "version-right", text: word("versions.right") }),
        this._right,
        this._state,
        this._next,
      ),
      this._table,
    );
    document.addEventListener("keydown", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const free = !event.altKey && !event.ctrlKey && !event.metaKey && !target.closest("input, textarea, select");
      if (event.key === "n" && free && !by_id("view-versions").hidden) this._go_next();
    });
  }

  /** Show the two newest versions of a visit's note. @param {string} visit_id */
  async open(visit_id) {
    this._visit_id = visit_id;
    this._table.replaceChildren();
    const reply = await get(`/page/visits/${visit_id}/versions`);
    if (this._visit_id !== visit_id || !this._take(reply)) return;
    this._versions = /** @type {any} */ (reply).value;
    const newest = this._versions.length - 1;
    for (const [choice, at] of /** @type {[HTMLSelectElement, number][]} */ ([
      [this._left, Math.max(0, newest - 1)],
      [this._right, newest],
    ])) {
      choice.replaceChildren(...this._versions.map((one, index) => el("option", { value: String(one.seq), text: title(one), selected: index === at })));
    }
    await this._compare();
  }

  async _compare() {
    const [visit_id, left, right] = [this._visit_id, this._left.value, this._right.value];
    const reply = await get(`/page/visits/${visit_id}/versions/${left}/compared/${right}`);
    if (visit_id !== this._visit_id || left !== this._left.value || right !== this._right.value || !this._take(reply)) return;
    const { sections, ...versions } = /** @type {any} */ (reply).value;
    this._table.replaceChildren(
      el("div", { class: "side", role: "row" }, el("h3", { text: title(versions.left) }), el("h3", { text: title(versions.right) })),
      ...sections.map(section),
    );
    const changes = this._table.querySelectorAll("del, ins").length;
    this._next.disabled = changes === 0;
    set_text(this._state, changes === 0 ? word("versions.same") : plural("versions.changes", changes));
  }

  /** @param {import("../shared/http.js").Reply | null} reply */
  _take(reply) {
    if (reply?.ok) return true;
    set_text(this._state, reply === null ? word("versions.no_gateway") : refusal_sentence(/** @type {any} */ (reply).refusal));
    return false;
  }

  _go_next() {
    const changes = /** @type {HTMLElement[]} */ ([...this._table.querySelectorAll("del, ins")]);
    const at = changes.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    changes[(at + 1) % changes.length]?.focus();
  }
}

/** @param {any} version */
function title(version) {
  return word(`versions.${version.state}`, { version: version.version, name: version.author.name, time: time_of_day(version.at) });
}

/** @param {any} shown */
function section(shown) {
  const left = shown.runs.filter((/** @type {any} */ run) => run.kind !== "added").map(piece);
  const right = shown.runs.filter((/** @type {any} */ run) => run.kind !== "removed").map(piece);
  return el(
    "section",
    { class: "note-section", aria_label: shown.heading },
    el("h3", { text: shown.heading }),
    el("div", { class: "side" }, el("div", { class: "note-text" }, ...left), el("div", { class: "note-text" }, ...right)),
  );
}

/** @param {any} run */
function piece(run) {
  if (run.kind === "equal") return run.text;
  const [tag, sign] = run.kind === "removed" ? /** @type {const} */ (["del", "−"]) : /** @type {const} */ (["ins", "+"]);
  return el(
    tag,
    { tabIndex: 0, class: "change" },
    el("span", { class: "unseen", text: `${word(`versions.${run.kind}`)}: ` }),
    el("span", { class: "sign", text: sign, aria_hidden: true }),
    run.text,
  );
}
