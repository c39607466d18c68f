// @ts-check
/** Wires everything together, and draws the frame of the page. */

import { effect } from "@preact/signals";
import * as api from "chat/api.js";
import { bring, load, loadStyle } from "chat/browser.js";
import { watchDrops } from "chat/drops.js";
import * as i18n from "chat/i18n.js";
import { t, untilMidnight } from "chat/i18n.js";
import { keptDeletions, preferences } from "chat/kept/local.js";
import { onFrame, received } from "chat/news.js";
import { picking } from "chat/react.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import { tick } from "chat/state.js";
import * as store from "chat/store.js";
import { composing, html, Icon, IconButton, isKey, isMac, late } from "chat/ui.js";
import { ChatPane } from "chat/views/chat.js";
import { focusComposer } from "chat/views/message.js";
import { openSwitcher, Sidebar, sections } from "chat/views/sidebar.js";
import { turn } from "chat/views/timeline.js";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";

function App() {
  const isList = store.place.value.chat === null;
  const panel = store.panel.value && panelOf(store.panel.value).isThere(store.chat.value) ? store.panel.value : null;
  return html`<div class="panes" data-list=${isList} data-panel=${panel !== null}>
      <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => {
        event.preventDefault();
        document.getElementById("composer")?.focus();
      }}>${t("Skip to messages")}</a>
      <${Sidebar} /><${ChatPane} />
      ${panel && html`<${Panel} of=${panel} />`}
    </div>
    <${Picking} /><${Dropping} /><${Over} />
    <div class="sr" role="status" aria-live="polite" data-testid="announcer">${store.announcement.value}</div>`;
}

/** A view with its style sheet. @param {() => Promise<any>} bring */
const styled = (bring) => late(async () => (await Promise.all([bring(), loadStyle("css/overlay.css")]))[0]);
const Members = styled(async () => (await load("chat/views/members.js")).Members);
const Pinned = styled(async () => (await load("chat/views/keeping.js")).Pinned);
const Files = styled(async () => (await load("chat/views/files.js")).Files);
const Thread = styled(async () => (await load("chat/views/thread.js")).Thread);
const Search = styled(async () => (await load("chat/views/search.js")).Search);
const Saved = styled(async () => (await load("chat/views/keeping.js")).Saved);

/** @type {Record<string, {view: any, label: () => string, isThere: (chat: import("./types.js").Chat | null) => boolean}>} */
const PANELS = {
  members: {
    view: Members,
    label: () => t("Members"),
    isThere: (chat) => chat !== null && chat.kind !== "private",
  },
  pins: { view: Pinned, label: () => t("Pinned messages"), isThere: (chat) => chat !== null },
  files: { view: Files, label: () => t("Files"), isThere: (chat) => chat !== null },
  thread: { view: Thread, label: () => t("Thread"), isThere: (chat) => chat !== null },
  saved: { view: Saved, label: () => t("Saved messages"), isThere: () => true },
  search: { view: Search, label: () => t("Search"), isThere: () => true },
};

/** Of no chat: they stay as they are when another one is opened. */
const OWN_PANELS = ["saved", "search"];

/** @param {store.Panel} panel */
const panelOf = (panel) => PANELS[panel.split(":")[0]];

const Picker = late(async () => (await load("chat/views/react.js")).Picker);

/** Emoji to choose from for a message. */
function Picking() {
  const open = picking.value;
  const close = () => {
    picking.value = null;
  };
  return open && html`<${Picker} key=${open.message.id} ...${open} onClose=${close} />`;
}

const DropHint = late(async () => (await load("chat/views/attach.js")).DropHint);

/** Files are held over the page. */
function Dropping() {
  return store.dropping.value && html`<${DropHint} />`;
}

/** Dialogs and notes: once they were needed they stay, so that each note is read out. */
function Over() {
  const wasNeeded = useRef(false);
  wasNeeded.current ||= store.dialog.value !== null || store.toasts.value.length > 0;
  return wasNeeded.current ? html`<${Overlays} />` : null;
}

/** What lies over the page: one dialog at a time, and short notes. */
function Overlays() {
  return html`<${Dialogs} /><${Toasts} />`;
}

