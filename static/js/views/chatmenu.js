// @ts-check
/** What can be done with a chat as a whole. Loaded when it is first asked for. */

import { load } from "chat/browser.js";
import * as chats from "chat/chats.js";
import { t } from "chat/i18n.js";
import { openDialog } from "chat/screen.js";
import { html, Menu } from "chat/ui.js";

/** @typedef {import("../types.js").Chat} Chat */

const FOREVER = "9999-12-31T00:00:00Z";
const rooms = () => load("chat/views/rooms.js");

/** @param {{chat: Chat, at: {x: number, y: number}, onClose: () => void}} props */
export function ChatMenu({ chat, at, onClose }) {
  return html`<${Menu} at=${at} label=${chat.title} items=${items(chat)} onClose=${onClose} />`;
}

/** @param {Chat} chat */
function items(chat) {
  const isRoom = chat.kind === "room";
  const moderates = isRoom && chat.role !== "member";
  return [
    chat.muted
      ? { label: t("Notify again"), icon: "bell", run: () => chats.mute(chat.key, null) }
      : { label: t("Mute"), icon: "bell-off", run: () => chats.mute(chat.key, FOREVER) },
    {
      label: t("Copy link to this chat"),
      icon: "link",
      run: () =>
        chats.copy(
          location.origin + location.pathname.replace(/(\/(?:general|private\/\d+|room\/\d+)).*/, "$1"),
          t("Link copied"),
        ),
    },
    moderates && !chat.archived
      ? { label: t("Invite people"), icon: "user-plus", run: () => openDialog(rooms(), "Invite", { chat }) }
      : null,
    chat.role === "owner" && isRoom && !chat.archived
      ? {
          label: t("Change the room"),
          icon: "settings",
          run: () => openDialog(rooms(), "EditRoom", { chat }),
        }
      : null,
    isRoom
      ? {
          label: t("Leave the room"),
          icon: "door-open",
          tone: /** @type {const} */ ("danger"),
          run: () => askToLeave(chat),
        }
      : null,
  ];
}

/** @param {Chat} chat */
function askToLeave(chat) {
  return openDialog(load("chat/views/dialogs.js"), "Confirm", {
    title: t("Leave {room}?", { room: chat.title }),
    text: t("You will not get its messages any more. To come back you may need a new invitation."),
    verb: t("Leave"),
    run: () => chats.leaveRoom(chat.id),
  });
}
