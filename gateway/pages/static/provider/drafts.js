/** What was typed and not sent, in sessionStorage: it survives a reload and ends with the tab or the sign-out. */

const PREFIX = "alcove.provider.";

/** @param {string} name @returns {any} */
export function read_draft(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}

/** Keep a value; null or an empty text forgets it. @param {string} name @param {any} value */
export function keep_draft(name, value) {
  if (value === null || value === "") sessionStorage.removeItem(PREFIX + name);
  else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
}

/** Forget everything that was typed here (sign-out, or another person signed in). */
export function clear_drafts() {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
}

/** Whether another person typed in this tab before; what they typed is not this person's to see or send, and goes. @param {string} person_id */
export function drafts_are_anothers(person_id) {
  const before = read_draft("person");
  const anothers = before !== null && before !== person_id;
  if (anothers) clear_drafts();
  keep_draft("person", person_id);
  return anothers;
}

/**
 * A text field that keeps what is typed under a name until it is cleared.
 * @param {HTMLTextAreaElement | HTMLInputElement} field @param {string} name
 */
export function keep_field(field, name) {
  field.value = read_draft(name) ?? "";
  field.addEventListener("input", () => keep_draft(name, field.value));
}
