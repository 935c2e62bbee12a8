/** The note as it is signed: the canonical snapshot of visit/snapshot.py, hashed here to prove what is on the screen. */
import { canonical_sha256 } from "../shared/jose.js";

const FORMAT = "alcove.note/1";
const WITH_QUESTIONS = "alcove.note/2";
const PROGRESS_NOTE = "11506-3";
/** What Python's str.rstrip takes away, which is not quite what trimEnd takes. */
const TRAILING = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/** @param {any} note a note_text frame @returns {Promise<string>} SHA-256 in hexadecimal */
export function snapshot_sha256(note) {
  const sections = [];
  for (const { section, loinc, heading, text } of note.sections) {
    const trimmed = text.replace(TRAILING, "");
    if (trimmed !== "") sections.push({ key: section, loinc, heading, text: trimmed });
  }
  const plain = { format: FORMAT, visit_id: note.visit_id, loinc: PROGRESS_NOTE, sections };
  if (note.questions.length === 0) return canonical_sha256(plain);
  const questions = note.questions.map((/** @type {any} */ one) => {
    const { question_id, section, start, end } = one;
    return { question_id, section, start, end };
  });
  return canonical_sha256({ ...plain, format: WITH_QUESTIONS, questions });
}
