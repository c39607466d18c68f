// @ts-check
/**
 * Bold, italic, struck, code and links within a paragraph: the algorithm of CommonMark (appendix, "An algorithm for
 * parsing nested emphasis and links"), which looks at each sign a fixed number of times. What differs is what people
 * write in chats: a backslash stays as typed and only takes the next sign its meaning, `2*3*4` and `snake_case` are no
 * emphasis, East Asian text needs no spaces around it.
 *
 * @typedef {import("./markdown.js").Node} Node
 * @typedef {import("./markdown.js").Budget} Budget
 * @typedef {"strong" | "em" | "del"} Kind
 *
 * @typedef {object} Run stars, underscores or tildes in a row
 * @property {string} sign
 * @property {number} length as typed
 * @property {number} left of these, those that nothing was made of
 * @property {number} position among all runs
 * @property {boolean} opens
 * @property {boolean} closes
 * @property {Kind[]} opened from the inside out
 * @property {Kind[]} closed from the inside out
 * @property {Run | null} before
 * @property {Run | null} after
 *
 * @typedef {{open: string}} Open the address of a link that begins
 * @typedef {{close: string}} Close of a link that ends, as typed
 * @typedef {string | Run | Open | Close | {node: Node}} Part
 */
import { addresses, safeLink } from "chat/text.js";

const SPECIAL = /[\\`*_~[\]!<\n]/g;
const ESCAPED = /[!-/:-@[-`{-~]/;
const ANGLE = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
/** What follows the text of a link: `(address "title")`. The signs of an address are told apart one by one. */
const TITLE = /[ \n]+(?:"[^"]*"|'[^']*'|\([^()]*\))/y;
const SPACES = /[ \n]*/y;
/** Brackets within an address, as in CommonMark's own reader. */
const BRACKETS = 32;

const PUNCTUATION = /[\p{P}\p{S}]/u;
const SPACE = /\s/;
const WORD = /[\p{L}\p{N}\p{M}]/u;
const EAST_ASIAN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303f\uff00-\uffef]/u;

/** @param {string} text @param {number} depth how deep it stands already @param {Budget} budget @returns {Node[]} */
export function spans(text, depth, budget) {
  const { parts, last } = read(text);
  pair(last, null);
  return build(parts, depth, budget);
}

/** The text in parts, its links found. @param {string} text */
function read(text) {
  /** @type {Part[]} */
  const parts = [];
  /** @type {Run | null} */
  let last = null;
  /** @type {{part: number, from: number, last: Run | null, isImage: boolean, address: number}[]} */
  let brackets = [];
  const found = addresses(text);
  const codes = codeEnds(text);
  let address = 0;
  let from = 0; // what is read but not yet in a part begins here
  let at = 0;

  const flush = (/** @type {number} */ end) => {
    if (end > from) parts.push(text.slice(from, end));
  };
  const skip = (/** @type {number} */ end) => {
    at = from = end;
    while (address < found.length && found[address].start < at) address += 1;
  };

  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    const link = found[address];
    if (link && link.start <= next) {
      flush(link.start);
      parts.push({ node: { type: "link", href: link.href, children: [{ type: "text", text: link.shown }] } });
      skip(link.end);
      continue;
    }
    if (next === text.length) break;
    const sign = text[next];
    at = next + 1;
    if (sign === "\n") {
      flush(next);
      parts.push({ node: { type: "break" } });
      skip(at);
    } else if (sign === "\\") {
      if (ESCAPED.test(text[at] ?? "")) at += 1;
    } else if (sign === "`") {
      const [begin, end] = codes(next);
      at = begin;
      if (end < 0) continue;
      flush(next);
      parts.push({ node: { type: "code", text: codeText(text.slice(begin, end)) } });
      skip(end + begin - next);
    } else if (sign === "<") {
      ANGLE.lastIndex = next;
      const match = ANGLE.exec(text);
      const href = match && safeLink(match[1]);
      if (!match || !href) continue;
      flush(next);
      parts.push({ node: { type: "link", href, children: [{ type: "text", text: match[1] }] } });
      skip(next + match[0].length);
    } else if (sign === "!") {
      if (text[at] !== "[") continue;
      brackets.push({ part: -1, from: 0, last, isImage: true, address });
      at += 1;
    } else if (sign === "[") {
      flush(next);
      parts.push("[");
      brackets.push({ part: parts.length - 1, from: at, last, isImage: false, address });
      from = at;
    } else if (sign === "]") {
      const opener = brackets.pop();
      const target = opener && !opener.isImage && text[at] === "(" ? destination(text, at) : null;
      if (!opener || !target) continue;
      const label = text.slice(opener.from, next);
      const href = safeLink(target.href);
      const others = found.slice(opener.address, address);
      if (
        !href ||
        !/[^\s\p{Default_Ignorable_Code_Point}]/u.test(label) ||
        others.some((one) => isElsewhere(one.href, href))
      ) {
        at = target.end; // as typed, all of it
        brackets = [];
        while (address < found.length && found[address].start < at) address += 1;
        continue;
      }
      flush(next);
      parts[opener.part] = { open: href };
      parts.push({ close: text.slice(next, target.end) });
      pair(last, opener.last);
      last = opener.last;
      if (last) last.after = null;
      brackets = []; // a link stands in no other
      skip(target.end);
    } else {
      let end = at;
      while (text[end] === sign) end += 1;
      const run = look(text, next, end);
      at = end;
      if (!run) continue;
      flush(next);
      run.before = last;
      run.position = (last?.position ?? 0) + 1;
      if (last) last.after = run;
      last = run;
      parts.push(run);
      from = at;
    }
  }
  flush(text.length);
  return { parts, last };
}

