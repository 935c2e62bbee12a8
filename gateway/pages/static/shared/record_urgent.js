/** What the provider was told at once: its part of a record's fold, the counterpart of visit/record.py. */

/**
 * @typedef {{urgent_id: string, kind: string, text: string, seq: number, at: string,
 *   author: import("./record.js").Author, delivered_at: string | null, seen_at: string | null,
 *   answered_at: string | null, answer: string, answered_by: string}} Urgent
 */

/** @type {Record<string, (record: {urgent: Urgent[]}, entry: import("./record.js").Entry, fact: any) => void>} */
export const URGENT_FOLDS = {
  urgent_told(record, entry, { urgent_id, kind, text }) {
    const steps = { delivered_at: null, seen_at: null, answered_at: null, answer: "", answered_by: "" };
    record.urgent.push({ urgent_id, kind, text, seq: entry.seq, at: entry.at, author: entry.author, ...steps });
  },
  urgent_delivered(record, entry, fact) {
    for (const told of named(record, fact)) told.delivered_at ??= entry.at;
  },
  urgent_seen(record, entry, fact) {
    for (const told of named(record, fact)) told.seen_at ??= entry.at;
  },
  urgent_answered(record, entry, fact) {
    const answer = { answered_at: entry.at, answer: fact.text, answered_by: entry.author.name };
    for (const told of named(record, fact)) Object.assign(told, answer);
  },
};

/** @param {{urgent: Urgent[]}} record @param {{urgent_id: string}} fact */
function named(record, fact) {
  return record.urgent.filter((told) => told.urgent_id === fact.urgent_id);
}
