/** The room while it is paired: choose a patient, record consent, Start and Stop, and see who listens. */
import { announce, by_id, el, redraw, set_text, to_top } from "../shared/dom.js";
import { draw_link } from "../shared/link_state.js";
import { draw_listeners } from "../shared/listeners.js";
import { LiveChannel } from "../shared/live.js";
import { Outbox } from "../shared/outbox.js";
import { banner } from "../shared/patient.js";
import { apply_entry, new_record } from "../shared/record.js";
import { consent_agreed } from "../shared/record_queries.js";
import { server_now } from "../shared/times.js";
import { refusal_sentence, word } from "../shared/words.js";
import { Capture } from "./capture.js";
import { draw_capture, on_air_words, start_blocked } from "./capture_panel.js";
import { ConsentPanel } from "./consent.js";
import { curtain_state } from "./curtain.js";
import { Feed } from "./feed.js";
import { forget_room } from "./key_store.js";
import { ModalityChoice } from "./modality.js";
import { UNPAIRED, keep_farewell, open_session } from "./session.js";
import { draw_visits, say, show_view } from "./views.js";

const WITHOUT_GATEWAY_MS = 300_000; // as long as an admission's grant lives
/** Refusals of signals that crossed a Stop on the way: nothing that a person could act on. */
const OF_SIGNALS = new Set(["not_admitted", "capture_not_started", "consent_missing", "consent_declined"]);
const CHOSEN = "alcove.room.visit";

export class RoomPage {
  /** @param {Record<string, string>} gateway_jwk @param {import("./key_store.js").PairedRoom} room */
  constructor(gateway_jwk, room) {
    this._room = room;
    /** @type {any[]} */
    this._visits = [];
    /** @type {import("../shared/record.js").VisitRecord | null} */
    this._record = null;
    /** @type {any} */
    this._banner = null;
    this._complete = false;
    this._starting = false;
    this._problem = "";
    this._interrupted = false;
    /** @type {import("./lines.js").Ways} */
    this._ways = { ice_servers: [], relay_only: false };
    this._lost_timer = 0;
    this._capture = new Capture({
      changed: () => this._draw(),
      track_replaced: (track) => void this._feed.replace_track(track),
    });
    this._feed = new Feed({
      send_signal: (visit_id, signal) => this._live.signal(visit_id, signal),
      keys: room.keys,
      room_id: room.room_id,
      gateway_jwk,
      ways: () => this._ways,
      changed: () => this._draw(),
    });
    this._consent = new ConsentPanel((consent) => this._record_consent(consent));
    this._modality = new ModalityChoice(() => this._draw());
    // Start is never repeated by a page that was loaded anew: a person presses it again.
    this._outbox = new Outbox("alcove.room.outbox", (waiting) => waiting.command.type !== "start_capture");
    this._live = new LiveChannel({
      path: "/room/live",
      outbox: this._outbox,
      on_frame: (frame) => this._on_frame(frame),
      on_state: (state) => this._on_link(state),
      record_after: () => this._record?.last_seq ?? 0,
      may_return: () => this._renew_session(),
    });
    by_id("back").addEventListener("click", () => this._leave_visit());
  }

  open() {
    document.title = word("room.title", { room: this._room.room_name });
    this._live.open();
    this._draw();
  }

  /** The chosen visit as it was last heard of: its banner stays in sight whatever the list says. */
  get _visit() {
    if (this._record === null) return null;
    this._banner = this._visits.find((visit) => visit.visit_id === this._record?.visit_id) ?? this._banner;
    return this._banner;
  }

  // --- the channel

  /** @param {any} frame */
  _on_frame(frame) {
    if (frame.type === "welcome") this._ways = { ice_servers: frame.ice_servers, relay_only: frame.relay_only };
    else if (frame.type === "visits") this._on_visits(frame.visits);
    else if (frame.type === "record" && frame.visit_id === this._record?.visit_id) this._on_record(frame);
    else if (frame.type === "signalled") void this._feed.on_signal(frame);
    else if (frame.type === "refused" && !OF_SIGNALS.has(frame.refusal.code)) say(refusal_sentence(frame.refusal));
    this._draw();
  }

