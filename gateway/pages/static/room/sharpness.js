/**
 * What a picture gives up when the uplink is narrow: its smoothness first, so that it can be read within seconds of
 * joining (Chromium alone begins at 360 lines and needs 15 s to 720); its size too once the rate stays low.
 */

const LOOK_MS = 1_000;
/** Shares of the line's own bound: below the first for so many looks the picture shrinks, above the second it is whole. */
const NARROW_SHARE = 0.28;
const WIDE_SHARE = 0.48;
const NARROW_LOOKS = 3;
const WIDE_LOOKS = 5;

/** @typedef {{preference: RTCDegradationPreference, looks: number}} Sharpness */
/** @type {Sharpness} */
export const SHARP = { preference: "maintain-resolution", looks: 0 };

/**
 * The state after one more look at the rate that the encoder may use.
 * @param {Sharpness} state @param {number} share of the line's bound @returns {Sharpness}
 */
export function after_look({ preference, looks }, share) {
  const whole = preference === "maintain-resolution";
  const doubted = whole ? share < NARROW_SHARE : share > WIDE_SHARE;
  if (!doubted) return { preference, looks: 0 };
  if (looks + 1 < (whole ? NARROW_LOOKS : WIDE_LOOKS)) return { preference, looks: looks + 1 };
  return { preference: whole ? "balanced" : "maintain-resolution", looks: 0 };
}

/** Keep this sender's picture readable until its connection is closed. @param {RTCPeerConnection} pc @param {RTCRtpSender} sender */
export function keep_sharp(pc, sender) {
  let state = SHARP;
  void prefer_to(sender, state.preference);
  const timer = setInterval(async () => {
    if (pc.connectionState === "closed") {
      clearInterval(timer);
      return;
    }
    const share = await rate_share(sender);
    if (share === null) return;
    const before = state.preference;
    state = after_look(state, share);
    if (state.preference !== before) await prefer_to(sender, state.preference);
  }, LOOK_MS);
}

/** How much of its bound the encoder may use now; null while nothing is sent. @param {RTCRtpSender} sender */
async function rate_share(sender) {
  const most = sender.getParameters().encodings[0]?.maxBitrate;
  for (const entry of (await sender.getStats()).values()) {
    if (entry.type === "outbound-rtp" && most && entry.targetBitrate && entry.framesSent) return entry.targetBitrate / most;
  }
  return null;
}

/** @param {RTCRtpSender} sender @param {RTCDegradationPreference} preference */
async function prefer_to(sender, preference) {
  const parameters = sender.getParameters();
  parameters.degradationPreference = preference;
  await sender.setParameters(parameters).catch(() => undefined); // closed meanwhile
}
