// @ts-check
/** The list of chats. */

import { url } from "chat/api.js";
import { lineOf } from "chat/attachments.js";
import { load } from "chat/browser.js";
import { editProfile, setStatus } from "chat/card.js";
import { textOf } from "chat/drafts.js";
import { shortTime, t, tn } from "chat/i18n.js";
import { prefer, preferences } from "chat/kept/local.js";
import { called, statusOf } from "chat/names.js";
import { nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import * as store from "chat/store.js";
import {
  Avatar,
  ChatAvatar,
  controlKey,
  Empty,
  html,
  Icon,
  IconButton,
  late,
  Menu,
  memo,
  StatusMark,
} from "chat/ui.js";
import { useRef, useState } from "preact/hooks";

/** @typedef {import("../types.js").Chat} Chat */

const Due = late(async () => (await load("chat/views/due.js")).Due);
const roomDialogs = () => load("chat/views/rooms.js");

export function Sidebar() {
  const list = useRef(/** @type {string[] | null} */ (null)); // the order while the pointer is over the list
  const [, redraw] = useState(0);
  const width = preferences.value.sidebar;
  const groups = sections();
  const held = list.current;
  if (held) for (const group of groups) group.chats = hold(group.chats, held);
  return html`<nav class="side" aria-label=${t("Chats")} style=${width ? { inlineSize: `${width}px` } : undefined}>
    <${SideHeader} />
    <div class="side-search">
      <button type="button" class="search-button" onClick=${openSwitcher}>
        <${Icon} name="search" /><span>${t("Find a chat or person")}</span><kbd>${controlKey()} K</kbd>
      </button>
    </div>
    ${store.due.value.length > 0 ? html`<${Due} />` : null}
    <div class="side-list"
      onPointerEnter=${(/** @type {PointerEvent} */ event) => {
        if (event.pointerType === "mouse")
          list.current = sections().flatMap((group) => group.chats.map((chat) => chat.key));
      }}
      onPointerLeave=${() => {
        list.current = null;
        redraw((n) => n + 1);
      }}>
      ${store.isReady.value ? null : html`<${Skeleton} />`}
      ${groups.map(
        (group) =>
          group.chats.length > 0 &&
          html`<section key=${group.id} aria-label=${group.title}>
            ${group.title && preferences.value.order === "sections" ? html`<h2 class="side-title">${group.title}</h2>` : null}
            <ul>${group.chats.map((chat) => html`<${Item} key=${chat.key} chat=${chat} />`)}</ul>
          </section>`,
      )}
      ${
        store.isReady.value && store.chats.value.size === 0
          ? html`<${Empty} icon="message-circle" title=${t("No chats yet")} text=${t("Message someone or create a room.")}>
          <button type="button" class="button button-primary" onClick=${openSwitcher}>${t("Find someone")}</button></${Empty}>`
          : null
      }
    </div>
    <${Grip} />
  </nav>`;
}

function SideHeader() {
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const me = store.me.value;
  return html`<header class="side-header">
    <button type="button" class="side-me" aria-haspopup="menu"
      onClick=${(/** @type {any} */ event) => setMenu({ ...under(event.currentTarget), which: "me" })}>
      ${
        me
          ? html`<${Avatar} name=${called(me)} seed=${me.id} size="avatar-sm"
              online=${store.status.value === "open"} />`
          : html`<span class="avatar avatar-sm"></span>`
      }
      <bdi class="side-name" aria-hidden="true">${me ? called(me) : ""}</bdi><${StatusMark} status=${statusOf(me, store.now.value)} /><${Icon} name="chevron-down" />
      <span class="sr">${t("{name}: account menu", { name: me ? called(me) : "" })}</span>
    </button>
    <${IconButton} icon="square-pen" label=${t("New room or chat")} aria-haspopup="menu"
      onClick=${(/** @type {any} */ event) => setMenu({ ...under(event.currentTarget), which: "new" })} />
    ${
      menu &&
      html`<${Menu} at=${menu} label=${menu.which === "me" ? t("You") : t("New")} onClose=${() => setMenu(null)}
      items=${menu.which === "me" ? mine() : fresh()} />`
    }
  </header>`;
}

/** @param {HTMLElement} element */
const under = (element) => {
  const box = element.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 4 };
};

