// @ts-check
/** Keyboard shortcuts that work everywhere. None is a single letter, but for "?", which never fires while one writes. */
import * as actions from "chat/actions.js";
import { t } from "chat/i18n.js";
import * as store from "chat/store.js";
import { focusComposer } from "chat/views/message.js";
import { openSwitcher, sections } from "chat/views/sidebar.js";

/** What the help shows. */
export const list = () => [
  ["Ctrl K", t("Find a chat or person")],
  ["Alt ↑ / Alt ↓", t("The chat above, the chat below")],
  ["Alt Shift ↑ / ↓", t("The next chat with something unread")],
  ["Enter", t("Send")],
  ["Shift Enter", t("New line")],
  ["↑", t("In an empty box: edit your last message")],
  ["Esc", t("Stop replying or editing; from a message back to the box")],
  ["End", t("To the newest message, while among messages")],
  ["↑ ↓ Enter", t("Among messages: move, and open the actions")],
  ["F6", t("From one part of the page to the next")],
  ["?", t("This list (also Ctrl /)")],
];

/** @param {number} step @param {boolean} unreadOnly */
function move(step, unreadOnly) {
  const all = sections().flatMap((group) => group.chats);
  const here = all.findIndex((chat) => chat.key === store.place.value.chat);
  for (let n = 1; n <= all.length; n += 1) {
    const chat = all[(here + step * n + all.length * n) % all.length];
    if (!unreadOnly || (chat.unread_count && !chat.muted) || chat.mention_count) return actions.go(chat.key);
  }
}

function nextRegion(/** @type {number} */ step) {
  const regions = /** @type {HTMLElement[]} */ (
    [
      document.querySelector(".side .row[aria-current], .side .row, .side button"),
      document.querySelector('.message[tabindex="0"]'),
      document.getElementById("composer"),
      document.querySelector("#panel button, #panel input"),
    ].filter((element) => element && /** @type {HTMLElement} */ (element).offsetParent)
  );
  const parts = [".side", ".timeline", ".composer", "#panel"];
  const part = parts.find((selector) => document.activeElement?.closest(selector));
  const here = regions.findIndex((element) => part && element.closest(part));
  regions.at((here + step + regions.length) % regions.length)?.focus();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const writes = target.closest?.("input, textarea, select, [contenteditable]");
  const inDialog = document.querySelector("dialog[open]");
  const control = event.ctrlKey || event.metaKey;
  if (control && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") openSwitcher();
  else if (inDialog) return;
  else if (event.altKey && !control && (event.key === "ArrowUp" || event.key === "ArrowDown"))
    move(event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
  else if ((control && event.key === "/") || (event.key === "?" && !writes && !control))
    actions.openDialog(import("chat/views/settings.js"), "Shortcuts");
  else if (event.key === "F6") nextRegion(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape" && store.panel.value) store.panel.value = null;
  else if (event.key === "Escape" && !writes) focusComposer();
  else return;
  event.preventDefault();
}

export function listen() {
  addEventListener("keydown", pressed);
}
