/** The smallest single replacement that turns one text into another; positions count UTF-16 units. */

/** @typedef {{start: number, end: number, text: string}} Edit */

/** @param {string} before @param {string} after @returns {Edit | null} null when they are equal */
export function smallest_edit(before, after) {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  if (splits_pair(before, head) || splits_pair(after, head)) head -= 1;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  if (splits_pair(before, before.length - tail) || splits_pair(after, after.length - tail)) tail -= 1;
  return { start: head, end: before.length - tail, text: after.slice(head, after.length - tail) };
}

/** @param {string} text @param {Edit} edit */
export function apply_edit(text, edit) {
  return text.slice(0, edit.start) + edit.text + text.slice(edit.end);
}

/**
 * My edit moved over theirs, both made on the same text; null when they touch the same words. Two inserts at one
 * place do not: mine comes after theirs.
 * @param {Edit} mine @param {Edit} theirs @returns {Edit | null}
 */
export function rebase_edit(mine, theirs) {
  if (theirs.end <= mine.start) {
    const shift = theirs.text.length - (theirs.end - theirs.start);
    return { start: mine.start + shift, end: mine.end + shift, text: mine.text };
  }
  return mine.end <= theirs.start ? mine : null;
}

/** At most so many units of an edit's text, never half a character. @param {Edit} edit @param {number} most @returns {Edit} */
export function first_part(edit, most) {
  if (edit.text.length <= most) return edit;
  const length = splits_pair(edit.text, most) ? most - 1 : most;
  return { ...edit, text: edit.text.slice(0, length) };
}

/** Whether a position lies inside a surrogate pair. @param {string} text @param {number} at */
function splits_pair(text, at) {
  if (at <= 0 || at >= text.length) return false;
  return (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}
