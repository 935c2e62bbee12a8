/** One section between the screen and the gateway: one edit on its way at a time, others' changes merged, no word lost. */
import { apply_edit, first_part, rebase_edit, smallest_edit } from "./diff.js";

const MOST_CHARS = 4_000; // wire.base.MAX_TEXT_CHARS

/**
 * @typedef {{command_id: string, edit: import("./diff.js").Edit}} OnItsWay
 * @typedef {{shadow: string, local: string, on_its_way: OnItsWay | null, kept: string}} Draft what a reload must not lose
 */

export class SectionSync {
  /** @param {string} text the gateway's text @param {number} version the note's version that it is of */
  constructor(text, version) {
    this.shadow = text;
    this.local = text;
    this.base_version = version;
    /** @type {OnItsWay | null} */
    this.on_its_way = null;
    /** Own words that met somebody else's change of the same words. */
    this.kept = "";
    /** @type {{text: string, version: number} | null} */
    this._held = null;
    this._outdated = false;
  }

  /** What a reload interrupted; nothing is sent before the gateway's text of now was taken. @param {Draft} draft */
  static resume(draft) {
    const sync = new SectionSync(draft.shadow, -1);
    sync.local = draft.local;
    sync.kept = draft.kept;
    sync.on_its_way = draft.on_its_way;
    sync._outdated = true;
    return sync;
  }

  /** Whether anything typed has not reached the gateway. */
  get waits() {
    return this.local !== this.shadow || this.on_its_way !== null;
  }

  /** The text as typed. @param {string} text */
  set_local(text) {
    this.local = text;
  }

  /** The next edit to send, or null: nothing to say, one is on its way, or newer text must come first. */
  next_edit() {
    if (this.on_its_way !== null || this._outdated) return null;
    const edit = smallest_edit(this.shadow, this.local);
    return edit === null ? null : first_part(edit, MOST_CHARS);
  }

  /** @param {string} command_id @param {import("./diff.js").Edit} edit */
  sent(command_id, edit) {
    this.on_its_way = { command_id, edit };
  }

  /** The gateway applied what was on its way. */
  accepted() {
    const way = this.on_its_way;
    if (way === null) return;
    const before = this.shadow;
    this.shadow = apply_edit(before, way.edit);
    this.on_its_way = null;
    const held = this._take_held();
    if (held !== null && held.text !== before) this.take_text(held.text, held.version); // else it is older than our edit
  }

  /** Somebody changed the section first: what was typed is tried again on the newer text. */
  changed_meanwhile() {
    this.on_its_way = null;
    this._outdated = true;
    const held = this._take_held();
    if (held !== null) this.take_text(held.text, held.version);
  }

  /** The gateway takes no change any more: the words are kept aside and its own text is shown. */
  given_up() {
    this.on_its_way = null;
    const mine = smallest_edit(this.shadow, this.local);
    if (mine !== null) this._keep(mine.text);
    this.local = this.shadow;
    const held = this._take_held();
    if (held !== null) this.take_text(held.text, held.version);
  }

  /** The gateway's text of a later version. @param {string} text @param {number} version */
  take_text(text, version) {
    if (this.on_its_way !== null) {
      this._held = { text, version };
      return;
    }
    if (this._outdated && version <= this.base_version) return;
    this._outdated = false;
    this.base_version = version;
    const mine = smallest_edit(this.shadow, this.local);
    const theirs = smallest_edit(this.shadow, text);
    this.shadow = text;
    if (theirs === null) return;
    const moved = mine === null ? null : rebase_edit(mine, theirs);
    if (mine !== null && moved === null && this.local !== text) this._keep(mine.text);
    this.local = moved === null ? text : apply_edit(text, moved);
  }

  /** The kept words are back in the text, or not wanted. */
  drop_kept() {
    this.kept = "";
  }

  /** @returns {Draft | null} null when there is nothing to lose */
  draft() {
    if (!this.waits && this.kept === "") return null;
    return { shadow: this.shadow, local: this.local, on_its_way: this.on_its_way, kept: this.kept };
  }

  _take_held() {
    const held = this._held;
    this._held = null;
    return held;
  }

  /** @param {string} words */
  _keep(words) {
    this.kept = [this.kept, words].filter((part) => part.trim() !== "").join("\n");
  }
}
