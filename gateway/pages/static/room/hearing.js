/**
 * Who is really reached: a listener's program acknowledges what it gets several times in two seconds, so a connection on
 * which nothing comes back is one on which nobody hears, whatever the gateway knows of it.
 */

const LOOK_MS = 250;
const SILENT_MS = 1_600;

/** @typedef {{admission_id: string, pc: RTCPeerConnection, packets: number, at: number}} Watched */

export class Hearing {
  /** @param {() => void} changed @param {() => number} [now] milliseconds that never jump */
  constructor(changed, now = () => performance.now()) {
    this._changed = changed;
    this._now = now;
    /** @type {Map<string, Watched>} */
    this._watched = new Map();
    /** Every admission that this room has reached. @type {Set<string>} */
    this._reached = new Set();
    this._timer = 0;
    this._said = "";
  }

  /** Those whom this room reached before, and does not now. @returns {Set<string>} admissions */
  get silent() {
    const since = this._now() - SILENT_MS;
    const fresh = [...this._watched.values()].filter((one) => one.at >= since);
    const heard = new Set(fresh.map((one) => one.admission_id));
    return new Set([...this._reached].filter((admission_id) => !heard.has(admission_id)));
  }

  /** Watch a connection that was answered. @param {string} connection_id @param {string} admission_id @param {RTCPeerConnection} pc */
  add(connection_id, admission_id, pc) {
    this._watched.set(connection_id, { admission_id, pc, packets: 0, at: -Infinity });
    if (this._timer === 0) this._timer = window.setInterval(() => void this._look(), LOOK_MS);
  }

  /** It was closed. @param {string} connection_id */
  remove(connection_id) {
    this._watched.delete(connection_id);
  }

  /** Capture ended: nobody is missed any more. */
  end() {
    clearInterval(this._timer);
    this._timer = 0;
    this._watched.clear();
    this._reached.clear();
  }

  async _look() {
    for (const one of [...this._watched.values()]) {
      const packets = await received(one.pc);
      if (packets > one.packets) {
        one.packets = packets;
        one.at = this._now();
        this._reached.add(one.admission_id);
      }
    }
    const says = [...this.silent].join();
    if (says === this._said) return;
    this._said = says;
    this._changed();
  }
}

/** How many packets have come from the other side. @param {RTCPeerConnection} pc */
async function received(pc) {
  const stats = await pc.getStats();
  let packets = 0;
  for (const one of stats.values()) if (one.type === "transport") packets += one.packetsReceived ?? 0;
  return packets;
}
