// @ts-check
/** What a person can do with chats beyond talking: open, mute, join and leave. */

import * as actions from "chat/actions.js";
import * as api from "chat/api.js";
import { t } from "chat/i18n.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";

/** Open the private chat with somebody. @param {number} id */
export function openPrivate(id) {
  for (const chat of store.chats.value.values()) if (chat.peer?.id === id) return Promise.resolve(actions.go(chat.key));
  return actions.attempt(async () => {
    const opened = await api.post("/chats/private", { receiver_id: id });
    const key = `private:${opened.chat_id}`;
    if (!store.chats.value.has(key)) await refreshChats();
    actions.go(key);
  });
}

/** Read the list again, where a frame with the news may come late. */
export async function refreshChats() {
  const { results } = await api.get("/chats");
  for (const summary of results)
    if (!store.chats.value.has(summary.key)) store.apply({ type: "room_joined", chat: summary.key, summary });
}

/** @param {string} key @param {string | null} until ISO 8601; null: hear of it again */
export function mute(key, until) {
  return actions.attempt(async () => {
    const answer = await api.post(`${api.pathOf(key)}/mute`, { until });
    store.apply({ type: "chat_updated", chat: key, muted: answer.muted });
  });
}

/** @param {number} roomId */
export function leaveRoom(roomId) {
  return actions.attempt(async () => {
    await api.post(`/chats/room/${roomId}/leave`);
    store.apply({ type: "room_left", chat: `room:${roomId}` });
    actions.go(null);
  });
}

/** The last question about each room, by id: answers to earlier ones may come after its own. @type {Map<number, number>} */
const asked = new Map();

/** What a room says of itself beyond its summary. @param {number} roomId */
export async function loadRoom(roomId) {
  const number = (asked.get(roomId) ?? 0) + 1;
  asked.set(roomId, number);
  const room = await api.get(`/chats/room/${roomId}`).catch(() => null);
  if (room && asked.get(roomId) === number) store.rooms.value = states.put(store.rooms.value, roomId, room);
}

/** The join requests of a room, for who decides on them. @param {number} roomId */
export async function loadRequests(roomId) {
  const key = `room:${roomId}`;
  const before = store.state.value.requests.get(key);
  const answer = await api.get(`/chats/room/${roomId}/requests`).catch(() => null);
  if (!answer) return;
  // Who asked, or was decided on, while the answer was on its way is not in it, or still.
  if (store.state.value.requests.get(key) !== before) return loadRequests(roomId);
  store.state.value = states.waiting(store.state.value, key, answer.results);
}

/** @param {number} roomId @param {number} userId @param {"approve" | "deny"} verdict */
export function decide(roomId, userId, verdict) {
  return actions.attempt(async () => {
    try {
      await api.post(`/chats/room/${roomId}/invite/${verdict}`, { user_id: userId });
    } finally {
      store.apply({ type: "join_decided", chat: `room:${roomId}`, user_id: userId });
    }
  });
}

/** @param {string} text @param {string} said */
export async function copy(text, said) {
  const isCopied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (isCopied || copySelected(text)) actions.toast(said);
  else actions.toast(t("This browser does not let the page copy. Here it is: {text}", { text }), { tone: "error" });
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
