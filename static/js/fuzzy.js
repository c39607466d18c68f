// @ts-check
/** How well a few letters fit a name: from 1 (it begins so) to 0, or -1 if they don't stand in it in this order. */

/**
 * Without case, accents and forms, the same in every browser: in a Turkish one's own rules the I of "INFO" is no i.
 * To capitals first, as ß and ı have no other way to "ss" and "i". @param {string} text
 */
export const fold = (text) =>
  text.normalize("NFKD").toUpperCase().toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ς", "σ");

/** @param {string} wanted @param {string} name */
export function score(wanted, name) {
  const [letters, text] = [fold(wanted), fold(name)];
  if (!letters) return text ? 0 : -1;
  const at = text.indexOf(letters);
  if (at === 0) return 1 - text.length / 1e4;
  if (at > 0) return (/[\p{L}\p{N}]/u.test(text[at - 1]) ? 0.6 : 0.8) - at / 1e4;
  let from = 0;
  let gaps = 0;
  for (const letter of letters) {
    const found = text.indexOf(letter, from);
    if (found < 0) return -1;
    gaps += found - from;
    from = found + letter.length;
  }
  return 0.4 / (1 + gaps);
}
