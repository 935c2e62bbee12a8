/**
 * Talk-back: plays what a scribe says to the room, and names who speaks by what really comes on the line, not by what
 * was announced. A scribe's desktop sends no packet while nobody holds its key, so silence here is silence there.
 */
import { announce, button, by_id, el, redraw } from "../shared/dom.js";
import { word } from "../shared/words.js";

const LOOK_MS = 100;
/** So long after the last packet somebody still speaks: longer than any jitter, shorter than a breath. */
const QUIET_MS = 400;

/**
 * @typedef {{name: string, receiver: RTCRtpReceiver, element: HTMLAudioElement, newest: number, sounded_at: number,
 *   speaking: boolean, told: boolean, blocked: boolean}} Line
 */

export class Talk {
  /** @param {(connection_id: string, heard: boolean) => void} heard told when the room begins and ends to hear one */
  constructor(heard) {
    this._heard = heard;
    /** @type {Map<string, Line>} */
    this._lines = new Map();
    this._timer = 0;
  }

  /**
   * Play a proven listener's line from now on. @param {string} connection_id @param {string} name
   * @param {RTCRtpReceiver} receiver
   */
  add(connection_id, name, receiver) {
    this.remove(connection_id);
    const element = new Audio();
    element.srcObject = new MediaStream([receiver.track]);
    const quiet = { newest: 0, sounded_at: -Infinity, speaking: false, told: false, blocked: false };
    const line = { name, receiver, element, ...quiet };
    this._lines.set(connection_id, line);
    void this._play(line);
    this._timer ||= window.setInterval(() => this._look(), LOOK_MS);
  }

  /** The connection is over. @param {string} connection_id */
  remove(connection_id) {
    const line = this._lines.get(connection_id);
    if (!line) return;
    this._lines.delete(connection_id);
    line.element.pause();
    line.element.srcObject = null;
    if (this._lines.size === 0) {
      clearInterval(this._timer);
      this._timer = 0;
    }
    this._draw();
  }

  /** Somebody pressed the button that allows it. */
  async allow() {
    for (const line of this._lines.values()) await this._play(line);
  }

  /** @param {Line} line */
  async _play(line) {
    try {
      await line.element.play();
      line.blocked = false;
    } catch (error) {
      line.blocked = error instanceof DOMException && error.name === "NotAllowedError"; // else it was removed meanwhile
    }
    this._draw();
  }

  _look() {
    const now = performance.now();
    let changed = false;
    for (const [connection_id, line] of this._lines) {
      const newest = Math.max(0, ...line.receiver.getSynchronizationSources().map((source) => source.timestamp));
      if (newest !== line.newest) {
        line.newest = newest;
        line.sounded_at = now;
      }
      const speaking = now - line.sounded_at < QUIET_MS;
      if (speaking && !line.speaking) announce(word("talk.speaking", { name: line.name }));
      changed ||= speaking !== line.speaking;
      line.speaking = speaking;
      const heard = speaking && !line.blocked && !line.element.paused;
      if (heard !== line.told) {
        line.told = heard;
        this._heard(connection_id, heard);
      }
    }
    if (changed) this._draw();
  }

  /** Who speaks to the room, over everything else. */
  _draw() {
    const lines = [...this._lines.values()];
    const speakers = lines.filter((line) => line.speaking).map((line) => line.name);
    const blocked = lines.some((line) => line.blocked);
    by_id("talk").hidden = speakers.length === 0 && !blocked;
    redraw(by_id("talk"), { speakers, blocked }, () => [
      ...speakers.map((name) => el("p", { class: "speaking", text: `● ${word("talk.speaking", { name })}` })),
      blocked && el("p", { text: word("talk.blocked") }),
      blocked && button(word("talk.allow"), () => void this.allow(), { data_key: "allow-talk", class: "primary" }),
    ]);
  }
}
