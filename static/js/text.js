// @ts-check
/** What the server makes of text (`accounts/text.py`), so that what is shown before it answers is what it will say. */

const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{13430}-\u{1343f}\u{16fe4}\u{1d159}]/u;
const JOINED =
  "\\u0600-\\u08ff\\u0900-\\u0dff\\u0f00-\\u109f\\u1780-\\u18af\\u1b00-\\u1bff\\ua840-\\ua87f\\ufb50-\\ufdff\\ufe70-\\ufefc";
// A last visible character with what belongs to it: the tags of a flag, a variation selector, a joiner.
const LAST = new RegExp(
  "^(?:\\u{1f3f4}[\\u{e0030}-\\u{e007a}]{2,6}\\u{e007f}" +
    "|(?:[^\\0-\\x7f]|[#*0-9])[\\ufe00-\\ufe0f\\u180b-\\u180d\\u180f\\u{e0100}-\\u{e01ef}]" +
    `|[${JOINED}][\\u200c\\u200d])`,
  "u",
);
const BREAKS = /^[\n\r\v\f\x85\u2028\u2029]$/;

/** @param {string} text @returns {boolean} whether there is nothing to be seen in it */
export function isBlank(text) {
  return !VISIBLE.test(text);
}

/**
 * Without blank lines before and blanks after; what is invisible is blank. A first line keeps its indentation, and a
 * last character the selector, joiner or tags that belong to it. @param {string} text
 */
export function trim(text) {
  const signs = [...text];
  const stays = (/** @type {string} */ sign) => sign === "\0" || VISIBLE.test(sign);
  let first = signs.findIndex(stays);
  if (first === -1) return "";
  let end = signs.length;
  while (!stays(signs[end - 1])) end--;
  const last = LAST.exec(signs.slice(end - 1).join(""))?.[0];
  if (last) end += [...last].length - 1;
  while (first > 0 && !BREAKS.test(signs[first - 1])) first--;
  return signs.slice(first, end).join("");
}

/** What makes two spellings the same username. @param {string} name */
export function key(name) {
  const wide = name.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  // To capitals first: ß and ς have no other way to "ss" and "σ". The browser's language has no say in it.
  return wide.toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
}