/** Whether two addresses lead to different hosts: what reads like one place must not lead to another. @param {string} a @param {string} b */
const isElsewhere = (a, b) => new URL(a).host.replace(/^www\./, "") !== new URL(b).host.replace(/^www\./, "");

/** For backticks at a position: where they end, and where as many stand again, or -1. Asked from left to right. @param {string} text */
function codeEnds(text) {
  /** @type {Map<number, number[]> | null} by length, the places from right to left */
  let places = null;
  return (/** @type {number} */ start) => {
    if (!places) {
      places = new Map();
      for (const { 0: ticks, index } of [...text.matchAll(/`+/g)].reverse()) {
        const same = places.get(ticks.length);
        if (same) same.push(index);
        else places.set(ticks.length, [index]);
      }
    }
    let begin = start;
    while (text[begin] === "`") begin += 1;
    const same = places.get(begin - start) ?? [];
    while (same.length && same[same.length - 1] < begin) same.pop();
    return [begin, same.at(-1) ?? -1];
  };
}

/** A blank at both ends is there to keep backticks apart. @param {string} text */
const codeText = (text) => (/^ .* $/s.test(text) && text.trim() ? text.slice(1, -1) : text);

/** The address behind the text of a link. @param {string} text @param {number} start of the bracket */
function destination(text, start) {
  SPACES.lastIndex = start + 1;
  SPACES.exec(text);
  const from = SPACES.lastIndex;
  let at = from;
  let href;
  if (text[at] === "<") {
    const line = text.indexOf("\n", at);
    at = text.indexOf(">", at);
    if (at < 0 || (line >= 0 && line < at)) return null;
    href = text.slice(from + 1, at);
    at += 1;
  } else {
    let depth = 0;
    for (; at < text.length && !SPACE.test(text[at]); at += 1) {
      if (text[at] === "(") depth += 1;
      else if (text[at] === ")") {
        if (!depth) break;
        depth -= 1;
      }
      if (depth > BRACKETS) return null;
    }
    href = text.slice(from, at);
  }
  TITLE.lastIndex = at;
  if (TITLE.test(text)) at = TITLE.lastIndex;
  SPACES.lastIndex = at;
  SPACES.exec(text);
  at = SPACES.lastIndex;
  return text[at] === ")" ? { href, end: at + 1 } : null;
}

/** What stars, underscores or tildes can do where they stand; null: nothing. @param {string} text @param {number} start @param {number} end @returns {Run | null} */
function look(text, start, end) {
  const sign = text[start];
  const length = end - start;
  if (sign === "~" && length !== 2) return null;
  const before = start ? lastOf(text, start) : "\n";
  const after = end < text.length ? String.fromCodePoint(text.codePointAt(end) ?? 10) : "\n";
  const isAsian = EAST_ASIAN.test(before) || EAST_ASIAN.test(after);
  const [wordBefore, wordAfter] = [WORD.test(before), WORD.test(after)];
  if (sign !== "~" && /\p{N}/u.test(before) && /\p{N}/u.test(after)) return null;
  const [stopBefore, stopAfter] = [PUNCTUATION.test(before), PUNCTUATION.test(after)];
  const [looseBefore, looseAfter] = [
    SPACE.test(before) || stopBefore || isAsian,
    SPACE.test(after) || stopAfter || isAsian,
  ];
  const left = !SPACE.test(after) && (!stopAfter || looseBefore);
  const right = !SPACE.test(before) && (!stopBefore || looseAfter);
  let opens = left;
  let closes = right;
  if (sign === "_") {
    opens = left && (!right || stopBefore);
    closes = right && (!left || stopAfter);
  } else if (sign === "*" && length === 1 && wordBefore && wordAfter && !isAsian) opens = false;
  if (!opens && !closes) return null;
  return { sign, length, left: length, position: 0, opens, closes, opened: [], closed: [], before: null, after: null };
}

/** The character in front of a position, whole. @param {string} text @param {number} at */
function lastOf(text, at) {
  const code = text.charCodeAt(at - 1);
  return code >= 0xdc00 && code <= 0xdfff ? text.slice(Math.max(0, at - 2), at) : text[at - 1];
}

/** Find what belongs together among the runs between `bottom` (not included) and `last`. @param {Run | null} last @param {Run | null} bottom */
function pair(last, bottom) {
  /** @type {Map<string, number>} below this position there is nothing to find for runs like that one */
  const floors = new Map();
  if (last === bottom) return;
  let closer = last;
  while (closer && closer.before !== bottom) closer = closer.before;
  while (closer) {
    if (!closer.closes) {
      closer = closer.after;
      continue;
    }
    const like = `${closer.sign}${closer.opens}${closer.length % 3}`;
    const floor = floors.get(like) ?? 0;
    let opener = closer.before;
    while (opener && opener !== bottom && opener.position >= floor && !fits(opener, closer)) opener = opener.before;
    if (!opener || opener === bottom || opener.position < floor) {
      floors.set(like, closer.position);
      const next = closer.after;
      if (!closer.opens) remove(closer);
      closer = next;
      continue;
    }
    const count = closer.sign === "~" || (opener.left > 1 && closer.left > 1) ? 2 : 1;
    const kind = closer.sign === "~" ? "del" : count === 2 ? "strong" : "em";
    opener.opened.push(kind);
    closer.closed.push(kind);
    opener.left -= count;
    closer.left -= count;
    opener.after = closer;
    closer.before = opener;
    if (!opener.left) remove(opener);
    if (!closer.left) {
      const next = closer.after;
      remove(closer);
      closer = next;
    }
  }
}

/** @param {Run} opener @param {Run} closer */
function fits(opener, closer) {
  if (!opener.opens || opener.sign !== closer.sign) return false;
  const isEither = opener.closes || closer.opens;
  return !isEither || (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0);
}

/** @param {Run} run */
function remove(run) {
  if (run.before) run.before.after = run.after;
  if (run.after) run.after.before = run.before;
}

const MARKS = { em: 1, strong: 2, del: 2 };

/** The tree. What goes too deep, or is too much, stays as typed. @param {Part[]} parts @param {number} depth @param {Budget} budget @returns {Node[]} */
function build(parts, depth, budget) {
  /** @type {Node[]} */
  const root = [];
  /** @type {{children: Node[], node: any, mark: string}[]} */
  const stack = [{ children: root, node: null, mark: "" }];
  let isLink = false;

  const write = (/** @type {string} */ text) => {
    const { children } = stack[stack.length - 1];
    const last = children[children.length - 1];
    if (last?.type === "text") last.text += text;
    else if (text) children.push({ type: "text", text });
  };
  /** @param {any} node @param {string} mark what stands there if there is no room for it */
  const open = (node, mark) => {
    const top = stack[stack.length - 1];
    if (depth + stack.length > budget.deepest || !spend(budget)) {
      write(mark);
      stack.push({ children: top.children, node: null, mark });
    } else {
      top.children.push(node);
      stack.push({ children: node.children, node, mark });
    }
  };
  const close = (/** @type {string} */ mark) => {
    const top = stack.pop();
    if (top && !top.node) write(mark);
    return top?.node;
  };

  for (const part of parts) {
    if (typeof part === "string") write(part);
    else if ("node" in part) {
      const { node } = part;
      if (node.type === "link" && isLink) write(asText(node));
      else if (spend(budget)) stack[stack.length - 1].children.push(node);
      else write(asText(node));
    } else if ("open" in part) {
      open({ type: "link", href: part.open, children: [] }, "[");
      isLink = true;
    } else if ("close" in part) {
      close(part.close);
      isLink = false;
    } else {
      for (const kind of part.closed) close(part.sign.repeat(MARKS[kind]));
      write(part.sign.repeat(part.left));
      for (const kind of part.opened.reverse()) open({ type: kind, children: [] }, part.sign.repeat(MARKS[kind]));
    }
  }
  return root;
}

/** @param {Budget} budget @returns {boolean} whether there was something left */
function spend(budget) {
  budget.left -= 1;
  return budget.left >= 0;
}

/** A leaf without its look. @param {Node} node @returns {string} */
function asText(node) {
  if (node.type === "break") return "\n";
  return "text" in node ? node.text : node.children.map(asText).join("");
}
