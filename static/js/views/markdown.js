// @ts-check
/** Draws the tree of `markdown.js` as nodes: never a string of HTML. */

import { parse } from "chat/markdown.js";
import { html } from "chat/ui.js";

/** @typedef {import("../markdown.js").Node} Node */

const MENTION = /(?<![\p{L}\p{N}_@])@([\p{L}\p{N}_.+-]{2,50})/gu;
const EMOJI_ONLY =
  /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|\p{Emoji_Modifier})*\s*){1,3}$/u;

/** @param {{text: string, names?: Map<string, boolean>}} props `names`: lower-case usernames that are mentioned, and whether each is oneself */
export function Markdown({ text, names }) {
  const big = EMOJI_ONLY.test(text);
  return html`<div class=${big ? "prose prose-emoji" : "prose"}>${nodes(parse(text), names)}</div>`;
}

/** @param {Node[]} list @param {Map<string, boolean>} [names] @returns {any[]} */
function nodes(list, names) {
  return list.map((node) => draw(node, names));
}

/** @param {Node} node @param {Map<string, boolean>} [names] @returns {any} */
function draw(node, names) {
  switch (node.type) {
    case "text":
      return names?.size ? mentions(node.text, names) : node.text;
    case "break":
      return html`<br />`;
    case "code":
      return html`<code dir="ltr">${node.text}</code>`;
    case "block":
      return html`<pre dir="ltr" tabindex="0"><code>${node.text}</code></pre>`;
    case "strong":
      return html`<strong>${nodes(node.children, names)}</strong>`;
    case "em":
      return html`<em>${nodes(node.children, names)}</em>`;
    case "link":
      return html`<a href=${node.href} target="_blank" rel="noopener noreferrer nofollow" title=${node.href}>${nodes(node.children)}</a>`;
    case "quote":
      return html`<blockquote>${nodes(node.children, names)}</blockquote>`;
    case "list":
      return node.ordered
        ? html`<ol start=${node.start}>${nodes(node.children, names)}</ol>`
        : html`<ul>${nodes(node.children, names)}</ul>`;
    case "item":
      return html`<li dir="auto">${nodes(node.children, names)}</li>`;
    case "paragraph":
      return html`<p dir="auto">${nodes(node.children, names)}</p>`;
  }
}

/** @param {string} text @param {Map<string, boolean>} names */
function mentions(text, names) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(MENTION)) {
    const name = [match[1], match[1].replace(/[.+-]+$/, "")].find((name) => names.has(name.toLowerCase()));
    if (!name) continue;
    const end = match.index + 1 + name.length;
    out.push(text.slice(from, match.index));
    out.push(
      html`<span class="mention" data-me=${names.get(name.toLowerCase())}>${text.slice(match.index, end)}</span>`,
    );
    from = end;
  }
  out.push(text.slice(from));
  return out;
}
