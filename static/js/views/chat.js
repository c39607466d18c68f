// @ts-check
/** The middle of the page: a chat with its header, or what stands in its place. */

import { load } from "chat/browser.js";
import { openCard } from "chat/card.js";
import { lastSeen, t, tn } from "chat/i18n.js";
import * as messages from "chat/messages.js";
import { isDeleted, statusOf } from "chat/names.js";
import { loadRoom, nameOf } from "chat/people.js";
import * as pins from "chat/pins.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import * as store from "chat/store.js";
import { below, ChatAvatar, Empty, html, Icon, IconButton, late, Menu, Skeleton, StatusMark } from "chat/ui.js";
import { Composer } from "chat/views/composer.js";
import { openSwitcher } from "chat/views/sidebar.js";
import { askForDate, Timeline } from "chat/views/timeline.js";
import { useEffect, useState } from "preact/hooks";

/** @typedef {import("../types.js").Chat} Chat */

const Outside = late(async () => (await load("chat/views/outside.js")).Outside);
const FOREVER = "9999-12-31T00:00:00Z";
const rooms = () => load("chat/views/rooms.js");
const PinBanner = late(async () => (await load("chat/views/keeping.js")).PinBanner);
const Asking = late(async () => (await load("chat/views/requests.js")).Asking);

export function ChatPane() {
  const chat = store.chat.value;
  const key = store.place.value.chat;
  if (chat)
    return html`<main class="pane" id="main" tabindex="-1" aria-label=${chat.title}>
      <${Header} chat=${chat} /><${Banner} /><${Pins} chat=${chat} />${asksMe(chat) ? html`<${Asking} key=${chat.key} chat=${chat} />` : null}
      <${Timeline} key=${`${chat.key} ${store.state.value.epoch}`} chat=${chat} />
      <${Typing} chat=${chat} />
      <${Composer} key=${`composer ${chat.key}`} chat=${chat} />
    </main>`;
  return html`<main class="pane" id="main" tabindex="-1">
    <${Banner} />
    ${
      !store.isReady.value
        ? html`<${Unready} />`
        : key
          ? html`<${Outside} key=${key} chat=${key} />`
          : html`<${Empty} icon="message-circle" title=${t("Choose a chat")} text=${t("Or find someone to message.")}>
              <button type="button" class="button button-primary" onClick=${openSwitcher}>${t("Find a chat or person")}</button></${Empty}>`
    }
  </main>`;
}

/**
 * Do something with a chat. Its code comes when the menu opens.
 * @param {(chats: typeof import("../chats.js")) => any} work
 */
const withChats = (work) => load("chat/chats.js").then(work, screen.notLoaded);

/** Somebody asks to come in, and this person may decide. @param {Chat} chat */
const asksMe = (chat) =>
  chat.kind === "room" &&
  chat.role !== "member" &&
  !chat.archived &&
  ((chat.waiting_requests ?? 0) > 0 || (store.state.value.requests.get(chat.key) ?? []).length > 0);

/** While nothing is known yet; a blink is not worth a drawing. */
function Unready() {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return isSlow ? html`<div class="unready"><${Skeleton} /><${Skeleton} /></div>` : null;
}

/** The newest pinned message, if there is one. @param {{chat: Chat}} props */
function Pins({ chat }) {
  const isOpen = store.status.value === "open";
  useEffect(() => {
    if (isOpen) pins.follow(chat.key);
  }, [chat.key, isOpen]);
  return pins.pins.value.get(chat.key)?.messages.length ? html`<${PinBanner} chat=${chat} />` : null;
}

