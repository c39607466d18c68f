// @ts-check
/**
 * What the views draw from: signals; `state` is what the server said, the rest is this tab's own. And what this browser
 * keeps of it, until log-out.
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./connection.js").Status} Status
 * @typedef {{text: string, reply?: number | null}} Draft `reply`: id of the message that is answered
 * @typedef {{id: number, text: string, tone: "info" | "error", action?: {label: string, run: () => void}}} Toast
 * @typedef {{reply: Message | null, edit: Message | null}} Intent what the composer is about to do
 */
import { computed, signal } from "@preact/signals";
import { placeOf } from "chat/api.js";
import { empty, reduce, totals } from "chat/state.js";

export const state = signal(empty());

/** @param {import("./types.js").Frame} frame */
export function apply(frame) {
  state.value = reduce(state.value, frame, Date.now());
}

export const me = computed(() => state.value.me);
export const chats = computed(() => state.value.chats);
export const people = computed(() => state.value.people);

/** Where the tab is. */
export const place = signal(placeOf(location.pathname, location.search));
export const chat = computed(() => chats.value.get(place.value.chat ?? "") ?? null);

/** @type {import("@preact/signals").Signal<Status>} */
export const status = signal(/** @type {Status} */ ("stopped"));
/** The connection has been away long enough to say so. */
export const isAway = signal(false);
/** The first frame came: the list is known. */
export const isReady = signal(false);

/** @type {import("@preact/signals").Signal<Entry[]>} */
export const outbox = signal(/** @type {Entry[]} */ ([]));
/** @type {import("@preact/signals").Signal<Map<string, Draft>>} */
export const drafts = signal(new Map());
/** @type {import("@preact/signals").Signal<Map<string, Intent>>} */
export const intents = signal(new Map());

/** Somebody looks at this tab. */
export const isFocused = signal(document.visibilityState === "visible" && document.hasFocus());
/** The position of the first message that was unread when the chat was opened, by chat. */
export const unreadFrom = signal(/** @type {Map<string, number>} */ (new Map()));
/** Chats that one marked as unread: they stay so until they are opened again. */
export const keptUnread = signal(/** @type {Set<string>} */ (new Set()));
/** Why the messages of a chat could not be loaded, by chat. */
export const failures = signal(/** @type {Map<string, import("./api.js").Refused>} */ (new Map()));

/** What a room says of itself beyond its summary, by id. */
export const rooms = signal(/** @type {Map<number, {member_count: number, description: string}>} */ (new Map()));

/** The pane at the side: members of the room, or nothing. Opened and closed by `actions.showPanel`. */
export const panel = signal(/** @type {"members" | null} */ (null));
/** @type {import("@preact/signals").Signal<{view: any, props: any} | null>} */
export const dialog = signal(/** @type {{view: any, props: any} | null} */ (null));
/** @type {import("@preact/signals").Signal<Toast[]>} */
export const toasts = signal(/** @type {Toast[]} */ ([]));
/** What a screen reader says next. */
export const announcement = signal("");
/** Have something said; the same words twice are two things to hear. @param {string} text */
export function announce(text) {
  announcement.value = text === announcement.peek() ? `${text}\u00a0` : text;
}

/** Changes at midnight and every minute, for what shows the time. */
export const now = signal(Date.now());

export const sums = computed(() => totals(state.value));

/** @typedef {{order: "activity" | "sections", enterSends: boolean, notify: boolean, sound: boolean, sidebar: number | null}} Preferences */
/** @type {Preferences} */
const DEFAULTS = { order: "sections", enterSends: true, notify: false, sound: false, sidebar: null };
/** @type {import("@preact/signals").Signal<Preferences>} */
export const preferences = signal({ ...DEFAULTS, ...read("preferences", {}) });

/** @param {Partial<Preferences>} change */
export function prefer(change) {
  preferences.value = { ...preferences.value, ...change };
  write("preferences", preferences.value);
}

/** What people call somebody. @param {number} id @param {string} [username] if they are not known */
export function nameOf(id, username = "") {
  const person = people.value.get(id);
  return person?.display_name || person?.username || username;
}

