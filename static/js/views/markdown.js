// @ts-check
/** The text of a message: the tree of markdown.js as nodes, never a string of HTML. */

import { placeOf, url } from "chat/api.js";
import { load } from "chat/browser.js";
import { t } from "chat/i18n.js";
import { parse } from "chat/markdown.js";
import { byName, splitRooms } from "chat/roomnames.js";
import * as screen from "chat/screen.js";
import { split } from "chat/text.js";
import { html, IconButton } from "chat/ui.js";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

/** @typedef {import("../markdown.js").Node} Node */
/** @typedef {{isMe: boolean, hasCard: boolean}} Named a name that a text mentions: oneself is meant, and it is that of a person or a group (not of all) */
/** @typedef {{names?: Map<string, Named>, rooms: Map<string, import("../roomnames.js").Room | null> | null}} Known whom and which rooms a text may name */

const NOWHERE = { chat: null, seq: null };

/** One emoji: a flag, a key with a number, or a picture with its skin, hair and company (UTS #51, ED-13 to ED-17). */
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:[\u{E0020}-\u{E007E}]+\u{E007F})?`;
const EMOJI = String.raw`(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|${PICTURE}(?:\u200D${PICTURE})*)`;
/** So many and nothing else are drawn big. */
const EMOJI_ONLY = new RegExp(String.raw`^\s*(?:${EMOJI}\s*){1,10}$`, "u");

/** @param {{text: string, names?: Map<string, Named>}} props `names`: by the keys of the names that are mentioned */
export function Markdown({ text, names }) {
  const rooms = text.includes("#") ? byName.value : null;
  const marked = names ? JSON.stringify([...names]) : "";
  // The same nodes from drawing to drawing: nothing in them is compared again while only what stands around changes.
  const drawn = useMemo(
    () =>
      EMOJI_ONLY.test(text)
        ? html`<div class="prose prose-emoji"><p dir="auto">${text}</p></div>`
        : html`<div class="prose">${nodes(parse(text), { names, rooms })}</div>`,
    [text, marked, rooms],
  );
  return drawn;
}

/** @param {Node[]} list @param {Known} [known] @returns {any[]} */
function nodes(list, known) {
  return list.map((node) => draw(node, known));
}

/** The text's own direction, once it is all there: before that Chromium looks through all of it at each part that comes. */
const either = (/** @type {HTMLElement | null} */ element) => element?.setAttribute("dir", "auto");

/** @param {Node} node @param {Known} [known] @returns {any} */
function draw(node, known) {
  switch (node.type) {
    case "text":
      return known ? named(node.text, known) : node.text;
    case "break":
      return html`<br />`;
    case "code":
      return html`<code dir="ltr">${node.text}</code>`;
    case "block":
      return html`<${Block} text=${node.text} language=${node.language} />`;
    case "strong":
      return html`<strong>${nodes(node.children, known)}</strong>`;
    case "del":
      return html`<del>${nodes(node.children, known)}</del>`;
    case "em":
      return html`<em>${nodes(node.children, known)}</em>`;
    case "link":
      return html`<a href=${node.href} title=${node.href} ...${leads(node.href)}>${nodes(node.children)}</a>`;
    case "quote":
      return html`<blockquote>${nodes(node.children, known)}</blockquote>`;
    case "list":
      return node.ordered
        ? html`<ol start=${node.start}>${nodes(node.children, known)}</ol>`
        : html`<ul>${nodes(node.children, known)}</ul>`;
    case "item":
      return html`<li ref=${either}>${nodes(node.children, known)}</li>`;
    case "paragraph":
      return html`<p ref=${either}>${nodes(node.children, known)}</p>`;
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
  return { onClick: opens(chat, seq) };
}

/** @param {string} chat @param {number | null} [seq] */
const opens =
  (chat, seq = null) =>
  (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    screen.go(chat, seq);
  };

/** People and rooms that a text names. @param {string} text @param {Known} known */
function named(text, { names, rooms }) {
  const parts = names?.size ? split(text, names) : [text];
  return parts.flatMap((part) =>
    typeof part !== "string"
      ? mention(part.text, /** @type {Named} */ (names?.get(part.key)))
      : rooms && part.includes("#")
        ? splitRooms(part, rooms).map((piece) =>
            typeof piece === "string" ? piece : html`<${RoomLink} ...${piece} />`,
          )
        : part,
  );
}

/** The name of a person or a group leads to its card (views/message.js). @param {string} text @param {Named} named */
function mention(text, { isMe, hasCard }) {
  const leads = hasCard ? { role: "button", tabindex: 0, "aria-haspopup": "dialog" } : {};
  return html`<span class="mention" data-me=${isMe} ...${leads}>${text}</span>`;
}

/** @param {{text: string, room: import("../roomnames.js").Room}} props */
function RoomLink({ text, room }) {
  return html`<a class="mention" href=${url(room.key)} title=${room.title} onClick=${opens(room.key)}>${text}</a>`;
}

/** @type {WeakMap<Element, () => void>} what to do with an element when it comes into sight */
const unseen = new WeakMap();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries)
    if (isIntersecting) {
      sight.unobserve(target);
      unseen.get(target)?.();
    }
});

/** A block of code. Its colours come when it is in sight; until then, and without them, it stands there as it is. @param {{text: string, language?: string}} props */
function Block({ text, language }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const [parts, setParts] = useState(/** @type {import("../colours.js").Parts | null} */ (null));
  useEffect(() => {
    const element = ref.current;
    if (!element || !language) return;
    let isHere = true;
    unseen.set(element, async () => {
      const module = await load("chat/colours.js").catch(() => null);
      const found = await module?.partsOf(text, language);
      if (isHere) setParts(found ?? null);
    });
    sight.observe(element);
    return () => {
      isHere = false;
      sight.unobserve(element);
      setParts(null);
    };
  }, [text, language]);
  return html`<div class="code" ref=${ref}>
    <pre dir="ltr" tabindex="0"><code>${
      parts ? parts.map(([kind, part]) => (kind ? html`<i data-kind=${kind}>${part}</i>` : part)) : text
    }</code></pre>
    <${IconButton} icon="copy" label=${t("Copy code")} onClick=${() =>
      load("chat/chats.js").then((chats) => chats.copy(text, t("Code copied")), screen.notLoaded)} />
  </div>`;
}
