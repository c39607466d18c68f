// @ts-check
/**
 * What a person can do. Views call these; these call the server and change the store.
 *
 * @typedef {import("./types.js").Message} Message
 */
import { batch } from "@preact/signals";
import * as api from "chat/api.js";
import { channelOf, load, loadStyle } from "chat/browser.js";
import { Connection } from "chat/connection.js";
import * as drafts from "chat/drafts.js";
import { t, tn } from "chat/i18n.js";
import { Outbox } from "chat/outbox.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";
import * as timeline from "chat/timeline.js";

const PAGE = 50;
/** Of a page, so many messages are drawn at a time: a frame has no room for more without a stutter. */
const PART = 10;
/** A broken connection shows after this long, in ms: a blink is not worth a word. */
const GRACE = 1500;

/** @type {Set<(frame: import("./types.js").Frame) => void>} */
const listeners = new Set();

/** Hear every frame after it was applied; gives what ends that. @param {(frame: import("./types.js").Frame) => void} listener */
export function onFrame(listener) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export const connection = new Connection({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
  token: api.token,
  isOver: (error) => error instanceof api.Refused && error.status === 401,
  onStatus: changedStatus,
  onFrame: received,
});

export const outbox = new Outbox({
  send: (frame) => connection.send(frame),
  save: store.saveEntry,
  remove: store.removeEntry,
  onChange: (entries) => {
    store.outbox.value = entries;
  },
});

/** @type {any} */
let graceTimer = null;

/** @param {import("./connection.js").Status} status */
function changedStatus(status) {
  const wasOpen = store.status.value === "open";
  store.status.value = status;
  if (status === "open") {
    clearTimeout(graceTimer);
    graceTimer = null;
    store.isAway.value = false;
  } else {
    if (wasOpen) outbox.closed();
    graceTimer ??= setTimeout(() => {
      store.isAway.value = store.status.value !== "open" && store.status.value !== "stopped";
    }, GRACE);
  }
}

/** @param {import("./types.js").Frame} frame */
function received(frame) {
  if (frame.type === "connection_established" && frame.user.id !== store.myId) return giveWay();
  batch(() => {
    if (frame.type === "connection_established") frame.chats.forEach(named);
    const isAnother = frame.type === "connection_established" && states.isAnother(store.state.value, frame);
    if (isAnother) forget();
    const before = isAnother ? null : store.chat.peek();
    store.apply(frame);
    if (before && (frame.type === "connection_established" || frame.type === "synced")) missed(before, frame);
    if (frame.type === "connection_established") greeted(frame);
    if (frame.type === "lagged") sync();
    if (frame.type === "synced") {
      const { chat, version, epoch } = frame;
      if (frame.has_more) connection.send({ type: "sync", chat, version, epoch });
      outbox.delivered(frame.messages.map((/** @type {Message} */ message) => message.client_id));
    }
    if (frame.type === "message" && frame.user_id === store.me.value?.id) outbox.delivered([frame.client_id]);
    if (frame.type === "removed" || frame.type === "room_left") outbox.discardChat(frame.chat);
    outbox.receive(frame);
  });
  for (const listener of listeners) listener(frame);
}

/**
 * The chat that was open, and read up to `seq`, when the connection went away with messages of one's own on their way.
 * Their posting reads the chat, perhaps before the server greets: then only the messages themselves tell what was missed.
 * @type {{chat: string, seq: number} | null}
 */
let readBefore = null;

/**
 * The open chat was read to its end, and more came while the connection was away: that gets its line.
 * @param {import("./types.js").Chat} before @param {import("./types.js").Frame} frame
 */
function missed(before, frame) {
  const chat = store.chat.peek();
  if (frame.type === "connection_established") {
    const isOnItsWay = outbox.entries.some((entry) => entry.chat === before.key && entry.state !== "failed");
    readBefore = isOnItsWay && !before.unread_count ? { chat: before.key, seq: before.last_seq } : null;
  } else if (readBefore && frame.chat === readBefore.chat && !frame.has_more) {
    const { seq } = readBefore;
    readBefore = null;
    const isMissed = (/** @type {Message} */ message) =>
      message.seq > seq && message.user_id !== store.myId && !message.deleted_at;
    const all = store.state.value.timelines.get(before.key)?.messages.filter(isMissed) ?? [];
    if (!all.length || frame.reset) return;
    store.unreadFrom.value = states.put(store.unreadFrom.value, before.key, all[0].seq);
    if (!chat?.unread_count) store.announce(tn(all.length, "{count} new message", "{count} new messages"));
    return;
  }
  if (!chat?.unread_count || before.unread_count) return;
  const first = Math.max(chat.last_read_seq, before.last_read_seq) + 1;
  if (first <= chat.last_seq) store.unreadFrom.value = states.put(store.unreadFrom.value, chat.key, first);
  store.announce(tn(chat.unread_count, "{count} new message", "{count} new messages"));
}

