// @ts-check
/** Where a text names people with `@username`. The grammar is that of the server (`chat/mentions.py`). Pure. */
import { character } from "chat/addresses.js";
import { key } from "chat/text.js";

/** Thai, Lao, Tibetan, Burmese, Khmer; Chinese, Japanese, Korean: no spaces stand between words, or particles behind names. */
const NO_SPACES =
  /[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u9fff\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\u{1b000}-\u{1b2ff}\u{20000}-\u{3ffff}]/u;
const AT = /[@\uff20]/;
const LETTER = /[\p{L}\p{N}\p{Mn}\p{Mc}]/u;
const MARK = /\p{M}/u;
const SIGN = /[._+-]/;
/** Characters of a name as it was typed, marks counted one by one. */
const LONGEST = 200;
/** Web addresses that the tree did not make links of. */
const ADDRESS = new RegExp(
  `(?:https?://|www\\.)${character()}+|(?<![\\p{L}\\p{N}_.@-])[\\p{L}\\p{N}_-]+(?:\\.[\\p{L}\\p{N}_-]+)+/${character()}*`,
  "giu",
);

/**
 * A text in parts: what is between the mentions, and the mentions.
 * @param {string} text of a message's tree, where code and links are apart
 * @param {{has: (key: string) => boolean}} names keys of the usernames that the message mentions
 * @returns {(string | {text: string, key: string})[]}
 */
export function split(text, names) {
  if (!AT.test(text)) return [text];
  const signs = [...text.replace(ADDRESS, (address) => "\0".repeat([...address].length))];
  const typed = [...text];
  /** @type {(string | {text: string, key: string})[]} */
  const out = [];
  let from = 0;
  for (let at = 0; at < signs.length; at += 1) {
    if (!AT.test(signs[at]) || !mayBegin(signs, at)) continue;
    const name = longest(signs, at + 1, names);
    if (!name) continue;
    if (at > from) out.push(typed.slice(from, at).join(""));
    out.push({ text: typed.slice(at, name.end).join(""), key: name.key });
    from = name.end;
    at = name.end - 1;
  }
  if (from < typed.length) out.push(typed.slice(from).join(""));
  return out;
}

/** What is being named at the end of a text, without its `@`; null: nobody. @param {string} before */
export function naming(before) {
  const match = /[@\uff20]([\p{L}\p{N}\p{Mn}\p{Mc}._+-]{0,50})$/u.exec(before);
  if (!match || before[match.index - 1] === "/") return null; // of a path
  const signs = [...before.slice(0, match.index + 1)];
  return mayBegin(signs, signs.length - 1) ? match[1] : null;
}

/** Whether a name can follow: not within a word or an address, nor after a backslash. @param {string[]} signs @param {number} at */
function mayBegin(signs, at) {
  if (at && (AT.test(signs[at - 1]) || signs[at - 1] === "\\")) return false;
  let before = at - 1;
  while (before >= 0 && "_+-%".includes(signs[before])) before -= 1;
  return before < 0 || !LETTER.test(signs[before]) || NO_SPACES.test(signs[before]);
}

/** @param {string[]} signs @param {number} start @param {{has: (key: string) => boolean}} names @returns {{key: string, end: number} | null} */
function longest(signs, start, names) {
  let end = start;
  while (end < signs.length && end - start < LONGEST && (LETTER.test(signs[end]) || SIGN.test(signs[end]))) end += 1;
  if (AT.test(signs[end] ?? "") && LETTER.test(signs[end + 1] ?? "")) return null; // an address of another server
  for (let cut = end; cut > start + 1; cut -= 1) {
    const after = signs[cut] ?? "";
    if (cut < end || end - start === LONGEST) {
      if (!after || MARK.test(after) || !(NO_SPACES.test(signs[cut - 1]) || NO_SPACES.test(after))) continue;
    }
    for (let stop = cut; stop > start + 1; stop -= 1) {
      const found = key(signs.slice(start, stop).join(""));
      if (names.has(found)) return { key: found, end: stop };
      if (!SIGN.test(signs[stop - 1])) break;
    }
  }
  return null;
}
