/** Camera and microphone: asked for only by Start, stopped for good by Stop; a choice of devices kept for next time. */

import { hides } from "./curtain.js";
import { SoundMix, ask_for_tab } from "./tab_sound.js";

const CHOICE = "alcove.devices";

/** @typedef {"audio" | "video"} Kind */
/** @typedef {"capture.denied" | "capture.taken" | "capture.no_camera" | "capture.no_microphone" | "capture.failed"} CaptureProblem */

export class Capture {
  /** @param {{changed: () => void, track_replaced: (track: MediaStreamTrack) => void}} tools */
  constructor(tools) {
    this._tools = tools;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** The kinds whose device went away while it ran. @type {Set<Kind>} */
    this.lost = new Set();
    /** @type {MediaDeviceInfo[]} */
    this.devices = [];
    /** Microphone and shared tab, when there is one. @type {SoundMix | null} */
    this._mix = null;
    this._epoch = 0;
    /** @type {import("./curtain.js").Curtain} */
    this._curtain = "all_off"; // until the record says what is drawn
    navigator.mediaDevices?.addEventListener("devicechange", () => this._read_devices());
  }

  /** Whether anything is captured now. */
  get runs() {
    return this.stream !== null;
  }

  /**
   * Ask for camera and microphone; only Start calls this. Null when it runs, else what is wrong.
   * @param {{with_video: boolean}} wanted @returns {Promise<CaptureProblem | null>}
   */
  async start({ with_video }) {
    const epoch = ++this._epoch;
    const choice = read_choice();
    try {
      const video = with_video && video_wishes(choice.video);
      const stream = await navigator.mediaDevices.getUserMedia({ audio: audio_wishes(choice.audio), video });
      if (epoch !== this._epoch) {
        stop_tracks(stream); // stopped while the browser was asking
        return null;
      }
      this.stream = stream;
      this._hide();
      this.lost.clear();
      stream.getTracks().forEach((track) => this._watch(track));
    } catch (error) {
      return await problem_of(error, with_video);
    }
    await this._read_devices();
    return null;
  }

  /** Stop every track at once. */
  stop() {
    this._epoch += 1;
    if (this.stream !== null) stop_tracks(this.stream);
    this._mix?.stop();
    this._mix = null;
    this.stream = null;
    this.lost.clear();
    this.devices = [];
  }

  /** Whether picture or sound is switched on. @param {Kind} kind */
  is_on(kind) {
    return this._track(kind)?.enabled ?? false;
  }

  /** Whether there is such a track. @param {Kind} kind */
  has(kind) {
    return this._track(kind) !== undefined;
  }

  /** Hide what the curtain hides, now and in tracks to come: black and silence are sent. @param {import("./curtain.js").Curtain} curtain */
  draw_curtain(curtain) {
    this._curtain = curtain;
    this._hide();
  }

  _hide() {
    for (const track of this.stream?.getTracks() ?? []) {
      track.enabled = !hides(this._curtain, /** @type {Kind} */ (track.kind));
    }
  }

  /** The device that is used now. @param {Kind} kind */
  device_id(kind) {
    const track = kind === "audio" ? (this._mix?.microphone ?? this._track(kind)) : this._track(kind);
    return track?.getSettings().deviceId ?? "";
  }

  /** Whether a shared tab is heard too. */
  get has_tab() {
    return this._mix?.has_tab ?? false;
  }

  /** Add the sound of a tab that the person chooses. @returns {Promise<import("./tab_sound.js").TabProblem | null>} */
  async add_tab() {
    const epoch = this._epoch;
    const tab = await ask_for_tab();
    if (typeof tab === "string") return tab;
    const microphone = this._mix?.microphone.clone() ?? this._track("audio")?.clone();
    if (epoch !== this._epoch || this.stream === null || microphone === undefined) {
      tab.stop();
      return null; // stopped while the person chose
    }
    const before = this._mix;
    this._mix = new SoundMix(microphone, tab, () => this._tools.changed());
    this._watch(microphone);
    this._swap("audio", this._mix.track);
    before?.stop();
    return null;
  }

  /** Use another camera or microphone. @param {Kind} kind @param {string} device_id @returns {Promise<CaptureProblem | null>} */
  async choose(kind, device_id) {
    const epoch = this._epoch;
    const wishes = kind === "audio" ? { audio: audio_wishes(device_id) } : { video: video_wishes(device_id) };
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wishes);
      if (epoch !== this._epoch || this.stream === null) {
        stop_tracks(stream);
        return null;
      }
      this._use(kind, stream.getTracks()[0]);
    } catch (error) {
      return await problem_of(error, kind === "video");
    }
    localStorage.setItem(CHOICE, JSON.stringify({ ...read_choice(), [kind]: device_id }));
    return null;
  }

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  _use(kind, track) {
    if (kind !== "audio" || this._mix === null) {
      this._swap(kind, track);
      return;
    }
    this._mix.use_microphone(track);
    this.lost.delete(kind);
    this._watch(track);
    this._tools.changed();
  }

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  _swap(kind, track) {
    const old = this._track(kind);
    track.enabled = !hides(this._curtain, kind);
    if (old) {
      old.stop();
      this.stream?.removeTrack(old);
    }
    this.stream?.addTrack(track);
    this.lost.delete(kind);
    this._watch(track);
    this._tools.track_replaced(track);
    this._tools.changed();
  }

  /** @param {MediaStreamTrack} track */
  _watch(track) {
    track.addEventListener("ended", () => {
      this.lost.add(/** @type {Kind} */ (track.kind));
      this._tools.changed();
    });
  }

  async _read_devices() {
    if (!this.runs) return; // the list of devices is asked for only while something is captured
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (!this.runs) return;
    this.devices = devices.filter((one) => one.kind !== "audiooutput" && one.deviceId !== "");
    this._tools.changed();
  }

  /** @param {Kind} kind */
  _track(kind) {
    return this.stream?.getTracks().find((track) => track.kind === kind);
  }
}

/** @param {MediaStream} stream */
function stop_tracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Nothing is played in the room, and a filter would take away what a scribe must hear: only the level is evened. */
function audio_wishes(/** @type {string} */ device_id) {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: true, channelCount: 1 };
  return { ...plain, ...(device_id ? { deviceId: device_id } : {}) };
}

function video_wishes(/** @type {string} */ device_id) {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
  return { ...size, ...(device_id ? { deviceId: device_id } : {}) };
}

/** @returns {{audio: string, video: string}} */
function read_choice() {
  try {
    return { audio: "", video: "", ...JSON.parse(localStorage.getItem(CHOICE) ?? "{}") };
  } catch {
    return { audio: "", video: "" };
  }
}

/** @param {unknown} error @param {boolean} with_video @returns {Promise<CaptureProblem>} */
async function problem_of(error, with_video) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "capture.denied";
  if (name === "NotReadableError" || name === "AbortError") return "capture.taken";
  if (name === "NotFoundError" || name === "OverconstrainedError") {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const microphone = devices.some((one) => one.kind === "audioinput");
    return with_video && microphone ? "capture.no_camera" : "capture.no_microphone";
  }
  return "capture.failed";
}
