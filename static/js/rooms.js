// @ts-check
/** What a person can do in a room beyond talking. Loaded with the first room that is opened. */

import * as actions from "chat/actions.js";
import * as api from "chat/api.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";

/** @param {number} roomId */
export function leaveRoom(roomId) {
  return actions.attempt(async () => {
    await api.post(`/chats/room/${roomId}/leave`);
    store.apply({ type: "room_left", chat: `room:${roomId}` });
    actions.go(null);
  });
}

/** What a room says of itself beyond its summary. @param {number} roomId */
export async function loadRoom(roomId) {
  const room = await api.get(`/chats/room/${roomId}`).catch(() => null);
  if (room) store.rooms.value = states.put(store.rooms.value, roomId, room);
}

/** The join requests of a room, for who decides on them. @param {number} roomId */
export async function loadRequests(roomId) {
  const answer = await api.get(`/chats/room/${roomId}/requests`).catch(() => null);
  if (answer) store.state.value = states.waiting(store.state.value, `room:${roomId}`, answer.results);
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
