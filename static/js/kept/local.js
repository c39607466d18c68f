// @ts-check
/**
 * What this browser keeps in localStorage until log-out: preferences and drafts, each under a name with the person's id.
 *
 * @typedef {import("../drafts.js").Draft} Draft
 */
import { signal } from "@preact/signals";
import * as draft from "chat/drafts.js";
import { myId } from "chat/store.js";

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

/** @param {string} chat */
const sharedName = (chat) => `shared:${myId}:${chat}`;

/** What the server has of a draft. @param {string} chat @returns {draft.Shared} */
export function keptShared(chat) {
  const found = withStorage((storage) => JSON.parse(storage.getItem(sharedName(chat)) ?? "null"), null);
  return { ...draft.UNSHARED, ...found };
}

/** @param {string} chat @param {draft.Shared} value */
export function saveShared(chat, value) {
  withStorage((storage) => storage.setItem(sharedName(chat), JSON.stringify(value)), undefined);
}

/** The chat whose shared draft has this name in the storage; null: it is something else. @param {string | null} name */
export const chatOfShared = (name) => (name?.startsWith(sharedName("")) ? name.slice(sharedName("").length) : null);

/** The chats with a shared draft. */
export const sharedChats = () =>
  withStorage(Object.keys, [])
    .map(chatOfShared)
    .filter((chat) => chat !== null);

/** @typedef {{order: "activity" | "sections", enter: "send" | "line" | null, notify: boolean, sound: boolean, sidebar: number | null, hold: boolean, tone: string}} Preferences `enter`: what the key does; null: as suits the device. `hold`: messages are held for a moment, and can be taken back. `tone`: of the skin of emoji, see tones.js */
/** @type {Preferences} */
const DEFAULTS = { order: "sections", enter: null, notify: false, sound: false, sidebar: null, hold: false, tone: "" };
/** What is kept of each person besides drafts. */
const OWN = ["preferences", "deletions", "emoji", "emoji-counts", "pins", "searches"];
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

/** Deletions that have not gone out yet, of all tabs. @returns {import("../deletions.js").Deletion[]} */
export const keptDeletions = () => Object.values(read("deletions", {}));

/** @param {number} id of the message @param {import("../deletions.js").Deletion | null} deletion null: it needs no keeping any more */
export function keepDeletion(id, deletion) {
  const { [id]: _, ...others } = read("deletions", {});
  write("deletions", deletion ? { ...others, [id]: deletion } : others);
}

/** A finger is what it is used with: there is no key for a new line beside the one that sends. */
export const isTouched = () => matchMedia("(pointer: coarse)").matches;

/** Whether Enter sends, or makes a new line. */
export const enterSends = () => (preferences.value.enter ? preferences.value.enter === "send" : !isTouched());

/** Forget everything of this person. */
export function forget() {
  const isMine = (/** @type {string} */ name) =>
    name.startsWith(draftName(myId, "")) || name.startsWith(sharedName("")) || OWN.map(nameOfKept).includes(name);
  withStorage((storage) => {
    for (const name of Object.keys(storage).filter(isMine)) storage.removeItem(name);
  }, undefined);
}
