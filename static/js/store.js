// @ts-check
/**
 * What the views draw from: signals; `state` is what the server said, the rest is this tab's own. And what this browser
 * keeps of it, until log-out.
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./connection.js").Status} Status
 * @typedef {import("./drafts.js").Draft} Draft
 * @typedef {{id: number, text: string, tone: "info" | "error", action?: {label: string, run: () => void}}} Toast
 */
import { computed, signal } from "@preact/signals";
import { placeOf } from "chat/api.js";
import { alone, locked } from "chat/browser.js";
import * as draft from "chat/drafts.js";
import { newId } from "chat/outbox.js";
import { want } from "chat/people.js";
import { empty, reduce, totals } from "chat/state.js";

/** The id of the person whom the server drew this page for. What is kept in this browser is kept for them alone. */
export const myId = Number(document.getElementById("app")?.dataset.user);

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
/** Ids of messages whose edits are on their way. */
export const saving = signal(/** @type {Set<number>} */ (new Set()));

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

/** What people call somebody. @param {number} id @param {string} [username] if they are not known */
export function nameOf(id, username = "") {
  const person = people.value.get(id);
  if (!person || person.isPartial) want(id);
  return person?.display_name || person?.username || username;
}

// ---------------------------------------------------------------- what this browser keeps in localStorage: preferences and drafts, each under a name with the person's id

/**
 * Storage may be forbidden, so that touching it raises, or full: the client works on without.
 * @template T @param {(storage: Storage) => T} work @param {T} otherwise @returns {T}
 */
export function withStorage(work, otherwise) {
  try {
    return work(localStorage);
  } catch {
    return otherwise;
  }
}

/** @param {string} what */
const nameOfKept = (what) => `${what}:${myId}`;

/** @param {string} what @param {any} fallback */
export function read(what, fallback) {
  return withStorage((storage) => JSON.parse(storage.getItem(nameOfKept(what)) ?? "null"), null) ?? fallback;
}

/** @param {string} what @param {any} value */
export function write(what, value) {
  withStorage((storage) => storage.setItem(nameOfKept(what), JSON.stringify(value)), undefined);
}

/** @param {number} user @param {string} chat */
const draftName = (user, chat) => `draft:${user}:${chat}`;

/** @param {number} user @param {string} chat @returns {Draft | null} */
export function keptDraft(user, chat) {
  return draft.read(withStorage((storage) => JSON.parse(storage.getItem(draftName(user, chat)) ?? "null"), null));
}

/** @param {number} user @param {string} chat @param {Draft | null} value */
export function saveDraft(user, chat, value) {
  const name = draftName(user, chat);
  withStorage((storage) => {
    if (value && draft.isWorth(value)) storage.setItem(name, JSON.stringify(value));
    else storage.removeItem(name);
  }, undefined);
}

/** All drafts of a person, by chat. @param {number} user @returns {Map<string, Draft>} */
export function keptDrafts(user) {
  const prefix = draftName(user, "");
  const found = new Map();
  for (const name of withStorage(Object.keys, [])) {
    const value = name.startsWith(prefix) ? keptDraft(user, name.slice(prefix.length)) : null;
    if (value) found.set(name.slice(prefix.length), value);
  }
  return found;
}

/** @typedef {{order: "activity" | "sections", enter: "send" | "line" | null, notify: boolean, sound: boolean, sidebar: number | null}} Preferences `enter`: what the key does; null: as suits the device */
/** @type {Preferences} */
const DEFAULTS = { order: "sections", enter: null, notify: false, sound: false, sidebar: null };
/** What is kept of each person besides drafts. */
const OWN = ["preferences", "emoji"];
// An earlier version did not say whose it is.
withStorage((storage) => {
  for (const what of OWN) {
    const found = storage.getItem(what);
    if (found) storage.setItem(nameOfKept(what), found);
    storage.removeItem(what);
  }
}, undefined);

function readPreferences() {
  const kept = read("preferences", {});
  // An earlier version kept this with every other choice: only what was not its default was chosen.
  if (kept.enterSends === false) kept.enter ??= "line";
  return { ...DEFAULTS, ...kept };
}

/** @type {import("@preact/signals").Signal<Preferences>} */
export const preferences = signal(readPreferences());

/** What was chosen in another tab counts here too. */
addEventListener("storage", ({ key }) => {
  if (key === nameOfKept("preferences")) preferences.value = readPreferences();
});

