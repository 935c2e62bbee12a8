/** The provider's half while signed in: what came over the channel, which view is shown, and every command's answer. */
import { announce, button, by_id, set_text, to_top } from "../shared/dom.js";
import { get, post } from "../shared/http.js";
import { draw_link } from "../shared/link_state.js";
import { LiveChannel } from "../shared/live.js";
import { Outbox } from "../shared/outbox.js";
import { apply_entry, new_record } from "../shared/record.js";
import { question_counts } from "../shared/record_queries.js";
import { refusal_sentence, word } from "../shared/words.js";
import { clear_drafts, drafts_are_anothers, keep_draft, read_draft } from "./drafts.js";
import { draw_rooms, draw_to_sign, draw_today, list_to_sign } from "./lists.js";
import { NoteSync, visits_with_drafts } from "./note_sync.js";
import { say } from "./notice.js";
import { Reading } from "./reading.js";
import { draw_top } from "./top.js";
import { UrgentOverlay } from "./urgent.js";
import { Versions } from "./versions.js";
import { VisitView } from "./visit_view.js";

const STEP_UP = "/page/step-up";
const AGES_MS = 30_000; // ages on the screen go on
/** Commands that nobody pressed a button for: their refusal is nobody's news. */
const UNSEEN = new Set(["open_note", "mark_chat_seen", "confirm_urgent"]);
/** What is said aloud when a decision was taken. @type {Record<string, string>} */
const DONE = { sign_note: "reading.signed", return_note: "reading.returned", sign_letter: "letter.signed_now", return_letter: "letter.returned_now" };
const VIEWS = ["today", "to-sign", "rooms", "visit", "reading", "versions", "signed-out"];

export class ProviderPage {
  /** @param {string} practice the practice's name */
  constructor(practice) {
    this._practice = practice;
    /** @type {any} */
    this._principal = null;
    /** @type {any[]} */
    this._visits = [];
    /** @type {Map<string, import("../shared/record.js").VisitRecord>} */
    this._records = new Map();
    /** @type {Map<string, NoteSync>} */
    this._notes = new Map();
    /** @type {{view: string, visit_id: string}} */
    this._place = { view: "today", visit_id: "", ...read_draft("place") };
    this._drawing = false;
    this._signed_out = false;
    /** @type {any} */
    this._banner = null;
    this._outbox = new Outbox("alcove.provider.outbox");
    this._outbox.on_answered = (waiting, answer) => this._on_answered(waiting, answer);
    this._live = new LiveChannel({
      path: "/page/live",
      outbox: this._outbox,
      on_frame: (frame) => this._on_frame(frame),
      on_state: () => this._draw_soon(),
      record_after: (visit_id) => this._records.get(visit_id)?.last_seq ?? 0,
      may_return: () => this._still_signed_in(),
    });
    this._visit_view = new VisitView({
      command: (command) => this._command(this._place.visit_id, command),
      read: () => this._go("reading", this._place.visit_id),
      compare: () => this._go("versions", this._place.visit_id),
      visits: () => this._visits,
      changed: () => this._draw_soon(),
      record: () => this._records.get(this._place.visit_id) ?? null,
      own_id: () => this._principal?.id ?? "",
    });
    this._versions = new Versions();
    this._urgent = new UrgentOverlay((visit_id, command) => this._command(visit_id, command), () => this._draw_soon());
    this._reading = new Reading({
      opened: (note) => this._command(note.visit_id, { type: "open_note", version: note.version }),
      sign: (note) => this._command(note.visit_id, { type: "sign_note", version: note.version, sha256: note.sha256 }),
      settle: (note, command) => this._command(note.visit_id, command),
      give_back: (note, comment) => this._command(note.visit_id, { type: "return_note", version: note.version, comment }),
    });
    for (const visit_id of visits_with_drafts()) this._note(visit_id);
    this._listen();
  }

  open() {
    this._live.open();
    if (this._place.view === "versions") void this._versions.open(this._place.visit_id);
    this._draw();
    setInterval(() => this._draw_soon(), AGES_MS);
  }

