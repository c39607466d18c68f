// @ts-check
/** What a person can do with chats beyond talking: open, mute, leave, let people in. Loaded when it is asked for. */

import * as api from "chat/api.js";
import { t } from "chat/i18n.js";
import { refreshChats } from "chat/people.js";
import * as screen from "chat/screen.js";
import { decided } from "chat/state.js";
import * as store from "chat/store.js";

/** The key of the private chat with somebody, which begins now if there is none. Raises `Refused`. @param {number} id */
export async function privateChat(id) {
  for (const chat of store.chats.value.values()) if (chat.peer?.id === id) return chat.key;
  const opened = await api.post("/chats/private", { receiver_id: id });
  const key = `private:${opened.chat_id}`;
  if (!store.chats.value.has(key)) await refreshChats();
  return key;
}

/** Open the private chat with somebody. @param {number} id */
export const openPrivate = (id) => screen.attempt(async () => screen.go(await privateChat(id)));

/** @param {string} key @param {string | null} until ISO 8601; null: hear of it again */
export function mute(key, until) {
  return screen.attempt(async () => {
    const answer = await api.post(`${api.pathOf(key)}/mute`, { until });
    store.apply({ type: "chat_updated", chat: key, muted: answer.muted });
  });
}

/** Whether `@everyone` and `@here` are no mentions to this person in a chat. @param {string} key @param {boolean} ignore_everyone */
export function ignoreEveryone(key, ignore_everyone) {
  return screen.attempt(async () => {
    const answer = await api.call("PUT", `${api.pathOf(key)}/notify`, { ignore_everyone });
    store.apply({ type: "notify_changed", chat: key, ignore_everyone: answer.ignore_everyone });
    screen.toast(
      ignore_everyone
        ? t("@everyone and @here no longer notify you in this chat.")
        : t("@everyone and @here notify you in this chat."),
    );
  });
}

/** @param {number} roomId */
export function leaveRoom(roomId) {
  return screen.attempt(async () => {
    await api.post(`/chats/room/${roomId}/leave`);
    store.apply({ type: "room_left", chat: `room:${roomId}` });
    screen.go(null);
  });
}

/** @param {number} roomId @param {number} userId @param {"approve" | "deny"} verdict */
export function decide(roomId, userId, verdict) {
  return screen.attempt(async () => {
    try {
      await api.post(`/chats/room/${roomId}/invite/${verdict}`, { user_id: userId });
    } finally {
      store.state.value = decided(store.state.value, { chat: `room:${roomId}`, user_id: userId });
    }
  });
}

/** @param {string} text @param {string} said */
export async function copy(text, said) {
  const isCopied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (isCopied || copySelected(text)) screen.toast(said);
  else screen.toast(t("Your browser doesn't allow copying. Here's the text: {text}", { text }), { tone: "error" });
}

/** The way that is also open over http: select it in a field, and have that copied. @param {string} text */
function copySelected(text) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const field = document.createElement("textarea");
  field.className = "sr";
  field.value = text;
  // Outside of an open dialog nothing can have the focus.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.focus({ preventScroll: true });
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused?.focus({ preventScroll: true });
  return isCopied;
}
