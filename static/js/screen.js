// @ts-check
/** What this tab shows: a chat, the pane at the side, one dialog, short notes. */

import * as api from "chat/api.js";
import { load, loadStyle } from "chat/browser.js";
import { t } from "chat/i18n.js";
import * as store from "chat/store.js";

/** @param {string | null} chat @param {number | null} [seq] @param {{replace?: boolean}} [options] */
export function go(chat, seq = null, { replace = false } = {}) {
  const address = api.url(chat, seq);
  const to = { chat, seq };
  if (replace) history.replaceState({ inside: history.state?.inside }, "", address);
  else if (address !== location.pathname || history.state?.panel) history.pushState({ inside: true }, "", address);
  if (isNarrow() || (chat !== store.place.value.chat && isThread())) store.panel.value = null;
  store.place.value = to;
}

/** On a wide screen some chat is always open. */
export function openFirst() {
  if (store.place.value.chat || isSharing() || !matchMedia("(min-width: 720px)").matches) return;
  const first = store.chats.value.has("general") ? "general" : store.chats.value.keys().next().value;
  if (first) go(first, null, { replace: true });
}

/** Another app has shared something, and no chat is chosen for it yet: see views/share.js. */
export const isSharing = () => new URLSearchParams(location.search).has("share");

/** Back to the list, the way one came if that was from the list. */
export function goToList() {
  go(null);
}

addEventListener("popstate", () => {
  const { chat } = store.place.value;
  closeDialog();
  const to = api.placeOf(location.pathname, location.search);
  // Only what lay over the chat went away: the place in it stays.
  if (to.chat !== chat || to.seq !== store.place.value.seq) store.place.value = to;
  if (chat !== store.place.value.chat && isThread()) store.panel.value = null;
  if (isNarrow()) store.panel.value = history.state?.panel ?? null;
});

const isThread = () => store.panel.value?.startsWith("thread:") ?? false;

/** The chain of replies that a message begins or is in, at the side. @param {import("./types.js").Message} message */
export const showThread = (message) => showPanel(`thread:${message.thread_root_id ?? message.id}`);

const isNarrow = () => matchMedia("(max-width: 719px)").matches;

/** Open or close the pane at the side. Where it covers all, Back closes it. @param {store.Panel | null} panel */
export function showPanel(panel) {
  if (panel === store.panel.value) return;
  if (!panel && history.state?.panel && isNarrow()) return history.back();
  if (panel && isNarrow()) {
    const address = location.pathname + location.search;
    if (history.state?.panel) history.replaceState({ inside: true, panel }, "", address);
    else history.pushState({ inside: true, panel }, "", address);
  }
  store.panel.value = panel;
}

/** Search the messages of a chat, or of all. @param {string | null} chat its key @param {string} [words] */
export const openSearch = (chat, words) => load("chat/search.js").then(({ begin }) => begin(chat, words), notLoaded);

let toastId = 0;

/** @param {string} text @param {Partial<import("./store.js").Toast>} [options] */
export function toast(text, options = {}) {
  const made = { id: ++toastId, text, tone: /** @type {const} */ ("info"), ...options };
  const others = store.toasts.value.filter((toast) => toast.text !== text || toast.about !== made.about);
  store.toasts.value = [...others.slice(-2), made];
  const end = () => (isAtToasts() ? setTimeout(end, 1000) : dismiss(made.id));
  setTimeout(end, made.tone === "error" ? 8000 : 5000);
}

/** Somebody is at a note with the keyboard: it stays. (A pointer may have come to lie there by chance.) */
export const isAtToasts = () => document.querySelector(".toast :focus-visible") !== null;

/** @param {number} id */
export function dismiss(id) {
  store.toasts.value = store.toasts.value.filter((toast) => toast.id !== id);
}

/** Some code did not come. */
export function notLoaded() {
  toast(t("Couldn't load this part. Check your connection and try again."), { tone: "error" });
}

/** Do it; what is refused is said in words. @param {() => Promise<any>} work @returns {Promise<boolean>} whether it was done */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    toast(error.sentence, { tone: "error" });
    return false;
  }
}

/** Show a dialog: a component that is loaded when it is first needed. @param {Promise<any>} module @param {string} name @param {object} [props] */
export async function openDialog(module, name, props = {}) {
  try {
    const [found] = await Promise.all([module, loadStyle("css/overlay.css")]);
    store.dialog.value = { view: found[name], props };
  } catch {
    notLoaded();
  }
}

export function closeDialog() {
  store.dialog.value = null;
}