/** The one chat whose name is the server's is called as its reader would. @param {import("./types.js").Chat} chat */
function named(chat) {
  if (chat.kind === "general" && chat.title === "General") chat.title = t("General");
}

/** The server has another log: positions and messages that this tab remembers beside the state are of none. */
function forget() {
  toRead.clear();
  loading.clear();
  store.unreadFrom.value = new Map();
  store.keptUnread.value = new Set();
  store.failures.value = new Map();
  for (const [chat, draft] of store.drafts.value) keepDraft(chat, drafts.uprooted(draft));
}

let adopted = 0; // whose

/** @param {import("./types.js").Frame} frame */
function greeted(frame) {
  store.isReady.value = true;
  sync();
  outbox.begin(frame.epoch ?? null);
  renewLater();
  adopt(frame.user.id);
  outbox.opened();
  tellTabs({ type: "here", user: store.myId });
}

/** What this person wrote before the page was loaded, sent or not. @param {number} user */
export function adopt(user) {
  if (adopted === user) return;
  adopted = user;
  store.drafts.value = store.keptDrafts(user);
  store.takeOver(user).then((entries) => outbox.adopt(entries));
}

function sync() {
  const versions = states.toSync(store.state.value);
  const { epoch } = store.state.value;
  if (Object.keys(versions).length) connection.send({ type: "sync", versions, ...(epoch ? { epoch } : {}) });
}

/** @type {any} */
let renewal = null;

/** Give the socket a fresh token before its own runs out. */
function renewLater() {
  clearTimeout(renewal);
  renewal = setTimeout(
    async () => {
      const token = await api.token().catch(() => null);
      if (token) connection.send({ type: "auth", token });
      if (store.status.value === "open") renewLater();
    },
    Math.max(api.timeLeft(), 5_000),
  );
}

// ---------------------------------------------------------------- where one is

/** @param {string | null} chat @param {number | null} [seq] @param {{replace?: boolean}} [options] */
export function go(chat, seq = null, { replace = false } = {}) {
  const address = api.url(chat, seq);
  const to = { chat, seq };
  if (replace) history.replaceState({ inside: history.state?.inside }, "", address);
  else if (address !== location.pathname) history.pushState({ inside: true }, "", address);
  if (chat !== store.place.value.chat && isNarrow()) store.panel.value = null;
  store.place.value = to;
}

/** Back to the list, the way one came if that was from the list. */
export function goToList() {
  go(null);
}

addEventListener("popstate", () => {
  store.place.value = api.placeOf(location.pathname, location.search);
  if (isNarrow()) store.panel.value = history.state?.panel ?? null;
});

const isNarrow = () => matchMedia("(max-width: 719px)").matches;

/** Open or close the pane at the side. Where it covers all, Back closes it. @param {"members" | null} panel */
export function showPanel(panel) {
  if (panel === store.panel.value) return;
  if (!panel && history.state?.panel && isNarrow()) return history.back();
  if (panel && isNarrow()) history.pushState({ inside: true, panel }, "", location.pathname + location.search);
  store.panel.value = panel;
}

// ---------------------------------------------------------------- messages

/** How far the others have read; from now on `read` frames tell. @param {import("./types.js").Chat} chat */
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

/** A page; null if it is of another log than the state: then all is drawn anew in a moment. @param {string} key @param {string} query @returns {Promise<import("./types.js").Page | null>} */
async function page(key, query) {
  const { epoch } = store.state.value;
  const found = await api.get(`${api.pathOf(key)}/history?limit=${PAGE}${query}`);
  if ((epoch !== null && epoch !== store.state.value.epoch) || states.isAnother(store.state.value, found)) return null;
  outbox.delivered(found.messages.map((/** @type {Message} */ message) => message.client_id));
  return found;
}

