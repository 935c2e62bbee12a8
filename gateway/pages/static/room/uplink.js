/** The room's uplink, shared by its listeners: the first gets the whole picture, each further one a small one; all get the sound. */

const UPLINK_BPS = 5_000_000;
const FURTHER_BPS = 800_000;
const FURTHER_SCALE = 2;

/**
 * What a listener's picture may take; `rank` counts listeners from 0, the longest first.
 * @param {number} rank @param {number} listeners @param {number} whole_bps
 */
export function picture_share(rank, listeners, whole_bps) {
  if (rank === 0) return { bps: Math.min(whole_bps, UPLINK_BPS), scale: 1 };
  const rest = Math.floor((UPLINK_BPS - whole_bps) / Math.max(1, listeners - 1));
  return { bps: Math.min(FURTHER_BPS, rest), scale: FURTHER_SCALE };
}

export class Uplink {
  constructor() {
    /** Every admission that ever listened, the first first: who comes back by a new connection keeps the place. @type {string[]} */
    this._seen = [];
  }

  /**
   * Give every connection its share; two of one admission are one listener, who changes from one to the other.
   * @param {{pc: RTCPeerConnection, grant: {admission_id: string}}[]} connections @param {number} whole_bps
   */
  async share(connections, whole_bps) {
    const present = new Set(connections.map((one) => one.grant.admission_id));
    this._seen.push(...[...present].filter((one) => !this._seen.includes(one)));
    const listeners = this._seen.filter((one) => present.has(one));
    for (const { pc, grant } of connections) {
      await give(pc, picture_share(listeners.indexOf(grant.admission_id), listeners.length, whole_bps));
    }
  }
}

/** @param {RTCPeerConnection} pc @param {{bps: number, scale: number}} share */
async function give(pc, share) {
  const video = pc.getTransceivers().find((one) => one.receiver.track.kind === "video");
  const parameters = video?.sender.getParameters();
  if (!parameters?.encodings?.length) return;
  parameters.encodings[0].maxBitrate = share.bps;
  parameters.encodings[0].scaleResolutionDownBy = share.scale;
  await video?.sender.setParameters(parameters).catch(() => undefined); // closed meanwhile
}
