/** The lines of a peer connection: what the room offers, and the wait for its candidates. */
import { keep_sharp } from "./sharpness.js";

const GATHER_MS = 2_000;
const ONLY_RELAY_MS = 5_000;
const SETTLE_MS = 200;
const RELAYED = /^a=candidate:\S+ \d+ \S+ \d+ \S+ \d+ typ relay( |$)/;
export const VIDEO_BPS = 2_500_000;
export const AUDIO_BPS = 96_000;

/**
 * How a connection may reach a listener, as the gateway says.
 * @typedef {{ice_servers: RTCIceServer[], relay_only: boolean}} Ways
 */

/**
 * The practice's own servers or none; a browser has no default that would be asked.
 * @param {Ways} ways @param {RTCCertificate} certificate @returns {RTCConfiguration}
 */
export function configuration(ways, certificate) {
  return {
    iceServers: ways.ice_servers,
    iceTransportPolicy: ways.relay_only ? "relay" : "all",
    bundlePolicy: "max-bundle",
    certificates: [certificate],
  };
}

/** Where only relays may be used, nothing is sent to another address. @param {string} sdp @param {Ways} ways */
export function only_allowed_candidates(sdp, ways) {
  if (!ways.relay_only) return sdp;
  const lines = sdp.split(/\r?\n/);
  return lines.filter((line) => !line.startsWith("a=candidate:") || RELAYED.test(line)).join("\r\n");
}

/**
 * An audio line, on which a scribe may talk back, and a video line that only sends; VP8 and redundant audio first.
 * @param {RTCPeerConnection} pc @param {MediaStream} stream
 */
export function add_tracks(pc, stream) {
  const audio = stream.getAudioTracks()[0];
  const video = stream.getVideoTracks()[0];
  const heard = pc.addTransceiver(audio ?? "audio", {
    direction: "sendrecv",
    streams: [stream],
    sendEncodings: [{ maxBitrate: AUDIO_BPS, priority: "high", networkPriority: "high" }],
  });
  const seen = pc.addTransceiver(video ?? "video", {
    direction: "sendonly",
    streams: [stream],
    sendEncodings: [{ maxBitrate: VIDEO_BPS, maxFramerate: 30 }],
  });
  prefer(heard, "audio", "audio/red"); // RFC 2198: a lost packet comes again within the next one
  prefer(seen, "video", "video/vp8");
  keep_sharp(pc, seen.sender);
}

/**
 * Offer, and say that the room sends lost sound again (RFC 4585): Chromium does so, and does not offer it by itself.
 * A browser that takes no changed offer offers its own.
 * @param {RTCPeerConnection} pc
 */
export async function set_offer(pc) {
  const offer = await pc.createOffer();
  try {
    await pc.setLocalDescription({ type: offer.type, sdp: with_repeated_sound(offer.sdp ?? "") });
  } catch {
    await pc.setLocalDescription(offer);
  }
}

/** @param {string} sdp */
export function with_repeated_sound(sdp) {
  return sdp.replace(/^a=rtpmap:(\d+) (?:opus|red)\/48000\/2\r\n/gm, "$&a=rtcp-fb:$1 nack\r\n");
}

/** @param {RTCRtpTransceiver} transceiver @param {"audio" | "video"} kind @param {string} wanted */
function prefer(transceiver, kind, wanted) {
  const codecs = RTCRtpSender.getCapabilities(kind)?.codecs ?? [];
  const is_wanted = (/** @type {{mimeType: string}} */ codec) => codec.mimeType.toLowerCase() === wanted;
  transceiver.setCodecPreferences([...codecs.filter(is_wanted), ...codecs.filter((codec) => !is_wanted(codec))]);
}

/**
 * Wait for all candidates, or a little after the first relay, or two seconds (five where nothing but a relay will do):
 * a relay that works does not wait for one that does not.
 * @param {RTCPeerConnection} pc @param {Ways} ways @returns {Promise<void>}
 */
export function gathered(pc, ways) {
  return new Promise((resolve) => {
    let timer = setTimeout(done, ways.relay_only ? ONLY_RELAY_MS : GATHER_MS);
    let settling = false;
    function done() {
      clearTimeout(timer);
      pc.removeEventListener("icegatheringstatechange", look);
      pc.removeEventListener("icecandidate", settle);
      resolve();
    }
    function look() {
      if (pc.iceGatheringState === "complete") done();
    }
    /** @param {RTCPeerConnectionIceEvent} event */
    function settle(event) {
      if (settling || event.candidate?.type !== "relay") return;
      settling = true;
      clearTimeout(timer);
      timer = setTimeout(done, SETTLE_MS);
    }
    pc.addEventListener("icegatheringstatechange", look);
    pc.addEventListener("icecandidate", settle);
    look();
  });
}
