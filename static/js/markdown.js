// @ts-check
/**
 * A message's text as a small tree: bold, italic, struck, code, block, quote, list, link. Whatever else looks like
 * Markdown or HTML stays as it was typed. No HTML is ever made: `views/message.js` draws the tree as nodes.
 *
 * The work grows with the length of the text, whatever it is: each line is read once for each level of quotes and
 * lists around it (DEEPEST at most), each sign within a paragraph a fixed number of times.
 *
 * @typedef {{type: "text", text: string}} Text
 * @typedef {{type: "break"}} Break
 * @typedef {{type: "code", text: string} | {type: "block", text: string, language?: string}} Code
 * @typedef {{type: "link", href: string, children: Node[]}} Link
 * @typedef {{type: "strong" | "em" | "del" | "paragraph" | "quote" | "item", children: Node[]}} Box
 * @typedef {{type: "list", ordered: boolean, start: number, children: Node[]}} List
 * @typedef {Text | Break | Code | Link | Box | List} Node
 *
 * @typedef {{left: number, deepest: number}} Budget `left`: so many more elements may be made
 */
import { spans } from "chat/inline.js";

export { safeLink } from "chat/text.js";

/** The deepest nesting that is drawn; beyond it text stays as typed. */
const DEEPEST = 12;
/** So many elements a message may have, and then its text stays as typed: a page with 300 messages has to draw them all. */
const MOST = 1000;
/** A block of code, with its button, counts for as many more. */
const BLOCK = 4;
/** So many messages are kept taken apart: those of a full window, and as many around it. */
const KEPT = 600;

const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})\s*(.*)$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])(?:([ \t]+)(?=\S)|[ \t]*$)/;
/** Three and more signs alone in a line are no list. */
const RULE = /^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,})$/;
const BLANK = /^\s*$/;
/** What may stand behind a fence: the name of a language. Anything else is a first line. */
const LANGUAGE = /^[\p{L}\p{N}+#.-]*$/u;

/** @type {Map<string, Node[]>} the last ones asked for come last */
const kept = new Map();

/** @param {string} text @returns {Node[]} the same object for the same text */
export function parse(text) {
  const known = kept.get(text);
  const tree = known ?? blocksOf(text);
  if (known) kept.delete(text);
  else if (kept.size >= KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  kept.set(text, tree);
  return tree;
}

/** The same, read anew. @param {string} text @returns {Node[]} */
export function blocksOf(text) {
  return blocks(text.replace(/\r\n?/g, "\n").split("\n"), 0, { left: MOST, deepest: DEEPEST });
}

/** Stands for the cursor; nobody types it. */
const CURSOR = "\uf8ff";

/** Whether what is written at a place stands in code, or will with the backticks that are still to come. @param {string} text @param {number} at */
export function isCode(text, at) {
  if (!/[`~]/.test(text)) return false;
  const before = text.slice(0, at);
  const ends = [text.slice(at), ...new Set(before.match(/`+/g))];
  return ends.some((end) => hasCursor(blocksOf(before + CURSOR + end)));
}

/** @param {Node[]} nodes @returns {boolean} whether the cursor is in code */
function hasCursor(nodes) {
  return nodes.some((node) => {
    if (node.type === "code" || node.type === "block") return node.text.includes(CURSOR);
    return "children" in node && hasCursor(node.children);
  });
}

/** @param {string[]} lines @param {number} depth @param {Budget} budget @returns {Node[]} */
function blocks(lines, depth, budget) {
  /** @type {Node[]} */
  const out = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (BLANK.test(line)) {
      at += 1;
      continue;
    }
    budget.left -= 1;
    if (budget.left < 0 || depth > budget.deepest) {
      out.push(asTyped(lines.slice(at)));
      break;
    }
    const end =
      fenced(lines, at, out, budget) || quoted(lines, at, out, depth, budget) || listed(lines, at, out, depth, budget);
    if (end) {
      at = end;
      continue;
    }
    const from = at;
    do at += 1;
    while (at < lines.length && !BLANK.test(lines[at]) && !interrupts(lines[at]));
    const text = lines.slice(from, at).join("\n");
    out.push({ type: "paragraph", children: spans(text, depth + 1, budget) });
  }
  return out;
}

/** Whether a line ends the paragraph above it. @param {string} line */
function interrupts(line) {
  if (FENCE.test(line) || QUOTE.test(line)) return true;
  const item = itemOf(line, false);
  return item !== null && item.indent < 4 && item.sign.length <= 4;
}

/** @param {string[]} lines @returns {Box} */
const asTyped = (lines) => ({ type: "paragraph", children: [{ type: "text", text: lines.join("\n").trimEnd() }] });