/** @param {Partial<Preferences>} change */
export function prefer(change) {
  preferences.value = { ...preferences.value, ...change };
  write("preferences", preferences.value);
}

/** A finger is what it is used with: there is no key for a new line beside the one that sends. */
export const isTouched = () => matchMedia("(pointer: coarse)").matches;

/** Whether Enter sends, or makes a new line. */
export const enterSends = () => (preferences.value.enter ? preferences.value.enter === "send" : !isTouched());

/** This tab, by a name of its own. */
export const tab = newId();

// ---------------------------------------------------------------- in IndexedDB: messages on their way, which survive a reload, a crash, days offline; what was last seen

const DATABASE = "chat";
const BOXES = { outbox: { keyPath: "client_id" }, kept: {} };

/** A database that does not answer within this time, in ms, is none: a browser may block it without a word. */
const DEADLINE = 5000;

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

// Held as long as this tab lives; other tabs take over what a dead one left.
alone(`tab-${tab}`, () => new Promise(() => {}));

function openDatabase() {
  opening ??= new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("The database does not answer.")), DEADLINE);
    const request = indexedDB.open(DATABASE, 2);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(BOXES))
        if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, options);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      resolve(request.result);
    };
  });
  return opening;
}

/**
 * One request, and wait until what it wrote is kept.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @param {keyof typeof BOXES} [name]
 * @returns {Promise<T>}
 */
export async function run(mode, work, name = "outbox") {
  const database = await openDatabase();
  if (mode === "readwrite" && !me.peek()) throw new Error("Signed out: nothing is kept any more.");
  const transaction = database.transaction(name, mode, { durability: name === "outbox" ? "strict" : "relaxed" });
  const request = work(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Unsent messages that this browser could not keep, by client_id: they live as long as this tab. @type {Set<string>} */
export const unkept = new Set();

/** @param {Entry} entry */
export function saveEntry(entry) {
  run("readwrite", (box) => box.put(entry)).then(
    () => unkept.delete(entry.client_id),
    (error) => {
      console.warn("A message on its way is not kept:", error);
      unkept.add(entry.client_id);
    },
  );
}

/** @param {string} id */
export function removeEntry(id) {
  unkept.delete(id);
  run("readwrite", (box) => box.delete(id)).catch(() => {});
}

/** What a person wrote in any tab of this browser and what is not sent yet. @param {number} user @returns {Promise<Entry[]>} */
export async function entriesOf(user) {
  const all = await run("readonly", (box) => /** @type {IDBRequest<Entry[]>} */ (box.getAll()));
  return all.filter((entry) => entry.user === user);
}

/** Make the entries of a person, left by tabs that are gone, this tab's own. @param {number} user @returns {Promise<Entry[]>} */
export async function takeOver(user) {
  try {
    return await alone("outbox", async () => {
      const alive = await locked();
      // Over http nobody can tell whether the other tab still lives. Sending what it sends too does no harm.
      if (!alive) return await entriesOf(user);
      const left = (await entriesOf(user)).filter((entry) => !alive.has(`tab-${entry.owner}`));
      const mine = left.map((entry) => ({ ...entry, owner: tab }));
      for (const entry of mine) await run("readwrite", (box) => box.put(entry));
      return mine;
    });
  } catch (error) {
    console.warn("What was kept can't be read:", error);
    return [];
  }
}

// ---------------------------------------------------------------- forgetting

/** Forget what was last seen, and leave what waits for this person: drafts, unsent messages, preferences. */
export async function forgetSeen() {
  const database = await openDatabase();
  return new Promise((resolve) => {
    const work = database.transaction("kept", "readwrite");
    work.objectStore("kept").clear();
    work.oncomplete = work.onabort = () => resolve(undefined);
  });
}

/** Forget everything of this person, and leave what waits for somebody else who was signed in here. */
export async function forgetMine() {
  const isMine = (/** @type {string} */ name) =>
    name.startsWith(draftName(myId, "")) || OWN.map(nameOfKept).includes(name);
  withStorage((storage) => {
    for (const name of Object.keys(storage).filter(isMine)) storage.removeItem(name);
  }, undefined);
  const database = await openDatabase();
  return new Promise((resolve) => {
    const work = database.transaction(Object.keys(BOXES), "readwrite");
    work.objectStore("kept").clear();
    const walk = work.objectStore("outbox").openCursor();
    walk.onsuccess = () => {
      if (walk.result?.value.user === myId) walk.result.delete();
      walk.result?.continue();
    };
    work.oncomplete = work.onabort = () => resolve(undefined);
  });
}