/** The next frame; in a tab that draws none, soon. */
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
 * Have the messages of a chat around `seq`, or its newest ones. At once if they are there already.
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

/** What could not be loaded is asked for again when the connection is back. */
onFrame((frame) => {
  if (frame.type !== "connection_established") return;
  const { chat, seq } = store.place.value;
  const failures = store.failures.value;
  store.failures.value = new Map();
  if (chat && failures.has(chat)) show(chat, seq);
});

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

/** A message that may not be in the window; null: there is none (any more), undefined: it can't be had now. @param {number} id @returns {Promise<Message | null | undefined>} */
export function fetchMessage(id) {
  return api.get(`/messages/${id}`).catch((error) => (error.status === 404 ? null : undefined));
}

/** The newest messages of a chat, wherever its window is. @param {string} key @returns {Promise<Message[]>} */
export async function newest(key) {
  const found = store.state.value.timelines.get(key);
  if (found?.atEnd && !found.stale) return found.messages;
  return (await page(key, "").catch(() => null))?.messages ?? [];
}

/** @type {Map<string, number>} positions to tell the server, by chat */
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
  tellRead(); // at once, for the page may be closed; and while one scrolls not more often than four times a second
  readTimer = setTimeout(() => {
    readTimer = null;
    tellRead();
  }, 250);
}

function tellRead() {
  for (const [chat, seq] of toRead) if (connection.send({ type: "read", chat, seq })) toRead.delete(chat);
}

addEventListener("pagehide", tellRead);

/** @type {Set<() => Promise<any>>} */
const goodbyes = new Set();

/** Have something done before the page's person is gone. @param {() => Promise<any>} goodbye */
export function onLeave(goodbye) {
  goodbyes.add(goodbye);
}

/** After a reconnect, what was read meanwhile. */
onFrame((frame) => {
  if (frame.type !== "connection_established") return;
  for (const [chat, seq] of toRead) {
    store.state.value = states.seen(store.state.value, chat, seq);
    if (connection.send({ type: "read", chat, seq })) toRead.delete(chat);
  }
});

/** Whether what is seen of a chat counts as read. @param {string} key @param {boolean} isKept */
export function keepUnread(key, isKept) {
  if (store.keptUnread.value.has(key) === isKept) return;
  const kept = new Set(store.keptUnread.value);
  if (isKept) kept.add(key);
  else kept.delete(key);
  store.keptUnread.value = kept;
}

/** @param {string} chat @param {string} content @param {number | null} reply_to */
export function send(chat, content, reply_to) {
  const user = store.me.value?.id;
  if (!user) return;
  outbox.add({ chat, content, reply_to, user, owner: store.tab });
}

/** Save what is in the box as the text of a message; it stays there until that is accepted. @param {string} key @param {number} id @param {string} content */
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

/** @param {string} key @param {drafts.Draft} draft */
export function keepDraft(key, draft) {
  const user = store.me.value?.id;
  if (!user || draft === draftOf(key)) return;
  store.saveDraft(user, key, draft);
  // Blanks alone are not kept, but stand in the box.
  store.drafts.value = states.put(store.drafts.value, key, drafts.isWorth(draft) || draft.text ? draft : undefined);
}

/** What another tab wrote. */
addEventListener("storage", ({ key: name, newValue }) => {
  const prefix = `draft:${store.me.value?.id}:`;
  if (!name?.startsWith(prefix)) return;
  const draft = newValue ? drafts.read(JSON.parse(newValue)) : null;
  store.drafts.value = states.put(store.drafts.value, name.slice(prefix.length), draft ?? undefined);
});

// ---------------------------------------------------------------- chats

/** People of this server, for names, presence and the switcher. */
export async function meetPeople() {
  const answer = await api.get("/users?limit=200").catch(() => null);
  if (answer) store.state.value = states.meet(store.state.value, answer.results);
}

// ---------------------------------------------------------------- the rest

let toastId = 0;

/** @param {string} text @param {Partial<import("./store.js").Toast>} [options] */
export function toast(text, options = {}) {
  const made = { id: ++toastId, text, tone: /** @type {const} */ ("info"), ...options };
  const others = store.toasts.value.filter((toast) => toast.text !== text);
  store.toasts.value = [...others.slice(-2), made];
  setTimeout(() => dismiss(made.id), made.tone === "error" ? 8000 : 5000);
}

