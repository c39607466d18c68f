// @ts-check
/** The middle of the page: a chat with its header, or what stands in its place. */

import * as actions from "chat/actions.js";
import * as api from "chat/api.js";
import { lastSeen, t, tn } from "chat/i18n.js";
import * as store from "chat/store.js";
import { Avatar, ChatAvatar, Empty, html, Icon, IconButton, Menu } from "chat/ui.js";
import { Composer } from "chat/views/composer.js";
import { openSwitcher } from "chat/views/sidebar.js";
import { Timeline } from "chat/views/timeline.js";
import { useEffect, useState } from "preact/hooks";

/** @typedef {import("../types.js").Chat} Chat */

const dialogs = () => import("chat/views/dialogs.js");
const FOREVER = "9999-12-31T00:00:00Z";

export function ChatPane() {
  const chat = store.chat.value;
  const key = store.place.value.chat;
  if (chat)
    return html`<main class="pane" id="main" tabindex="-1" aria-label=${chat.title}>
      <${Header} chat=${chat} /><${Banner} /><${Requests} chat=${chat} />
      <${Timeline} key=${chat.key} chat=${chat} />
      <${Typing} chat=${chat} />
      <${Composer} key=${`composer ${chat.key}`} chat=${chat} />
    </main>`;
  return html`<main class="pane" id="main" tabindex="-1">
    <${Banner} />
    ${
      !store.isReady.value
        ? null
        : key
          ? html`<${Outside} key=${key} chat=${key} />`
          : html`<${Empty} icon="message-circle" title=${t("Choose a chat")} text=${t("Or find a person to write to.")}>
              <button type="button" class="button button-primary" onClick=${openSwitcher}>${t("Find a chat or person")}</button></${Empty}>`
    }
  </main>`;
}

/** @param {{chat: Chat}} props */
function Header({ chat }) {
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const person = chat.peer && (store.people.value.get(chat.peer.id) ?? chat.peer);
  const isRoom = chat.kind === "room";
  useEffect(() => {
    if (isRoom) actions.loadRoom(chat.id);
  }, [chat.key]);
  return html`<header class="chat-header">
    <${IconButton} icon="arrow-left" label=${t("Back to the list")} class="only-narrow" onClick=${actions.goToList} />
    <${ChatAvatar} chat=${chat} person=${person} size="avatar-md" quiet />
    <div class="chat-title"><h1><bdi>${chat.title}</bdi></h1><p>${subtitle(chat, person)}</p></div>
    ${
      isRoom
        ? html`<${IconButton} icon="users" label=${t("Members")} aria-expanded=${store.panel.value === "members"} aria-controls="panel"
        onClick=${() => {
          store.panel.value = store.panel.value ? null : "members";
        }} />`
        : null
    }
    <${IconButton} icon="ellipsis" label=${t("More")} aria-haspopup="menu" onClick=${(/** @type {any} */ event) => {
      const box = event.currentTarget.getBoundingClientRect();
      setMenu({ x: box.right - 220, y: box.bottom + 4 });
    }} />
    ${menu && html`<${Menu} at=${menu} label=${chat.title} items=${items(chat)} onClose=${() => setMenu(null)} />`}
  </header>`;
}

