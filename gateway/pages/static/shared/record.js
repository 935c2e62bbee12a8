/** A visit's state as the fold of its record: the page's counterpart of visit/record.py, held equal by a test. */
import { LETTER_FOLDS } from "./record_letters.js";
import { URGENT_FOLDS } from "./record_urgent.js";

/**
 * @typedef {{role: string | null, id: string, name: string}} Author
 * @typedef {{visit_id: string, seq: number, at: string, author: Author, fact: any}} Entry
 * @typedef {{order: any, sha256: string, state: string, pended_at: string, author: Author,
 *   declined_because: string, ehr_reference: string}} OrderLine
 * @typedef {{seq: number, at: string, author: Author, text: string, question_id: string,
 *   quick_replies: string[], section: string, answer: string, answered_by: string,
 *   answers: {seq: number, at: string, author: Author, text: string}[], withdrawn: boolean, left_out: boolean}} ChatLine
 * @typedef {ReturnType<typeof new_record>} VisitRecord
 */

/** An empty record. @param {string} visit_id */
export function new_record(visit_id) {
  return {
    visit_id,
    last_seq: 0,
    template: /** @type {any} */ (null),
    template_author: /** @type {Author | null} */ (null),
    phase: "scheduled",
    note_state: "draft",
    note_version: 0,
    note_sha256: "",
    note_opened: false,
    recalled_by: /** @type {Author | null} */ (null),
    note_ehr_reference: "",
    returned_because: "",
    signed_by: /** @type {Author | null} */ (null),
    addenda: /** @type {{number: number, version: number, sha256: string, text: string, at: string, author: Author, late: number, ehr_reference: string}[]} */ ([]),
    late_settled: 0,
    sent_by: /** @type {Author | null} */ (null),
    consent: /** @type {any} */ (null),
    consent_at: /** @type {string | null} */ (null),
    consent_author: /** @type {Author | null} */ (null),
    decided: /** @type {{at: string, consent: any}[]} */ ([]),
    capturing: false,
    curtain: "open",
    curtain_at: /** @type {string | null} */ (null),
    curtains: /** @type {{curtain: string, since: string, until: string | null}[]} */ ([]),
    modality: /** @type {any} */ (null),
    capture_started_at: /** @type {string | null} */ (null),
    provider_inside: false,
    scribe: /** @type {Author | null} */ (null),
    admissions: /** @type {Record<string, Author>} */ ({}),
    may_replay: /** @type {Record<string, number>} */ ({}),
    listening: /** @type {Record<string, string>} */ ({}),
    listened: /** @type {{admission_id: string, author: Author, since: string, until: string | null}[]} */ ([]),
    away: /** @type {Record<string, {since: string, reason: string}>} */ ({}),
    gaps: /** @type {{gap_id: string, author: Author, since: string, until: string, lost: string, reason: string}[]} */ ([]),
    talking: /** @type {Record<string, string>} */ ({}),
    moments: /** @type {Record<string, string>} */ ({}),
    chat: /** @type {ChatLine[]} */ ([]),
    chat_seen: /** @type {Record<string, number>} */ ({}),
    urgent: /** @type {import("./record_urgent.js").Urgent[]} */ ([]),
    orders: /** @type {Record<string, OrderLine>} */ ({}),
    letters: /** @type {Record<string, import("./record_letters.js").LetterLine>} */ ({}),
    frozen: /** @type {{reason: string, at: string, author: Author} | null} */ (null),
    unfrozen: /** @type {{reason: string, at: string, author: Author} | null} */ (null),
    retracted: false,
    ehr_retracted: /** @type {Record<string, string>} */ ({}),
    moved_to: "",
    moved_from: "",
    ehr_problems: /** @type {Record<string, any>} */ ({}),
  };
}

/**
 * Take in an entry; false when it is an old one. A room's record has gaps: it sees only what a room may see.
 * @param {VisitRecord} record @param {Entry} entry
 */
export function apply_entry(record, entry) {
  if (entry.visit_id !== record.visit_id || entry.seq <= record.last_seq) return false;
  record.last_seq = entry.seq;
  FOLDS[entry.fact.type]?.(record, entry, entry.fact);
  return true;
}