  /** @param {any[]} visits */
  _on_visits(visits) {
    const first = this._visits.length === 0;
    this._visits = visits;
    if (!first || this._record !== null) return;
    // A page that was loaded anew comes back to its patient, or to the one whose capture it interrupted.
    const chosen = sessionStorage.getItem(CHOSEN);
    const back_to = visits.find((visit) => visit.visit_id === chosen) ?? visits.find((visit) => visit.capturing);
    if (back_to) this._choose(back_to.visit_id);
  }

  /** @param {any} frame */
  _on_record(frame) {
    const record = this._record;
    if (record === null) return;
    const was_complete = this._complete;
    for (const entry of frame.entries) {
      if (!apply_entry(record, entry)) continue;
      if (entry.fact.type === "capture_stopped" && this._capture.runs && !this._starting) this._stop_locally("stopped");
    }
    this._complete ||= frame.complete;
    if (record.consent !== null && !consent_agreed(record)) this._stop_locally("consent_withdrawn");
    if (!was_complete && frame.complete && record.capturing && !this._capture.runs) {
      // The record says that this room captures, but this page was loaded anew and does not: say so.
      this._interrupted = true;
      this._live.command(record.visit_id, { type: "stop_capture", reason: "page_loaded_anew" });
    }
  }

  /** @param {import("../shared/live.js").LinkState} state */
  _on_link(state) {
    clearTimeout(this._lost_timer);
    if (state === "lost") {
      // Without the gateway nobody can be refused any more; the feed ends when a grant would have.
      this._lost_timer = window.setTimeout(() => this._stop_locally("gateway_lost"), WITHOUT_GATEWAY_MS);
    }
    this._draw();
  }

  async _renew_session() {
    const session = await open_session(this._room);
    if (session === "open" || session === "gone") return true;
    if (!UNPAIRED.has(session.code)) {
      say(refusal_sentence(session));
      return true;
    }
    this._stop_locally("room_not_paired");
    await forget_room();
    keep_farewell(session.code);
    location.reload(); // to the form that asks for a code
    return false;
  }

  /** Ask, and wait for the answer. @param {string} visit_id @param {any} command */
  _ask(visit_id, command) {
    return this._outbox.answer_to(this._live.command(visit_id, command));
  }

  // --- one patient

  /** @param {string} visit_id */
  _choose(visit_id) {
    this._record = new_record(visit_id);
    this._banner = null;
    sessionStorage.setItem(CHOSEN, visit_id);
    this._complete = false;
    this._problem = "";
    this._interrupted = false;
    this._consent.reset();
    this._modality.reset();
    this._live.follow(visit_id);
    say("");
    this._draw();
    to_top();
  }

  _leave_visit() {
    if (this._record === null) return;
    const { visit_id } = this._record;
    if (this._capture.runs || this._record.capturing) this._stop("visit_changed");
    this._capture.stop(); // also while the browser still asks for the camera
    sessionStorage.removeItem(CHOSEN);
    this._live.unfollow(visit_id);
    this._record = null;
    this._draw();
    to_top();
  }

  /** @param {{decision: string, by: string, how: string}} consent */
  async _record_consent(consent) {
    if (this._record === null) return;
    if (consent.decision !== "agreed") this._stop_locally(`consent_${consent.decision}`);
    const asked = this._ask(this._record.visit_id, { type: "record_consent", ...consent });
    this._draw();
    const answer = await asked;
    say(answer.accepted ? "" : refusal_sentence(answer.refusal ?? { code: "other" }));
  }

