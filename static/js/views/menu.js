// @ts-check
/** What can be done with a message. Loaded when it is first asked for. */

import * as api from "chat/api.js";
import { lineOf } from "chat/attachments.js";
import { load } from "chat/browser.js";
import { copy } from "chat/chats.js";
import { quick } from "chat/favourites.js";
import { t } from "chat/i18n.js";
import * as messages from "chat/messages.js";
import { isPinned, pin, pins } from "chat/pins.js";
import * as screen from "chat/screen.js";
import { save, saved } from "chat/stars.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";
import { html, IconButton, Menu } from "chat/ui.js";
import { edit, Quick, reply } from "chat/views/message.js";
import { pick, showPeople } from "chat/views/reactions.js";

/** @typedef {import("../types.js").Message} Message */

/** @param {string} key @param {number} seq the first message that is to be unread again */
async function markUnread(key, seq) {
  messages.toRead.delete(key);
  messages.keepUnread(key, true);
  const isDone = await screen.attempt(async () => {
    const mark = await api.post(`${api.pathOf(key)}/read`, { seq: seq - 1, back: true });
    store.apply({ type: "read", user_id: store.me.value?.id, ...mark });
    store.unreadFrom.value = put(store.unreadFrom.value, key, seq);
  });
  if (!isDone) messages.keepUnread(key, false);
}

/** Of somebody else's message one is asked for a reason. @param {Message} message @param {boolean} own */
async function remove(message, own) {
  const deleteSoon = async (/** @type {string} */ reason) => {
    const undo = await load("chat/undo.js").catch(() => null);
    if (undo) undo.deleteSoon(message, reason);
    else screen.notLoaded();
  };
  if (own) return deleteSoon("");
  await screen.openDialog(load("chat/views/dialogs.js"), "WithReason", {
    message,
    title: t("Delete this message?"),
    text: t("It will be deleted for everyone."),
    quote: lineOf(message),
    hint: t("Optional. Shown in place of the message."),
    verb: t("Delete"),
    run: deleteSoon,
  });
}

/**
 * @typedef {object} Subject what is pressed, and by whom
 * @property {Message} message
 * @property {import("../types.js").Chat} chat
 * @property {boolean} own
 * @property {boolean} moderates
 * @property {string} [box] see views/message.js
 */

/**
 * What can be done, from top to bottom: everything that is allowed, and nothing else. More is one more entry.
 * @type {((subject: Subject) => import("../ui.js").Item)[]}
 */
const ITEMS = [
  ({ message, chat, box }) =>
    message.deleted_at || chat.archived ? null : { label: t("Reply"), icon: "reply", run: () => reply(message, box) },
  ({ message, chat, box }) => {
    if (box) return { label: t("Show in chat"), icon: "arrow-left", run: () => screen.go(chat.key, message.seq) };
    if ((message.deleted_at || chat.archived) && !message.reply_count && !message.thread_root_id) return null;
    return { label: t("Open thread"), icon: "messages-square", run: () => screen.showThread(message) };
  },
  ({ message }) =>
    message.deleted_at
      ? null
      : {
          label: t("Forward"),
          icon: "forward",
          run: () => screen.openDialog(load("chat/views/forward.js"), "Forward", { message }),
        },
  ({ message }) =>
    message.deleted_at
      ? null
      : { label: t("Copy text"), icon: "copy", run: () => copy(message.content, t("Text copied")) },
  ({ message }) =>
    message.reactions?.length ? { label: t("Show reactions"), icon: "smile", run: () => showPeople(message) } : null,
  ({ message }) => {
    const address = new URL(api.url(message.chat, message.seq), location.origin).href;
    return { label: t("Copy link"), icon: "link", run: () => copy(address, t("Link copied")) };
  },
  ({ message, chat, own }) =>
    own ? null : { label: t("Mark as unread"), icon: "eye", run: () => markUnread(chat.key, message.seq) },
  ({ message, chat }) => {
    if (message.deleted_at || !pins.value.get(chat.key)?.mayPin) return null;
    return isPinned(message)
      ? { label: t("Unpin"), icon: "pin-off", run: () => pin(message, false) }
      : { label: t("Pin"), icon: "pin", run: () => pin(message, true) };
  },
  ({ message }) => {
    if (message.deleted_at) return null;
    return saved.value.has(message.id)
      ? { label: t("Remove from saved"), icon: "bookmark-minus", run: () => save(message.id, false) }
      : { label: t("Save"), icon: "bookmark", run: () => save(message.id, true) };
  },
  ({ message }) =>
    message.deleted_at
      ? null
      : {
          label: t("Remind me"),
          icon: "alarm-clock",
          run: () => screen.openDialog(load("chat/views/later.js"), "RemindMe", { message }),
        },
  ({ message, box }) =>
    messages.canEdit(message) ? { label: t("Edit"), icon: "pencil", run: () => edit(message, box) } : null,
  ({ message, own }) =>
    messages.canDelete(message)
      ? { label: t("Delete"), icon: "trash-2", tone: "danger", run: () => remove(message, own) }
      : null,
];

/** @param {{message: Message, at: {x: number, y: number}, chat: import("../types.js").Chat, box?: string, onClose: () => void}} props */
export function MessageMenu({ message, at, chat, box, onClose }) {
  const own = message.user_id === store.me.value?.id;
  const moderates = chat.kind === "room" && chat.role !== "member";
  const items = ITEMS.map((item) => item({ message, chat, own, moderates, box }));
  const head =
    message.deleted_at || chat.archived
      ? null
      : html`<div class="menu-row" role="group" aria-label=${t("Add reaction")}>
          ${quick().map((emoji) => html`<${Quick} key=${emoji} message=${message} emoji=${emoji} role="menuitem" onClick=${onClose} />`)}
          <${IconButton} icon="smile-plus" label=${t("Add reaction")} role="menuitem" class="emoji-button"
            onClick=${(/** @type {any} */ event) => {
              pick(message, event.currentTarget);
              onClose();
            }} />
        </div>`;
  return html`<${Menu} at=${at} label=${t("Message actions")} onClose=${onClose} items=${items} head=${head} />`;
}
