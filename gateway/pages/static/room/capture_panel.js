/** What the room sees of its own camera and microphone: Start, the self-view, the curtain, devices and Stop. */
import { button, by_id, el, redraw } from "../shared/dom.js";
import { consent_agreed } from "../shared/record_queries.js";
import { word } from "../shared/words.js";
import { curtain_control } from "./curtain.js";
import { modality_line } from "./modality.js";
import { can_share_tab } from "./tab_sound.js";

/**
 * @typedef {object} CaptureActions
 * @property {() => void} start
 * @property {() => void} stop
 * @property {(kind: "audio" | "video", device_id: string) => void} choose
 * @property {(curtain: import("./curtain.js").Curtain) => void} set_curtain
 * @property {() => void} add_tab
 * @property {() => HTMLElement} modality_form
 */
/**
 * @typedef {object} CaptureState
 * @property {string} blocked why Start cannot be pressed, in words; empty when it can
 * @property {string} problem what went wrong, a key of the words
 * @property {boolean} starting
 * @property {import("./curtain.js").CurtainState} curtain
 * @property {import("./modality.js").Modality} modality
 * @property {boolean} lacks_reason sound only was chosen, and not why
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
    has_tab: capture.has_tab,
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
      actions.modality_form(),
      state.curtain.now !== "open" && curtain_control(state.curtain, actions),
      el("p", { class: "muted", id: "start-why", text: state.blocked || word("capture.nothing_yet") }),
      el(
        "div",
        { class: "row" },
        button(state.starting ? word("capture.starting") : word("capture.start"), actions.start, {
          class: "primary start",
          disabled: blocked,
          data_key: "start",
          aria_describedby: "start-why",
        }),
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
    el(
      "div",
      { class: capture.has("video") ? "self-view" : "self-view strip" },
      video,
      el("span", { class: "badge", text: `● ${on_air_words(capture)}` }),
    ),
    el(
      "div",
      { class: "panel-body" },
      ...problems.map((key) => el("p", { class: "notice bad", role: "alert", text: word(key) })),
      el(
        "div",
        { class: "row" },
        el("span", { class: "grow", text: modality_line(state.modality) }),
        button(word("capture.stop"), actions.stop, { class: "danger", data_key: "stop" }),
      ),
      curtain_control(state.curtain, actions),
      ...elsewhere(capture, state.modality.modality, actions),
      el("div", { class: "devices" }, chooser(capture, actions, "video"), chooser(capture, actions, "audio")),
    ),
  ];
}

/**
 * How the other side of a visit that is held elsewhere is heard.
 * @param {import("./capture.js").Capture} capture @param {string} modality @param {CaptureActions} actions
 */
function elsewhere(capture, modality, actions) {
  if (modality === "phone") return [el("p", { class: "muted", text: word("tab.phone") })];
  if (modality !== "video_visit") return [];
  if (capture.has_tab) return [el("p", { class: "notice ok", text: word("tab.heard") })];
  const can = can_share_tab();
  return [
    el("p", { class: "notice warn", text: word(can ? "tab.not_heard" : "tab.cannot") }),
    can && el("div", { class: "row" }, button(word("tab.add"), actions.add_tab, { data_key: "add-tab" })),
  ];
}

/**
 * Why Start cannot be pressed now, in words; empty when it can.
 * @param {import("../shared/record.js").VisitRecord | null} record null until it is read
 * @param {string} link @param {import("./modality.js").ModalityChoice} modality
 */
export function start_blocked(record, link, modality) {
  if (record === null) return word("capture.wait_record");
  if (link !== "open") return word("capture.wait_gateway");
  if (!consent_agreed(record)) return word("capture.wait_consent");
  if (record.capturing) return word("capture.wait_stop");
  return modality.lacks_reason ? word("capture.wait_reason") : "";
}

/** What leaves the room now, in words. @param {import("./capture.js").Capture} capture */
export function on_air_words(capture) {
  const picture = capture.is_on("video") && !capture.lost.has("video");
  const sound = capture.is_on("audio") && !capture.lost.has("audio");
  if (picture && sound) return word("capture.on.both");
  if (picture) return word("capture.on.picture");
  return sound ? word("capture.on.sound") : word("capture.on.none");
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