  async _start() {
    const record = this._record;
    if (record === null || this._starting || this._blocked() !== "") return;
    this._starting = true;
    this._problem = "";
    this._draw();
    const modality = this._modality.of(record);
    this._problem = (await this._capture.start({ with_video: modality.sound_only === null })) ?? "";
    if (this._capture.runs && this._record === record) {
      this._live.command(record.visit_id, { type: "set_modality", ...modality });
      const answer = await this._ask(record.visit_id, { type: "start_capture" });
      if (!answer.accepted) {
        this._stop_locally("refused");
        say(refusal_sentence(answer.refusal ?? { code: "other" }));
      }
    }
    this._starting = false;
    if (this._capture.stream !== null && this._record === record) {
      this._interrupted = false;
      this._feed.start(record.visit_id, this._capture.stream);
      announce(on_air_words(this._capture));
    }
    this._draw();
  }

  /** @param {string} reason */
  _stop(reason) {
    this._stop_locally(reason);
    if (this._record !== null) this._live.command(this._record.visit_id, { type: "stop_capture", reason });
    this._draw();
  }

  /** Tracks and connections end here and now, whatever the gateway answers. @param {string} reason */
  _stop_locally(reason) {
    const ran = this._capture.runs;
    this._capture.stop(); // also while the browser still asks for the camera
    if (!ran) return;
    this._feed.stop(reason);
    announce(word("capture.stopped"));
    this._draw();
  }

  /** @param {import("./curtain.js").Curtain} curtain */
  _set_curtain(curtain) {
    if (this._record === null || curtain === curtain_state(this._record, this._outbox.waiting).wanted) return;
    const at = new Date(server_now()).toISOString();
    this._live.command(this._record.visit_id, { type: "set_curtain", curtain, at });
    this._draw(); // what is hidden is hidden here and now, whatever the gateway answers
    announce(word(`curtain.says.${curtain}`));
  }

  async _add_tab() {
    this._problem = (await this._capture.add_tab()) ?? "";
    this._draw();
  }

  /** @param {"audio" | "video"} kind @param {string} device_id */
  async _choose_device(kind, device_id) {
    const problem = await this._capture.choose(kind, device_id);
    say(problem === null ? "" : word(problem));
    this._draw();
  }

  /** Why Start cannot be pressed now, in words. */
  _blocked() {
    return start_blocked(this._complete ? this._record : null, this._live.state, this._modality);
  }

  // --- drawing

  _draw() {
    const visit = this._visit;
    const record = this._record;
    draw_link(this._live.state, this._outbox.waiting.length);
    if (record !== null) this._capture.draw_curtain(curtain_state(record, this._outbox.waiting).now);
    set_text(by_id("on-air"), this._capture.runs ? `● ${on_air_words(this._capture)}` : `○ ${word("capture.off_air")}`);
    by_id("on-air").className = `chip ${this._capture.runs ? "bad" : ""}`;
    by_id("back").hidden = record === null;
    redraw(by_id("banner"), visit ?? "", () =>
      visit === null ? [el("span", { class: "brand", text: this._room.room_name })] : banner(visit, { allergies: false }),
    );
    show_view(record === null ? "view-visits" : "view-visit");
    if (record === null) {
      draw_visits(this._visits, (visit_id) => this._choose(visit_id));
      return;
    }
    this._consent.draw(record);
    const state = {
      blocked: this._blocked(),
      problem: this._problem || this._feed.problem,
      starting: this._starting,
      interrupted: this._interrupted,
      curtain: curtain_state(record, this._outbox.waiting),
      modality: this._modality.of(record),
      lacks_reason: this._modality.lacks_reason,
    };
    draw_capture(this._capture, state, {
      modality_form: () => this._modality.form(record),
      start: () => void this._start(),
      stop: () => this._stop("stopped"),
      choose: (kind, device_id) => void this._choose_device(kind, device_id),
      set_curtain: (curtain) => this._set_curtain(curtain),
      add_tab: () => void this._add_tab(),
    });
    draw_listeners(by_id("listening"), record, this._feed.silent);
  }
}