/** @param {{chat: Chat}} props */
function Header({ chat }) {
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const person = chat.peer && (store.people.value.get(chat.peer.id) ?? chat.peer);
  const isRoom = chat.kind === "room";
  const isOpen = store.status.value === "open";
  useEffect(() => {
    if (isRoom && isOpen) loadRoom(chat.id);
  }, [chat.key, isOpen]);
  return html`<header class="chat-header">
    <${IconButton} icon="arrow-left" label=${t("Back to chats")} class="only-narrow" onClick=${screen.goToList} />
    <${ChatAvatar} chat=${chat} person=${person} size="avatar-md" quiet />
    <div class="chat-title"><h1>${
      person
        ? html`<button type="button" aria-haspopup="dialog" onClick=${(/** @type {any} */ { currentTarget }) =>
            openCard(currentTarget, person.id, person.username)}><bdi>${chat.title}</bdi></button>
          <${StatusMark} status=${statusOf(person, store.now.value)} />`
        : html`<bdi>${chat.title}</bdi>`
    }</h1><p>${subtitle(chat, person)}</p></div>
    ${
      chat.kind !== "private"
        ? html`<${IconButton} icon="users" label=${t("Members")} aria-expanded=${store.panel.value === "members"} aria-controls="panel"
        onClick=${() => {
          screen.showPanel(store.panel.value === "members" ? null : "members");
        }} />`
        : null
    }
    <${IconButton} icon="search" label=${t("Search in this chat")} class="not-narrow" onClick=${() => screen.openSearch(chat.key)} />
    <${IconButton} icon="ellipsis" label=${t("More")} aria-haspopup="menu" onClick=${(/** @type {any} */ event) => {
      setMenu(below(event.currentTarget));
      load("chat/chats.js").catch(() => {}); // before something is chosen
    }} />
    ${menu && html`<${Menu} at=${menu} label=${chat.title} items=${items(chat)} onClose=${() => setMenu(null)} />`}
  </header>`;
}

/** @param {Chat} chat @param {import("../types.js").Person} [person] */
function subtitle(chat, person) {
  store.now.value; // "last seen" grows older
  if (person) {
    if (isDeleted(person.username)) return t("This account was deleted.");
    const seen = person.is_online ? t("online") : person.last_seen ? lastSeen(person.last_seen) : t("offline");
    const status = statusOf(person, store.now.value);
    return status?.text ? html`${seen} · <bdi>${status.text}</bdi>` : seen;
  }
  if (chat.kind === "general") {
    // Everybody is in this one, so it is who is known to be there, and oneself.
    const others = [...store.people.value.values()].filter(
      (other) => other.is_online && other.id !== store.me.value?.id,
    );
    return tn(Math.max(chat.online_count, others.length + 1), "{count} online", "{count} online");
  }
  const room = store.rooms.value.get(chat.id);
  if (!room) return "\u00a0";
  const members = tn(room.member_count, "{count} member", "{count} members");
  return room.description ? html`${members} · <bdi>${room.description}</bdi>` : members;
}

/** @param {Chat} chat */
function items(chat) {
  const isRoom = chat.kind === "room";
  const moderates = isRoom && chat.role !== "member";
  return [
    chat.muted
      ? { label: t("Unmute"), icon: "bell", run: () => withChats((chats) => chats.mute(chat.key, null)) }
      : { label: t("Mute"), icon: "bell-off", run: () => withChats((chats) => chats.mute(chat.key, FOREVER)) },
    chat.kind === "private"
      ? null
      : {
          label: chat.ignore_everyone ? t("Notify me of @everyone and @here") : t("Ignore @everyone and @here"),
          icon: "users",
          run: () => withChats((chats) => chats.ignoreEveryone(chat.key, !chat.ignore_everyone)),
        },
    { label: t("Search in this chat"), icon: "search", run: () => screen.openSearch(chat.key) },
    { label: t("Pinned messages"), icon: "pin", run: () => screen.showPanel("pins") },
    { label: t("Files"), icon: "folder", run: () => screen.showPanel("files") },
    { label: t("Jump to a date"), icon: "calendar", run: () => askForDate(chat) },
    {
      label: t("Copy link to this chat"),
      icon: "link",
      run: () => {
        const address = location.pathname.replace(/(\/(?:general|private\/\d+|room\/\d+)).*/, "$1");
        return withChats((chats) => chats.copy(location.origin + address, t("Link copied")));
      },
    },
    moderates && !chat.archived
      ? { label: t("Invite people"), icon: "user-plus", run: () => screen.openDialog(rooms(), "Invite", { chat }) }
      : null,
    chat.role === "owner" && isRoom && !chat.archived
      ? {
          label: t("Room settings"),
          icon: "settings",
          run: () => screen.openDialog(rooms(), "EditRoom", { chat }),
        }
      : null,
    isRoom
      ? {
          label: t("Leave room"),
          icon: "door-open",
          tone: /** @type {const} */ ("danger"),
          run: () => askToLeave(chat),
        }
      : null,
  ];
}

