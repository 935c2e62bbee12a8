/** A panel that folds to one line with a summary and a button, and stays as the person left it. */
import { button, by_id, el, set_text } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { keep_draft, read_draft } from "./drafts.js";

export class Fold {
  /**
   * @param {string} name id of the panel without `-card` @param {string} heading @param {() => void} changed
   */
  constructor(name, heading, changed) {
    this._name = name;
    this._changed = changed;
    this._summary = el("span", { class: "muted summary" });
    this._heading = el("h2", { id: `${name}-head`, text: heading });
    this._button = button("", () => this.set_open(!this.is_open), { aria_controls: `${name}-body` });
    this.body = el("div", { id: `${name}-body`, class: "fold-body" });
    this.panel = by_id(`${name}-card`);
    const line = el("div", { class: "fold-line" }, el("div", { class: "fold-text" }, this._heading, this._summary), this._button);
    this.panel.append(line, this.body);
    this.set_open(read_draft(`open.${name}`) === true);
  }

  get is_open() {
    return !this.body.hidden;
  }

  /** @param {boolean} open */
  set_open(open) {
    this.body.hidden = !open;
    this.panel.classList.toggle("open", open);
    this._button.textContent = word(open ? "fold.close" : "fold.open");
    this._button.setAttribute("aria-expanded", String(open));
    this._button.setAttribute("aria-label", word(open ? "fold.close_named" : "fold.open_named", { name: this._heading.textContent ?? "" }));
    keep_draft(`open.${this._name}`, open ? true : null);
    this._changed();
  }

  /** @param {string} text */
  set_summary(text) {
    set_text(this._summary, text);
  }
}