/** The browser's own dialog: it keeps the focus inside, closes on Esc and gives the focus back. */
function Dialogs() {
  const open = store.dialog.value;
  return open ? html`<${Shell} key=${open} open=${open} />` : null;
}

/** Whether the message or the chat that a dialog is about is gone. @param {import("./types.js").Frame} frame @param {any} props */
function takesAway(frame, { message, chat = message?.chat }) {
  if (frame.type === "removed" || frame.type === "room_left") return frame.chat === (chat?.key ?? chat);
  const changed = frame.type === "synced" ? frame.messages : frame.type === "message_deleted" ? [frame] : [];
  return changed.some(({ id, deleted_at }) => deleted_at && id === message?.id);
}

/** @param {{open: {view: any, props: any}}} props */
function Shell({ open }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const View = open.view;
  useEffect(() => {
    const element = ref.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    element?.showModal();
    const forget = onFrame((frame) => {
      if (!takesAway(frame, open.props)) return;
      screen.closeDialog();
      if (frame.type !== "removed" && frame.type !== "room_left") screen.toast(t("This message was deleted"));
    });
    return () => {
      forget();
      element?.close();
      if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
      else document.getElementById("composer")?.focus({ preventScroll: true });
    };
  }, []);
  return html`<dialog class="dialog" data-kind=${View.kind ?? "card"} style=${View.place?.(open.props)} ref=${ref} aria-labelledby="dialog-title"
      onClose=${(/** @type {Event} */ event) => event.target === ref.current && screen.closeDialog()}
      onPointerDown=${(/** @type {PointerEvent} */ event) => event.target === ref.current && screen.closeDialog()}>
    <div class="dialog-inner"><${View} ...${open.props} /></div>
  </dialog>`;
}

