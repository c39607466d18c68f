// @ts-check
/** Dialogs about what comes later: choosing a time, and the lists of scheduled messages and reminders. */

import * as api from "chat/api.js";
import * as attaching from "chat/attaching.js";
import { lineOf } from "chat/attachments.js";
import { load } from "chat/browser.js";
import { clockTime, dayAt, fullTime, t } from "chat/i18n.js";
import * as later from "chat/later.js";
import { flat } from "chat/markdown.js";
import { newId } from "chat/outbox.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { isBlank, trim } from "chat/text.js";
import { fieldValue, presets } from "chat/times.js";
import { html, Icon, IconButton, passFocus } from "chat/ui.js";
import { Files } from "chat/views/attach.js";
import { Head } from "chat/views/dialogs.js";
import { useEffect, useMemo, useState } from "preact/hooks";

const YEAR = 365 * 86_400_000;

/**
 * Times to choose from, and a field for any other.
 * @param {{verb: string, from: Date, pick: (at: Date) => Promise<void>, hasPresets?: boolean, isOff?: boolean, children?: any}} props
 *   `pick` raises `Refused`
 */
function When({ verb, from, pick, hasPresets = true, isOff = false, children }) {
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const now = useMemo(() => new Date(), []);
  const run = async (/** @type {Date} */ at) => {
    setBusy(true);
    try {
      await pick(at);
      screen.closeDialog();
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      setWrong(error.sentence);
      setBusy(false);
    }
  };
  return html`<form class="dialog-inner" onSubmit=${(/** @type {any} */ event) => {
    event.preventDefault();
    run(new Date(event.target.elements.at.value));
  }}>
    <div class="dialog-body">
      ${children}
      ${
        hasPresets
          ? html`<ul class="times">${presets(now).map(
              ({ label, at }) =>
                html`<li><button type="button" class="time" disabled=${busy || isOff} onClick=${() => run(at)}>
                  <span>${label}</span><time dateTime=${at.toISOString()}>${clockTime(at.toISOString())}</time>
                </button></li>`,
            )}</ul>`
          : null
      }
      <label class="field"><span>${t("Date and time")}</span>
        <input class="input" type="datetime-local" name="at" required value=${fieldValue(from)} min=${fieldValue(now)}
          max=${fieldValue(new Date(now.getTime() + YEAR))} aria-invalid=${wrong ? "true" : undefined} />
      </label>
      ${wrong ? html`<p class="wrong" role="alert">${wrong}</p>` : null}
    </div>
    <footer class="dialog-foot">
      ${
        hasPresets
          ? html`<button type="button" class="link later-all" onClick=${later.openList}>${t("See what's planned")}</button>`
          : null
      }
      <button type="button" class="button button-quiet" onClick=${screen.closeDialog}>${t("Cancel")}</button>
      <button class="button button-primary" disabled=${busy || isOff}>${verb}</button>
    </footer>
  </form>`;
}

const soon = () => new Date(Date.now() + 3_600_000);

/**
 * With the files in the tray of the box, once they are uploaded.
 * @param {{message: {chat: string, content: string, reply_to: number | null}, box: string, done: () => void}} props
 */
export function SendLater({ message, box, done }) {
  const attempt = useMemo(newId, []);
  const closed = useMemo(() => new AbortController(), []);
  useEffect(() => () => closed.abort(), []);
  const files = store.trays.value.get(box);
  const pick = async (/** @type {Date} */ at) => {
    const ready = await attaching.uploaded(box, closed.signal);
    const attachments = ready.flatMap(({ attachment }) => attachment?.id ?? []);
    // Pressed again after no answer came, it may be there already.
    await later.schedule({ ...message, attachments, client_id: `${attempt}:${at.getTime()}` }, at);
    attaching.handOver(box, ready);
    done();
  };
  return html`<${Head} title=${t("Schedule message")} />
    <${When} verb=${t("Schedule")} from=${soon()} pick=${pick}>
      ${message.content ? html`<p class="dialog-quote later-quote" dir="auto">${lineOf(message)}</p>` : null}
      ${files ? html`<${Files} files=${files} />` : null}
    </${When}>`;
}

/** @param {{message: import("../types.js").Message}} props */
export function RemindMe({ message }) {
  return html`<${Head} title=${t("Remind me")} />
    <${When} verb=${t("Remind me")} from=${soon()} pick=${(/** @type {Date} */ at) => later.remind(message, at)}>
      <p class="dialog-quote later-quote" dir="auto">${lineOf(message)}</p>
    </${When}>`;
}

/** The files of a scheduled message. @param {{row: later.Scheduled}} props */
function Attachments({ row: { attachments = [] } }) {
  const files = attachments.map((attachment) => {
    const picture = attachment.thumb ?? undefined;
    return { ...attachment, id: `${attachment.id}`, original: false, url: picture, poster: picture, attachment };
  });
  return files.length ? html`<${Files} files=${files} />` : null;
}

