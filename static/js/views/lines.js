// @ts-check
/** Who came and went between two messages. Loaded when somebody does. */

import { t } from "chat/i18n.js";
import { html } from "chat/ui.js";

/** @param {{row: import("../timeline.js").LinesRow}} props */
export function Lines({ row }) {
  const joined = say(row.joined, {
    one: (a) => t("{a} joined", { a }),
    two: (a, b) => t("{a} and {b} joined", { a, b }),
    more: (a, count) => t("{a} and {count} others joined", { a, count }),
  });
  const left = say(row.left, {
    one: (a) => t("{a} left", { a }),
    two: (a, b) => t("{a} and {b} left", { a, b }),
    more: (a, count) => t("{a} and {count} others left", { a, count }),
  });
  const all = [...(row.joined ? row.joined.split("\t") : []), ...(row.left ? row.left.split("\t") : [])].join(", ");
  return html`<div class="lines" data-key=${row.key} title=${all}><bdi>${[joined, left].filter(Boolean).join(" · ")}</bdi></div>`;
}

/**
 * @param {string} names with tabs between them
 * @param {{one: (a: string) => string, two: (a: string, b: string) => string, more: (a: string, count: number) => string}} words
 */
function say(names, { one, two, more }) {
  const [a, b, ...others] = names ? names.split("\t") : [];
  if (a === undefined) return null;
  if (b === undefined) return one(a);
  return others.length ? more(a, others.length + 1) : two(a, b);
}
