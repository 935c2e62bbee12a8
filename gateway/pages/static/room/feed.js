/** The feed: one peer connection per admitted listener, offered by this room, proven on both sides, closed on Stop. */
import { public_jwk, sign_jws, thumbprint } from "../shared/jose.js";
import { server_now } from "../shared/times.js";
import {
  binding_problem,
  check_grant,
  only_checked_fingerprints,
  own_fingerprint,
  sends_sound_at_most,
} from "./binding.js";
import { Hearing } from "./hearing.js";
import { VIDEO_BPS, add_tracks, configuration, gathered, only_allowed_candidates, set_offer } from "./lines.js";
import { Talk } from "./talk.js";
import { Uplink } from "./uplink.js";

const MAX_LISTENERS = 6;

/**
 * @typedef {object} FeedTools
 * @property {(visit_id: string, signal: object) => boolean} send_signal
 * @property {CryptoKeyPair} keys
 * @property {string} room_id
 * @property {Record<string, string>} gateway_jwk
 * @property {() => import("./lines.js").Ways} ways
 * @property {() => void} changed
 */
/**
 * @typedef {object} Connection
 * @property {RTCPeerConnection} pc
 * @property {import("./binding.js").Grant} grant
 * @property {string} connection_id
 * @property {string} own_fingerprint
 * @property {string} peer_fingerprint
 * @property {object | null} offer
 * @property {boolean} answered
 */

export class Feed {
  /** @param {FeedTools} tools */
  constructor(tools) {
    this._tools = tools;
    this._visit_id = "";
    /** @type {MediaStream | null} */
    this._stream = null;
    /** @type {Map<string, Connection>} */
    this._connections = new Map();
    this._uplink = new Uplink();
    this._hearing = new Hearing(() => this._tools.changed());
    this._talk = new Talk((connection_id, heard) => this._say_heard(connection_id, heard));
    /** The last refusal of a peer, a key of the words; empty when there is none. */
    this.problem = "";
  }

  /** The names of listeners whose connection is being made or stands. */
  get names() {
    return [...this._connections.values()].map((one) => one.grant.person_name);
  }

  /** The admissions of listeners whom this room reached before, and does not now. */
  get silent() {
    return this._hearing.silent;
  }

  /** Offer this stream from now on. @param {string} visit_id @param {MediaStream} stream */
  start(visit_id, stream) {
    this._visit_id = visit_id;
    this._stream = stream;
    this.problem = "";
  }

  /** Close every connection and say so. @param {string} reason */
  stop(reason) {
    for (const connection of [...this._connections.values()]) this._close(connection, reason, true);
    this._hearing.end();
    this._stream = null;
    this._visit_id = "";
  }

  /** Send another camera's or microphone's track from now on. @param {MediaStreamTrack} track */
  async replace_track(track) {
    for (const { pc } of this._connections.values()) {
      const transceiver = pc.getTransceivers().find((one) => one.receiver.track.kind === track.kind);
      await transceiver?.sender.replaceTrack(track);
    }
  }

  /** A scribe's signal, with the sender that the gateway authenticated. @param {any} frame */
  async on_signal(frame) {
    const signal = frame.signal;
    if (frame.visit_id !== this._visit_id) {
      if (signal.type === "listener_ready") this._say_closed(frame.visit_id, signal, "capture_not_started");
    } else if (signal.type === "listener_ready") {
      await this._on_ready(signal, frame.sender);
    } else if (signal.type === "feed_answer") {
      await this._on_answer(signal);
    } else if (signal.type === "feed_closed") {
      this._on_closed(signal);
    }
  }

  /** @param {any} untrusted_ready @param {any} sender */
  async _on_ready(untrusted_ready, sender) {
    const visit_id = this._visit_id;
    const known = this._connections.get(untrusted_ready.connection_id);
    if (known) {
      if (known.offer && !known.answered) this._tools.send_signal(visit_id, known.offer); // it was lost on the way
      return;
    }
    const { keys, room_id, gateway_jwk } = this._tools;
    const room_jkt = await thumbprint(await public_jwk(keys.publicKey));
    const grant = await check_grant(untrusted_ready, sender, { visit_id, room_id, room_jkt, gateway_jwk });
    if (grant === null || this._connections.size >= MAX_LISTENERS) {
      this._refuse(untrusted_ready, grant === null ? "grant_refused" : "too_many_listeners");
      return;
    }
    if (this._visit_id === visit_id && this._stream !== null) await this._offer(untrusted_ready, grant, this._stream);
  }

  /** @param {any} ready @param {import("./binding.js").Grant} grant @param {MediaStream} stream */
  async _offer(ready, grant, stream) {
    const certificate = await RTCPeerConnection.generateCertificate(
      /** @type {any} */ ({ name: "ECDSA", namedCurve: "P-256" }),
    );
    if (this._stream !== stream || this._connections.has(ready.connection_id)) return;
    const ways = this._tools.ways();
    const pc = new RTCPeerConnection(configuration(ways, certificate));
    const connection = {
      pc,
      grant,
      connection_id: ready.connection_id,
      own_fingerprint: own_fingerprint(certificate),
      peer_fingerprint: ready.fingerprint,
      offer: /** @type {object | null} */ (null),
      answered: false,
    };
    this._connections.set(ready.connection_id, connection);
    pc.addEventListener("connectionstatechange", () => this._on_state(connection));
    add_tracks(pc, stream);
    await set_offer(pc);
    await gathered(pc, ways);
    const binding = await this._binding(connection);
    if (!this._is_open(connection)) return;
    const sdp = pc.localDescription?.sdp ?? "";
    const { admission_id } = grant;
    connection.offer = { type: "feed_offer", admission_id, connection_id: connection.connection_id, sdp, binding };
    this._tools.send_signal(this._visit_id, connection.offer);
    this._tools.changed();
  }