const mine = () => [
  { label: t("Set a status"), icon: "smile", run: setStatus },
  { label: t("Edit profile"), icon: "user", run: editProfile },
  { label: t("Saved messages"), icon: "bookmark", run: () => screen.showPanel("saved") },
  store.chats.value.has("general")
    ? { label: t("Groups"), icon: "users", run: () => screen.openDialog(load("chat/views/groups.js"), "Groups") }
    : null, // a guest of one room sees none
  {
    label: t("Settings"),
    icon: "settings",
    run: () => screen.openDialog(load("chat/views/settings.js"), "Settings"),
  },
  {
    label: t("Scheduled and reminders"),
    icon: "alarm-clock",
    run: () => screen.openDialog(load("chat/views/later.js"), "Later"),
  },
  {
    label: t("Keyboard shortcuts"),
    icon: "keyboard",
    run: () => screen.openDialog(load("chat/views/settings.js"), "Shortcuts"),
  },
  { label: t("Log out"), icon: "log-out", tone: /** @type {const} */ ("danger"), run: session.logout },
];

const fresh = () => [
  { label: t("Create room"), icon: "plus", run: () => screen.openDialog(roomDialogs(), "CreateRoom") },
  { label: t("Discover public rooms"), icon: "compass", run: () => screen.openDialog(roomDialogs(), "Discover") },
  { label: t("New message"), icon: "message-square", run: openSwitcher },
];

export function openSwitcher() {
  screen.openDialog(load("chat/views/switcher.js"), "Switcher");
}

/** @returns {{id: string, title: string, chats: Chat[]}[]} */
export function sections() {
  const all = [...store.chats.value.values()].sort((a, b) => (b.active ?? 0) - (a.active ?? 0));
  if (preferences.value.order === "activity") return [{ id: "all", title: t("Chats"), chats: all }];
  const of = (/** @type {string[]} */ kinds) => all.filter((chat) => kinds.includes(chat.kind));
  const rooms = of(["room"]);
  return [
    { id: "rooms", title: t("Rooms"), chats: [...of(["general"]), ...rooms] },
    { id: "private", title: t("Direct messages"), chats: of(["private"]) },
  ];
}

/** Chats in an order that was there before; new ones on top. @param {Chat[]} chats @param {string[]} keys */
function hold(chats, keys) {
  const place = new Map(keys.map((key, index) => [key, index]));
  return [...chats].sort((a, b) => (place.get(a.key) ?? -1) - (place.get(b.key) ?? -1));
}

/** @param {{chat: Chat}} props */
function Item({ chat }) {
  const here = store.place.value.chat === chat.key;
  const person = chat.peer ? store.people.value.get(chat.peer.id) : undefined;
  const draft = here ? undefined : store.drafts.value.get(chat.key);
  const waiting = chat.waiting_requests ?? 0;
  const last = chat.last_message;
  return html`<${Row} chat=${chat} here=${here} person=${person} draft=${draft ? textOf(draft) : ""} waiting=${waiting}
    status=${chat.peer && statusOf(person ?? chat.peer, store.now.value)}
    author=${last && chat.kind !== "private" ? authorOf(last) : ""} time=${last ? shortTime(last.timestamp, new Date(store.now.value)) : ""}
    typing=${store.state.value.typing.has(chat.key) ? typist(chat) : ""} />`;
}

/** @param {import("../types.js").Message} message */
const authorOf = (message) =>
  message.user_id === store.me.value?.id ? t("You") : nameOf(message.user_id, message.username);

/** @param {Chat} chat */
function typist(chat) {
  const [id, first] = [...(store.state.value.typing.get(chat.key) ?? [])][0] ?? [];
  return id === undefined
    ? ""
    : chat.kind === "private"
      ? t("typing…")
      : t("{name} is typing…", { name: nameOf(id, first?.name) });
}

