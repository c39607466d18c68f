// @ts-check
/** What the server makes of text (`accounts/text.py`), so that what is shown before it answers is what it will say. */

/** @param {string} text @returns {boolean} whether there is nothing to be seen in it */
export function isBlank(text) {
  return !/[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{13430}-\u{1343f}\u{16fe4}\u{1d159}]/u.test(
    text,
  );
}

/** Without blank lines before and blanks after; a first line keeps its indentation. @param {string} text */
export function trim(text) {
  const lead = text.length - text.trimStart().length;
  const first = Math.max(
    ...["\n", "\r", "\v", "\f", "\u2028", "\u2029"].map((sign) => text.lastIndexOf(sign, lead - 1)),
  );
  return text.slice(lead ? first + 1 : 0).trimEnd();
}

/** What makes two spellings the same username. @param {string} name */
export function key(name) {
  const wide = name.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  // To capitals first: ß and ς have no other way to "ss" and "σ". The browser's language has no say in it.
  return wide.toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
}