  _listen() {
    by_id("back").addEventListener("click", () => this._back());
    by_id("nav-sign").addEventListener("click", () => this._go("to-sign", ""));
    by_id("nav-rooms").addEventListener("click", () => this._go("rooms", ""));
    by_id("nav-out").addEventListener("click", () => void this._sign_out());
    by_id("view-reading").addEventListener("changed", () => this._draw_soon());
  }

  /** The visit that is open, as it was last heard of: its banner stays in sight whatever the list says. */
  get _visit() {
    const { visit_id } = this._place;
    const listed = this._visits.find((visit) => visit.visit_id === visit_id);
    if (listed || this._banner?.visit_id !== visit_id) this._banner = listed ?? null;
    return this._banner;
  }

  // --- the channel

  /** @param {any} frame */
  _on_frame(frame) {
    if (frame.type === "welcome") this._on_welcome(frame.principal);
    else if (frame.type === "visits") this._on_visits(frame.visits);
    else if (frame.type === "record") this._on_record(frame);
    else if (frame.type === "note_text") this._note(frame.visit_id).take_note(frame);
    else if (frame.type === "refused") say(refusal_sentence(frame.refusal));
    this._draw_soon();
  }

  /** @param {any} principal */
  _on_welcome(principal) {
    if (drafts_are_anothers(principal.id)) {
      this._outbox.clear();
      this._notes.clear();
      this._place = { view: "today", visit_id: "" };
    }
    this._principal = principal;
  }

  /** @param {any[]} visits */
  _on_visits(visits) {
    this._visits = visits;
    for (const visit of visits) {
      if (visit.last_seq > 0 || visit.visit_id === this._place.visit_id) this._live.follow(visit.visit_id);
    }
  }

  /** @param {any} frame */
  _on_record(frame) {
    const record = this._record(frame.visit_id);
    for (const entry of frame.entries) {
      if (entry.seq > record.last_seq + 1) {
        this._live.follow_again(frame.visit_id); // something was missed: ask again from what is known
        return;
      }
      apply_entry(record, entry);
    }
  }

  /** @param {string} visit_id */
  _record(visit_id) {
    const record = this._records.get(visit_id) ?? new_record(visit_id);
    this._records.set(visit_id, record);
    return record;
  }

  /** @param {string} visit_id */
  _note(visit_id) {
    let note = this._notes.get(visit_id);
    if (!note) {
      note = new NoteSync(visit_id, {
        send: (of_visit, command) => this._live.command(of_visit, command),
        changed: () => this._draw_soon(),
        refused: (refusal) => say(refusal_sentence(refusal)),
      });
      this._notes.set(visit_id, note);
    }
    return note;
  }

  async _still_signed_in() {
    const reply = await get("/page/visits");
    if (reply === null || reply.ok || ![401, 403].includes(reply.status)) return true;
    say(word("link.signed_out"), button(word("link.sign_in_again"), () => location.reload(), { class: "primary" }));
    return false;
  }

  // --- commands

  /** @param {string} visit_id @param {any} command */
  _command(visit_id, command) {
    const same = (/** @type {any} */ one) => one.visit_id === visit_id && JSON.stringify(one.command) === JSON.stringify(command);
    if (this._outbox.waiting.some(same)) return; // it is on its way already
    this._live.command(visit_id, command);
    this._draw_soon();
  }

  /** @param {import("../shared/outbox.js").Waiting} waiting @param {import("../shared/outbox.js").Answer} answer */
  _on_answered(waiting, answer) {
    const { type } = waiting.command;
    if (type === "edit_text") this._note(waiting.visit_id).answered(waiting, answer);
    else if (answer.refusal?.code === "step_up_needed") this._ask_step_up(waiting.visit_id, type);
    else if (answer.refusal && !UNSEEN.has(type)) this._refused(waiting.command, answer.refusal);
    else if (answer.accepted && type in DONE) this._done(type);
    this._draw_soon();
  }

  /** Refused words are shown with the refusal: they are the person's still. @param {any} command @param {any} refusal */
  _refused(command, refusal) {
    const reason = refusal_sentence(refusal);
    const text = command.text ?? command.comment ?? command.reason ?? "";
    say(text === "" ? reason : word("chat.refused", { reason, text }));
  }

