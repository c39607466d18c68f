// @ts-check
/** What can be done with a message. Loaded when it is first asked for. */

import * as actions from "chat/actions.js";
import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { copy } from "chat/chats.js";
import { t } from "chat/i18n.js";
import { flat } from "chat/markdown.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";
import { html, Menu } from "chat/ui.js";
import { edit, reply } from "chat/views/message.js";

/** @typedef {import("../types.js").Message} Message */

/** @param {string} key @param {number} seq the first message that is to be unread again */
async function markUnread(key, seq) {
  actions.toRead.delete(key);
  actions.keepUnread(key, true);
  const isDone = await actions.attempt(async () => {
    const mark = await api.post(`${api.pathOf(key)}/read`, { seq: seq - 1, back: true });
    store.apply({ type: "read", user_id: store.me.value?.id, ...mark });
    store.unreadFrom.value = put(store.unreadFrom.value, key, seq);
  });
  if (!isDone) actions.keepUnread(key, false);
}

/** @param {Message} message */
function remove(message) {
  return actions.attempt(() => api.call("DELETE", `/messages/${message.id}`));
}

/** @param {Message} message */
async function askToDelete(message) {
  await actions.openDialog(load("chat/views/dialogs.js"), "Confirm", {
    title: t("Delete this message?"),
    text: t("It goes for everybody, and can't be brought back."),
    quote: flat(message.content),
    verb: t("Delete"),
    run: () => remove(message),
  });
}

/** Everything that is allowed, and nothing else. @param {{message: Message, at: {x: number, y: number}, chat: import("../types.js").Chat, onClose: () => void}} props */
export function MessageMenu({ message, at, chat, onClose }) {
  const own = message.user_id === store.me.value?.id;
  const moderates = chat.kind === "room" && chat.role !== "member";
  const isDeleted = Boolean(message.deleted_at);
  const address = new URL(api.url(message.chat, message.seq), location.origin).href;
  return html`<${Menu} at=${at} label=${t("Message actions")} onClose=${onClose} items=${[
    isDeleted || chat.archived ? null : { label: t("Reply"), icon: "reply", run: () => reply(message) },
    isDeleted ? null : { label: t("Copy text"), icon: "copy", run: () => copy(message.content, t("Text copied")) },
    { label: t("Copy link"), icon: "link", run: () => copy(address, t("Link copied")) },
    own ? null : { label: t("Mark as unread"), icon: "eye", run: () => markUnread(chat.key, message.seq) },
    own && !isDeleted && !chat.archived ? { label: t("Edit"), icon: "pencil", run: () => edit(message) } : null,
    (own || moderates) && !isDeleted
      ? { label: t("Delete"), icon: "trash-2", tone: "danger", run: () => askToDelete(message) }
      : null,
  ]} />`;
}
