// @ts-check
/** What was last seen, kept in this browser for when there is no network. Gone with the session. */

import { run } from "chat/kept/database.js";
import * as session from "chat/session.js";
import { empty } from "chat/state.js";
import * as store from "chat/store.js";

/** So many chats, the latest first, and of each so many messages. */
const CHATS = 30;
const MESSAGES = 50;

/** @returns {Promise<void>} */
export async function save() {
  const { epoch, me, chats, people, timelines } = store.state.peek();
  if (!me || store.status.peek() !== "open") return;
  const kept = [...timelines]
    .filter(([, found]) => found.atEnd && !found.stale)
    .sort(([a], [b]) => (chats.get(b)?.active ?? 0) - (chats.get(a)?.active ?? 0))
    .slice(0, CHATS)
    .map(([key, found]) => ({ key, messages: found.messages.slice(-MESSAGES), version: found.version }));
  const authors = new Set(kept.flatMap(({ messages }) => messages.map((message) => message.user_id)));
  const known = [...people.values()].filter((person) => authors.has(person.id));
  const snapshot = { epoch, me, chats: [...chats.values()], people: known, timelines: kept };
  await run("readwrite", (box) => box.put(snapshot, "state"), "kept").catch(() => {});
}

/** Show what was kept, unless the server came first. @returns {Promise<boolean>} whether there was something */
export async function restore() {
  const found = await run("readonly", (box) => box.get("state"), "kept").catch(() => null);
  if (!found || store.isReady.peek()) return false;
  const { epoch = null, me, chats, people, timelines } = found;
  const away = (/** @type {any} */ person) => ({ ...person, is_online: false });
  store.state.value = {
    ...empty(),
    epoch,
    me,
    chats: new Map(chats.map((/** @type {any} */ chat) => [chat.key, chat])),
    people: new Map([...people.map(away), me].map((person) => [person.id, person])),
    timelines: new Map(
      timelines.map((/** @type {any} */ { key, messages, version }) => [
        key,
        { messages, version, atEnd: true, stale: false, follow: true },
      ]),
    ),
  };
  session.adopt(me.id);
  store.isReady.value = true;
  return true;
}
