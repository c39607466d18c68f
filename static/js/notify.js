// @ts-check
/** How the page makes itself heard while nobody looks at it: notifications, the title, the dot on the icon. */
import { effect } from "@preact/signals";
import * as actions from "chat/actions.js";
import { t } from "chat/i18n.js";
import { flat } from "chat/markdown.js";
import * as store from "chat/store.js";
import * as tabs from "chat/tabs.js";

/** What the browser says: "default" means that it was not asked yet. */
export const permission = () => (globalThis.Notification ? Notification.permission : "denied");

/** Ask the browser; only ever from a press on a button. */
export async function ask() {
  const answer = await Notification.requestPermission();
  store.prefer({ notify: answer === "granted" });
  return answer;
}

/** A message came: notify, from one tab only, and not if somebody looks at its chat. @param {import("./types.js").Message} message */
export async function message(message) {
  const chat = store.chats.value.get(message.chat);
  if (!chat || !store.preferences.value.notify || permission() !== "granted") return;
  const isMentioned = message.mentions?.includes(store.me.value?.id ?? 0);
  if (chat.muted && !isMentioned) return;
  if (!tabs.isLeader() || (await tabs.shown(message.chat))) return;
  const sender = store.nameOf(message.user_id, message.username);
  const title = chat.kind === "private" ? sender : t("{sender} in {chat}", { sender, chat: chat.title });
  const shown = new Notification(title, { body: flat(message.content).slice(0, 200), tag: message.chat });
  shown.onclick = () => {
    window.focus();
    actions.go(message.chat, message.seq);
    shown.close();
  };
}

/** The number in the title and the dot on the icon follow what is unread. */
export function watchTitle() {
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
  const plain = icon?.href ?? "";
  let dot = "";
  effect(() => {
    const { unread, mentions } = store.sums.value;
    const name = store.chat.value?.title ?? t("Chat");
    document.title = unread ? `(${unread > 999 ? "999+" : unread}) ${name}` : name;
    const next = mentions ? "mention" : unread ? "unread" : "";
    if (next !== dot && icon) icon.href = next ? drawing(next) : plain;
    dot = next;
  });
}

/** @param {string} kind */
function drawing(kind) {
  const colour = kind === "mention" ? "#d6402f" : "#4fc4b8";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#0b6b69"/><path d="M9 10.5A2.5 2.5 0 0 1 11.5 8h9a2.5 2.5 0 0 1 2.5 2.5v6a2.5 2.5 0 0 1-2.5 2.5H15l-4.5 4v-4A2 2 0 0 1 9 17z" fill="#fff"/><circle cx="24" cy="8" r="7" fill="${colour}" stroke="#fff" stroke-width="2"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
