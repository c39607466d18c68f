// @ts-check
/** Go to what was said on some day. Loaded when it is asked for. */

import * as api from "chat/api.js";
import { t } from "chat/i18n.js";
import * as screen from "chat/screen.js";
import { html } from "chat/ui.js";
import { Head } from "chat/views/dialogs.js";
import { jump } from "chat/views/timeline.js";
import { useEffect, useState } from "preact/hooks";

/** As a date field has it: 2026-11-21, by the local clock. @param {Date} date */
const dayOf = (date) =>
  `${String(date.getFullYear()).padStart(4, "0")}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;

/** @param {number} days */
function before(days) {
  const date = new Date();
  return dayOf(new Date(date.getFullYear(), date.getMonth(), date.getDate() - days));
}

/** @param {{chat: import("../types.js").Chat, time?: string | null}} props `time` of the day that is chosen at first */
export function JumpToDate({ chat, time }) {
  const today = before(0);
  const [day, setDay] = useState(time ? dayOf(new Date(time)) : today);
  const [first, setFirst] = useState(""); // the day of the first message
  const [busy, setBusy] = useState(false);
  const history = `${api.pathOf(chat.key)}/history?limit=1`;
  useEffect(() => {
    api.get(`${history}&after_seq=0`).then(
      ({ messages }) => messages[0] && setFirst(dayOf(new Date(messages[0].timestamp))),
      () => {},
    );
  }, []);

  const go = async (/** @type {string} */ to) => {
    setBusy(true);
    await screen.attempt(async () => {
      const [year, month, date] = to.split("-").map(Number);
      const at = new Date(year, month - 1, date).toISOString();
      const { messages } = await api.get(`${history}&at=${encodeURIComponent(at)}`);
      screen.closeDialog();
      if (messages.length) jump(messages[0].seq);
    });
    setBusy(false);
  };
  return html`<form class="dialog-inner" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    go(day);
  }}>
    <${Head} title=${t("Jump to a date")} />
    <div class="dialog-body">
      <label class="field"><span>${t("Date")}</span>
        <input class="input" type="date" required min=${first || undefined} max=${today} value=${day} autofocus
          onInput=${(/** @type {any} */ event) => setDay(event.target.value)} /></label>
      <div class="days">${[
        [t("Last week"), before(7)],
        [t("Last month"), before(30)],
        [t("The beginning"), first],
      ].map(
        ([label, to]) =>
          html`<button type="button" class="button button-small" disabled=${busy || !first || to < first}
            onClick=${() => go(to)}>${label}</button>`,
      )}</div>
    </div>
    <footer class="dialog-foot">
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${busy || !day}>${t("Jump")}</button>
    </footer>
  </form>`;
}
