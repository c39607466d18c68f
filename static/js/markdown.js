// @ts-check
/**
 * A message's text as a small tree: bold, italic, code, block, quote, list, link. Whatever else looks like Markdown or
 * HTML stays as it was typed. No HTML is ever made: `views/markdown.js` draws the tree as nodes.
 *
 * @typedef {{type: "text", text: string}} Text
 * @typedef {{type: "break"}} Break
 * @typedef {{type: "code" | "block", text: string}} Code
 * @typedef {{type: "link", href: string, children: Node[]}} Link
 * @typedef {{type: "strong" | "em" | "paragraph" | "quote" | "item", children: Node[]}} Box
 * @typedef {{type: "list", ordered: boolean, start: number, children: Node[]}} List
 * @typedef {Text | Break | Code | Link | Box | List} Node
 */
import { Lexer, Marked } from "marked";

const nothing = () => undefined;

// What is not in the list above is not recognised in the first place.
const marked = new Marked({
  gfm: true,
  breaks: true,
  tokenizer: /** @type {any} */ ({
    heading: nothing,
    lheading: nothing,
    hr: nothing,
    html: nothing,
    tag: nothing,
    table: nothing,
    def: nothing,
    code: nothing, // indented; fenced blocks have a rule of their own
    reflink: nothing,
    del: nothing,
  }),
});

/** The deepest nesting that is drawn; beyond it text stays as typed. */
const DEEPEST = 12;

/** @param {string} text @returns {Node[]} */
export function parse(text) {
  try {
    return blocks(new Lexer(marked.defaults).lex(text), 0);
  } catch {
    return [{ type: "paragraph", children: [{ type: "text", text }] }];
  }
}

/** @param {any[]} tokens @param {number} depth @returns {Node[]} */
function blocks(tokens, depth) {
  /** @type {Node[]} */
  const out = [];
  for (const token of tokens) {
    const node = block(token, depth);
    if (node) out.push(node);
  }
  return out;
}

/** @param {any} token @param {number} depth @returns {Node | null} */
function block(token, depth) {
  if (depth > DEEPEST) return paragraph(token.raw);
  switch (token.type) {
    case "space":
      return null;
    case "code":
      return { type: "block", text: token.text };
    case "blockquote":
      return { type: "quote", children: blocks(token.tokens, depth + 1) };
    case "list":
      return {
        type: "list",
        ordered: token.ordered,
        start: Number(token.start) || 1,
        children: token.items.map((/** @type {any} */ item) => ({ type: "item", children: items(item, depth + 1) })),
      };
    case "paragraph":
    case "text":
      return { type: "paragraph", children: token.tokens ? inline(token.tokens, depth + 1) : [plain(token.raw)] };
    default:
      return paragraph(token.raw);
  }
}

/** What stands in an item of a list; a box to tick stays as typed. @param {any} item @param {number} depth */
function items(item, depth) {
  const children = blocks(
    item.tokens.filter((/** @type {any} */ token) => token.type !== "checkbox"),
    depth,
  );
  if (item.task) {
    const box = plain(item.checked ? "[x] " : "[ ] ");
    const first = children[0];
    if (first?.type === "paragraph") first.children.unshift(box);
    else children.unshift({ type: "paragraph", children: [box] });
  }
  return children;
}

/** @param {any[]} tokens @param {number} depth @returns {Node[]} */
function inline(tokens, depth) {
  /** @type {Node[]} */
  const out = [];
  for (const token of tokens) {
    const node = span(token, depth);
    const last = out[out.length - 1];
    if (node.type === "text" && last?.type === "text") last.text += node.text;
    else out.push(node);
  }
  return out;
}

/** @param {any} token @param {number} depth @returns {Node} */
function span(token, depth) {
  if (depth > DEEPEST) return plain(token.raw);
  switch (token.type) {
    case "escape":
      return plain(token.text);
    case "br":
      return { type: "break" };
    case "strong":
    case "em":
      return { type: token.type, children: inline(token.tokens, depth + 1) };
    case "codespan":
      return { type: "code", text: token.text };
    case "link": {
      const href = safeLink(token.href);
      return href ? { type: "link", href, children: inline(token.tokens, depth + 1) } : plain(token.raw);
    }
    case "text":
      return token.tokens ? { type: "paragraph", children: inline(token.tokens, depth + 1) } : plain(token.raw);
    default:
      return plain(token.raw);
  }
}

/** @param {string} text @returns {Text} */
const plain = (text) => ({ type: "text", text });

/** @param {string} text @returns {Box} */
const paragraph = (text) => ({ type: "paragraph", children: [plain(text.replace(/\n+$/, ""))] });

/** An address that may be followed, or null: only whole ones of the web and of mail. @param {string} href */
export function safeLink(href) {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return null;
  try {
    const url = new URL(href);
    return ["http:", "https:", "mailto:"].includes(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

/** The text alone, for a line in the list, a quote, a notification. @param {string} text */
export function flat(text) {
  return text
    .replace(/```\w*\n?|`/g, "")
    .replace(/(^|[^\p{L}\p{N}])(\*\*|__|\*|_)(\S(?:.*?\S)?)\2(?![\p{L}\p{N}])/gu, "$1$3")
    .replace(/^\s*>\s?/gm, "")
    .replace(/\[([^\]]*)\]\([^)\s]*\)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}