// ---------------------------------------------------------------- what this browser keeps in localStorage: preferences and drafts

/** Not forgotten after log-out: the look says nothing about anybody. */
const KEPT = ["theme", "language"];

/** @param {string} name @param {any} fallback */
export function read(name, fallback) {
  try {
    const text = localStorage.getItem(name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {any} value null or undefined takes it away */
export function write(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the client works on without.
  }
}

/** @param {number} user @param {string} chat */
const draftName = (user, chat) => `draft:${user}:${chat}`;

/** @param {number} user @param {string} chat @returns {Draft | null} */
export function keptDraft(user, chat) {
  const found = read(draftName(user, chat), null);
  return found && typeof found.text === "string" ? found : null;
}

/** @param {number} user @param {string} chat @param {Draft | null} value */
export function saveDraft(user, chat, value) {
  write(draftName(user, chat), value && (value.text.trim() || value.reply) ? value : null);
}

/** All drafts of a person, by chat. @param {number} user @returns {Map<string, Draft>} */
export function keptDrafts(user) {
  const prefix = `draft:${user}:`;
  const found = new Map();
  for (const name of Object.keys(localStorage)) {
    const value = name.startsWith(prefix) ? keptDraft(user, name.slice(prefix.length)) : null;
    if (value) found.set(name.slice(prefix.length), value);
  }
  return found;
}

/** Forget everything private. */
export function forgetAll() {
  for (const name of Object.keys(localStorage)) if (!KEPT.includes(name)) localStorage.removeItem(name);
  sessionStorage.clear();
}

/** This tab, by a name of its own. */
export const tab = crypto.randomUUID();

// ---------------------------------------------------------------- in IndexedDB: messages on their way, which survive a reload, a crash, days offline; what was last seen

const DATABASE = "chat";
const BOXES = { outbox: { keyPath: "client_id" }, kept: {} };

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

// Held as long as this tab lives; other tabs take over what a dead one left.
navigator.locks?.request(`tab-${tab}`, () => new Promise(() => {}));

function openDatabase() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 2);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(BOXES))
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, options);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });
  return opening;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @param {keyof typeof BOXES} [name]
 * @returns {Promise<T>}
 */
export async function run(mode, work, name = "outbox") {
  const database = await openDatabase();
  if (mode === "readwrite" && !me.peek()) throw new Error("Signed out: nothing is kept any more.");
  const durability = name === "outbox" ? "strict" : "relaxed";
  const request = work(database.transaction(name, mode, { durability }).objectStore(name));
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Without storage (a private window) the outbox lives as long as its tab. @param {unknown} error */
const ignore = (error) => console.warn("The outbox is not kept:", error);

/** @param {Entry} entry */
export const saveEntry = (entry) => void run("readwrite", (box) => box.put(entry)).catch(ignore);

/** @param {string} id */
export const removeEntry = (id) => void run("readwrite", (box) => box.delete(id)).catch(ignore);

/** Make the entries of a person, left by tabs that are gone, this tab's own. @param {number} user @returns {Promise<Entry[]>} */
export async function takeOver(user) {
  if (!navigator.locks) return [];
  try {
    return await navigator.locks.request("outbox", async () => {
      const all = await run("readonly", (box) => /** @type {IDBRequest<Entry[]>} */ (box.getAll()));
      const { held = [] } = await navigator.locks.query();
      const alive = new Set(held.map((lock) => lock.name));
      const left = all.filter((entry) => entry.user === user && !alive.has(`tab-${entry.owner}`));
      const mine = left.map((entry) => ({ ...entry, owner: tab }));
      for (const entry of mine) await run("readwrite", (box) => box.put(entry));
      return mine;
    });
  } catch (error) {
    ignore(error);
    return [];
  }
}

/** Forget what was last seen, and leave what waits to be sent. */
export async function clearKept() {
  const database = await openDatabase();
  return new Promise((resolve) => {
    const work = database.transaction("kept", "readwrite");
    work.objectStore("kept").clear();
    work.oncomplete = work.onerror = () => resolve(undefined);
  });
}
