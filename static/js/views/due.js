// @ts-check
/** What waits for an answer, above the list of chats: reminders whose time has come, and messages that were not sent. */

import { lineOf } from "chat/attachments.js";
import { t, tn } from "chat/i18n.js";
import * as later from "chat/later.js";
import { nameOf } from "chat/people.js";
import * as store from "chat/store.js";
import { html, Icon, IconButton, passFocus } from "chat/ui.js";

/** More than so many are only in the dialog. */
const SHOWN = 3;

export function Due() {
  const all = store.due.value;
  const rest = all.length - SHOWN;
  return html`<section class="due" aria-label=${t("Due now")}>
    <ul>${all
      .slice(0, SHOWN)
      .map((row) =>
        row.state === "failed"
          ? html`<${Failed} key=${`s${row.id}`} row=${row} />`
          : html`<${Reminded} key=${`r${row.id}`} row=${row} />`,
      )}</ul>
    ${
      rest > 0
        ? html`<button type="button" class="link due-more" onClick=${later.openList}>${tn(rest, "{count} more", "{count} more")}</button>`
        : null
    }
  </section>`;
}

/** @param {{row: later.Reminder}} props */
function Reminded({ row }) {
  const { message } = row;
  const name = message ? nameOf(message.user_id, message.username) : "";
  return html`<li class="due-row">
    <button type="button" class="due-open" onClick=${() => (message ? later.open(row) : later.openList())}>
      <${Icon} name="alarm-clock" />
      <span class="due-words"><b>${t("Reminder")}${name ? html` · <bdi>${name}</bdi>` : null}</b>
        <span dir="auto">${later.wordsOf(row)}</span></span>
    </button>
    <${IconButton} icon="x" label=${t("Dismiss")} onClick=${passFocus(() => later.dismiss(row))} />
  </li>`;
}

/** @param {{row: later.Scheduled}} props */
function Failed({ row }) {
  return html`<li class="due-row" data-state="failed">
    <button type="button" class="due-open" onClick=${later.openList}>
      <${Icon} name="circle-alert" />
      <span class="due-words"><b>${t("Scheduled message not sent")}</b><span dir="auto">${lineOf(row)}</span></span>
    </button>
  </li>`;
}
