/** The lines of a peer connection: what the room offers, and the wait for its candidates. */

const GATHER_MS = 2_000;
export const VIDEO_BPS = 2_500_000;
export const AUDIO_BPS = 96_000;

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
}

/** @param {RTCRtpTransceiver} transceiver @param {"audio" | "video"} kind @param {string} wanted */
function prefer(transceiver, kind, wanted) {
  const codecs = RTCRtpSender.getCapabilities(kind)?.codecs ?? [];
  const is_wanted = (/** @type {{mimeType: string}} */ codec) => codec.mimeType.toLowerCase() === wanted;
  transceiver.setCodecPreferences([...codecs.filter(is_wanted), ...codecs.filter((codec) => !is_wanted(codec))]);
}

/** All candidates, or those of the first two seconds. @param {RTCPeerConnection} pc @returns {Promise<void>} */
export function gathered(pc) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, GATHER_MS);
    function done() {
      clearTimeout(timer);
      pc.removeEventListener("icegatheringstatechange", look);
      resolve();
    }
    function look() {
      if (pc.iceGatheringState === "complete") done();
    }
    pc.addEventListener("icegatheringstatechange", look);
    look();
  });
}