/** @param {Chat} chat */
function askToLeave(chat) {
  return screen.openDialog(load("chat/views/dialogs.js"), "Confirm", {
    title: t("Leave {room}?", { room: chat.title }),
    text: t("You'll stop getting its messages. To rejoin, you may need a new invite."),
    verb: t("Leave"),
    run: () => withChats((chats) => chats.leaveRoom(chat.id)),
  });
}

/** The state of the connection, when it is not good. */
export function Banner() {
  const isShown = store.isAway.value;
  return html`<div class="banner" role="status" data-shown=${isShown}>${
    isShown
      ? html`<${Icon} name="wifi-off" /><span>${t("Reconnecting…")}</span>${" "}
        <span class="banner-more">${t("Your messages will be sent when you're back online.")}</span>
        <button type="button" onClick=${() => session.connection.probe()}>${t("Try now")}</button>`
      : null
  }</div>`;
}

/** Who is typing, in a place of its own: nothing moves when it comes and goes. @param {{chat: Chat}} props */
function Typing({ chat }) {
  const typists = store.state.value.typing.get(chat.key);
  const names = [...(typists ?? [])].map(([id, { name }]) => nameOf(id, name));
  const [a, b] = names;
  const text =
    names.length === 0
      ? ""
      : names.length === 1
        ? t("{a} is typing…", { a })
        : names.length === 2
          ? t("{a} and {b} are typing…", { a, b })
          : t("Several people are typing…");
  return html`<div class="below">
    <p class="typing" data-shown=${names.length > 0}>
      <span class="dots" aria-hidden="true">
        <i></i>
        <i></i>
        <i></i>
      </span>
      <bdi>${text}</bdi>
    </p>
    <${Receipt} chat=${chat} /></div>`;
}

/** Whether the last word, if it is one's own, has come and was seen. @param {{chat: Chat}} props */
function Receipt({ chat }) {
  const last = chat.last_message;
  const isWaiting = store.outbox.value.some((entry) => entry.chat === chat.key && entry.state !== "sent");
  const isMine = last !== null && last.user_id === store.me.value?.id && !last.deleted_at;
  const isUnknown = isMine && chat.reads === undefined && chat.kind !== "general";
  useEffect(() => {
    if (isUnknown) messages.loadReads(chat);
  }, [isUnknown]);
  if (!isMine || isWaiting) return null;
  const marks = (chat.reads ?? []).filter((mark) => mark.seq >= last.seq);
  const seen = marks.map((mark) => nameOf(mark.user_id)).filter(Boolean); // but those still on their way
  if (chat.kind === "private") {
    const [icon, word] = marks.length ? ["check-check", t("Seen")] : ["check", t("Sent")];
    return html`<p class="receipt" data-seen=${marks.length > 0}><${Icon} name=${icon} />${word}</p>`;
  }
  if (!seen.length) return null;
  const [a, b] = seen;
  const text =
    seen.length === 1
      ? t("Seen by {a}", { a })
      : seen.length === 2
        ? t("Seen by {a} and {b}", { a, b })
        : t("Seen by {a}, {b} and {count} more", { a, b, count: seen.length - 2 });
  return html`<p class="receipt" data-seen="true" title=${seen.join(", ")}><${Icon} name="check-check" /><bdi>${text}</bdi></p>`;
}