function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">${store.toasts.value.map(
    (toast) => html`<div class="toast" key=${toast.id} data-tone=${toast.tone}>
      <${Icon} name=${toast.tone === "error" ? "circle-alert" : "info"} /><span dir="auto">${toast.text}</span>
      ${
        toast.action
          ? html`<button type="button" class="toast-action" onClick=${() => {
              toast.action?.run();
              screen.dismiss(toast.id);
            }}>${toast.action.label}</button>`
          : null
      }
      <${IconButton} icon="x" label=${t("Close")} onClick=${() => screen.dismiss(toast.id)} />
    </div>`,
  )}</div>`;
}

/** @param {{of: store.Panel}} props */
function Panel({ of }) {
  const chat = store.chat.value;
  const [kind, id] = of.split(":");
  const { view, label } = panelOf(of);
  return html`<aside class="panel" id="panel" data-of=${kind} aria-label=${label()}>
    <${view} key=${OWN_PANELS.includes(of) ? of : `${of} ${chat?.key}`} chat=${chat} id=${Number(id)} />
  </aside>`;
}

// ---------------------------------------------------------------- the world around

function watchFocus() {
  const look = () => {
    store.isFocused.value = document.visibilityState === "visible" && document.hasFocus();
  };
  for (const event of ["focus", "blur"]) addEventListener(event, look);
  document.addEventListener("visibilitychange", () => {
    look();
    if (document.visibilityState === "visible") session.connection.probe();
  });
  for (const event of ["online", "offline"]) addEventListener(event, () => session.connection.probe());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // a page from the back/forward cache knows nothing of a log-out
  });
}

function watchClock() {
  const midnight = () => {
    store.now.value = Date.now();
    setTimeout(midnight, untilMidnight() + 500);
  };
  setTimeout(midnight, untilMidnight() + 500);
  setInterval(() => {
    store.now.value = Date.now();
  }, 60_000);
  setInterval(() => {
    const next = tick(store.state.peek(), Date.now());
    if (next !== store.state.peek()) store.state.value = next;
  }, 1000);
}

/** Without a network, what was last seen is shown; with one it is kept for that. */
function watchKept() {
  const kept = () => load("chat/kept/snapshot.js");
  effect(() => {
    if (store.status.value === "waiting" && !store.isReady.value)
      kept().then(
        async ({ restore }) => (await restore()) && screen.openFirst(),
        () => {},
      );
  });
  /** @type {any} */
  let soon = null;
  const save = () => {
    clearTimeout(soon);
    soon = null;
    if (store.status.peek() === "open")
      kept().then(
        (module) => module.save(),
        () => {},
      );
  };
  effect(() => {
    if (store.state.value.me) soon ??= setTimeout(save, 2500);
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
}

/** Where notifications are turned on, here or in another tab, their code comes; again with each connection until it does. */
function watchNotify() {
  effect(() => {
    if (preferences.value.notify && store.status.value === "open") bring("chat/notify.js");
  });
}

/** Deletions that the last visit left behind. */
function watchDeletions() {
  effect(() => {
    if (store.status.value === "open" && keptDeletions().length) bring("chat/undo.js");
  });
}

/** Files of messages that the last visit left behind, or that what uploads them could not be loaded for. */
function watchFiles() {
  effect(() => {
    if (store.status.value !== "open") return;
    if (store.trays.value.size || store.outbox.value.some(({ files }) => files)) bring("chat/attaching.js");
  });
}

/** What a person has beside messages comes once the list is there: drafts of other devices, what is scheduled, reminders. And what is needed to attach files, and to record them, without a network. */
function watchDevices() {
  effect(() => {
    if (!store.isReady.value || store.status.value !== "open") return;
    const later = ["chat/devices.js", "chat/later.js", "chat/views/attach.js", "chat/views/recorder.js"];
    setTimeout(() => later.forEach((name) => void bring(name)), 1000); // the chat itself comes first
  });
}

/** What another app has shared waits until the list is there, of which a chat is chosen. */
function watchShared() {
  effect(() => {
    if (store.isReady.value && screen.isSharing())
      load("chat/views/share.js").then((share) => share.ask(), screen.notLoaded);
  });
}

/** The number in the title and the dot on the icon follow what is unread. */
function watchTitle() {
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
  let dot = "none";
  effect(() => {
    const { unread, mentions, requests } = store.sums.value;
    const name = store.chat.value?.title ?? t("Chat");
    const news = unread + requests + store.due.value.length; // who asks to come in waits for an answer, too
    document.title = news ? `(${news > 999 ? "999+" : news}) ${name}` : name;
    const next = mentions ? "mention" : news ? "unread" : "";
    if (next !== dot && icon) icon.href = drawing(next);
    dot = next;
  });
}

/** The icon of the page, with a dot. @param {string} kind */
function drawing(kind) {
  /** @type {Record<string, string>} */
  const dots = { mention: "#d6402f", unread: "#4fc4b8" };
  const colour = dots[kind];
  const dot = colour ? `<circle cx="50" cy="14" r="12" fill="${colour}" stroke="#fff" stroke-width="4"/>` : "";
  const speech = `<path fill="#fff" d="M18 14h28a8 8 0 0 1 8 8v14a8 8 0 0 1-8 8H31.500l-9.300 7.600A2 2 0 0 1 19 50v-6h-1a8 8 0 0 1-8-8V22a8 8 0 0 1 8-8z"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="15" fill="#0b6b69"/>${speech}${dot}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

// ---------------------------------------------------------------- keys: none is a single letter, but for "?", which never fires while one writes

/** @param {number} step @param {boolean} unreadOnly */
function move(step, unreadOnly) {
  const all = sections().flatMap((group) => group.chats);
  const here = all.findIndex((chat) => chat.key === store.place.value.chat);
  for (let n = 1; n <= all.length; n += 1) {
    const chat = all[(here + step * n + all.length * n) % all.length];
    if (!unreadOnly || (chat.unread_count && !chat.muted) || chat.mention_count) return screen.go(chat.key);
  }
}

function nextRegion(/** @type {number} */ step) {
  const regions = /** @type {HTMLElement[]} */ (
    [
      document.querySelector(".side .row[aria-current], .side .row, .side button"),
      document.querySelector('.message[tabindex="0"]'),
      document.getElementById("composer"),
      document.querySelector("#panel textarea, #panel button, #panel input"),
      document.querySelector(".toast-action"),
    ].filter((element) => element && /** @type {HTMLElement} */ (element).offsetParent)
  );
  const parts = [".side", ".timeline", ".composer", "#panel", ".toasts"];
  const part = parts.find((selector) => document.activeElement?.closest(selector));
  const here = regions.findIndex((element) => part && element.closest(part));
  regions.at((here + step + regions.length) % regions.length)?.focus();
}

