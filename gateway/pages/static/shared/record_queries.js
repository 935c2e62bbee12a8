/** What a page asks of a visit's state, which shared/record.js folds. */

/** @typedef {import("./record.js").VisitRecord} VisitRecord */

/** Whether the newest consent allows a scribe to listen. @param {VisitRecord} record */
export function consent_agreed(record) {
  return record.consent?.decision === "agreed";
}

/** Questions without an answer that were neither withdrawn nor left out, oldest first. @param {VisitRecord} record */
export function open_questions(record) {
  return record.chat.filter((line) => line.question_id !== "" && line.answer === "" && !line.withdrawn && !line.left_out);
}

/** How many questions are open, by visit. @param {Map<string, VisitRecord>} records */
export function question_counts(records) {
  return new Map([...records].map(([visit_id, record]) => [visit_id, open_questions(record).length]));
}

/** Orders that wait for a signature, oldest first. @param {VisitRecord} record */
export function orders_to_sign(record) {
  const pended = Object.values(record.orders).filter((line) => line.state === "pended");
  return pended.sort((a, b) => Date.parse(a.pended_at) - Date.parse(b.pended_at));
}

/** Letters that wait for a signature, oldest first. @param {VisitRecord} record */
export function letters_to_sign(record) {
  const sent = Object.values(record.letters).filter((line) => line.state === "sent");
  return sent.sort((a, b) => Date.parse(a.sent_at) - Date.parse(b.sent_at));
}

/** Who hears the room now, and since when. @param {VisitRecord} record */
export function listeners(record) {
  return Object.entries(record.listening).map(([admission_id, since]) => ({
    admission_id,
    since,
    name: record.admissions[admission_id]?.name ?? "",
    replay_seconds: record.may_replay[admission_id] ?? 0,
  }));
}

/** Who listened and does not now, while the room captures. @param {VisitRecord} record */
export function away(record) {
  return Object.entries(record.away).map(([admission_id, one]) => ({
    ...one,
    admission_id,
    name: record.admissions[admission_id]?.name ?? "",
  }));
}
