// @ts-check
/** Scheduled messages and reminders: the server's lists, and the person's actions. */

import * as api from "chat/api.js";
import { lineOf } from "chat/attachments.js";
import { load } from "chat/browser.js";
import { dayAt, t } from "chat/i18n.js";
import { onFrame } from "chat/news.js";
import * as screen from "chat/screen.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";

/** @typedef {import("./types.js").Scheduled} Scheduled */
/** @typedef {import("./types.js").Reminder} Reminder */

/** After connecting, the lists are loaded after a random delay of at most so many ms, not by all clients at once. */
const SPREAD = 2000;

/** @param {Scheduled} row */
function keepScheduled(row) {
  const isThere = row.state === "waiting" || row.state === "failed";
  store.scheduled.value = put(store.scheduled.peek(), row.id, isThere ? row : undefined);
}

/** @param {Reminder} row */
function keepReminder(row) {
  store.reminders.value = put(store.reminders.peek(), row.id, row.state === "deleted" ? undefined : row);
}

/** Schedule a message, once: a repeat has the same `client_id`. @param {{chat: string, content: string, reply_to: number | null, attachments: number[], client_id: string}} message @param {Date} at Raises `Refused`. */
export async function schedule(message, at) {
  keepScheduled(await api.post("/scheduled", { ...message, send_at: at.toISOString() }));
  screen.toast(t("Will be sent {time}", { time: dayAt(at) }), { action: { label: t("View"), run: openList } });
}

/** @param {Scheduled} row @param {{content?: string, send_at?: string}} changes Raises `Refused`. */
export async function change(row, changes) {
  keepScheduled(await api.call("PATCH", `/scheduled/${row.id}`, changes));
}

/** @param {Scheduled} row */
export function sendNow(row) {
  return screen.attempt(async () => keepScheduled(await api.post(`/scheduled/${row.id}/send`)));
}

/** @param {Scheduled} row */
export function unschedule(row) {
  return screen.attempt(async () => {
    await gone(api.call("DELETE", `/scheduled/${row.id}`));
    keepScheduled({ ...row, state: "deleted" });
  });
}

/** Be reminded of a message. @param {import("./types.js").Message} message @param {Date} at Raises `Refused`. */
export async function remind(message, at) {
  keepReminder(await api.post("/reminders", { message_id: message.id, remind_at: at.toISOString() }));
  screen.toast(t("You'll be reminded {time}", { time: dayAt(at) }), { action: { label: t("View"), run: openList } });
}

/** @param {Reminder} row */
export function dismiss(row) {
  return screen.attempt(async () => {
    await gone(api.call("DELETE", `/reminders/${row.id}`));
    keepReminder({ ...row, state: "deleted" });
  });
}

/** A deletion; 404 counts as done: another device was first. @param {Promise<any>} deletion */
const gone = (deletion) =>
  deletion.catch((error) => {
    if (error.status !== 404) throw error;
  });

/** Go to the message of a reminder. @param {Reminder} row */
export function open(row) {
  if (row.message) screen.go(row.chat, row.message.seq);
}

export function openList() {
  return screen.openDialog(load("chat/views/later.js"), "Later");
}

/** The text of a reminder's message, as it is now. @param {Reminder} row */
export function wordsOf({ message }) {
  if (!message) return t("You can no longer read this message.");
  return message.deleted_at ? t("This message was deleted") : lineOf(message);
}

/** Update the reminders of a message that was edited or deleted. @param {{id?: number, version?: number}} changed */
function follow(changed) {
  for (const row of store.reminders.peek().values())
    if (row.message?.id === changed.id) keepReminder({ ...row, message: /** @type {any} */ (changed) });
}

/** Load both lists. */
async function read() {
  const all = (/** @type {string} */ path) => api.get(`${path}?limit=200`).then(({ results }) => results);
  const found = await Promise.all([all("/scheduled"), all("/reminders")]).catch(() => null);
  if (!found) return;
  const byId = (/** @type {any[]} */ rows) => new Map(rows.map((row) => [row.id, row]));
  store.scheduled.value = byId(found[0]);
  store.reminders.value = byId(found[1]);
}

onFrame((frame) => {
  if (frame.type === "connection_established") setTimeout(read, Math.random() * SPREAD);
  if (frame.type === "scheduled_changed" || frame.type === "scheduled_failed") keepScheduled(frame);
  if (frame.type === "reminder" || frame.type === "reminder_changed") keepReminder(frame);
  if (frame.type === "message_updated" || frame.type === "message_deleted") follow(frame);
  if (frame.type === "reminder") {
    const words = wordsOf(frame);
    store.announce(`${t("Reminder")}: ${words}`);
    screen.toast(`${t("Reminder")}: ${words}`, { action: { label: t("Open"), run: () => open(frame) } });
  }
  if (frame.type === "scheduled_failed") {
    const reason = t(frame.failure ?? "");
    screen.toast(`${t("A scheduled message was not sent.")} ${reason}`, {
      tone: "error",
      action: { label: t("View"), run: openList },
    });
  }
});
read();
