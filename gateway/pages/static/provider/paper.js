/** A letter as it is printed, and the browser's own print dialog on it alone; from there it is paper or a PDF. */
import { by_id, el } from "../shared/dom.js";
import { long_day, time_of_day } from "../shared/times.js";
import { word } from "../shared/words.js";

/** @typedef {import("../shared/record_letters.js").LetterLine} LetterLine */
/** @typedef {Pick<LetterLine, "content" | "signed_at" | "signed_by">} OnPaper */

/**
 * The letter on its sheet. @param {OnPaper} letter @param {"h1" | "h3"} title its level where it stands
 */
export function paper(letter, title) {
  const { content } = letter;
  const heading = title === "h1" ? "h2" : "h4";
  return el(
    "article",
    { class: "paper", lang: "en", data_letter: content.letter_id },
    el(title, { class: "paper-title", text: content.title }),
    ...content.blocks.map((block) =>
      el(
        "section",
        {},
        block.heading !== "" && el(heading, { text: block.heading }),
        ...block.paragraphs.map((text) => el("p", { text })),
      ),
    ),
    el("footer", { class: "signature" }, el("p", { class: "signed", text: signed_text(letter) }), ...content.signer.map((text) => el("p", { text }))),
  );
}

/** @param {OnPaper} letter */
function signed_text({ signed_at, signed_by }) {
  if (signed_at === null) return word("letter.not_signed");
  return word("letter.signed_on", { name: signed_by.name, day: long_day(signed_at), time: time_of_day(signed_at) });
}

/** Print a signed letter; it needs nothing but what the page has. @param {OnPaper} letter */
export function print_letter(letter) {
  const sheet = by_id("print-sheet");
  const title = document.title;
  const put_back = () => {
    sheet.replaceChildren();
    delete document.body.dataset.printing;
    document.title = title;
  };
  sheet.replaceChildren(paper(letter, "h1"));
  document.body.dataset.printing = "letter";
  document.title = letter.content.title; // what a file is named by: no patient's name
  window.addEventListener("afterprint", put_back, { once: true });
  window.print();
}

/**
 * Headings of a letter whose words the note has otherwise by now; white space does not count.
 * @param {import("../shared/record_letters.js").LetterContent} content
 * @param {{heading: string, text: string}[]} sections of the newest note_text
 */
export function other_words(content, sections) {
  const of_note = new Map(sections.map(({ heading, text }) => [heading, plain(text)]));
  return content.blocks
    .filter(({ heading, paragraphs }) => (of_note.get(heading) ?? plain(paragraphs.join(" "))) !== plain(paragraphs.join(" ")))
    .map(({ heading }) => heading);
}

/** @param {string} text */
function plain(text) {
  return text.replace(/[\s\x1c-\x1f\x85]+/g, " ").trim();
}
