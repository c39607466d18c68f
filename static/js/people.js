// @ts-check
/**
 * What is known of people and rooms beyond the list of chats. People by id, fetched when something on the screen names
 * them (many at once, each once), and who is called the same; what a room says of itself, and who asks to come in.
 */

import { computed } from "@preact/signals";
/** @typedef {import("./types.js").Group} Group */

import * as api from "chat/api.js";
import { called, isDeleted } from "chat/names.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";
import { key } from "chat/text.js";

/** So many ids fit into one request. */
const MOST = 200;
/** What one drawing names goes into one request, in ms. */
const TOGETHER = 30;

/** @type {Set<number>} */
const wanted = new Set();
/** Ids that were asked for: whom the server does not know, nobody asks for again. @type {Set<number>} */
const asked = new Set();

/** Somebody is named of whom not everything is known. @param {number} id */
export function want(id) {
  if (asked.has(id)) return;
  asked.add(id);
  if (!wanted.size) setTimeout(fetchWanted, TOGETHER);
  wanted.add(id);
}

/** What is known is from before: ask again where it shows. */
export function askAgain() {
  asked.clear();
}

async function fetchWanted() {
  const ids = [...wanted];
  wanted.clear();
  for (let from = 0; from < ids.length; from += MOST) {
    const some = ids.slice(from, from + MOST);
    const answer = await api.get(`/users?ids=${some.join(",")}`).catch(() => null);
    if (answer) store.state.value = states.meet(store.state.value, answer.results);
    else for (const id of some) asked.delete(id); // when they are drawn next
  }
}

/** @type {Map<string, string>} names as they are compared */
const known = new Map();

/** @param {string} name */
function compared(name) {
  let found = known.get(name);
  if (found === undefined) {
    found = key(name).replace(/\s+/g, " ");
    known.set(name, found);
  }
  return found;
}

/** The ids of people whom one could take for each other, as they are called the same: their usernames are shown, too. */
export const twins = computed(() => {
  /** @type {Map<string, number>} who is called so first */
  const first = new Map();
  /** @type {Set<number>} */
  const out = new Set();
  for (const person of store.people.value.values()) {
    if (isDeleted(person.username)) continue;
    const name = compared(person.display_name || person.username);
    const other = first.get(name);
    if (other === undefined) first.set(name, person.id);
    else out.add(other).add(person.id);
  }
  return out;
});

/** What people call somebody. @param {number} id @param {string} [username] if they are not known */
export function nameOf(id, username = "") {
  const person = store.people.value.get(id);
  if (!person || person.isPartial) want(id);
  return called(person ?? { username });
}

/** People of this server, for names, presence and the switcher. */
export async function meetPeople() {
  const answer = await api.get("/users?limit=200").catch(() => null);
  if (answer) store.state.value = states.meet(store.state.value, answer.results);
}

/** The groups of this server: asked for when a message may name one, and again when somebody is about to. Gives what one may do with them. @returns {Promise<string[]>} */
export async function loadGroups() {
  store.groups.value ??= new Map();
  const answer = await api.get("/groups").catch(() => null);
  if (answer)
    store.groups.value = new Map(answer.results.map((/** @type {Group} */ group) => [key(group.name), group]));
  return answer?.may ?? [];
}

/** One has muted a group, or no longer. @param {{group_id: number, muted: boolean}} frame */
export function groupMuted({ group_id, muted }) {
  const all = [...(store.groups.value ?? [])];
  store.groups.value = new Map(all.map(([name, group]) => [name, group.id === group_id ? { ...group, muted } : group]));
}

// ---------------------------------------------------------------- rooms

/** Read the list again, where a frame with the news may come late. */
export async function refreshChats() {
  const { results } = await api.get("/chats");
  for (const summary of results)
    if (!store.chats.value.has(summary.key)) store.apply({ type: "room_joined", chat: summary.key, summary });
}

/** The last question about each room, by id: answers to earlier ones may come after its own. @type {Map<number, number>} */
const askedRooms = new Map();

/** What a room says of itself beyond its summary. @param {number} roomId */
export async function loadRoom(roomId) {
  const number = (askedRooms.get(roomId) ?? 0) + 1;
  askedRooms.set(roomId, number);
  const room = await api.get(`/chats/room/${roomId}`).catch(() => null);
  if (room && askedRooms.get(roomId) === number) store.rooms.value = states.put(store.rooms.value, roomId, room);
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
