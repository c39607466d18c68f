// @ts-check
/**
 * What the views draw from: signals; `state` is what the server said, the rest is this tab's own.
 *
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./connection.js").Status} Status
 * @typedef {import("./drafts.js").Draft} Draft
 * @typedef {{id: number, text: string, tone: "info" | "error", about?: number, action?: {label: string, run: () => void}}} Toast
 */
import { computed, signal } from "@preact/signals";
import { placeOf } from "chat/api.js";
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
/** Messages that one has deleted, by id, until the server says so. @type {import("@preact/signals").Signal<Map<number, import("./deletions.js").Deletion>>} */
export const deletions = signal(new Map());
/** @type {import("@preact/signals").Signal<Map<string, Draft>>} */
export const drafts = signal(new Map());
/** Drafts of other devices, beside those that stand in the box, by chat. */
export const otherDrafts = signal(/** @type {Map<string, import("./drafts.js").Words>} */ (new Map()));
/** Files that are attached to what is being written, by the box it is written in. @type {import("@preact/signals").Signal<Map<string, import("./uploads.js").Attached[]>>} */
export const trays = signal(new Map());
/** How much of a file is uploaded, from 0 to 1, by its id; none: it is not on its way. */
export const progress = signal(/** @type {Map<string, number>} */ (new Map()));
/** Files are held over the box of this name, which is in this part of the page. */
export const dropping = signal(/** @type {{box: string, pane: HTMLElement} | null} */ (null));
/** What is recorded for a box, and what shows it. @type {import("@preact/signals").Signal<{box: string, recording: import("./recording.js").Recording, view: any} | null>} */
export const recording = signal(/** @type {any} */ (null));
/** Ids of messages whose edits are on their way. */
export const saving = signal(/** @type {Set<number>} */ (new Set()));

/** Messages that are sent later or could not be, by id. */
export const scheduled = signal(/** @type {Map<number, import("./types.js").Scheduled>} */ (new Map()));
export const reminders = signal(/** @type {Map<number, import("./types.js").Reminder>} */ (new Map()));
/** What waits for an answer: reminders whose time has come, and scheduled messages that were not sent. */
export const due = computed(() => [
  ...[...reminders.value.values()].filter(({ state }) => state === "due"),
  ...[...scheduled.value.values()].filter(({ state }) => state === "failed"),
]);

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

/** Groups that are mentioned by name, by the key of it; null: nobody asked for them yet. */
export const groups = signal(/** @type {Map<string, import("./types.js").Group> | null} */ (null));

/** @typedef {"members" | "pins" | "files" | "saved" | "search" | `thread:${number}`} Panel members of the room, pinned messages of the chat, its files, one's saved messages, a search, the chain of replies to a message */
/** The pane at the side. Opened and closed by `screen.showPanel`. */
export const panel = signal(/** @type {Panel | null} */ (null));
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
