// @ts-check
/** Wires everything together, and draws the frame of the page. */

import * as actions from "chat/actions.js";
import * as api from "chat/api.js";
import * as i18n from "chat/i18n.js";
import { t } from "chat/i18n.js";
import * as keys from "chat/keys.js";
import { flat } from "chat/markdown.js";
import * as notify from "chat/notify.js";
import { put, tick } from "chat/state.js";
import * as store from "chat/store.js";
import * as tabs from "chat/tabs.js";
import { untilMidnight } from "chat/time.js";
import { html } from "chat/ui.js";
import { ChatPane } from "chat/views/chat.js";
import { Dialogs, Toasts } from "chat/views/overlays.js";
import { Sidebar } from "chat/views/sidebar.js";
import { render } from "preact";
import { useEffect } from "preact/hooks";

function App() {
  const isList = store.place.value.chat === null;
  const panel = store.panel.value && store.chat.value?.kind === "room" ? store.panel.value : null;
  return html`<div class="panes" data-list=${isList} data-panel=${panel !== null}>
      <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => {
        event.preventDefault();
        document.getElementById("composer")?.focus();
      }}>${t("Skip to the messages")}</a>
      <${Sidebar} /><${ChatPane} />
      ${panel && html`<${Panel} />`}
    </div>
    <${Dialogs} /><${Toasts} />
    <div class="sr" role="status" aria-live="polite" data-testid="announcer">${store.announcement.value}</div>`;
}

/** The pane at the side: its code comes when it is first opened. */
function Panel() {
  useEffect(() => {
    if (!store.panelView.value)
      import("chat/views/members.js").then((module) => {
        store.panelView.value = module.Members;
      });
  }, []);
  const View = store.panelView.value;
  return html`<aside class="panel" id="panel" aria-label=${t("Members")}>${View && store.chat.value ? html`<${View} key=${store.chat.value.key} chat=${store.chat.value} />` : null}</aside>`;
}

// ---------------------------------------------------------------- the world around

function watchFocus() {
  const look = () => {
    store.isFocused.value = document.visibilityState === "visible" && document.hasFocus();
  };
  for (const event of ["focus", "blur"]) addEventListener(event, look);
  document.addEventListener("visibilitychange", () => {
    look();
    if (document.visibilityState === "visible") actions.connection.probe();
  });
  for (const event of ["online", "offline"]) addEventListener(event, () => actions.connection.probe());
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

/** @param {import("./types.js").Frame} frame */
function heard(frame) {
  const here = store.place.value.chat;
  if (frame.type === "message" && frame.user_id !== store.me.value?.id) {
    if (frame.chat === here) {
      const chat = store.chat.value;
      // What comes while nobody looks gets its line, unless there is one that is still unread.
      if (!store.isFocused.value && chat?.unread_count === 1)
        store.unreadFrom.value = put(store.unreadFrom.value, frame.chat, frame.seq);
      if (document.visibilityState === "visible")
        store.announcement.value = `${store.nameOf(frame.user_id, frame.username)}: ${flat(frame.content)}`;
    }
    notify.message(/** @type {any} */ (frame));
  }
  if (frame.type === "join_approved") {
    const key = `room:${frame.room_id}`;
    if (!store.chats.value.has(key)) actions.refreshChats();
    if (here !== key)
      actions.toast(t("You are in {room} now.", { room: frame.room_name }), {
        action: { label: t("Open"), run: () => actions.go(key) },
      });
  }
  if (frame.type === "join_denied" && here !== `room:${frame.room_id}`)
    actions.toast(t("Your request to join {room} was not accepted.", { room: frame.room_name }));
  const isMembership = (frame.type === "user_joined" && frame.member) || frame.type === "user_left";
  const room = isMembership && store.chats.value.get(frame.chat);
  if (room && store.rooms.value.has(room.id)) actions.loadRoom(room.id);
  if (frame.type === "join_request" && frame.chat !== here)
    actions.toast(
      t("{name} asks to join {room}.", {
        name: frame.user.display_name || frame.user.username,
        room: store.chats.value.get(frame.chat)?.title ?? "",
      }),
      {
        action: { label: t("Look"), run: () => actions.go(frame.chat) },
      },
    );
  if (frame.type === "removed" && frame.chat !== here) actions.toast(t("You were removed from a room."));
  if (frame.type === "error" && !frame.client_id && frame.code !== "not_a_member") console.warn("Refused:", frame);
  if (frame.type === "connection_established") {
    if (store.people.value.size <= 1 + store.chats.value.size) actions.meetPeople();
    begin();
  }
}

/** On a wide screen some chat is always open. */
function begin() {
  if (store.place.value.chat || !matchMedia("(min-width: 720px)").matches) return;
  const first = store.chats.value.has("general") ? "general" : store.chats.value.keys().next().value;
  if (first) actions.go(first, null, { replace: true });
}

async function start() {
  await i18n.load();
  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  root.replaceChildren();
  render(html`<${App} />`, root);
  const login = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  api.onSignedOut(() => actions.leave(login(), { keep: true }));
  tabs.listen({
    inView: (chat) => store.isFocused.value && store.place.value.chat === chat,
    signedOut: () => actions.leave("/login"),
  });
  actions.onFrame(heard);
  watchFocus();
  watchClock();
  keys.listen();
  notify.watchTitle();
  actions.connection.start();
}

start();

// Pages and files without a network.
if (navigator.serviceWorker)
  addEventListener("load", () => void navigator.serviceWorker.register("/sw.js").catch(() => {}));
