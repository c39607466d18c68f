// @ts-check
/**
 * What a person does with messages: loading, reading, sending and editing them, and drafts.
 *
 * @typedef {import("./types.js").Message} Message
 */
import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import * as drafts from "chat/drafts.js";
import * as database from "chat/kept/database.js";
import * as local from "chat/kept/local.js";
import { attempt } from "chat/screen.js";
import { connection, outbox } from "chat/session.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";
import * as timeline from "chat/timeline.js";

const PAGE = 50;
/** How long a message is held before it is sent, in ms, if "Undo sending" is on. */
const HELD = 5000;
/** Messages of a page that are rendered in one animation frame: more would make scrolling stutter. */
const PART = 10;

/** Load how far the others have read; from then on `read` frames update it. @param {import("./types.js").Chat} chat */
export async function loadReads(chat) {
  store.state.value = states.readBy(store.state.value, chat.key, []); // frames that come meanwhile count
  const found = await api.get(`/chats/${chat.kind}/${chat.id}/read`).catch(() => ({ reads: [] }));
  store.state.value = states.readBy(store.state.value, chat.key, found.reads);
}

/** @type {Map<string, Promise<void>>} loads under way: one of a kind per chat */
const loading = new Map();

/** @param {string} name @param {() => Promise<void>} work */
function once(name, work) {
  const running = loading.get(name);
  if (running) return running;
  const started = work().finally(() => loading.get(name) === started && loading.delete(name));
  loading.set(name, started);
  return started;
}

/** A page of history; null if it is of another epoch than the state, which is then about to be replaced. @param {string} key @param {string} query @returns {Promise<import("./types.js").Page | null>} */
async function page(key, query) {
  const { epoch } = store.state.value;
  const found = await api.get(`${api.pathOf(key)}/history?limit=${PAGE}${query}`);
  if ((epoch !== null && epoch !== store.state.value.epoch) || states.isAnother(store.state.value, found)) return null;
  outbox.delivered(found.messages.map((/** @type {Message} */ message) => message.client_id));
  return found;
}

/** Resolves after the next animation frame, or in a background tab, which has none, after 100 ms. */
const drawn = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });

/** @param {string} key @param {import("./api.js").Refused | undefined} failure */
function failed(key, failure) {
  if (failure || store.failures.value.has(key)) store.failures.value = states.put(store.failures.value, key, failure);
}

/**
 * Load the messages of a chat around `seq`, or its newest ones, unless they are there already.
 * @param {string} key @param {number | null} seq
 */
export function show(key, seq) {
  const found = store.state.value.timelines.get(key);
  const chat = store.chats.value.get(key);
  const isThere = found && (seq === null ? found.atEnd || found.stale : timeline.holds(found, seq));
  if (isThere) return Promise.resolve();
  return once(`open ${key} ${seq}`, async () => {
    try {
      const isNew = seq === null || seq < 1 || (chat && seq >= chat.last_seq);
      const got = await page(key, isNew ? "" : `&around_seq=${seq}`);
      failed(key, undefined);
      if (got) store.state.value = states.opened(store.state.value, key, got);
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      failed(key, error);
    }
  });
}

/** @param {string} key */
export function loadOlder(key) {
  const found = store.state.value.timelines.get(key);
  if (!found || timeline.atStart(found)) return;
  return once(`older ${key}`, async () => {
    const got = await page(key, `&before_seq=${timeline.firstSeq(found)}`).catch(() => null);
    for (let end = got?.messages.length ?? 0; got && end > 0; end -= PART) {
      const messages = got.messages.slice(Math.max(0, end - PART), end);
      store.state.value = states.older(store.state.value, key, { ...got, messages });
      await drawn();
    }
  });
}