  /** @param {Connection} connection */
  _binding(connection) {
    return sign_jws(this._tools.keys, {
      admission_id: connection.grant.admission_id,
      visit_id: connection.grant.visit_id,
      role: "room",
      own_fingerprint: connection.own_fingerprint,
      peer_fingerprint: connection.peer_fingerprint,
      nonce: connection.grant.nonce,
      gateway_time: new Date(server_now()).toISOString(),
    });
  }

  /** @param {any} untrusted_answer */
  async _on_answer(untrusted_answer) {
    const connection = this._connections.get(untrusted_answer.connection_id);
    if (!connection || connection.answered || connection.offer === null) return;
    if (untrusted_answer.admission_id !== connection.grant.admission_id) return;
    connection.answered = true; // one answer, whatever it is worth
    const { grant, own_fingerprint, peer_fingerprint } = connection;
    const { admission_id, visit_id, nonce, device_jkt } = grant;
    const expected = { admission_id, visit_id, nonce, device_jkt, own_fingerprint, peer_fingerprint };
    const problem = await binding_problem(untrusted_answer, expected);
    if (!this._is_open(connection)) return;
    if (problem !== null || !sends_sound_at_most(untrusted_answer.sdp)) {
      this.problem = "feed.not_proven";
      this._close(connection, problem ?? "direction", true);
      return;
    }
    const sdp = only_allowed_candidates(only_checked_fingerprints(untrusted_answer.sdp), this._tools.ways());
    try {
      await connection.pc.setRemoteDescription({ type: "answer", sdp });
    } catch {
      this._close(connection, "answer_unreadable", true);
      return;
    }
    this._hearing.add(connection.connection_id, connection.grant.admission_id, connection.pc);
    this._listen(connection);
    await this._share();
  }

  /** Play what this listener says to the room; a picture is never taken. @param {Connection} connection */
  _listen(connection) {
    const lines = connection.pc.getTransceivers().filter((one) => /recv/.test(one.currentDirection ?? ""));
    if (lines.some((one) => one.receiver.track.kind !== "audio")) {
      this._close(connection, "direction", true);
      return;
    }
    const { connection_id, grant } = connection;
    for (const { receiver } of lines.slice(0, 1)) this._talk.add(connection_id, grant.person_name, receiver);
  }

  /** @param {string} connection_id @param {boolean} heard */
  _say_heard(connection_id, heard) {
    const connection = this._connections.get(connection_id);
    if (!connection) return;
    const { admission_id } = connection.grant;
    this._tools.send_signal(this._visit_id, { type: "talk_heard", admission_id, connection_id, heard });
  }

  /** @param {any} signal */
  _on_closed(signal) {
    for (const connection of [...this._connections.values()]) {
      const named = connection.connection_id === signal.connection_id;
      const all = signal.connection_id === "" && connection.grant.admission_id === signal.admission_id;
      if (named || all) this._close(connection, signal.reason, false);
    }
  }

  /** @param {Connection} connection */
  _on_state(connection) {
    if (connection.pc.connectionState === "failed") this._close(connection, "connection_failed", true);
    this._tools.changed();
  }

  /** One more or one fewer listens: each gets its share of the uplink. */
  async _share() {
    await this._uplink.share([...this._connections.values()].filter((one) => one.answered), VIDEO_BPS);
  }

  /** @param {Connection} connection */
  _is_open(connection) {
    return this._connections.get(connection.connection_id) === connection;
  }

  /** @param {Connection} connection @param {string} reason @param {boolean} say */
  _close(connection, reason, say) {
    if (!this._is_open(connection)) return;
    this._connections.delete(connection.connection_id);
    this._talk.remove(connection.connection_id);
    this._hearing.remove(connection.connection_id);
    connection.pc.close();
    void this._share();
    const { connection_id } = connection;
    const { admission_id } = connection.grant;
    if (say) this._say_closed(this._visit_id, { admission_id, connection_id }, reason);
    this._tools.changed();
  }

  /** @param {any} untrusted_ready @param {string} reason */
  _refuse(untrusted_ready, reason) {
    this.problem = `feed.${reason}`;
    this._say_closed(this._visit_id, untrusted_ready, reason);
    this._tools.changed();
  }

  /** @param {string} visit_id @param {{admission_id: string, connection_id: string}} which @param {string} reason */
  _say_closed(visit_id, which, reason) {
    const { admission_id, connection_id } = which;
    this._tools.send_signal(visit_id, { type: "feed_closed", admission_id, connection_id, reason });
  }
}
