// @ts-check
/**
 * Formatting what is selected in the box by the signs of the Markdown that messages are written in. Pure.
 *
 * @typedef {"strong" | "em" | "del" | "code" | "link" | "quote" | "list"} Kind
 * @typedef {{start: number, end: number, by: string, from: number, to: number}} Change
 *   `by` takes the place of what is between `start` and `end`; then `from` to `to` is selected
 */

/** @type {Record<string, string>} */
const MARKS = { strong: "**", em: "*", del: "~~" };
/** What a line begins with that is no part of its words. */
const PREFIX = /^[ \t]*(?:>[ \t]?)*(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)?/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^([ \t]*)[-*+][ \t]+/;

/** @param {string} text @param {number} start @param {number} end of the selection @param {Kind} kind @returns {Change} */
export function format(text, start, end, kind) {
  if (kind === "quote")
    return lines(
      text,
      start,
      end,
      (line) => QUOTE.test(line),
      QUOTE,
      (line) => `> ${line}`,
    );
  if (kind === "list")
    return lines(
      text,
      start,
      end,
      (line) => ITEM.test(line),
      ITEM,
      (line) => line.replace(/^[ \t]*/, "$&- "),
    );
  // Blanks at the ends of a selection are not a part of what is meant, and would undo it: `**word **` is no emphasis.
  const chosen = text.slice(start, end);
  const from = start + (chosen.trim() ? chosen.length - chosen.trimStart().length : 0);
  const to = chosen.trim() ? from + chosen.trim().length : end;
  if (kind === "code") return code(text, from, to);
  if (kind === "link") return link(text, from, to);
  return marked(text, from, to, kind);
}

/** An address that was pasted onto a selection makes it a link; null: it replaces what is selected, as ever. @param {string} chosen @param {string} pasted */
export function linked(chosen, pasted) {
  const isAddress = /^https?:\/\/[^\s<>()]+$/i.test(pasted.trim());
  const isPlain = chosen.trim() && !/[[\]\n]|^https?:\/\//i.test(chosen.trim());
  return isAddress && isPlain ? `[${chosen}](${pasted.trim()})` : null;
}

/** @param {string} text @param {number} start @param {number} end @param {"strong" | "em" | "del"} kind @returns {Change} */
function marked(text, start, end, kind) {
  const mark = MARKS[kind];
  const [before, after] = [text.slice(0, start), text.slice(end)];
  const chosen = text.slice(start, end);
  const closing = after.slice(0, runOf(after));
  const isWithin = /[^\s*~]$/.test(before) && before.slice(before.lastIndexOf("\n") + 1).includes(mark);
  if (!chosen && isWithin && has(closing, closing, mark)) return replace(end, end, "", mark.length, mark.length); // out of it
  if (has(before, after, mark)) return replace(start - mark.length, end + mark.length, chosen, 0, chosen.length);
  const size = mark.length;
  const inner = chosen.slice(size, -size);
  if (
    chosen.length > 2 * size &&
    has(chosen.slice(0, runOf(chosen)), chosen.slice(chosen.length - endRunOf(chosen)), mark)
  )
    return replace(start, end, inner, 0, inner.length);
  if (!chosen.includes("\n")) return replace(start, end, mark + chosen + mark, size, size + chosen.length);
  // Emphasis ends with its paragraph: each line has its own.
  const by = chosen
    .split("\n")
    .map((line) => {
      const prefix = /** @type {string} */ (PREFIX.exec(line)?.[0]);
      const words = line.slice(prefix.length).trimEnd();
      return words ? prefix + mark + words + mark : line;
    })
    .join("\n");
  return replace(start, end, by, 0, by.length);
}

const runOf = (/** @type {string} */ text) => /^(?:\*+|~+)?/.exec(text)?.[0].length ?? 0;
const endRunOf = (/** @type {string} */ text) => /(?:\*+|~+)?$/.exec(text)?.[0].length ?? 0;

/** Whether the signs that end one text and begin the other are, or hold, such a pair: of `***` both `*` and `**`. @param {string} before @param {string} after @param {string} mark */
function has(before, after, mark) {
  const sign = mark[0];
  let [left, right] = [0, 0];
  while (before.at(-1 - left) === sign) left += 1;
  while (after[right] === sign) right += 1;
  const both = Math.min(left, right);
  return mark === "*" ? both === 1 || both > 2 : both >= 2;
}

/** @param {string} text @param {number} start @param {number} end @returns {Change} */
function code(text, start, end) {
  const chosen = text.slice(start, end);
  const longest = Math.max(0, ...(chosen.match(/`+/g) ?? []).map((run) => run.length));
  if (chosen.includes("\n")) {
    const block = /^(`{3,})\n([\s\S]*)\n\1$/.exec(chosen);
    if (block) return replace(start, end, block[2], 0, block[2].length);
    const fence = "`".repeat(Math.max(3, longest + 1));
    const open = `${start && text[start - 1] !== "\n" ? "\n" : ""}${fence}\n`;
    const close = `\n${fence}${end < text.length && text[end] !== "\n" ? "\n" : ""}`;
    return replace(start, end, open + chosen + close, open.length, open.length + chosen.length);
  }
  if (text[start - 1] === "`" && text[end] === "`" && !longest)
    return replace(start - 1, end + 1, chosen, 0, chosen.length);
  const inner = /^`([^`]+)`$/.exec(chosen)?.[1];
  if (inner) return replace(start, end, inner, 0, inner.length);
  const ticks = "`".repeat(longest + 1);
  const gap = longest ? " " : "";
  const open = ticks + gap;
  return replace(start, end, open + chosen + gap + ticks, open.length, open.length + chosen.length);
}

/** @param {string} text @param {number} start @param {number} end @returns {Change} */
function link(text, start, end) {
  const chosen = text.slice(start, end);
  const whole = /^\[([^\]]*)\]\([^)]*\)$/.exec(chosen);
  if (whole) return replace(start, end, whole[1], 0, whole[1].length);
  if (/^(?:https?:\/\/|mailto:|www\.)\S+$/i.test(chosen)) return replace(start, end, `[](${chosen})`, 1, 1);
  const at = chosen ? chosen.length + 3 : 1;
  return replace(start, end, `[${chosen}]()`, at, at);
}

/** The signs at the beginning of each line: away if all have them, else there. @param {string} text @param {number} start @param {number} end @param {(line: string) => boolean} isOne @param {RegExp} sign @param {(line: string) => string} make @returns {Change} */
function lines(text, start, end, isOne, sign, make) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", end > start && text[end - 1] === "\n" ? end - 1 : end);
  const to = next < 0 ? text.length : next;
  const all = text.slice(from, to).split("\n");
  const areAll = all.every(isOne);
  const by = all.map((line) =>
    areAll ? line.replace(sign, sign === ITEM ? "$1" : "") : isOne(line) ? line : make(line),
  );
  const whole = by.join("\n");
  return replace(from, to, whole, start === end ? whole.length : 0, whole.length);
}

/** @param {number} start @param {number} end @param {string} by @param {number} from within it @param {number} to @returns {Change} */
const replace = (start, end, by, from, to) => ({ start, end, by, from: start + from, to: start + to });
