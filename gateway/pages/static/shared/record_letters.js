/** A visit's letters as the fold of its record: the page's counterpart of visit/letter_lines.py, held equal by a test. */

/**
 * @typedef {{format: string, visit_id: string, letter_id: string, version: number, kind: string, title: string,
 *   blocks: {heading: string, paragraphs: string[]}[], signer: string[]}} LetterContent
 * @typedef {{content: LetterContent, fields: any, sha256: string, state: string, sent_at: string, sent_by: any,
 *   returned_because: string, signed_at: string | null, signed_by: any}} LetterLine
 */

/** @type {Record<string, (record: {letters: Record<string, LetterLine>}, entry: any, fact: any) => void>} */
export const LETTER_FOLDS = {
  letter_sent(record, entry, fact) {
    const { content, fields, sha256 } = fact;
    const sent = { sent_at: entry.at, sent_by: entry.author, returned_because: "", signed_at: null, signed_by: null };
    record.letters[content.letter_id] = { content, fields, sha256, state: "sent", ...sent };
  },
  letter_withdrawn(record, _entry, fact) {
    set_letter(record, fact, { state: "withdrawn" });
  },
  letter_returned(record, _entry, fact) {
    set_letter(record, fact, { state: "returned", returned_because: fact.comment });
  },
  letter_signed(record, entry, fact) {
    set_letter(record, fact, { state: "signed", signed_at: entry.at, signed_by: entry.author });
  },
};

/** @param {{letters: Record<string, LetterLine>}} record @param {{letter_id: string}} fact @param {Partial<LetterLine>} change */
function set_letter(record, fact, change) {
  const line = record.letters[fact.letter_id];
  if (line) Object.assign(line, change);
}
