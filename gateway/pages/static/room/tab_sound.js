/** The sound of a visit that is held in another tab, mixed with the microphone. A person shares the tab; nothing else can. */

/** @typedef {"tab.cannot" | "tab.not_shared" | "tab.without_sound"} TabProblem */

/** Whether this browser can share a tab at all. */
export function can_share_tab() {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function" && typeof AudioContext === "function";
}

/**
 * Let the person choose a tab and its sound; to be called from a press. Of its picture nothing is used.
 * @returns {Promise<MediaStreamTrack | TabProblem>} the tab's sound, or what went wrong
 */
export async function ask_for_tab() {
  if (!can_share_tab()) return "tab.cannot";
  /** @type {any} */
  const wishes = {
    video: { displaySurface: "browser" },
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, suppressLocalAudioPlayback: false },
    selfBrowserSurface: "exclude",
    systemAudio: "include",
  };
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(wishes);
    for (const picture of stream.getVideoTracks()) picture.stop();
    return stream.getAudioTracks()[0] ?? "tab.without_sound";
  } catch (error) {
    return error instanceof DOMException && error.name === "NotAllowedError" ? "tab.not_shared" : "tab.cannot";
  }
}

/** Microphone and tab as one track; it goes on when either ends. */
export class SoundMix {
  /** @param {MediaStreamTrack} microphone @param {MediaStreamTrack} tab @param {() => void} tab_ended */
  constructor(microphone, tab, tab_ended) {
    this._context = new AudioContext({ sampleRate: 48_000, latencyHint: "interactive" });
    this._target = this._context.createMediaStreamDestination();
    this._target.channelCount = 1;
    this._tab = tab;
    this.microphone = microphone;
    microphone.enabled = true; // what is mixed is hidden as one
    this._source = this._join(microphone);
    this._join(tab);
    tab.addEventListener("ended", tab_ended);
    void this._context.resume();
  }

  /** What is sent. */
  get track() {
    return this._target.stream.getAudioTracks()[0];
  }

  /** Whether the tab is still heard. */
  get has_tab() {
    return this._tab.readyState === "live";
  }

  /** Hear another microphone from now on. @param {MediaStreamTrack} track */
  use_microphone(track) {
    this._source.disconnect();
    this.microphone.stop();
    this.microphone = track;
    this._source = this._join(track);
  }

  /** Stop microphone, tab and mixing. */
  stop() {
    this.microphone.stop();
    this._tab.stop();
    this.track.stop();
    void this._context.close();
  }

  /** @param {MediaStreamTrack} track */
  _join(track) {
    const source = this._context.createMediaStreamSource(new MediaStream([track]));
    source.connect(this._target);
    return source;
  }
}
