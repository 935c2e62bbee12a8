/** Where the visit is held, and whether it has a picture: said before Start, recorded with it. */
import { el } from "../shared/dom.js";
import { word } from "../shared/words.js";

const MODALITIES = ["in_person", "video_visit", "phone"];
const REASONS = ["patient_declined", "bandwidth", "policy", "nothing_to_see", "no_camera"];

/** @typedef {{modality: string, sound_only: string | null}} Modality */

export class ModalityChoice {
  /** @param {() => void} changed */
  constructor(changed) {
    this._changed = changed;
    this.reset();
  }

  /** Another patient: what the record says, or the usual. */
  reset() {
    /** @type {Modality | null} */
    this._chosen = null;
    this._with_reason = false;
  }

  /** What is chosen. @param {import("../shared/record.js").VisitRecord} record @returns {Modality} */
  of(record) {
    const { modality, sound_only } = this._chosen ?? record.modality ?? { modality: "in_person", sound_only: null };
    return { modality, sound_only };
  }

  /** Whether sound only was chosen and nobody said why. */
  get lacks_reason() {
    return this._with_reason && !this._chosen?.sound_only;
  }

  /** @param {Modality} chosen @param {boolean} sound_only */
  choose(chosen, sound_only = chosen.sound_only !== null) {
    this._chosen = chosen;
    this._with_reason = sound_only;
    this._changed();
  }

  /** @param {import("../shared/record.js").VisitRecord} record */
  form(record) {
    const { modality, sound_only } = this.of(record);
    const is_sound_only = this._with_reason || sound_only !== null;
    return el(
      "div",
      { class: "modality" },
      choices("modality", "modality.where", MODALITIES, modality, (value) =>
        this.choose({ modality: value, sound_only }, is_sound_only),
      ),
      choices("captured", "modality.captured", ["picture", "sound_only"], is_sound_only ? "sound_only" : "picture", (value) =>
        this.choose({ modality, sound_only: null }, value === "sound_only"),
      ),
      is_sound_only &&
        choices("reason", "modality.reason", REASONS, sound_only ?? "", (value) =>
          this.choose({ modality, sound_only: value }),
        ),
    );
  }
}

/** The modality in one sentence. @param {Modality} modality */
export function modality_line({ modality, sound_only }) {
  const where = word(`modality.where.${modality}`);
  if (sound_only === null) return where;
  return word("modality.line", { where, reason: word(`modality.reason.${sound_only}`) });
}

/**
 * @param {string} name @param {string} words @param {string[]} values @param {string} chosen
 * @param {(value: string) => void} choose
 */
function choices(name, words, values, chosen, choose) {
  const labels = values.map((value) =>
    el(
      "label",
      { class: "choice" },
      el("input", {
        type: "radio",
        name,
        value,
        checked: value === chosen,
        data_key: `${name}-${value}`,
        on_change: () => choose(value),
      }),
      el("span", { text: word(`${words}.${value}`) }),
    ),
  );
  return el("fieldset", {}, el("legend", { text: word(words) }), el("div", { class: "choices" }, ...labels));
}