/** @param {number} id */
export function dismiss(id) {
  store.toasts.value = store.toasts.value.filter((toast) => toast.id !== id);
}

/** Do it; what is refused is said in words. @param {() => Promise<any>} work @returns {Promise<boolean>} whether it was done */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    toast(error.sentence, { tone: "error" });
    return false;
  }
}

/** Show a dialog: a component that is loaded when it is first needed. @param {Promise<any>} module @param {string} name @param {object} [props] */
export async function openDialog(module, name, props = {}) {
  try {
    const [found] = await Promise.all([module, loadStyle("css/components/overlay.css")]);
    store.dialog.value = { view: found[name], props };
  } catch {
    toast(t("This part could not be loaded. Check the connection and try again."), { tone: "error" });
  }
}

export function closeDialog() {
  store.dialog.value = null;
}

/** @typedef {{type: "signed-out" | "here", user: number}} Note between tabs; "here": the server says that this person is signed in */
const tabs = channelOf("session");
if (tabs)
  tabs.onmessage = ({ data }) => {
    const { type, user } = /** @type {Note} */ (data);
    if (type === "here" && user !== store.myId) giveWay();
    if (type === "signed-out" && user === store.myId) leave("/login");
  };

/** @param {Note} note */
const tellTabs = (note) => tabs?.postMessage(note);

/** End the session, here and in all tabs; first ask, if something is not sent yet. */
export async function logout() {
  const kept = await store.entriesOf(store.myId).catch(() => []);
  const here = outbox.entries.filter((entry) => entry.state !== "sent");
  const { size } = new Set([...kept, ...here].map((entry) => entry.client_id));
  if (!size) return signOut();
  return openDialog(load("chat/views/dialogs.js"), "Confirm", {
    title: t("Log out?"),
    text: tn(
      size,
      "{count} message is not sent yet, and would be lost.",
      "{count} messages are not sent yet, and would be lost.",
    ),
    verb: t("Log out"),
    run: signOut,
  });
}

async function signOut() {
  connection.stop(); // else it hears first that the session is over, and takes that for an end that nobody wanted
  try {
    await api.logout();
  } catch (error) {
    if (leaving) return;
    if (!(error instanceof api.Refused) || error.status === 0) {
      connection.start();
      toast(t("You are still signed in: the server can't be reached."), { tone: "error" });
      return;
    }
  }
  tellTabs({ type: "signed-out", user: store.myId });
  await leave("/login");
}

/** What is not kept by the browser would be lost with the page. */
addEventListener("beforeunload", (event) => {
  if (!leaving && outbox.entries.some((entry) => store.unkept.has(entry.client_id) && entry.state !== "sent"))
    event.preventDefault();
});

/** Longer than this, in ms, nobody waits for a browser to forget something. */
const PATIENCE = 3000;

let leaving = false;

/**
 * Empty this tab of everything private, and what was last seen; then go. After a log-out everything that the browser
 * keeps of this person goes too; after a session that ended by itself, drafts and unsent messages wait for their return.
 * @param {() => void} go
 * @param {{keep: boolean}} options
 */
async function empty(go, { keep }) {
  if (leaving) return;
  leaving = true;
  connection.stop();
  outbox.closed();
  api.forget();
  document.getElementById("app")?.replaceChildren();
  const forgotten = keep ? store.forgetSeen() : store.forgetMine();
  store.state.value = states.empty();
  const caches = keep ? undefined : globalThis.caches;
  const emptied = caches?.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))));
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([
    Promise.allSettled([forgotten, emptied, ...[...goodbyes].map((goodbye) => goodbye())]),
    patience,
  ]);
  go();
}

/** @param {string} to @param {{keep?: boolean}} [options] */
export function leave(to, { keep = false } = {}) {
  return empty(() => location.replace(to), { keep });
}

/** So soon after the last time, in ms, drawing the page anew won't help. */
const AGAIN = 10_000;

/** Somebody else is signed in in this browser: draw their page. What waits to be sent waits for this page's person. */
export function giveWay() {
  const { gaveWay = 0 } = history.state ?? {};
  if (Date.now() - gaveWay < AGAIN)
    return leave(`/login?next=${encodeURIComponent(location.pathname)}`, { keep: true });
  history.replaceState({ ...history.state, gaveWay: Date.now() }, "");
  return empty(() => location.reload(), { keep: true });
}
