/** The live channel: one WebSocket that says hello, follows visits, repeats unanswered commands and comes back by itself. */
import { Outbox } from "./outbox.js";
import { set_server_time } from "./times.js";

const PROTOCOLS = [1];
const APP = "alcove-page/0.1.0";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** A command is answered long before this; a channel that stays silent so long is a dead one that nobody closed. */
const SILENCE_MS = 15_000;

/** @typedef {"connecting" | "open" | "lost" | "ended"} LinkState */

/**
 * What a half of the page gives the channel.
 * @typedef {object} LiveOptions
 * @property {string} path e.g. `/page/live`
 * @property {Outbox} outbox
 * @property {(frame: any) => void} on_frame every frame but the channel's own
 * @property {(state: LinkState) => void} on_state
 * @property {(visit_id: string) => number} record_after the last record number that is known of a visit
 * @property {() => Promise<boolean>} may_return asked when opening failed; false ends the channel (not signed in)
 */

export class LiveChannel {
  /** @param {LiveOptions} options */
  constructor(options) {
    this._options = options;
    /** @type {WebSocket | null} */
    this._socket = null;
    /** @type {Set<string>} */
    this._followed = new Set();
    this._wait_ms = FIRST_WAIT_MS;
    this._timer = 0;
    this._watch = 0;
    this._welcomed = false;
    /** @type {LinkState} */
    this.state = "connecting";
    this._heard_at = 0;
    window.addEventListener("offline", () => this._drop());
    window.addEventListener("online", () => this._hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this._hurry());
  }

  /** Open the channel; it stays open until `end`. */
  open() {
    clearInterval(this._watch);
    this._watch = window.setInterval(() => this._look_for_silence(), SILENCE_MS / 3);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this._options.path}`);
    this._socket = socket;
    this._welcomed = false;
    socket.addEventListener("open", () => this._send({ type: "hello", protocols: PROTOCOLS, app: APP }));
    socket.addEventListener("message", (event) => this._on_message(String(event.data)));
    socket.addEventListener("close", () => socket === this._socket && this._on_close());
  }

  /** Follow a visit from what is known of it; kept over reconnects. @param {string} visit_id */
  follow(visit_id) {
    if (this._followed.has(visit_id)) return;
    this._followed.add(visit_id);
    if (this._welcomed) this._send_follow(visit_id);
  }

  /** Follow a visit anew from its first entry, after a gap. @param {string} visit_id */
  follow_again(visit_id) {
    this._followed.add(visit_id);
    if (this._welcomed) this._send_follow(visit_id);
  }

  /** @param {string} visit_id */
  unfollow(visit_id) {
    if (this._followed.delete(visit_id) && this._welcomed) this._send({ type: "unfollow_visit", visit_id });
  }

  /**
   * Ask for something; it is kept and repeated until it is answered.
   * @param {string} visit_id @param {import("./outbox.js").Command} command @returns {string} the command's id
   */
  command(visit_id, command) {
    const waiting = this._options.outbox.add(visit_id, command);
    if (this._welcomed) this._send({ type: "command", ...waiting });
    return waiting.command_id;
  }

  /** Signalling is ephemeral: false when there is no channel now. @param {string} visit_id @param {object} signal */
  signal(visit_id, signal) {
    if (!this._welcomed) return false;
    this._send({ type: "signal", visit_id, signal });
    return true;
  }

  /** Close for good. */
  end() {
    clearTimeout(this._timer);
    clearInterval(this._watch);
    const socket = this._socket;
    this._socket = null;
    socket?.close();
    this._set_state("ended");
  }

  /** @param {object} frame */
  _send(frame) {
    if (this._socket?.readyState === WebSocket.OPEN) this._socket.send(JSON.stringify(frame));
  }

  /** @param {string} visit_id */
  _send_follow(visit_id) {
    this._send({ type: "follow_visit", visit_id, record_after: this._options.record_after(visit_id) });
  }

  /** @param {string} data */
  _on_message(data) {
    this._heard_at = performance.now();
    const frame = JSON.parse(data);
    if (frame.type === "welcome") set_server_time(frame.server_time);
    if (frame.type === "command_accepted") {
      this._options.outbox.take_answer(frame.command_id, { accepted: true, seq: frame.seq });
    } else if (frame.type === "command_refused") {
      this._options.outbox.take_answer(frame.command_id, { accepted: false, refusal: frame.refusal });
    }
    this._options.on_frame(frame);
    if (frame.type === "welcome") this._begin(); // after the page saw who is signed in, and dropped what is another's
  }

  _begin() {
    this._welcomed = true;
    this._wait_ms = FIRST_WAIT_MS;
    for (const visit_id of this._followed) this._send_follow(visit_id);
    for (const waiting of this._options.outbox.waiting) this._send({ type: "command", ...waiting });
    this._set_state("open");
  }

  /** Let go of a channel that leads nowhere, without waiting for the browser to see it. */
  _drop() {
    const socket = this._socket;
    if (socket === null) return;
    this._socket = null;
    socket.close();
    void this._on_close();
  }

  _look_for_silence() {
    const asked_at = this._options.outbox.oldest_at;
    const since = Math.max(asked_at ?? Infinity, this._heard_at);
    if (this._welcomed && performance.now() - since > SILENCE_MS) this._drop();
  }

  async _on_close() {
    const never_opened = !this._welcomed;
    this._welcomed = false;
    this._socket = null;
    this._set_state("lost");
    if (never_opened && !(await this._options.may_return())) {
      this._set_state("ended");
      return;
    }
    const wait_ms = this._wait_ms * (0.75 + Math.random() / 2);
    this._wait_ms = Math.min(LONGEST_WAIT_MS, this._wait_ms * 2);
    this._timer = window.setTimeout(() => this.open(), wait_ms);
  }

  /** The network or the person is back: do not wait out the pause. */
  _hurry() {
    if (this.state !== "lost" || this._socket !== null || this._timer === 0) return;
    clearTimeout(this._timer);
    this._timer = 0;
    this.open();
  }

  /** @param {LinkState} state */
  _set_state(state) {
    if (this.state === state) return;
    this.state = state;
    this._options.on_state(state);
  }
}
