// @ts-check
/** The pane at the side of a room or of general: who is in it, who asks to be, and what can be done about it. */

import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { openCard } from "chat/card.js";
import { openPrivate } from "chat/chats.js";
import { t, tn } from "chat/i18n.js";
import { called, statusOf } from "chat/names.js";
import { onFrame } from "chat/news.js";
import { loadRoom } from "chat/people.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { Avatar, below, html, Icon, IconButton, Menu, StatusMark } from "chat/ui.js";
import { Failure, PanelHead, ShowMore } from "chat/views/panel.js";
import { Bans, Requests } from "chat/views/requests.js";
import { useEffect, useRef, useState } from "preact/hooks";

/** @typedef {{user: import("../types.js").Person, role: "owner" | "moderator" | "member", joined_at: string}} Member */

const dialogs = () => load("chat/views/dialogs.js");
const roomDialogs = () => load("chat/views/rooms.js");

/** So many more with each press; the server gives no more than twice as many at a time. */
const PAGE = 100;
const MOST = 200;
/** After somebody came or left the list is read again, in ms. */
const SOON = 500;

/** Oneself is, even if the server does not know it yet. @param {Member} member */
const isOnline = ({ user }) =>
  user.id === store.me.value?.id || (store.people.value.get(user.id)?.is_online ?? user.is_online);

/** Those online first. @param {Member} one @param {Member} other */
const byPresence = (one, other) => Number(isOnline(other)) - Number(isOnline(one));

/** The first so many members of a chat, those online first. @param {string} key @param {string} search @param {number} count @returns {Promise<{members: Member[], hasMore: boolean}>} */
async function first(key, search, count) {
  const ask = (/** @type {string} */ filter, /** @type {number} */ limit, /** @type {number} */ offset) =>
    api.get(`${api.pathOf(key)}/members?${filter}limit=${limit}&offset=${offset}&search=${encodeURIComponent(search)}`);
  const { results, next } = await ask("", MOST, 0);
  if (!next) {
    const all = results.sort(byPresence);
    return { members: all.slice(0, count), hasMore: all.length > count };
  }
  /** @type {Map<number, Member>} */
  const members = new Map();
  // Somebody who comes online between the first question and the second is in neither answer.
  for (const online of [true, false, true])
    for (let offset = 0, next = ""; next !== null; ) {
      const limit = Math.min(MOST, count - members.size);
      if (limit <= 0) return { members: [...members.values()].sort(byPresence), hasMore: true };
      const answer = await ask(`online=${online}&`, limit, offset);
      for (const member of answer.results) members.set(member.user.id, member);
      offset += limit;
      next = answer.next;
    }
  return { members: [...members.values()].sort(byPresence), hasMore: false };
}

/** @param {{chat: import("../types.js").Chat}} props */
export function Members({ chat }) {
  const [text, setText] = useState("");
  const [members, setMembers] = useState(/** @type {Member[] | null} */ (null));
  const [hasMore, setMore] = useState(false);
  const [failure, setFailure] = useState("");
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const room = store.rooms.value.get(chat.id);
  const isRoom = chat.kind === "room";
  const moderates = isRoom && chat.role !== "member";

  const asked = useRef(0); // an answer to an earlier question may come after that to a later one
  const latest = useRef(/** @type {any} */ (null));
  const soon = useRef(/** @type {any} */ (null));
  const count = useRef(PAGE); // of those who are shown
  /** All who are shown, as they now are: the list keeps its length, and the reader their place. */
  const load = async () => {
    clearTimeout(soon.current);
    asked.current += 1;
    const number = asked.current;
    try {
      const found = await first(chat.key, text.trim(), count.current);
      if (number !== asked.current) return;
      setMembers(found.members);
      setMore(found.hasMore);
      setFailure("");
    } catch (error) {
      if (error instanceof api.Refused && number === asked.current) setFailure(error.sentence);
    }
  };
  latest.current = load;
  useEffect(() => {
    count.current = PAGE;
    const timer = setTimeout(load, members ? 200 : 0);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    if (isRoom) loadRoom(chat.id);
    const forget = onFrame((frame) => {
      const isHere = "chat" in frame && frame.chat === chat.key;
      const isBack = frame.type === "connection_established"; // and who knows what changed meanwhile
      const hasLeft = isHere && frame.type === "user_left";
      if (hasLeft) setMembers((before) => before?.filter(({ user }) => user.id !== frame.user_id) ?? null);
      if (!isBack && !hasLeft && !(isHere && frame.type === "user_joined" && frame.member)) return;
      clearTimeout(soon.current);
      soon.current = setTimeout(() => latest.current(), isBack ? 0 : SOON); // many may come and go at once
    });
    return () => {
      forget();
      clearTimeout(soon.current);
    };
  }, []);
  const chosen = menu && members?.find((member) => member.user.id === menu.id);

  return html`<${PanelHead} title=${t("Members")} />
    <div class="panel-body">
      ${room?.description ? html`<p class="panel-about" dir="auto">${room.description}</p>` : null}
      <div class="panel-tools">
        ${
          moderates && !chat.archived
            ? html`<button type="button" class="button button-primary"
                onClick=${() => screen.openDialog(roomDialogs(), "Invite", { chat })}>
                <${Icon} name="user-plus" />${t("Invite people")}
              </button>`
            : null
        }
        <input class="input" type="search" maxlength="80" aria-label=${t("Search members")}
          placeholder=${t("Search members")} value=${text}
          onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      </div>
      ${moderates ? html`<${Requests} chat=${chat} />` : null}
      <${Failure} failure=${failure} load=${load} />
      ${
        members
          ? html`<h3>${
              !isRoom && !text
                ? t("Everyone on this server")
                : room && !text
                  ? tn(room.member_count, "{count} member", "{count} members")
                  : tn(members.length, "{count} found", "{count} found")
            }</h3>`
          : null
      }
      <ul>
        ${members?.map(
          (member) => html`<${Row} key=${member.user.id} member=${member} isRoom=${isRoom}
          openMenu=${(/** @type {any} */ at) => setMenu({ id: member.user.id, at })} />`,
        )}
      </ul>
      ${
        members?.length === 0
          ? html`<div class="found-none">
              <p>${t("No matches")}</p>
              <button type="button" class="button button-small" onClick=${() => setText("")}>${t("Show all")}</button>
            </div>`
          : null
      }
      <${ShowMore} hasMore=${hasMore} onClick=${() => {
        count.current += PAGE;
        load();
      }} />
      ${moderates && !text ? html`<${Bans} chat=${chat} />` : null}
    </div>
    ${
      chosen &&
      html`<${Menu} at=${menu.at} label=${nameOf(chosen)} items=${items(chat, chosen, () => latest.current())}
      onClose=${() => setMenu(null)} />`
    }`;
}

