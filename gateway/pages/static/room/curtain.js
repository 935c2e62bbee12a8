/** The privacy curtain: what does not leave the room. Drawn at once; opened when the gateway has recorded it. */
import { button, el } from "../shared/dom.js";
import { time_of_day } from "../shared/times.js";
import { word } from "../shared/words.js";

/** @typedef {"open" | "picture_off" | "all_off"} Curtain from nothing hidden to everything */
/** @typedef {{now: Curtain, wanted: Curtain, since: string | null}} CurtainState `wanted` may still wait for the gateway */

/** @type {Curtain[]} */
const CURTAINS = ["open", "picture_off", "all_off"];

/**
 * What hides the room now: the strictest of what is recorded and of what waits to be, so that nothing leaves which
 * the record calls hidden, and a reload forgets nothing.
 * @param {import("../shared/record.js").VisitRecord} record
 * @param {readonly import("../shared/outbox.js").Waiting[]} waiting
 * @returns {CurtainState}
 */
export function curtain_state(record, waiting) {
  const asked = waiting.filter((one) => one.visit_id === record.visit_id && one.command.type === "set_curtain");
  const recorded = /** @type {Curtain} */ (record.curtain);
  const all = [recorded, ...asked.map((one) => /** @type {Curtain} */ (one.command.curtain))];
  const now = CURTAINS[Math.max(...all.map((one) => CURTAINS.indexOf(one)))];
  return { now, wanted: all[all.length - 1], since: now === recorded ? record.curtain_at : null };
}

/** Whether the curtain hides picture or sound. @param {Curtain} curtain @param {"audio" | "video"} kind */
export function hides(curtain, kind) {
  return curtain === "all_off" || (curtain === "picture_off" && kind === "video");
}

/**
 * The control: one large button a state, pressed when it is so.
 * @param {CurtainState} state @param {{set_curtain: (curtain: Curtain) => void}} actions
 */
export function curtain_control(state, actions) {
  const buttons = CURTAINS.map((curtain) =>
    button(`${state.now === curtain ? "✓ " : ""}${word(`curtain.${curtain}`)}`, () => actions.set_curtain(curtain), {
      class: curtain === "open" ? "curtain-choice" : "curtain-choice closed",
      aria_pressed: state.now === curtain,
      data_key: `curtain-${curtain}`,
    }),
  );
  return el(
    "div",
    { class: "curtain", role: "group", aria_labelledby: "curtain-head" },
    el("h3", { id: "curtain-head", text: word("curtain.head") }),
    el("div", { class: "curtain-choices" }, ...buttons),
    el("p", { class: `small ${state.now === "open" ? "muted" : "notice warn"}`, text: sentence(state) }),
  );
}

/** What scribes see and hear, in words. @param {CurtainState} state */
function sentence({ now, wanted, since }) {
  if (CURTAINS.indexOf(wanted) < CURTAINS.indexOf(now)) return word("curtain.opens");
  const said = word(`curtain.says.${now}`);
  return now === "open" || since === null ? said : `${said} ${word("curtain.since", { time: time_of_day(since) })}`;
}
