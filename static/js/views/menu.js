// @ts-check
/** What can be done with a message. Loaded when it is first asked for. */

import * as actions from "chat/actions.js";
import { url } from "chat/api.js";
import { t } from "chat/i18n.js";
import { flat } from "chat/markdown.js";
import * as store from "chat/store.js";
import { html, Menu } from "chat/ui.js";
import { edit, reply } from "chat/views/message.js";

/** @typedef {import("../types.js").Message} Message */

/** @param {Message} message */
async function askToDelete(message) {
  await actions.openDialog(import("chat/views/dialogs.js"), "Confirm", {
    title: t("Delete this message?"),
    text: t("It goes for everybody, and can't be brought back."),
    quote: flat(message.content),
    verb: t("Delete"),
    run: () => actions.remove(message),
  });
}

/** Everything that is allowed, and nothing else. @param {{message: Message, at: {x: number, y: number}, chat: import("../types.js").Chat, onClose: () => void}} props */
export function MessageMenu({ message, at, chat, onClose }) {
  const own = message.user_id === store.me.value?.id;
  const moderates = chat.kind === "room" && chat.role !== "member";
  const isDeleted = Boolean(message.deleted_at);
  const address = new URL(url(message.chat, message.seq), location.origin).href;
  return html`<${Menu} at=${at} label=${t("Message actions")} onClose=${onClose} items=${[
    isDeleted || chat.archived ? null : { label: t("Reply"), icon: "reply", run: () => reply(message) },
    isDeleted
      ? null
      : { label: t("Copy text"), icon: "copy", run: () => actions.copy(message.content, t("Text copied")) },
    { label: t("Copy link"), icon: "link", run: () => actions.copy(address, t("Link copied")) },
    own ? null : { label: t("Mark as unread"), icon: "eye", run: () => actions.markUnread(chat.key, message.seq) },
    own && !isDeleted && !chat.archived ? { label: t("Edit"), icon: "pencil", run: () => edit(message) } : null,
    (own || moderates) && !isDeleted
      ? { label: t("Delete"), icon: "trash-2", tone: "danger", run: () => askToDelete(message) }
      : null,
  ]} />`;
}
