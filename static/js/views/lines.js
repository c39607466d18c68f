// @ts-check
/** Who came and went between two messages. Loaded when somebody does. */

import { t } from "chat/i18n.js";
import { html } from "chat/ui.js";

/** @param {{row: import("../timeline.js").LinesRow}} props */
export function Lines({ row }) {
  const say = (
    /** @type {string} */ names,
    /** @type {string} */ one,
    /** @type {string} */ two,
    /** @type {string} */ many,
  ) => {
    const list = names ? names.split("\t") : [];
    if (!list.length) return null;
    if (list.length === 1) return t(one, { a: list[0] });
    if (list.length === 2) return t(two, { a: list[0], b: list[1] });
    return t(many, { a: list[0], count: list.length - 1 });
  };
  const joined = say(row.joined, "{a} joined", "{a} and {b} joined", "{a} and {count} others joined");
  const left = say(row.left, "{a} left", "{a} and {b} left", "{a} and {count} others left");
  const all = [...(row.joined ? row.joined.split("\t") : []), ...(row.left ? row.left.split("\t") : [])].join(", ");
  return html`<div class="lines" data-key=${row.key} title=${all}><bdi>${[joined, left].filter(Boolean).join(" · ")}</bdi></div>`;
}
