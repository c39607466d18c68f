// @ts-check
/**
 * `#room-name` in a message: which room that is, among those that this person is in or may join. A name is a room's
 * title in small letters, with a hyphen for whatever is neither letter nor digit. What two rooms are called by is none.
 *
 * @typedef {{key: string, title: string}} Room
 */
import { computed, signal } from "@preact/signals";
import * as api from "chat/api.js";
import * as store from "chat/store.js";
import { key } from "chat/text.js";

/** A name that may lead to a room; not within a word, an address or a path. */
const NAMED = /(?<![\p{L}\p{N}\p{M}_#&/@.:=?-])#([\p{L}\p{N}][\p{L}\p{N}\p{M}_-]{0,80})/gu;
/** A name that is being written. */
const NAMING = /(?<![\p{L}\p{N}\p{M}_#&/@.:=?-])#([\p{L}\p{N}\p{M}_-]{0,50})$/u;
/** How long the list of public rooms is good for, in ms. */
const FRESH = 600_000;

/** What stands behind the # for a title. @param {string} title */
export const nameOfRoom = (title) =>
  key(title)
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, "-")
    .replace(/^-+|-+$/g, "");

/** What is being named at the end of a text, without its #; null: nothing. @param {string} before */
export const namingRoom = (before) => NAMING.exec(before)?.[1] ?? null;

/** Rooms that anybody may join: the first 200 by name. @type {import("@preact/signals").Signal<Room[]>} */
const open = signal(/** @type {Room[]} */ ([]));
let askedAt = Number.NEGATIVE_INFINITY;

/** Learn which rooms anybody may join, if that is not known, or long ago. */
export async function learnRooms() {
  if (Date.now() - askedAt < FRESH) return;
  askedAt = Date.now();
  const answer = await api.get("/chats/room?discover=true&limit=200").catch(() => null);
  if (answer) open.value = answer.results.map((/** @type {any} */ room) => ({ key: room.key, title: room.name }));
  else askedAt = Number.NEGATIVE_INFINITY;
}

// The chats change with every message, their titles hardly ever.
const titles = computed(() =>
  JSON.stringify(
    [...store.chats.value.values()].filter((chat) => chat.kind === "room").map((chat) => [chat.key, chat.title]),
  ),
);

/** All rooms that are known, one's own first. */
export const rooms = computed(() => {
  /** @type {Map<string, Room>} */
  const found = new Map();
  for (const [id, title] of JSON.parse(titles.value)) found.set(id, { key: id, title });
  for (const room of open.value) if (!found.has(room.key)) found.set(room.key, room);
  return [...found.values()];
});

/** By name; null: several. */
export const byName = computed(() => {
  /** @type {Map<string, Room | null>} */
  const found = new Map();
  for (const room of rooms.value) {
    const name = nameOfRoom(room.title);
    found.set(name, found.has(name) ? null : room);
  }
  return found;
});

/**
 * A text in parts: what is between the names of rooms, and these. @param {string} text @param {Map<string, Room | null>} names
 * @returns {(string | {text: string, room: Room})[]}
 */
export function splitRooms(text, names) {
  /** @type {(string | {text: string, room: Room})[]} */
  const out = [];
  let from = 0;
  for (const { 0: whole, 1: word, index } of text.matchAll(NAMED)) {
    const room = names.get(nameOfRoom(word));
    if (room === undefined) learnRooms();
    if (!room) continue;
    const end = index + whole.replace(/[-_]+$/, "").length;
    if (index > from) out.push(text.slice(from, index));
    out.push({ text: text.slice(index, end), room });
    from = end;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}