/** @param {number} count */
const upTo99 = (count) => (count > 99 ? "99+" : count);

const Row = memo(
  /** @param {any} props */ ({ chat, here, person, status, draft, author, time, typing, waiting }) => {
    const last = chat.last_message;
    const text = last ? (last.deleted_at ? t("Message deleted") : lineOf(last)) : t("No messages yet");
    const unread = chat.unread_count > 0;
    return html`<li><a class="row" href=${url(chat.key)} aria-current=${here ? "page" : undefined} data-key=${chat.key}
        data-unread=${unread && !chat.muted} data-muted=${chat.muted}
        onClick=${(/** @type {MouseEvent} */ event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          screen.go(chat.key);
        }}>
      <${ChatAvatar} chat=${chat} person=${person} />
      <span class="row-main">
        <span class="row-line"><bdi class="row-title">${chat.title}</bdi>
          <${StatusMark} status=${status} />
          ${chat.muted ? html`<${Icon} name="bell-off" label=${t("muted")} />` : null}
          <time class="row-time">${time}</time></span>
        <span class="row-line"><span class="row-text" dir="auto">${
          typing
            ? html`<span class="row-typing">${typing}</span>`
            : draft
              ? html`<span class="row-draft">${t("Draft:")}</span> ${draft}`
              : html`${author ? html`<bdi>${author}</bdi>: ` : null}${text}`
        }</span>
          ${
            waiting
              ? html`<span class="badge badge-waiting"
                  title=${tn(waiting, "{count} person wants to join", "{count} people want to join")}>
                  <${Icon} name="user-plus" />${waiting}<span class="sr"> ${t("asking to join")}</span>
                </span>`
              : null
          }
          ${
            chat.mention_count
              ? html`<span class="badge badge-mention">
                  @${upTo99(chat.mention_count)}<span class="sr"> ${tn(chat.mention_count, "mention", "mentions")}</span>
                </span>`
              : null
          }
          ${
            unread
              ? html`<span class="badge">${upTo99(chat.unread_count)}<span class="sr"> ${t("unread")}</span></span>`
              : null
          }
        </span>
      </span>
    </a></li>`;
  },
);

function Skeleton() {
  return html`<div class="skeleton" aria-hidden="true">${[62, 44, 75, 52, 66, 48].map(
    (width) =>
      html`<div class="skeleton-row">
        <i class="skeleton-disc"></i>
        <span>
          <i style=${{ inlineSize: `${width}%` }}></i>
          <i style=${{ inlineSize: `${95 - width / 2}%` }}></i>
        </span>
      </div>`,
  )}</div>`;
}

/** The edge of the list: drag it, or move it with the arrows. */
function Grip() {
  const set = (/** @type {number} */ width) => prefer({ sidebar: Math.round(Math.min(480, Math.max(220, width))) });
  const now = () => document.querySelector(".side")?.getBoundingClientRect().width ?? 320;
  const rtl = () => (document.dir === "rtl" ? -1 : 1);
  const onPointerDown = (/** @type {any} */ event) => {
    const [from, width, grip] = [event.clientX, now(), event.currentTarget];
    grip.setPointerCapture(event.pointerId);
    grip.onpointermove = (/** @type {PointerEvent} */ move) => set(width + (move.clientX - from) * rtl());
    grip.onpointerup = () => {
      grip.onpointermove = null;
    };
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const step = /** @type {Record<string, number>} */ ({ ArrowLeft: -16, ArrowRight: 16 })[event.key];
    if (!step) return;
    event.preventDefault();
    set(now() + step * rtl());
  };
  const width = preferences.value.sidebar ?? 320;
  return html`<div class="grip" role="separator" tabindex="0" aria-orientation="vertical" aria-label=${t("Chat list width")}
    aria-valuenow=${width} aria-valuemin="220" aria-valuemax="480"
    onPointerDown=${onPointerDown} onKeyDown=${onKeyDown} onDblClick=${() => prefer({ sidebar: null })}></div>`;
}