/** @param {string} key */
export function loadNewer(key) {
  const found = store.state.value.timelines.get(key);
  if (!found || found.atEnd || found.stale) return;
  return once(`newer ${key}`, async () => {
    const got = await page(key, `&after_seq=${timeline.lastSeq(found)}`).catch(() => null);
    for (let from = 0; got && (from === 0 || from < got.messages.length); from += PART) {
      const messages = got.messages.slice(from, from + PART);
      const has_newer = got.has_newer || from + PART < got.messages.length;
      store.state.value = states.newer(store.state.value, key, { ...got, messages, has_newer });
      await drawn();
    }
  });
}

/** @param {string} key @param {boolean} follow */
export function follow(key, follow) {
  store.state.value = states.follow(store.state.value, key, follow);
}

/** A message that may not be loaded; null: it does not exist (any more), undefined: the request failed. @param {number} id @returns {Promise<Message | null | undefined>} */
export function fetchMessage(id) {
  return api.get(`/messages/${id}`).catch((error) => (error.status === 404 ? null : undefined));
}

/** The newest messages of a chat, whichever part of it is loaded. @param {string} key @returns {Promise<Message[]>} */
export async function newest(key) {
  const found = store.state.value.timelines.get(key);
  if (found?.atEnd && !found.stale) return found.messages;
  return (await page(key, "").catch(() => null))?.messages ?? [];
}

/** @type {Map<string, number>} read positions that the server has yet to be told, by chat */
export const toRead = new Map();
/** @type {any} */
let readTimer = null;

/** Everything up to `seq` was on the screen. @param {string} key @param {number} seq */
export function markRead(key, seq) {
  const chat = store.chats.value.get(key);
  if (!chat || seq <= chat.last_read_seq || store.keptUnread.value.has(key)) return;
  store.state.value = states.seen(store.state.value, key, seq);
  toRead.set(key, seq);
  if (readTimer !== null) return;
  tellRead(); // at once, as the page may be closed; while the person scrolls, at most four times a second
  readTimer = setTimeout(() => {
    readTimer = null;
    tellRead();
  }, 250);
}

function tellRead() {
  for (const [chat, seq] of toRead) if (connection.send({ type: "read", chat, seq })) toRead.delete(chat);
}

addEventListener("pagehide", tellRead);

/** Once connected again: load what could not be loaded, and tell what was read meanwhile. */
export function again() {
  const { chat, seq } = store.place.value;
  const failures = store.failures.value;
  store.failures.value = new Map();
  if (chat && failures.has(chat)) show(chat, seq);
  for (const [key, read] of toRead) store.state.value = states.seen(store.state.value, key, read);
  tellRead();
}

/** The server has another epoch: drop the positions and ids that this tab keeps beside the state: they are not valid. */
export function forget() {
  toRead.clear();
  loading.clear();
  store.unreadFrom.value = new Map();
  store.keptUnread.value = new Set();
  store.failures.value = new Map();
  const unuploaded = (/** @type {import("./uploads.js").Attached} */ file) => ({ ...file, attachment: undefined });
  store.trays.value = new Map([...store.trays.value].map(([box, files]) => [box, files.map(unuploaded)]));
  if (store.panel.value?.startsWith("thread:")) store.panel.value = null;
  for (const [box, draft] of store.drafts.value) {
    const words = drafts.uprooted(draft);
    keepDraft(box, words);
    if (!box.includes("#")) continue;
    // Its chain is gone: the draft moves to the chat.
    const chat = box.split("#")[0];
    const text = [draftOf(chat).text, words.text].filter((part) => part.trim()).join("\n\n");
    keepDraft(chat, { ...drafts.uprooted(draftOf(chat)), text });
    keepDraft(box, drafts.NONE);
  }
}

/** Choose whether a chat stays unread although it is seen. @param {string} key @param {boolean} isKept */
export function keepUnread(key, isKept) {
  if (store.keptUnread.value.has(key) === isKept) return;
  const kept = new Set(store.keptUnread.value);
  if (isKept) kept.add(key);
  else kept.delete(key);
  store.keptUnread.value = kept;
}

