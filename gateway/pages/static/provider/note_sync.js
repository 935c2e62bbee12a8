/** The note of one visit between the screen and the gateway, with what was typed kept over a reload. */
import { keep_draft, read_draft } from "./drafts.js";
import { SectionSync } from "./section_sync.js";

const PAUSE_MS = 250; // typed words go out together, a few times a second
/** Refusals after which the same words are tried again on newer text. */
const TRY_AGAIN = new Set(["changed_meanwhile", "range_invalid"]);

/**
 * @typedef {object} NoteTools
 * @property {(visit_id: string, command: any) => string} send gives the command's id
 * @property {() => void} changed
 * @property {(refusal: any) => void} refused
 */

export class NoteSync {
  /** @param {string} visit_id @param {NoteTools} tools */
  constructor(visit_id, tools) {
    this.visit_id = visit_id;
    this._tools = tools;
    /** The newest note_text frame. @type {any} */
    this.note = null;
    /** @type {Map<string, SectionSync>} */
    this.sections = new Map();
    this._timer = 0;
    for (const [section, draft] of Object.entries(read_draft(this._name) ?? {})) {
      this.sections.set(section, SectionSync.resume(/** @type {any} */ (draft)));
    }
  }

  get _name() {
    return `note.${this.visit_id}`;
  }

  /** Whether any typed word has not reached the gateway. */
  get waits() {
    return [...this.sections.values()].some((sync) => sync.waits);
  }

  /** How many sections hold typed words that are not on their way yet. */
  get unsent() {
    return [...this.sections.values()].filter((sync) => sync.waits && sync.on_its_way === null).length;
  }

  /** The gateway's newest text. @param {any} frame a note_text frame */
  take_note(frame) {
    if (this.note !== null && frame.version < this.note.version) return;
    this.note = frame;
    for (const { section, text } of frame.sections) {
      const sync = this.sections.get(section);
      if (sync) sync.take_text(text, frame.version);
      else this.sections.set(section, new SectionSync(text, frame.version));
    }
    const listed = new Set(frame.sections.map((/** @type {any} */ one) => one.section));
    for (const [section, sync] of this.sections) if (!listed.has(section)) sync.take_text("", frame.version); // emptied
    this._keep();
    this._flush();
    this._tools.changed();
  }

  /** The person typed. @param {string} section @param {string} text the section's whole text now */
  type(section, text) {
    this.sections.get(section)?.set_local(text);
    this._keep();
    if (this._timer === 0) this._timer = window.setTimeout(() => this._flush(), PAUSE_MS);
    this._tools.changed();
  }

  /** The gateway's word on an edit. @param {{command_id: string, command: any}} waiting @param {import("../shared/outbox.js").Answer} answer */
  answered(waiting, answer) {
    const sync = this.sections.get(waiting.command.section);
    if (sync?.on_its_way?.command_id !== waiting.command_id) return;
    if (answer.accepted) sync.accepted();
    else if (TRY_AGAIN.has(answer.refusal?.code ?? "")) sync.changed_meanwhile();
    else {
      sync.given_up();
      this._tools.refused(answer.refusal);
    }
    this._keep();
    this._flush();
    this._tools.changed();
  }

  /** Kept words are back in the text or thrown away. @param {string} section */
  drop_kept(section) {
    this.sections.get(section)?.drop_kept();
    this._keep();
    this._tools.changed();
  }

  _flush() {
    clearTimeout(this._timer);
    this._timer = 0;
    for (const [section, sync] of this.sections) {
      const edit = sync.next_edit();
      if (edit === null) continue;
      const command = { type: "edit_text", section, base_version: sync.base_version, ...edit };
      sync.sent(this._tools.send(this.visit_id, command), edit);
    }
    this._keep();
  }

  _keep() {
    const drafts = [...this.sections].map(([section, sync]) => [section, sync.draft()]);
    const some = drafts.filter(([, draft]) => draft !== null);
    keep_draft(this._name, some.length === 0 ? null : Object.fromEntries(some));
  }
}

/** The visits of which this tab keeps unsent words. @returns {string[]} */
export function visits_with_drafts() {
  const prefix = "alcove.provider.note.";
  return Object.keys(sessionStorage).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}
