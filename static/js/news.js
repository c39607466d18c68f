// @ts-check
/**
 * What comes from the server. A frame changes the state (state.js: one reducer for each type), then it has its effects:
 * one row of the table below for each type. Parts that are loaded later listen with `onFrame`.
 *
 * @typedef {import("./types.js").Chat} Chat
 * @typedef {import("./types.js").Frame} Frame
 * @typedef {import("./types.js").Message} Message
 */
import { batch } from "@preact/signals";
import { lineOf } from "chat/attachments.js";
import { t, tn } from "chat/i18n.js";
import * as messages from "chat/messages.js";
import { called } from "chat/names.js";
import { groupMuted, loadRoom, meetPeople, nameOf, refreshChats } from "chat/people.js";
import { go, openFirst, toast } from "chat/screen.js";
import { connection, giveWay, greeted, outbox } from "chat/session.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";

/** `before`: the open chat as it was before the frame. @type {{[Type in Frame["type"]]?: (frame: Extract<Frame, {type: Type}>, before: Chat | null) => void}} */
const EFFECTS = {
  connection_established: (frame, before) => {
    if (before) greetedAgain(before);
    sync();
    greeted(frame);
    messages.again();
    const isGuest = !store.chats.value.has("general"); // who sees one room, and not who else is on this server
    if (!isGuest && store.people.value.size <= 1 + store.chats.value.size) meetPeople();
    openFirst();
  },
  message: (frame) => {
    if (frame.user_id === store.me.value?.id) outbox.delivered([frame.client_id]);
    else if (frame.chat === store.place.value.chat) came(frame);
  },
  message_updated: (frame) => askForCounts(frame.chat),
  message_deleted: (frame) => askForCounts(frame.chat),
  ack: (frame) => outbox.receive(frame),
  error: (frame) => {
    outbox.receive(frame);
    if (!frame.client_id && frame.code !== "not_a_member") console.warn("Refused:", frame);
  },
  lagged: sync,
  synced: (frame, before) => {
    if (before) caughtUp(before, frame);
    askForCounts(frame.chat);
    const { chat, version, epoch } = frame;
    if (frame.has_more) connection.send({ type: "sync", chat, version, epoch });
    outbox.delivered(frame.messages.map((/** @type {Message} */ message) => message.client_id));
  },
  removed: (frame) => {
    outbox.discardChat(frame.chat);
    if (frame.chat !== store.place.value.chat) toast(t("You were removed from a room."));
  },
  room_left: (frame) => outbox.discardChat(frame.chat),
  user_joined: (frame) => frame.member && describeAnew(frame.chat),
  user_left: (frame) => frame.user_id !== store.myId && describeAnew(frame.chat),
  chat_updated: (frame) => frame.title !== undefined && describeAnew(frame.chat),
  group_muted: (frame) => {
    if (store.groups.value) groupMuted(frame);
  },
  join_request: (frame) => {
    if (frame.chat === store.place.value.chat) return;
    const name = called(frame.user);
    const room = store.chats.value.get(frame.chat)?.title ?? "";
    toast(t("{name} wants to join {room}.", { name, room }), {
      action: { label: t("View"), run: () => go(frame.chat) },
    });
  },
  join_approved: (frame) => {
    const key = `room:${frame.room_id}`;
    if (!store.chats.value.has(key)) refreshChats();
    if (store.place.value.chat === key) return;
    toast(t("You joined {room}.", { room: frame.room_name }), {
      action: { label: t("Open"), run: () => go(key) },
    });
  },
  join_denied: (frame) => {
    if (store.place.value.chat !== `room:${frame.room_id}`)
      toast(t("Your request to join {room} was declined.", { room: frame.room_name }));
  },
};

/** @type {Set<(frame: import("./types.js").Frame) => void>} */
const listeners = new Set();