/**
 * @param {string} chat
 * @param {string} content
 * @param {number | null} reply_to
 * @param {{box?: string, files?: import("./uploads.js").Attached[]}} [from] the box it was written in, if not the chat's
 */
export function send(chat, content, reply_to, { box, files } = {}) {
  const user = store.me.value?.id;
  if (!user) return;
  const isHeld = local.preferences.value.hold;
  if (isHeld) load("chat/undo.js").catch(() => {});
  const more = {
    ...(box ? { box } : {}),
    ...(files?.length ? { files } : {}),
    ...(isHeld ? { until: Date.now() + HELD } : {}),
  };
  outbox.add({ chat, content, reply_to, user, owner: database.tab, ...more });
}

/** Save an edit. Its text stays in the composer until the server accepts it. @param {string} key @param {number} id @param {string} content */
export async function saveEdit(key, id, content) {
  if (store.saving.value.has(id)) return;
  const sent = drafts.textOf(draftOf(key));
  store.saving.value = new Set(store.saving.value).add(id);
  try {
    const isSaved = await attempt(async () => {
      const changed = await api.call("PATCH", `/messages/${id}`, { content });
      store.apply({ type: "message_updated", ...changed });
    });
    if (isSaved) keepDraft(key, drafts.saved(draftOf(key), id, sent));
  } finally {
    store.saving.value = new Set([...store.saving.value].filter((other) => other !== id));
  }
}

/** @param {number | undefined} window seconds; undefined: no limit @param {Message} message */
const isOver = (window, message) =>
  Boolean(window) && Date.now() - Date.parse(message.timestamp) > Number(window) * 1000;

/** Whether the person may edit a message, as far as this client knows. @param {Message} message */
export function canEdit(message) {
  const chat = store.chats.peek().get(message.chat);
  if (!chat || chat.archived || message.deleted_at || message.user_id !== store.myId) return false;
  return !isOver(chat.edit_window, message);
}

/** @param {Message} message */
export function canDelete(message) {
  const chat = store.chats.peek().get(message.chat);
  if (!chat || message.deleted_at) return false;
  if (chat.kind === "room" && chat.role !== "member") return true;
  return message.user_id === store.myId && !isOver(chat.delete_window, message);
}

let typedAt = 0;

/** @param {string} chat @param {boolean} isTyping */
export function typing(chat, isTyping) {
  const now = Date.now();
  if (isTyping && now - typedAt < 3000) return;
  if (!isTyping && !typedAt) return;
  typedAt = isTyping ? now : 0;
  connection.send({ type: isTyping ? "typing" : "stop_typing", chat });
}

/** What is being written in a chat. @param {string} key @returns {drafts.Draft} */
export const draftOf = (key) => store.drafts.value.get(key) ?? drafts.NONE;

/** @type {(key: string) => void} */
let draftKept = () => {};

/** Call `listener` with a draft's key whenever that draft was changed in this tab. @param {typeof draftKept} listener */
export function onDraft(listener) {
  draftKept = listener;
}

/** @param {string} key @param {drafts.Draft} draft */
export function keepDraft(key, draft) {
  const user = store.me.value?.id;
  if (!user || draft === draftOf(key)) return;
  local.saveDraft(user, key, draft);
  // Blanks alone are not saved, but stay in the composer.
  store.drafts.value = states.put(store.drafts.value, key, drafts.isWorth(draft) || draft.text ? draft : undefined);
  draftKept(key);
}

/** Take over drafts that another tab changed. */
addEventListener("storage", ({ key: name, newValue }) => {
  const prefix = `draft:${store.me.value?.id}:`;
  if (!name?.startsWith(prefix)) return;
  const draft = newValue ? drafts.read(JSON.parse(newValue)) : null;
  store.drafts.value = states.put(store.drafts.value, name.slice(prefix.length), draft ?? undefined);
});
