/** What the room sees of its own camera and microphone: Start, the self-view, switches, devices and Stop. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { word } from "../shared/words.js";

/**
 * @typedef {object} CaptureActions
 * @property {(with_video: boolean) => void} start
 * @property {() => void} stop
 * @property {(kind: "audio" | "video", device_id: string) => void} choose
 */
/**
 * @typedef {object} CaptureState
 * @property {string} blocked why Start cannot be pressed, in words; empty when it can
 * @property {string} problem what went wrong, a key of the words
 * @property {boolean} starting
 * @property {boolean} interrupted it ran before this page was loaded anew
 */

/** @param {import("./capture.js").Capture} capture @param {CaptureState} state @param {CaptureActions} actions */
export function draw_capture(capture, state, actions) {
  const shown = {
    ...state,
    stream: capture.stream?.id,
    tracks: capture.stream?.getTracks().map((track) => [track.id, track.enabled]),
    devices: capture.devices.map((device) => [device.deviceId, device.label]),
    lost: [...capture.lost],
  };
  const draw = capture.runs && !state.starting ? () => running(capture, state, actions) : () => stopped(state, actions);
  redraw(by_id("capture"), shown, draw);
}

/** @param {CaptureState} state @param {CaptureActions} actions */
function stopped(state, actions) {
  const blocked = state.blocked !== "" || state.starting;
  return [
    el(
      "div",
      { class: "panel-body" },
      state.problem !== "" && el("p", { class: "notice bad", role: "alert", text: word(state.problem) }),
      state.interrupted && el("p", { class: "notice warn", text: word("capture.interrupted") }),
      el("p", { class: "muted", id: "start-why", text: state.blocked || word("capture.nothing_yet") }),
      el(
        "div",
        { class: "row" },
        button(state.starting ? word("capture.starting") : word("capture.start"), () => actions.start(true), {
          class: "primary start",
          disabled: blocked,
          data_key: "start",
          aria_describedby: "start-why",
        }),
        state.problem === "capture.no_camera" &&
          button(word("capture.start_sound"), () => actions.start(false), { disabled: blocked, data_key: "sound" }),
      ),
    ),
  ];
}

/** @param {import("./capture.js").Capture} capture @param {CaptureState} state @param {CaptureActions} actions */
function running(capture, state, actions) {
  const video = el("video", { muted: true, autoplay: true, playsInline: true, aria_label: word("capture.self_view") });
  video.srcObject = capture.stream;
  const problems = [...capture.lost].map((kind) => `capture.lost.${kind}`);
  if (state.problem !== "") problems.push(state.problem);
  return [
    el("div", { class: "self-view" }, video, el("span", { class: "badge", text: `● ${badge(capture)}` })),
    el(
      "div",
      { class: "panel-body" },
      ...problems.map((key) => el("p", { class: "notice bad", role: "alert", text: word(key) })),
      el(
        "div",
        { class: "row" },
        capture.has("video") && toggle(capture, "video"),
        toggle(capture, "audio"),
        el("span", { class: "grow" }),
        button(word("capture.stop"), actions.stop, { class: "danger", data_key: "stop" }),
      ),
      el("div", { class: "devices" }, chooser(capture, actions, "video"), chooser(capture, actions, "audio")),
    ),
  ];
}

/** @param {import("./capture.js").Capture} capture */
function badge(capture) {
  const picture = capture.is_on("video") && !capture.lost.has("video");
  const sound = capture.is_on("audio") && !capture.lost.has("audio");
  if (picture && sound) return word("capture.on.both");
  if (picture) return word("capture.on.picture");
  return sound ? word("capture.on.sound") : word("capture.on.none");
}

/** @param {import("./capture.js").Capture} capture @param {"audio" | "video"} kind */
function toggle(capture, kind) {
  const off = !capture.is_on(kind);
  return button(word(`capture.off.${kind}`), () => capture.switch_kind(kind, off), {
    aria_pressed: off,
    data_key: `toggle-${kind}`,
  });
}

/** @param {import("./capture.js").Capture} capture @param {CaptureActions} actions @param {"audio" | "video"} kind */
function chooser(capture, actions, kind) {
  const used = capture.device_id(kind);
  const found = capture.devices.filter((device) => device.kind === `${kind}input`);
  if (found.length === 0) return null;
  const options = found.map((device, index) =>
    el("option", {
      value: device.deviceId,
      text: device.label || word(`capture.device.${kind}`, { number: index + 1 }),
      selected: device.deviceId === used,
    }),
  );
  const select = el("select", { id: `device-${kind}`, data_key: `device-${kind}` }, ...options);
  select.addEventListener("change", () => actions.choose(kind, select.value));
  return el("div", { class: "field" }, el("label", { for: `device-${kind}`, text: word(`capture.choose.${kind}`) }), select);
}