/** @param {{row: later.Scheduled}} props */
export function EditScheduled({ row }) {
  const [text, setText] = useState(row.content);
  const at = new Date(row.send_at);
  const pick = (/** @type {Date} */ to) => {
    // What stayed as it was to the minute keeps its seconds; one that failed needs a time that is yet to come.
    const isMoved = fieldValue(to) !== fieldValue(at);
    return later.change(row, { content: trim(text), ...(isMoved ? { send_at: to.toISOString() } : {}) });
  };
  return html`<${Head} title=${t("Edit scheduled message")} />
    <${When} verb=${t("Save")} from=${row.state === "failed" ? soon() : at} pick=${pick} hasPresets=${false}
      isOff=${isBlank(text) && !row.attachments?.length}>
      <label class="field"><span>${t("Message text")}</span>
        <textarea class="input" rows="4" maxlength="4000" dir="auto" value=${text}
          onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea>
      </label>
      <${Attachments} row=${row} />
    </${When}>`;
}

/** All that is to come. */
export function Later() {
  const messages = [...store.scheduled.value.values()].sort((a, b) => a.send_at.localeCompare(b.send_at));
  const reminders = [...store.reminders.value.values()].sort((a, b) => a.remind_at.localeCompare(b.remind_at));
  return html`<${Head} title=${t("Scheduled and reminders")} />
    <div class="dialog-body">
      <h3 class="later-title">${t("Scheduled messages")}</h3>
      ${
        messages.length
          ? html`<ul class="later-list">${messages.map((row) => html`<${ScheduledRow} key=${row.id} row=${row} />`)}</ul>`
          : html`<p class="hint">${t("Write a message and press the clock beside it to send it later.")}</p>`
      }
      <h3 class="later-title">${t("Reminders")}</h3>
      ${
        reminders.length
          ? html`<ul class="later-list">${reminders.map((row) => html`<${ReminderRow} key=${row.id} row=${row} />`)}</ul>`
          : html`<p class="hint">${t("Choose “Remind me” in a message's menu to come back to it.")}</p>`
      }
    </div>`;
}
Later.kind = "wide";

/** @param {{chat: string, time: string}} props */
function Line({ chat, time }) {
  return html`<p class="later-line">
    <bdi>${store.chats.value.get(chat)?.title ?? t("A chat you're not in")}</bdi>
    <time dateTime=${time} title=${fullTime(time)}>${dayAt(new Date(time), new Date(store.now.value))}</time>
  </p>`;
}

/** @param {{row: later.Scheduled}} props */
function ScheduledRow({ row }) {
  const remove = async () => {
    if (!(await later.unschedule(row))) return;
    const { chat, content, reply_to = null, attachments = [] } = row;
    const back = { chat, content, reply_to, attachments: attachments.map(({ id }) => id), client_id: newId() };
    const again = () => screen.attempt(() => later.schedule(back, new Date(row.send_at)));
    const isAhead = Date.parse(row.send_at) > Date.now();
    screen.toast(t("Scheduled message deleted"), isAhead ? { action: { label: t("Undo"), run: again } } : {});
  };
  return html`<li class="later" data-kind="message" data-state=${row.state}>
    <div class="later-main">
      <${Line} chat=${row.chat} time=${row.send_at} />
      ${row.content ? html`<p class="later-text" dir="auto">${flat(row.content)}</p>` : null}
      <${Attachments} row=${row} />
      ${row.state === "failed" ? html`<p class="wrong">${t("Not sent.")} ${t(row.failure ?? "")}</p>` : null}
    </div>
    <div class="later-tools">
      <${IconButton} icon="pencil" label=${t("Edit")}
        onClick=${() => screen.openDialog(load("chat/views/later.js"), "EditScheduled", { row })} />
      <${IconButton} icon="send-horizontal" label=${t("Send now")} onClick=${passFocus(() => later.sendNow(row))} />
      <${IconButton} icon="trash-2" label=${t("Delete")} onClick=${passFocus(remove)} />
    </div>
  </li>`;
}

/** @param {{row: later.Reminder}} props */
function ReminderRow({ row }) {
  const isDue = row.state === "due";
  return html`<li class="later" data-state=${row.state}>
    <div class="later-main">
      <${Line} chat=${row.chat} time=${row.remind_at} />
      ${
        row.message
          ? html`<button type="button" class="later-text later-open" dir="auto" onClick=${() => {
              screen.closeDialog();
              later.open(row);
            }}>${later.wordsOf(row)}</button>`
          : html`<p class="later-text">${later.wordsOf(row)}</p>`
      }
      ${isDue ? html`<p class="later-due"><${Icon} name="alarm-clock" />${t("Due")}</p>` : null}
    </div>
    <div class="later-tools">
      <${IconButton} icon=${isDue ? "check" : "trash-2"} label=${isDue ? t("Dismiss") : t("Delete")}
        onClick=${passFocus(() => later.dismiss(row))} />
    </div>
  </li>`;
}