/** @param {Chat} chat @param {import("../types.js").Person} [person] */
function subtitle(chat, person) {
  store.now.value; // "last seen" grows older
  if (person) return person.is_online ? t("online") : person.last_seen ? lastSeen(person.last_seen) : t("offline");
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
      ? { label: t("Notify again"), icon: "bell", run: () => actions.mute(chat.key, null) }
      : { label: t("Mute"), icon: "bell-off", run: () => actions.mute(chat.key, FOREVER) },
    {
      label: t("Copy link to this chat"),
      icon: "link",
      run: () =>
        actions.copy(
          location.origin + location.pathname.replace(/(\/(?:general|private\/\d+|room\/\d+)).*/, "$1"),
          t("Link copied"),
        ),
    },
    moderates && !chat.archived
      ? { label: t("Invite people"), icon: "user-plus", run: () => actions.openDialog(dialogs(), "Invite", { chat }) }
      : null,
    chat.role === "owner" && isRoom && !chat.archived
      ? {
          label: t("Change the room"),
          icon: "settings",
          run: () => actions.openDialog(dialogs(), "EditRoom", { chat }),
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
  return actions.openDialog(dialogs(), "Confirm", {
    title: t("Leave {room}?", { room: chat.title }),
    text: t("You will not get its messages any more. To come back you may need a new invitation."),
    verb: t("Leave"),
    run: () => actions.leaveRoom(chat.id),
  });
}

/** The state of the connection, when it is not good. */
export function Banner() {
  const isShown = store.isAway.value;
  return html`<div class="banner" role="status" data-shown=${isShown}>${
    isShown
      ? html`<${Icon} name="wifi-off" /><span>${t("Reconnecting…")}</span> <span class="banner-more">${t("What you write is sent when the connection is back.")}</span>
        <button type="button" onClick=${() => actions.connection.probe()}>${t("Try now")}</button>`
      : null
  }</div>`;
}

/** Who asks to join, for who decides. @param {{chat: Chat}} props */
function Requests({ chat }) {
  const decides = chat.kind === "room" && chat.role !== "member" && !chat.archived;
  useEffect(() => {
    if (decides) actions.loadRequests(chat.id);
  }, [chat.key, decides]);
  const waiting = store.state.value.requests.get(chat.key) ?? [];
  if (!decides || !waiting.length) return null;
  const [first] = waiting;
  const name = first.user.display_name || first.user.username;
  return html`<section class="requests" aria-label=${t("Join requests")}>
    <${Avatar} name=${name} seed=${first.user.id} size="avatar-sm" />
    <p><bdi class="strong">${name}</bdi> ${t("asks to join.")} ${
      waiting.length > 1
        ? html`<button type="button" class="link" onClick=${() => {
            store.panel.value = "members";
          }}>${tn(waiting.length - 1, "{count} more", "{count} more")}</button>`
        : null
    }</p>
    <${Decision} chat=${chat} user=${first.user} />
  </section>`;
}

/** @param {{chat: Chat, user: import("../types.js").Person}} props */
export function Decision({ chat, user }) {
  const name = user.display_name || user.username;
  const [busy, setBusy] = useState(false);
  const decide = (/** @type {"approve" | "deny"} */ verdict) => async () => {
    setBusy(true);
    await actions.decide(chat.id, user.id, verdict);
    setBusy(false);
  };
  return html`<span class="decision">
    <button type="button" class="button button-primary button-small" disabled=${busy} aria-label=${t("Approve {name}", { name })} onClick=${decide("approve")}>${t("Approve")}</button>
    <button type="button" class="button button-small" disabled=${busy} aria-label=${t("Deny {name}", { name })} onClick=${decide("deny")}>${t("Deny")}</button>
  </span>`;
}

/** Who is typing, in a place of its own: nothing moves when it comes and goes. @param {{chat: Chat}} props */
function Typing({ chat }) {
  const typists = store.state.value.typing.get(chat.key);
  const names = [...(typists ?? [])].map(([id, { name }]) => store.nameOf(id, name));
  const [a, b] = names;
  const text =
    names.length === 0
      ? ""
      : names.length === 1
        ? t("{a} is typing…", { a })
        : names.length === 2
          ? t("{a} and {b} are typing…", { a, b })
          : t("Several people are typing…");
  return html`<p class="typing" data-shown=${names.length > 0}><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span><bdi>${text}</bdi></p>`;
}

/** A chat that one is not in: removed, waiting to be let in, open to all, or not there. @param {{chat: string}} props */
function Outside({ chat }) {
  const [room, setRoom] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {api.Refused | null} */ (null));
  const [verdict, setVerdict] = useState("");
  const gone = store.state.value.gone;
  const load = () => {
    setError(null);
    const what = chat.startsWith("room:") ? api.get(api.pathOf(chat)) : api.get(`${api.pathOf(chat)}/history?limit=1`);
    what.then(setRoom, setError);
  };
  useEffect(() => {
    load();
    return actions.onFrame((frame) => {
      if (frame.type === "join_denied" && chat === `room:${frame.room_id}`) setVerdict("denied");
    });
  }, []);
  const reason = gone.get(chat);
  if (verdict === "denied")
    return html`<${Empty} icon="door-open" title=${t("Not this time")} text=${t("The people who look after this room did not let you in. That says nothing about you: rooms are often meant for a few.")}><${ToGeneral} /></${Empty}>`;
  if (gone.has(chat) && reason !== null)
    return html`<${Empty} icon="user-minus" title=${t("You were removed from this room")} text=${reason ? t("The reason given: {reason}", { reason }) : t("No reason was given.")}><${ToGeneral} /></${Empty}>`;
  if (gone.has(chat))
    return html`<${Empty} icon="door-open" title=${t("You left this room")}><${ToGeneral} /></${Empty}>`;
  if (error && error.status !== 404 && error.status !== 403)
    return html`<${Empty} icon="triangle-alert" title=${t("This chat could not be loaded")} text=${error.sentence}><button type="button" class="button" onClick=${load}>${t("Try again")}</button></${Empty}>`;
  if (error)
    return html`<${Empty} icon="search" title=${t("There is no such chat")} text=${t("Or it is one that you are not in. If you have an invitation, open its link.")}><${ToGeneral} /></${Empty}>`;
  if (!room) return null;
  if (room.status === "pending") return html`<${Waiting} room=${room} onWithdrawn=${load} />`;
  if (room.status === "banned")
    return html`<${Empty} icon="ban" title=${room.name} text=${t("You are banned from this room, so you can't join it.")}><${ToGeneral} /></${Empty}>`;
  if (room.is_public && !room.archived)
    return html`<${Empty} icon="hash" title=${room.name} text=${room.description}><p>${tn(room.member_count, "{count} member", "{count} members")}</p>
      <button type="button" class="button button-primary" onClick=${() => actions.attempt(() => api.post(`${api.pathOf(chat)}/join`))}>${t("Join")}</button></${Empty}>`;
  return html`<${Empty} icon="lock" title=${room.name} text=${t("You are not a member of this room.")}><${ToGeneral} /></${Empty}>`;
}

function ToGeneral() {
  const key = store.chats.value.has("general") ? "general" : null;
  return html`<button type="button" class="button button-primary" onClick=${() => actions.go(key)}>${key ? t("Go to General") : t("To the list of chats")}</button>`;
}

/** @param {{room: any, onWithdrawn: () => void}} props */
function Waiting({ room, onWithdrawn }) {
  return html`<${Empty} icon="clock" title=${t("You asked to join {room}", { room: room.name })}
      text=${t("The people who look after this room have been told. This page opens the room by itself as soon as they let you in; you can close it meanwhile.")}>
    <p class="waiting" role="status"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${t("Waiting for an answer")}</p>
    <button type="button" class="button" onClick=${async () => {
      if (await actions.attempt(() => api.post(`/chats/room/${room.room_id}/requests/withdraw`))) onWithdrawn();
    }}>${t("Take the request back")}</button>
  </${Empty}>`;
}
