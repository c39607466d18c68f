// @ts-check
/**
 * The pinned messages of the chats that were opened in this tab: listed once by the server, then kept up to date by
 * frames.
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {{messages: Message[], mayPin: boolean}} Pins the newest pin first; `mayPin`: this person may pin in the chat
 */
import { signal } from "@preact/signals";
import * as api from "chat/api.js";
import { t } from "chat/i18n.js";
import * as local from "chat/kept/local.js";
import { onFrame } from "chat/news.js";
import { merged } from "chat/pinned.js";
import { attempt } from "chat/screen.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";

/** The most pins that a chat can have. */
const ALL = 100;

/** By chat. */
export const pins = signal(/** @type {Map<string, Pins>} */ (new Map()));
/** Messages for which a request is on its way, by id: whether they will be pinned. */
const asked = signal(/** @type {Map<number, boolean>} */ (new Map()));
/** The newest pin of each chat whose banner was hidden on this device: a newer one shows it again. */
export const hidden = signal(/** @type {Record<string, number>} */ (local.read("pins", {})));
/** Chats whose lists are kept up to date, each with its latest request: answers to earlier ones are ignored. @type {Map<string, object>} */
const followed = new Map();

/** Whether a message is pinned, or is about to be. @param {Message} message */
export const isPinned = (message) => asked.value.get(message.id) ?? Boolean(message.pinned_at);

/** Load the pins of a chat, unless that is done. @param {string} key */
export async function follow(key) {
  if (followed.has(key)) return;
  const question = {};
  followed.set(key, question);
  const answer = await api.get(`${api.pathOf(key)}/pins?limit=${ALL}`).catch(() => null);
  if (followed.get(key) !== question) return;
  if (!answer) return followed.delete(key);
  const messages = merged(answer.results, store.state.value.recent.get(key) ?? []);
  pins.value = put(pins.value, key, { messages, mayPin: answer.may_pin });
}

/** A chat's pins may be out of date: load them again, now or when the chat is shown. @param {string} key */
function doubt(key) {
  followed.delete(key);
  if (store.chat.value?.key === key) follow(key);
}

/** @param {Message[]} changes of one chat */
function change(changes) {
  const key = changes[0]?.chat ?? "";
  const known = pins.value.get(key);
  if (!known) return;
  const isConcerned = (/** @type {Message} */ message) =>
    message.pinned_at || known.messages.some(({ id }) => id === message.id);
  if (changes.some(isConcerned))
    pins.value = put(pins.value, key, { ...known, messages: merged(known.messages, changes) });
}

onFrame((frame) => {
  if (frame.type === "connection_established") {
    followed.clear();
    if (store.chat.value) follow(store.chat.value.key);
  } else if (frame.type === "message_updated" || frame.type === "message_deleted") {
    change([/** @type {Message} */ (frame)]);
  } else if (frame.type === "synced") {
    if (frame.reset) doubt(frame.chat);
    else change(frame.messages);
  } else if (frame.type === "chat_updated") {
    // Who may pin depends on the room, and on one's role in it.
    if (followed.has(frame.chat) && (frame.title !== undefined || frame.role !== undefined)) doubt(frame.chat);
  } else if (frame.type === "removed" || frame.type === "room_left") {
    followed.delete(frame.chat);
    pins.value = put(pins.value, frame.chat, undefined);
  }
});

/** Pin a message for everyone in its chat, or unpin it; shown here at once. @param {Message} message @param {boolean} isOn */
export async function pin(message, isOn) {
  asked.value = put(asked.value, message.id, isOn);
  const pinned = { pinned_at: new Date().toISOString(), pinned_by: store.me.value?.id };
  change([{ ...message, ...(isOn ? pinned : { pinned_at: undefined, pinned_by: undefined }) }]);
  const isDone = await attempt(async () => {
    const answer = await api.call(isOn ? "PUT" : "DELETE", `/messages/${message.id}/pin`);
    store.apply({ type: "message_updated", ...answer });
    change([answer]);
  });
  asked.value = put(asked.value, message.id, undefined);
  if (isDone) store.announce(isOn ? t("Message pinned") : t("Message unpinned"));
  else doubt(message.chat);
}

/** Hide a chat's banner on this device until there is a newer pin, or show it again. @param {string} key @param {Message | null} newest null: show it */
export function hide(key, newest) {
  const { [key]: _, ...others } = hidden.value;
  hidden.value = newest ? { ...others, [key]: Date.parse(newest.pinned_at ?? "") } : others;
  local.write("pins", hidden.value);
}

/** @param {string} key @param {Message | undefined} newest */
export const isHidden = (key, newest) => Date.parse(newest?.pinned_at ?? "") <= (hidden.value[key] ?? 0);
