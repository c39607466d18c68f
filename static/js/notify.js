// @ts-check
/**
 * Notifications: one of each chat, of what came while nobody looked at it, live or while the connection was away. It
 * goes when the chat is read, here or elsewhere. Loaded where notifications are turned on, or where one looks at their
 * setting. Of several tabs one notifies, and none if somebody looks at the chat in any of them.
 *
 * @typedef {{type: "asks", id: string, chat: string} | {type: "seen", id: string}} Note
 * @typedef {{user: number, chat: string, seq: number, id: number | null, url: string, isEdit?: boolean}} Data what a
 *   notification is of: the newest message that it tells of (`id`: null if it tells of several), where a press leads
 *   (see sw.js), and whether an edit mentions one: such a message may have been read before
 */
import { effect } from "@preact/signals";
import * as api from "chat/api.js";
import { lineOf } from "chat/attachments.js";
import { alone, channelOf, permission, workers } from "chat/browser.js";
import { t, tn } from "chat/i18n.js";
import { prefer, preferences } from "chat/kept/local.js";
import { fetchMessage } from "chat/messages.js";
import { onFrame } from "chat/news.js";
import { newId } from "chat/outbox.js";
import { nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import { isMention } from "chat/state.js";
import * as store from "chat/store.js";

/** @typedef {import("./types.js").Chat} Chat */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Reminder} Reminder */

/** How the tags of notifications of reminders begin; the others are chats. */
const REMINDER = "reminder:";

// ---------------------------------------------------------------- which tab

/** How long the other tabs have to say that they show a chat, in ms. */
const PATIENCE = 120;

const channel = channelOf("notify");
/** @type {Map<string, () => void>} */
const asked = new Map();

if (channel)
  channel.onmessage = ({ data }) => {
    const note = /** @type {Note} */ (data);
    if (note.type === "asks" && isInView(note.chat)) channel.postMessage({ type: "seen", id: note.id });
    if (note.type === "seen") asked.get(note.id)?.();
  };

/** @param {string} chat */
const isInView = (chat) => store.isFocused.value && store.place.value.chat === chat;

/** Whether some tab shows this chat to somebody right now. @param {string} chat @returns {Promise<boolean>} */
function isShown(chat) {
  if (isInView(chat)) return Promise.resolve(true);
  const id = newId();
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ answer) => {
      asked.delete(id);
      resolve(answer);
    };
    asked.set(id, () => end(true));
    setTimeout(() => end(false), PATIENCE);
    channel?.postMessage({ type: "asks", id, chat });
  });
}

// ---------------------------------------------------------------- the browser

/** Ask the browser; only ever from a press on a button. */
export async function ask() {
  const answer = await Promise.resolve()
    .then(() => Notification.requestPermission())
    .catch(permission);
  prefer({ notify: answer === "granted" });
  return answer;
}

