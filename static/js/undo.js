// @ts-check
/**
 * Undo: of a deletion, and of a message that is held before it is sent. Loaded with the first of either, and if the
 * last visit left deletions behind.
 */
import { effect } from "@preact/signals";
import * as api from "chat/api.js";
import { Deletions } from "chat/deletions.js";
import * as drafts from "chat/drafts.js";
import { t } from "chat/i18n.js";
import { keepDeletion, keptDeletions } from "chat/kept/local.js";
import * as messages from "chat/messages.js";
import { onFrame } from "chat/news.js";
import { attachmentsOf } from "chat/outbox.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import * as store from "chat/store.js";
import { rootOf } from "chat/threads.js";
import { putBack } from "chat/trays.js";
import { isKey } from "chat/ui.js";

/** @typedef {import("./types.js").Message} Message */

const deletions = new Deletions({
  send: async ({ id, reason }, keepalive) => {
    try {
      await api.call("DELETE", `/messages/${id}`, reason ? { reason } : undefined, { keepalive });
      return "done";
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      if (error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500) return "later";
      if (error.status !== 404) screen.toast(error.sentence, { tone: "error" });
      return "refused";
    }
  },
  save: (deletion) => keepDeletion(deletion.id, deletion),
  remove: (id) => keepDeletion(id, null),
  onChange: (all) => {
    store.deletions.value = all;
  },
  isNeeded: screen.isAtToasts,
});

/** Delete a message, unless that is undone in time. @param {Message} message @param {string} [reason] */
export function deleteSoon({ id, seq }, reason = "") {
  deletions.add(id, reason);
  const back = () => undoDeletion(id, seq);
  screen.toast(t("Message deleted"), { about: id, action: { label: t("Undo"), run: back } });
}

/** @param {number} id of the message @param {number} seq */
export function undoDeletion(id, seq) {
  if (!deletions.undo(id)) return screen.toast(t("It's too late to undo this."), { tone: "error" });
  store.toasts.value = store.toasts.value.filter(({ about }) => about !== id);
  store.announce(t("Message restored"));
  /** @type {HTMLElement | null} */ (document.querySelector(`.message[data-seq="${seq}"]`))?.focus();
}

/** Undo the sending of a held message: its text returns to the draft it was written in, before what was written since. @param {import("./outbox.js").Entry} entry */
export function undoSending({ client_id, chat, box = chat }) {
  const found = session.outbox.recall(client_id);
  if (!found) return;
  const root = rootOf(box); // which the box of a chain answers anyway
  const reply_to = found.reply_to === root ? null : found.reply_to;
  messages.keepDraft(box, drafts.recalled(messages.draftOf(box), { ...found, reply_to }));
  if (found.files) putBack(box, found.files);
  store.announce(t("Not sent. The text is back in the message box."));
  if (chat !== store.place.value.chat) screen.go(chat);
  if (root) screen.showPanel(`thread:${root}`);
  document.getElementById(root ? "thread-composer" : "composer")?.focus();
}

effect(() => {
  if (store.status.value !== "open") return deletions.closed();
  deletions.opened();
  deletions.adopt(keptDeletions());
});
onFrame((frame) => {
  if (frame.type === "message_deleted") deletions.arrived(frame.id);
});
session.beforeLogout(() => deletions.leave());

/** The page is being left. */
function sendAll() {
  deletions.leave();
  // The socket may close before it has sent these. A message that is sent both ways is stored once (`client_id`).
  for (const entry of session.outbox.release()) {
    const { chat, content, client_id, reply_to, files } = entry;
    if (files?.some((file) => !file.attachment)) continue; // it waits for the next visit
    const body = { content, client_id, ...(reply_to ? { reply_to } : {}), ...attachmentsOf(entry) };
    api.call("POST", `${api.pathOf(chat)}/messages`, body, { keepalive: true }).catch(() => {});
  }
}

// Requests that are made only at `pagehide` are now and then lost in Chromium behind a service worker.
addEventListener("beforeunload", sendAll);
addEventListener("pagehide", sendAll);

/** Ctrl+Z undoes the last deletion or sending, unless it is pressed in a field with text. */
addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.shiftKey || event.altKey || !(event.ctrlKey || event.metaKey)) return;
  if (!isKey(event, "z") || document.querySelector("dialog[open], [role=menu]")) return;
  const writes = /** @type {HTMLElement} */ (event.target).closest?.("input, textarea, select");
  if (/** @type {HTMLInputElement | null} */ (writes)?.value) return;
  const entry = session.outbox.lastHeld();
  const deletion = deletions.last();
  if (entry?.until && entry.until > (deletion?.due ?? 0)) undoSending(entry);
  else if (deletion) undoDeletion(deletion.id, seqOf(deletion.id));
  else return;
  event.preventDefault();
});

/** @param {number} id */
function seqOf(id) {
  for (const { messages } of store.state.value.timelines.values()) {
    const found = messages.find((message) => message.id === id);
    if (found) return found.seq;
  }
  return 0;
}