/** @type {Record<string, (record: VisitRecord, entry: Entry, fact: any) => void>} */
const FOLDS = {
  ...LETTER_FOLDS,
  ...URGENT_FOLDS,
  template_chosen(record, entry, fact) {
    record.template = fact;
    record.template_author = entry.author;
  },
  moment_marked(record, _entry, fact) {
    record.moments[fact.moment] ??= fact.at;
    if (fact.moment === "provider_in") record.provider_inside = true;
    if (fact.moment === "provider_out") record.provider_inside = false;
  },
  consent_recorded(record, entry, fact) {
    record.consent = fact;
    record.consent_at = entry.at;
    record.consent_author = entry.author;
    record.decided.push({ at: entry.at, consent: fact });
  },
  capture_started(record, entry) {
    record.capturing = true;
    record.phase = "live";
    record.capture_started_at ??= entry.at;
    hide(record, entry.at);
  },
  capture_stopped(record, entry) {
    record.capturing = false;
    record.phase = "ended";
    record.moments.ended = entry.at;
    record.away = {};
    hide(record, entry.at);
  },
  curtain_changed(record, _entry, fact) {
    record.curtain = fact.curtain;
    record.curtain_at = fact.at;
    hide(record, fact.at);
  },
  modality_set(record, _entry, fact) {
    record.modality = fact;
  },
  scribe_admitted(record, entry, fact) {
    record.scribe = entry.author;
    record.admissions[fact.admission_id] = entry.author;
    record.may_replay[fact.admission_id] = fact.replay_seconds;
  },
  listening_started(record, entry, fact) {
    record.admissions[fact.admission_id] ??= entry.author;
    if (!(fact.admission_id in record.listening)) {
      record.listening[fact.admission_id] = entry.at;
      record.listened.push({ admission_id: fact.admission_id, author: entry.author, since: entry.at, until: null });
    }
    for (const admission_id of Object.keys(record.away)) {
      if (record.admissions[admission_id]?.id === entry.author.id) delete record.away[admission_id];
    }
  },
  listening_stopped(record, entry, fact) {
    delete record.listening[fact.admission_id];
    for (const span of record.listened) if (span.admission_id === fact.admission_id) span.until ??= entry.at;
    delete record.talking[fact.admission_id];
    if (record.capturing) record.away[fact.admission_id] = { since: entry.at, reason: fact.reason };
  },
  listening_gap(record, entry, fact) {
    const { gap_id, start, end, lost, reason } = fact;
    record.gaps.push({ gap_id, author: entry.author, since: start, until: end, lost, reason });
  },
  talk_started(record, entry, fact) {
    record.talking[fact.admission_id] ??= entry.at;
  },
  talk_stopped(record, _entry, fact) {
    delete record.talking[fact.admission_id];
  },
  chat_sent(record, entry, fact) {
    record.chat.push(chat_line(entry, fact));
  },
  question_asked(record, entry, fact) {
    record.chat.push(chat_line(entry, fact));
  },
  question_answered(record, entry, fact) {
    for (const line of record.chat) {
      if (line.question_id === fact.question_id) {
        line.answer = fact.text;
        line.answered_by = entry.author.name;
        line.answers.push({ seq: entry.seq, at: entry.at, author: entry.author, text: fact.text });
      }
    }
  },
  question_withdrawn(record, _entry, fact) {
    for (const line of record.chat) if (line.question_id === fact.question_id) line.withdrawn = true;
  },
  question_left_out(record, _entry, fact) {
    for (const line of record.chat) if (line.question_id === fact.question_id) line.left_out = true;
  },
  chat_seen(record, entry, fact) {
    const role = entry.author.role;
    if (role) record.chat_seen[role] = Math.max(fact.up_to_seq, record.chat_seen[role] ?? 0);
  },
  order_pended(record, entry, fact) {
    record.orders[fact.order.order_id] = {
      order: fact.order,
      sha256: fact.sha256,
      state: "pended",
      pended_at: entry.at,
      author: entry.author,
      declined_because: "",
      ehr_reference: "",
    };
  },
  order_withdrawn(record, _entry, fact) {
    set_order(record, fact, { state: "withdrawn" });
  },
  order_signed(record, _entry, fact) {
    set_order(record, fact, { state: "signed" });
  },
  order_declined(record, _entry, fact) {
    set_order(record, fact, { state: "declined", declined_because: fact.reason });
  },
  order_written(record, _entry, fact) {
    set_order(record, fact, { state: "ordered", ehr_reference: fact.ehr_reference });
    delete record.ehr_problems[fact.order_id];
  },
  note_ready(record, entry) {
    record.note_state = "ready";
    record.moments.ready = entry.at;
  },
  note_sent(record, entry, fact) {
    Object.assign(record, { note_state: "sent", note_version: fact.version, note_sha256: fact.sha256 });
    Object.assign(record, { returned_because: "", note_opened: false, recalled_by: null });
    record.sent_by = entry.author;
    record.moments.sent = entry.at;
  },
  note_recalled(record, entry) {
    record.note_state = "ready";
    record.recalled_by = entry.author;
  },
  note_opened(record, entry) {
    record.note_opened = true;
    record.moments.opened ??= entry.at;
  },
  note_returned(record, _entry, fact) {
    record.note_state = "returned";
    record.returned_because = fact.comment;
  },
  note_signed(record, entry, fact) {
    Object.assign(record, { note_state: "signed", note_version: fact.version, note_sha256: fact.sha256 });
    record.signed_by = entry.author;
    record.moments.signed = entry.at;
  },
  note_written(record, _entry, fact) {
    record.note_ehr_reference = fact.ehr_reference;
    delete record.ehr_problems.note;
  },
  note_addended(record, entry, fact) {
    const { number, version, sha256, text, late } = fact;
    record.addenda.push({ number, version, sha256, text, at: entry.at, author: entry.author, late, ehr_reference: "" });
    record.late_settled = Math.max(record.late_settled, late);
  },
  late_left_out(record, _entry, fact) {
    record.late_settled = Math.max(record.late_settled, fact.late);
  },
  addendum_written(record, _entry, fact) {
    const addendum = record.addenda.find((one) => one.number === fact.number);
    if (addendum) addendum.ehr_reference = fact.ehr_reference;
    delete record.ehr_problems[`addendum-${fact.number}`];
  },
  visit_frozen(record, entry, fact) {
    record.frozen ??= { reason: fact.reason, at: entry.at, author: entry.author };
    record.unfrozen = null;
  },
  visit_unfrozen(record, entry, fact) {
    record.frozen = null;
    record.unfrozen = { reason: fact.reason, at: entry.at, author: entry.author };
  },
  visit_retracted(record) {
    record.retracted = true;
  },
  ehr_retracted(record, _entry, fact) {
    record.ehr_retracted[fact.subject] = fact.ehr_reference;
    delete record.ehr_problems[fact.subject];
  },
  visit_moved(record, _entry, fact) {
    record.moved_to = fact.to_visit_id;
  },
  content_moved_in(record, _entry, fact) {
    record.moved_from = fact.from_visit_id;
  },
  ehr_write_failed(record, _entry, fact) {
    record.ehr_problems[fact.subject] = fact;
  },
};

/** Capture or curtain changed: one interval ends, another begins when something is hidden now. @param {VisitRecord} record @param {string} at */
function hide(record, at) {
  const last = record.curtains.at(-1);
  if (last && last.until === null) last.until = at;
  if (record.capturing && record.curtain !== "open") record.curtains.push({ curtain: record.curtain, since: at, until: null });
}

/** @param {Entry} entry @param {any} fact @returns {ChatLine} */
function chat_line(entry, fact) {
  return {
    seq: entry.seq,
    at: entry.at,
    author: entry.author,
    text: fact.text,
    question_id: fact.question_id ?? "",
    quick_replies: fact.quick_replies ?? [],
    section: fact.section ?? "",
    answer: "",
    answered_by: "",
    answers: [],
    withdrawn: false,
    left_out: false,
  };
}

/** @param {VisitRecord} record @param {{order_id: string}} fact @param {Partial<OrderLine>} change */
function set_order(record, fact, change) {
  const line = record.orders[fact.order_id];
  if (line) Object.assign(line, change);
}
