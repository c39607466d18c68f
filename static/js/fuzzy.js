// @ts-check
/** How well a few letters fit a name: from 1 (it begins so) to 0, or -1 if they don't stand in it in this order. */

/** @param {string} text */
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

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