/** @param {Member} member */
const nameOf = ({ user }) => called(user);

/** @param {{member: Member, isRoom: boolean, openMenu: (at: {x: number, y: number}) => void}} props */
function Row({ member, isRoom, openMenu }) {
  const { user, role } = member;
  const person = store.people.value.get(user.id);
  const isMe = user.id === store.me.value?.id;
  const roles = { owner: t("Owner"), moderator: t("Moderator"), member: "" };
  return html`<li class="person">
    <${Avatar} name=${nameOf(member)} seed=${user.id} picture=${user.avatar} size="avatar-sm" online=${isOnline(member)} />
    <button type="button" class="person-main" aria-haspopup="dialog"
        onClick=${(/** @type {any} */ { currentTarget }) => openCard(currentTarget, user.id, user.username)}>
      <span class="person-name">
        <bdi>${nameOf(member)}</bdi><${StatusMark} status=${statusOf(person ?? user, store.now.value)} />
        ${isMe ? ` (${t("you")})` : ""}
      </span>
      <span class="person-more">
        <bdi>@${user.username}</bdi>
        ${roles[role] ? html` <span class="tag">${roles[role]}</span>` : null}
      </span>
    </button>
    ${
      isMe || !isRoom
        ? null
        : html`<${IconButton} icon="ellipsis" label=${t("Actions for {name}", { name: nameOf(member) })} aria-haspopup="menu" onClick=${(
            /** @type {any} */ event,
          ) => {
            openMenu(below(event.currentTarget));
          }} />`
    }</li>`;
}

/** What may be done with a member: owners do all, moderators remove plain members. @param {import("../types.js").Chat} chat @param {Member} member @param {() => void} reload */
function items(chat, member, reload) {
  const { user, role } = member;
  const name = nameOf(member);
  const owns = chat.role === "owner" && !chat.archived;
  const removes = !chat.archived && (owns || (chat.role === "moderator" && role === "member"));
  const become = (/** @type {string} */ role) => async () => {
    if (await screen.attempt(() => api.call("PATCH", `/chats/room/${chat.id}/members/${user.id}`, { role }))) reload();
  };
  const remove = (/** @type {boolean} */ ban) => () =>
    screen.openDialog(dialogs(), "WithReason", {
      title: ban ? t("Ban {name}?", { name }) : t("Remove {name}?", { name }),
      text: ban
        ? t("They'll be removed and can't rejoin until the ban is lifted.")
        : t("They'll be removed, but can ask to rejoin."),
      verb: ban ? t("Ban") : t("Remove"),
      run: async (/** @type {string} */ reason) => {
        const path = `/chats/room/${chat.id}/members/${user.id}${ban ? "?ban=true" : ""}`;
        if (await screen.attempt(() => api.call("DELETE", path, { reason }))) reload();
      },
    });
  return [
    { label: t("Message {name}", { name }), icon: "message-square", run: () => openPrivate(user.id) },
    owns && role !== "owner" ? { label: t("Make owner"), icon: "crown", run: become("owner") } : null,
    owns && role !== "moderator" ? { label: t("Make moderator"), icon: "shield", run: become("moderator") } : null,
    owns && role !== "member" ? { label: t("Make member"), icon: "user", run: become("member") } : null,
    removes
      ? {
          label: t("Remove from room"),
          icon: "user-minus",
          tone: /** @type {const} */ ("danger"),
          run: remove(false),
        }
      : null,
    removes
      ? { label: t("Ban from room"), icon: "ban", tone: /** @type {const} */ ("danger"), run: remove(true) }
      : null,
  ];
}
