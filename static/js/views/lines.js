// @ts-check
/** What stands between and around the messages: days, who came and went, the beginning, what is not loaded yet. */

import * as actions from "chat/actions.js";
import { dayName, dayNumber, t } from "chat/i18n.js";
import { html, Icon } from "chat/ui.js";
import { useMemo } from "preact/hooks";

/** @param {{time: string, today: number}} props `today` makes it follow midnight */
export function Day({ time, today }) {
  const name = useMemo(() => dayName(time), [time, today]);
  return html`<div class="day" data-key=${`day-${dayNumber(new Date(time))}`} role="separator"><span>${name}</span></div>`;
}

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

/** What stands above the first message. @param {{chat: import("../types.js").Chat, empty: boolean}} props */
export function Beginning({ chat, empty }) {
  const title =
    chat.kind === "private"
      ? t("You and {name}", { name: chat.title })
      : chat.kind === "room"
        ? chat.title
        : t("Everybody is here");
  const text = empty
    ? t("Nothing was said here yet. Write the first message.")
    : t("This is where the conversation begins.");
  return html`<div class="beginning"><h2><bdi>${title}</bdi></h2><p>${text}</p>
    ${
      empty && !chat.archived
        ? html`<button type="button" class="button" onClick=${() => actions.send(chat.key, "👋", null)}>${t("Say hello")} 👋</button>`
        : null
    }
    ${empty && chat.kind === "room" && chat.role !== "member" ? html`<button type="button" class="button" onClick=${() => actions.openDialog(import("chat/views/dialogs.js"), "Invite", { chat })}><${Icon} name="user-plus" />${t("Invite people")}</button>` : null}</div>`;
}

export function Skeleton() {
  return html`<div class="skeleton skeleton-messages" aria-hidden="true">${[70, 45, 85].map(
    (width) =>
      html`<div class="skeleton-row"><i class="skeleton-disc"></i><span><i style=${{ inlineSize: "20%" }}></i><i style=${{ inlineSize: `${width}%` }}></i></span></div>`,
  )}</div>`;
}