/** Where one types, or something lies over the page that has its own keys. @param {Element} target */
const isTaken = (target) =>
  target.closest?.("input, textarea, select, [contenteditable], [role=dialog], [role=menu]") ||
  document.querySelector("dialog[open], [role=menu]");

/** A key that writes something, or begins to: a dead key, an input method. A space scrolls, and presses buttons. @param {KeyboardEvent} event */
const isWriting = (event) => {
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey) || event.getModifierState("AltGraph");
  return isPlain && event.key !== "?" && /^(?:\S|Dead|Process)$/u.test(event.key);
};

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented) return;
  const target = /** @type {HTMLElement} */ (event.target);
  // What is typed anywhere goes into the box; the key itself too, as the box has the focus before it writes.
  if (isWriting(event) && !isTaken(target)) return focusComposer();
  if (composing(event)) return;
  const writes = target.closest?.("input, textarea, select, [contenteditable]");
  const inDialog = document.querySelector("dialog[open]");
  const control = event.ctrlKey || event.metaKey;
  if (control && !event.shiftKey && !event.altKey && isKey(event, "k")) openSwitcher();
  else if (inDialog) return;
  else if (event.altKey && !control && (event.key === "ArrowUp" || event.key === "ArrowDown"))
    move(event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
  else if ((control && !event.altKey && isKey(event, "/")) || (event.key === "?" && !writes && !control))
    screen.openDialog(load("chat/views/settings.js"), "Shortcuts");
  else if ((isMac() ? event.metaKey && !event.ctrlKey : event.ctrlKey) && !event.altKey && isKey(event, "f")) {
    // Pressed again in the field, the browser's own search opens.
    if (target.id === "search-words" && !event.shiftKey) return;
    screen.openSearch(event.shiftKey ? null : store.place.value.chat);
  } else if (event.key === "F6") nextRegion(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape" && store.panel.value) screen.showPanel(null);
  else if (event.key === "Escape" && !writes) focusComposer();
  else if (target === document.body && !event.shiftKey && !control && turn(event.key)) null;
  else return;
  event.preventDefault();
}

/** All in English is better than nothing: where the words don't come, they are asked for again with each connection. */
async function learnWords() {
  try {
    await i18n.loadCatalogue();
  } catch {
    const forget = onFrame(async (frame) => {
      if (frame.type !== "connection_established") return;
      forget();
      await learnWords();
      draw();
    });
  }
}

let drawings = 0;

function draw() {
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  if (!drawings) root.replaceChildren();
  drawings += 1;
  render(html`<${App} key=${drawings} />`, root);
}

async function start() {
  await learnWords();
  draw();
  const login = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  api.belongTo(store.myId, {
    signedOut: () => session.leave(login(), { keep: true }),
    changedHands: session.giveWay,
  });
  watchFocus();
  watchClock();
  watchKept();
  addEventListener("keydown", pressed);
  watchTitle();
  watchNotify();
  watchDeletions();
  watchFiles();
  watchDevices();
  watchDrops();
  watchShared();
  session.start(received);
}

start();

/** Pages and files without a network: the worker keeps them, also those that were loaded before it was there. */
async function keepFiles() {
  try {
    await navigator.serviceWorker.register("/sw.js");
    const { active } = await navigator.serviceWorker.ready;
    await new Promise((resolve) => setTimeout(resolve, 3000)); // what is on the screen comes first
    const map = JSON.parse(document.querySelector("script[type=importmap]")?.textContent ?? "{}").imports ?? {};
    const others = (/** @type {string} */ name) => /^(?:emojibase|@highlightjs|chat\/locale\/)/.test(name);
    const files = Object.keys(map).filter((name) => !others(name));
    const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname);
    active?.postMessage({
      keep: [...files.map((name) => map[name]), ...loaded.filter((path) => path.startsWith("/static/"))],
    });
  } catch {
    // Without it all goes on, but for the time without a network. If it was the network that failed, it comes back.
    addEventListener("online", keepFiles, { once: true });
  }
}

addEventListener("load", keepFiles);