/** The service worker: its notifications outlive the tab, and on Android there are no others. */
async function worker() {
  try {
    const found = await workers()?.getRegistration();
    return found?.active ? found : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the browser shows is asked for and changed by one at a time, in all tabs: Chromium loses a notification that it
 * is about to show while it is asked for those that it shows. It stays on the screen, and nobody can close or press it.
 * What is done in turn must not wait for another turn.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>}
 */
const inTurn = (work) => alone("notifications", work);

/** The notifications that the service worker shows: in turn. @param {string} [tag] @returns {Promise<Notification[]>} */
async function noted(tag) {
  try {
    return (await (await worker())?.getNotifications(tag ? { tag } : {})) ?? [];
  } catch {
    return [];
  }
}

/** What is on the screen, by chat. @type {Map<string, Data & {note?: Notification}>} */
const shown = new Map();

/** Whether what it tells of was read, or is in a chat that one left. @param {Data} data @param {Map<string, Chat>} chats */
function isRead({ chat: key, seq, isEdit }, chats) {
  const chat = chats.get(key);
  if (isEdit) return !chat || isInView(key);
  return !chat?.unread_count || chat.last_read_seq >= seq;
}

/**
 * Show it, unless it was read before its turn. Gives whether it is shown.
 * @param {string} title @param {string} body @param {Data} data @param {boolean} [isSilent] other words for one that is there
 */
async function show(title, body, data, isSilent = false) {
  const registration = await worker();
  if (isRead(data, store.chats.value) || !preferences.value.notify) return false;
  // One for the chat at a time: the same tag takes the place of the one before, and is heard again.
  const manner = isSilent ? { silent: true } : { renotify: true };
  const options = /** @type {NotificationOptions} */ ({ body, tag: data.chat, ...manner, data });
  try {
    if (registration) {
      shown.set(data.chat, data);
      await registration.showNotification(title, options);
    } else {
      const note = new Notification(title, options);
      note.onclick = () => {
        window.focus();
        screen.go(data.chat, data.id && data.seq);
        note.close();
      };
      note.onclose = () => {
        if (shown.get(data.chat)?.note === note) shown.delete(data.chat);
      };
      shown.set(data.chat, { ...data, note });
    }
  } catch (error) {
    shown.delete(data.chat);
    console.warn("This browser shows no notifications:", error);
    return false;
  }
  return true;
}

/** Close what is shown of a chat now, and not what takes its place meanwhile. @param {string} chat */
function close(chat) {
  const found = shown.get(chat);
  return inTurn(async () => {
    if (shown.get(chat) !== found) return;
    shown.delete(chat);
    found?.note?.close();
    for (const note of await noted(chat)) note.close();
  });
}

const closeAll = () => Promise.all([...shown.keys()].map(close));

/** Take over what another tab, or this one before a reload, showed. */
async function adopt() {
  await inTurn(async () => {
    for (const note of await noted()) {
      if (note.data?.user !== store.myId) note.close();
      else if (note.tag.startsWith(REMINDER)) continue;
      else if (!shown.has(note.tag)) shown.set(note.tag, note.data);
    }
  });
  tidy();
}

/** Close what was read or is gone. */
function tidy() {
  const chats = store.chats.value; // also while nothing is shown: an effect runs again for what it has read
  for (const [key, data] of shown) if (isRead(data, chats)) close(key);
}

/** Without locks each tab notifies, and the browser shows one of them: they have the same tag. */
let leads = false;
alone(`notifier-${store.myId}`, () => {
  leads = true;
  adopt();
  return new Promise(() => {}); // held until the tab closes; then another tab leads
});

adopt();
effect(tidy);
effect(() => {
  if (!preferences.value.notify) closeAll();
});
session.onLeave(closeAll);
workers()?.addEventListener("message", ({ data }) => {
  if (data?.pressed) screen.go(data.pressed.chat, data.pressed.id && data.pressed.seq);
});

// ---------------------------------------------------------------- what came

/** Title and text. @param {Chat} chat @param {Message} message */
function wordsOf(chat, message) {
  const sender = nameOf(message.user_id, message.username);
  const title = chat.kind === "private" ? sender || chat.title : t("{sender} in {chat}", { sender, chat: chat.title });
  return [title, lineOf(message).slice(0, 200)];
}

/** Not to be told of: deleted, or without a mention in a muted chat. @param {Chat} chat @param {Message} message */
const isMoot = (chat, message) => message.deleted_at || (chat.muted && !isMention(message, store.myId, chat));

/** A message as it is by now. @param {Message} message */
const latest = (message) =>
  store.state.value.recent.get(message.chat)?.findLast(({ id }) => id === message.id) ?? message;

/** A message is other than it was: so is its notification, unless that was dismissed. @param {Chat} chat @param {Message} message */
async function changed(chat, message) {
  const found = shown.get(chat.key);
  if (!found || found.id !== message.id) return;
  if (isMoot(chat, message)) return close(chat.key);
  if (!leads) return;
  const { note, ...data } = found;
  const [title, body] = wordsOf(chat, message);
  await inTurn(async () => {
    const [there] = note ? [note] : await noted(chat.key);
    if (there && there.body !== body && shown.get(chat.key) === found) await show(title, body, data, true);
  });
}

/**
 * @param {Chat} chat
 * @param {Message | null} message the newest, if it is one of its own
 * @param {number} count of new messages
 * @param {boolean} isMentioned
 * @param {boolean} [isEdit] by an edit of that message, whichever it is
 */
async function notify(chat, message, count, isMentioned, isEdit = false) {
  if (!preferences.value.notify || permission() !== "granted") return;
  if (chat.muted && !isMentioned) return;
  if ((await isShown(chat.key)) || !leads) return; // the tab that led may just have been closed
  const isTold = await inTurn(() => {
    const now = message && latest(message);
    if (now && isMoot(chat, now)) return Promise.resolve(false);
    const [title, body] = now
      ? wordsOf(chat, now)
      : [chat.title, tn(count, "{count} new message", "{count} new messages")];
    const url = api.url(chat.key, message?.seq);
    const seq = isEdit && message ? message.seq : chat.last_seq;
    const data = { user: store.myId, chat: chat.key, seq, id: message?.id ?? null, url };
    return show(title, body, isEdit ? { ...data, isEdit } : data);
  });
  if (isTold && preferences.value.sound) chime();
}

/** An edit mentions one. @param {Chat} chat @param {number} id of the message */
async function mentioned(chat, id) {
  const message = await fetchMessage(id);
  if (message?.mentions?.includes(store.myId)) notify(chat, message, 1, true, true);
}

/** Of a reminder whose time has come, there is a notification of its own, until it is dismissed. @param {Reminder} row */
async function remind(row) {
  if (!preferences.value.notify || permission() !== "granted" || store.isFocused.value || !leads) return;
  const { message, chat } = row;
  const seq = message?.seq ?? 0;
  const body = message ? lineOf(message).slice(0, 200) : "";
  const data = { user: store.myId, chat, seq, id: message?.id ?? null, url: api.url(chat, seq) };
  await inTurn(async () => {
    const registration = await worker();
    await registration?.showNotification(t("Reminder"), { body, tag: REMINDER + row.id, data });
  }).catch(() => {}); // it stands above the list of chats all the same
  if (preferences.value.sound) chime();
}

/** @param {Reminder} row */
const dismissed = (row) =>
  inTurn(async () => {
    for (const note of await noted(REMINDER + row.id)) note.close();
  });

/** How much of each chat was there when this tab last heard of it. @type {Map<string, {seq: number, mentions: number}>} */
const known = new Map();

/** @param {Chat} chat */
const know = (chat) => known.set(chat.key, { seq: chat.last_seq, mentions: chat.mention_count });

/** What came while the connection was away: one notification for each chat. */
function catchUp() {
  for (const chat of store.chats.value.values()) {
    const before = known.get(chat.key) ?? { seq: 0, mentions: 0 };
    const count = Math.min(chat.unread_count, chat.last_seq - before.seq);
    if (count > 0) notify(chat, count === 1 ? chat.last_message : null, count, chat.mention_count > before.mentions);
    know(chat);
  }
}

for (const chat of store.chats.value.values()) know(chat);
onFrame((frame) => {
  if (frame.type === "connection_established" || frame.type === "synced") {
    for (const chat of store.chats.value.values()) {
      const messages = frame.type === "synced" && frame.chat === chat.key ? frame.messages : [chat.last_message];
      for (const message of messages) if (message) changed(chat, message);
    }
    return catchUp();
  }
  if (frame.type === "reminder") remind(frame);
  if (frame.type === "reminder_changed" && frame.state === "deleted") dismissed(frame);
  const chat = "chat" in frame ? store.chats.value.get(frame.chat ?? "") : null;
  if (!chat) return;
  if (frame.type === "message" && frame.user_id !== store.myId)
    notify(chat, frame, 1, isMention(frame, store.myId, chat));
  if (frame.type === "notification" && frame.kind === "mention" && frame.message_id) mentioned(chat, frame.message_id);
  if (frame.type === "message_updated" || frame.type === "message_deleted") changed(chat, frame);
  if (["message", "read", "room_joined"].includes(frame.type)) know(chat);
});

/** Two soft notes, made on the spot. */
export function chime() {
  if (!globalThis.AudioContext) return;
  const context = new AudioContext();
  const volume = context.createGain();
  volume.connect(context.destination);
  volume.gain.setValueAtTime(0.08, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.4);
  for (const [pitch, from] of [
    [660, 0],
    [880, 0.12],
  ]) {
    const note = context.createOscillator();
    note.frequency.value = pitch;
    note.connect(volume);
    note.start(context.currentTime + from);
    note.stop(context.currentTime + 0.4);
    note.onended = () => void context.close().catch(() => {});
  }
}
