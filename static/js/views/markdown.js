// @ts-check
/** The text of a message: the tree of markdown.js as nodes, never a string of HTML. */

import { placeOf } from "chat/api.js";
import { parse } from "chat/markdown.js";
import * as screen from "chat/screen.js";
import { split } from "chat/text.js";
import { html } from "chat/ui.js";
import { useMemo } from "preact/hooks";

/** @typedef {import("../markdown.js").Node} Node */

const NOWHERE = { chat: null, seq: null };

/** One emoji: a flag, a key with a number, or a picture with its skin, hair and company (UTS #51, ED-13 to ED-17). */
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:[\u{E0020}-\u{E007E}]+\u{E007F})?`;
const EMOJI = String.raw`(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|${PICTURE}(?:\u200D${PICTURE})*)`;
/** So many and nothing else are drawn big. */
const EMOJI_ONLY = new RegExp(String.raw`^\s*(?:${EMOJI}\s*){1,10}$`, "u");

/** @param {{text: string, names?: Map<string, boolean>}} props `names`: keys of usernames that are mentioned, and whether each is oneself */
export function Markdown({ text, names }) {
  const marked = names ? [...names].join() : "";
  // The same nodes from drawing to drawing: nothing in them is compared again while only what stands around changes.
  const drawn = useMemo(
    () =>
      EMOJI_ONLY.test(text)
        ? html`<div class="prose prose-emoji"><p dir="auto">${text}</p></div>`
        : html`<div class="prose">${nodes(parse(text), names)}</div>`,
    [text, marked],
  );
  return drawn;
}

/** @param {Node[]} list @param {Map<string, boolean>} [names] @returns {any[]} */
function nodes(list, names) {
  return list.map((node) => draw(node, names));
}

/** The text's own direction, once it is all there: before that Chromium looks through all of it at each part that comes. */
const either = (/** @type {HTMLElement | null} */ element) => element?.setAttribute("dir", "auto");

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
    case "del":
      return html`<del>${nodes(node.children, names)}</del>`;
    case "em":
      return html`<em>${nodes(node.children, names)}</em>`;
    case "link":
      return html`<a href=${node.href} title=${node.href} ...${leads(node.href)}>${nodes(node.children)}</a>`;
    case "quote":
      return html`<blockquote>${nodes(node.children, names)}</blockquote>`;
    case "list":
      return node.ordered
        ? html`<ol start=${node.start}>${nodes(node.children, names)}</ol>`
        : html`<ul>${nodes(node.children, names)}</ul>`;
    case "item":
      return html`<li ref=${either}>${nodes(node.children, names)}</li>`;
    case "paragraph":
      return html`<p ref=${either}>${nodes(node.children, names)}</p>`;
  }
}

/** Where on this server a link leads. @param {string} href @returns {import("../api.js").Place} */
function placeIn(href) {
  if (!href.startsWith(`${location.origin}/`)) return NOWHERE;
  const [path, query] = href.slice(location.origin.length).replace(/#.*/, "").split("?");
  return placeOf(path, query);
}

/** How a link opens: a chat or message of this server in this page, anything else in a tab of its own. @param {string} href */
function leads(href) {
  const { chat, seq } = placeIn(href);
  if (!chat) return { target: "_blank", rel: "noopener noreferrer nofollow" };
  return {
    onClick: (/** @type {MouseEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      screen.go(chat, seq);
    },
  };
}

/** @param {string} text @param {Map<string, boolean>} names */
function mentions(text, names) {
  return split(text, names).map((part) =>
    typeof part === "string"
      ? part
      : html`<span class="mention" role="button" tabindex="0" aria-haspopup="dialog" data-me=${names.get(part.key)}>${part.text}</span>`,
  );
}
