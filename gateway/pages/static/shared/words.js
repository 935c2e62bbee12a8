/** The page's words: one catalogue of sentences by key, with `{name}` for values and one/other forms for counts. */

/** @type {Record<string, string>} */
let catalogue = {};
let rules = new Intl.PluralRules("en");

/** Fetch the catalogue once, before anything is drawn. @param {string} language */
export async function load_words(language = "en") {
  const reply = await fetch(`/static/words/${language}.json`);
  if (!reply.ok) throw new Error(`words: ${reply.status}`);
  catalogue = await reply.json();
  rules = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(/** @type {HTMLElement} */ (element).dataset.word ?? "");
  }
  for (const element of document.querySelectorAll("[data-label-word]")) {
    element.setAttribute("aria-label", word(/** @type {HTMLElement} */ (element).dataset.labelWord ?? ""));
  }
}

/**
 * The sentence of a key with its values filled in; a missing key is our fault and throws.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function word(key, values = {}) {
  const sentence = catalogue[key];
  if (sentence === undefined) throw new Error(`no word: ${key}`);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** The form of a sentence for a count: `key.one` or `key.other`, with `{count}`. @param {string} key @param {number} count */
export function plural(key, count, values = {}) {
  return word(`${key}.${rules.select(count) === "one" ? "one" : "other"}`, { count, ...values });
}

/** Whether a key has a sentence. @param {string} key */
export function has_word(key) {
  return key in catalogue;
}

/** A refusal in words. @param {{code: string, params?: Record<string, string>}} refusal */
export function refusal_sentence(refusal) {
  const key = `refusal.${refusal.code}`;
  return has_word(key) ? word(key, refusal.params ?? {}) : word("refusal.other", { code: refusal.code });
}