/** A block of code that begins at a line; gives where it ends, 0 if none begins. @param {string[]} lines @param {number} at @param {Node[]} out @param {Budget} budget */
function fenced(lines, at, out, budget) {
  const fence = FENCE.exec(lines[at]);
  if (!fence) return 0;
  const [, indent, marks, info] = fence;
  const isFence = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}\\s*$`);
  const isEnd = (/** @type {string} */ line) =>
    line.trimEnd().endsWith(marks) && (marks[0] === "`" || isFence.test(line));
  let end = at + 1;
  while (end < lines.length && !isEnd(lines[end])) end += 1;
  const code = lines.slice(at + 1, end).map((line) => strip(line, indent.length));
  // People put the last marks behind the last line, too.
  if (end < lines.length && !isFence.test(lines[end])) code.push(lines[end].trimEnd().replace(/`+$/, ""));
  const isNamed = LANGUAGE.test(info.trim()) && code.some((line) => !BLANK.test(line));
  if (!isNamed) code.unshift(info);
  const text = code.join("\n");
  if (BLANK.test(text)) return 0; // nothing but marks: they stay as typed
  budget.left -= BLOCK;
  const language = isNamed && info.trim().toLowerCase();
  out.push(language ? { type: "block", text, language } : { type: "block", text });
  return Math.min(end + 1, lines.length);
}

/** @param {string[]} lines @param {number} at @param {Node[]} out @param {number} depth @param {Budget} budget */
function quoted(lines, at, out, depth, budget) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  if (end === at) return 0;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  const isEmpty = inner.every((line) => BLANK.test(line));
  out.push(isEmpty ? asTyped(lines.slice(at, end)) : { type: "quote", children: blocks(inner, depth + 1, budget) });
  return end;
}

/**
 * @typedef {{indent: number, sign: string, kind: string, content: number}} Item `content`: where its text begins
 * @param {string} line @param {boolean} mayBeEmpty @returns {Item | null}
 */
function itemOf(line, mayBeEmpty) {
  const match = ITEM.exec(line);
  if (!match || RULE.test(line)) return null;
  const [whole, before, sign, space] = match;
  if (space === undefined && !mayBeEmpty) return null;
  const indent = width(before);
  return { indent, sign, kind: sign.slice(-1), content: whole.length - Math.max(0, (space?.length ?? 0) - 4) };
}

/** @param {string[]} lines @param {number} at @param {Node[]} out @param {number} depth @param {Budget} budget */
function listed(lines, at, out, depth, budget) {
  const first = itemOf(lines[at], false);
  if (!first) return 0;
  const ordered = /\d/.test(first.sign);
  /** @type {Node[]} */
  const children = [];
  let end = at;
  for (let item = first; ; ) {
    const start = end;
    const inside = Math.min(first.indent + 2, item.indent + item.sign.length + 1);
    end += 1;
    for (;;) {
      let next = end;
      while (next < lines.length && BLANK.test(lines[next])) next += 1;
      if (next >= lines.length || width(/^[ \t]*/.exec(lines[next])?.[0] ?? "") < inside) break;
      end = next + 1;
    }
    const inner = [
      lines[start].slice(item.content),
      ...lines.slice(start + 1, end).map((line) => strip(line, item.indent + item.sign.length + 1)),
    ];
    budget.left -= 1;
    children.push({ type: "item", children: blocks(inner, depth + 1, budget) });
    let next = end;
    while (next < lines.length && BLANK.test(lines[next])) next += 1;
    const following = next < lines.length ? itemOf(lines[next], next === end) : null;
    if (!following || following.kind !== first.kind || budget.left < 0) break;
    item = following;
    end = next;
  }
  out.push({ type: "list", ordered, start: ordered ? Number.parseInt(first.sign, 10) : 1, children });
  return end;
}

/** Columns of blanks; a tab is as wide as four. @param {string} blanks */
const width = (blanks) => blanks.length + 3 * (blanks.split("\t").length - 1);

/** A line without so many columns of blanks in front. @param {string} line @param {number} columns */
function strip(line, columns) {
  let at = 0;
  for (let left = columns; left > 0 && (line[at] === " " || line[at] === "\t"); at += 1)
    left -= line[at] === "\t" ? 4 : 1;
  return line.slice(at);
}

// ---------------------------------------------------------------- the text alone

/** The text alone, in one line: for the list, a quote, a notification. @param {string} text */
export function flat(text) {
  /** @type {string[]} */
  const out = [];
  write(parse(text), out);
  return out.join("").replace(/\s+/g, " ").trim();
}

/** @param {Node[]} nodes @param {string[]} out */
function write(nodes, out) {
  for (const node of nodes) {
    if (node.type === "break") out.push(" ");
    else if ("text" in node) out.push(node.text);
    else if (node.type === "list")
      node.children.forEach((item, index) => {
        out.push(node.ordered ? ` ${node.start + index}. ` : " - ");
        write([item], out);
      });
    else write(node.children, out);
    if (["paragraph", "block"].includes(node.type)) out.push(" ");
  }
}
