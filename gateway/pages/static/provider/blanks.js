/** What a text leaves open: `***` blanks and `{a|b|c}` lists, found as visit/blanks.py finds them. A test holds them equal. */

const FIELD = /\\[{}|\\]|(?<blank>\*{3,})|(?<list>\{(?<body>(?:[^{}\\\n]|\\[^\n])*)\})/g;
const BAR = /\\[^\n]|\|/g;
const SIGNS = /^(?:\?\+|\+\?|\?|\+)?/;
/** Python's white space, which is not quite what trim takes. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const EDGES = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");

/** How many blanks and required lists nobody filled. @param {string} text */
export function count_unfilled(text) {
  if (!text.includes("***") && !text.includes("{")) return 0;
  let count = 0;
  for (const { groups } of text.matchAll(FIELD)) {
    if (groups?.blank !== undefined || (groups?.list !== undefined && is_required_list(groups.body ?? ""))) count += 1;
  }
  return count;
}

/** Whether the words between braces are a list that may not be left alone. @param {string} body */
function is_required_list(body) {
  const signs = body.match(SIGNS)?.[0] ?? "";
  const choices = split(body.slice(signs.length));
  return choices.length > 1 && !signs.includes("?") && choices.some((choice) => stripped(stripped(choice).replace(/^=/, "")) !== "");
}

/** @param {string} text */
function split(text) {
  const choices = [];
  let start = 0;
  for (const match of text.matchAll(BAR)) {
    if (match[0] !== "|") continue;
    choices.push(text.slice(start, match.index));
    start = match.index + 1;
  }
  return [...choices, text.slice(start)];
}

/** @param {string} text */
function stripped(text) {
  return text.replace(EDGES, "");
}