  /** @param {string} type */
  _done(type) {
    if (type.endsWith("_note") && ["reading", "versions"].includes(this._place.view)) this._go("visit", this._place.visit_id);
    say("");
    announce(word(DONE[type] ?? ""));
  }

  /** Who signs proves anew who they are; coming back, they press Sign again. @param {string} visit_id @param {string} type */
  _ask_step_up(visit_id, type) {
    const back_to = type === "sign_note" ? "reading" : "visit";
    const confirm = button(word("step_up.confirm"), () => {
      keep_draft("place", { view: back_to, visit_id });
      location.assign(STEP_UP);
    }, { class: "primary", id: "step-up" });
    say(word("step_up.text"), confirm);
    confirm.focus();
  }

  async _sign_out() {
    await post("/page/sign-out");
    this._live.end();
    clear_drafts();
    this._outbox.clear();
    this._visits = [];
    this._notes.clear();
    this._place = { view: "signed-out", visit_id: "" };
    this._draw();
    this._signed_out = true;
    by_id("main").replaceChildren(by_id("view-signed-out")); // no name or word of a patient stays, not even hidden
  }

  // --- views

  /** @param {string} view @param {string} visit_id */
  _go(view, visit_id) {
    this._place = { view, visit_id };
    keep_draft("place", this._place);
    say("");
    if (visit_id !== "") this._live.follow(visit_id);
    if (view !== "reading") this._reading.close();
    if (view === "versions") void this._versions.open(visit_id);
    this._draw();
    to_top();
  }

  _back() {
    if (this._place.view === "reading") this._go("visit", this._place.visit_id);
    else this._go("today", "");
  }

  /** @param {import("./lists.js").ToSign} one */
  _open_to_sign(one) {
    this._go(one.kind === "note" ? "reading" : "visit", one.visit.visit_id);
    if (one.kind === "order") this._visit_view.open_orders();
    if (one.kind === "letter") this._visit_view.open_letters();
  }

  /** Once for all that happens in one turn. */
  _draw_soon() {
    if (this._drawing) return;
    this._drawing = true;
    queueMicrotask(() => {
      this._drawing = false;
      this._draw();
    });
  }

  _draw() {
    const { view, visit_id } = this._place;
    if (this._signed_out) return;
    for (const one of VIEWS) by_id(`view-${one}`).hidden = one !== view;
    const unsent = [...this._notes.values()].reduce((sum, note) => sum + note.unsent, 0);
    draw_link(this._live.state, this._outbox.waiting.length + unsent);
    const who = this._principal ? `${this._principal.name} · ${this._practice}` : this._practice;
    draw_top(view, visit_id === "" ? null : this._visit, who);
    if (view === "signed-out") return this._urgent.close();
    this._urgent.draw(this._records.values(), this._visits, this._outbox.waiting);
    const to_sign = list_to_sign(this._visits, this._records);
    set_text(by_id("nav-sign"), to_sign.length === 0 ? word("nav.sign") : word("nav.sign_count", { count: to_sign.length }));
    if (view === "today") draw_today(this._visits, (id) => this._go("visit", id), question_counts(this._records));
    else if (view === "to-sign") draw_to_sign(to_sign, (one) => this._open_to_sign(one));
    else if (view === "rooms") draw_rooms(this._visits);
    else if (view === "versions") return;
    else this._draw_visit(view, visit_id);
  }

  /** @param {string} view @param {string} visit_id */
  _draw_visit(view, visit_id) {
    const record = this._record(visit_id);
    const note = this._note(visit_id);
    const waiting = this._outbox.waiting.filter((one) => one.visit_id === visit_id);
    if (view === "visit") {
      this._visit_view.draw(record, note, waiting);
      return;
    }
    if (note.note === null) return;
    if (!this._reading.shows(visit_id)) this._reading.open(note.note, this._principal?.id ?? "");
    const signing = waiting.some((one) => one.command.type === "sign_note");
    const sent = record.note_state === "sent" && record.frozen === null;
    this._reading.draw(note.note, { waits: note.waits, signing, sent, record, waiting });
  }
}