/** Hear every frame after it was applied; gives what ends that. @param {(frame: import("./types.js").Frame) => void} listener */
export function onFrame(listener) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** @param {import("./types.js").Frame} frame */
export function received(frame) {
  const isGreeting = frame.type === "connection_established";
  if (isGreeting && frame.user.id !== store.myId) return giveWay();
  batch(() => {
    const isAnother = isGreeting && states.isAnother(store.state.value, frame);
    if (isGreeting) frame.chats.forEach(named);
    if (isAnother) messages.forget();
    const before = isAnother ? null : store.chat.peek();
    store.apply(frame);
    const effect = Object.hasOwn(EFFECTS, frame.type) ? /** @type {any} */ (EFFECTS[frame.type]) : null;
    effect?.(frame, before);
  });
  for (const listener of listeners) listener(frame);
}

/** The one chat whose name is the server's is called as its reader would. @param {Chat} chat */
function named(chat) {
  if (chat.kind === "general" && chat.title === "General") chat.title = t("General");
}

function sync() {
  const versions = states.toSync(store.state.value);
  const { epoch } = store.state.value;
  if (Object.keys(versions).length) connection.send({ type: "sync", versions, ...(epoch ? { epoch } : {}) });
}

/** Many tabs may have to ask at once: each waits a moment of this length, in ms. */
const SPREAD = 2000;

/** Ask how much of a chat is unread, where the state can't tell: reading no further is answered with the counts. @param {string} key */
function askForCounts(key) {
  if (!store.chats.value.get(key)?.doubtful) return;
  setTimeout(() => {
    const chat = store.chats.value.get(key);
    if (chat?.doubtful) connection.send({ type: "read", chat: key, seq: chat.last_read_seq });
  }, Math.random() * SPREAD);
}

/** Somebody else says something in the open chat. @param {Message} message */
function came(message) {
  // What comes while nobody looks gets its line, unless there is one that is still unread.
  if (!store.isFocused.value && store.chat.value?.unread_count === 1)
    store.unreadFrom.value = states.put(store.unreadFrom.value, message.chat, message.seq);
  if (document.visibilityState === "visible")
    store.announce(`${nameOf(message.user_id, message.username)}: ${lineOf(message)}`);
}

/** A room whose description is shown, or was, has another one. @param {string} key */
function describeAnew(key) {
  const room = store.chats.value.get(key);
  if (room && store.rooms.value.has(room.id)) loadRoom(room.id);
}

// ---------------------------------------------------------------- what was missed in the open chat gets its line

/**
 * The chat that was open, and read up to `seq`, when the connection went away with messages of one's own on their way.
 * Their posting reads the chat, perhaps before the server greets: then only the messages themselves tell what was missed.
 * @type {{chat: string, seq: number} | null}
 */
let readBefore = null;

/** @param {Chat} before */
function greetedAgain(before) {
  const isOnItsWay = outbox.entries.some((entry) => entry.chat === before.key && entry.state !== "failed");
  readBefore = isOnItsWay && !before.unread_count ? { chat: before.key, seq: before.last_seq } : null;
  markMissed(before);
}

/** @param {Chat} before @param {Extract<Frame, {type: "synced"}>} frame */
function caughtUp(before, frame) {
  if (!readBefore || frame.chat !== readBefore.chat || frame.has_more) return markMissed(before);
  const { seq } = readBefore;
  readBefore = null;
  const isMissed = (/** @type {Message} */ message) =>
    message.seq > seq && message.user_id !== store.myId && !message.deleted_at;
  const all = store.state.value.timelines.get(before.key)?.messages.filter(isMissed) ?? [];
  if (!all.length || frame.reset) return;
  store.unreadFrom.value = states.put(store.unreadFrom.value, before.key, all[0].seq);
  if (!store.chat.peek()?.unread_count) announceNew(all.length);
}

/** The open chat was read to its end, and more came while the connection was away. @param {Chat} before */
function markMissed(before) {
  const chat = store.chat.peek();
  if (!chat?.unread_count || before.unread_count) return;
  const first = Math.max(chat.last_read_seq, before.last_read_seq) + 1;
  if (first <= chat.last_seq) store.unreadFrom.value = states.put(store.unreadFrom.value, chat.key, first);
  announceNew(chat.unread_count);
}

/** @param {number} count */
const announceNew = (count) => store.announce(tn(count, "{count} new message", "{count} new messages"));
