// @ts-check
/** The list over the box to write in: people after `@`, rooms after `#`, emoji after `:`. Loaded with the first of these signs. */

import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { emojiNamed, findEmoji, findPeople, findRooms, keeping, readEmoji } from "chat/complete.js";
import { explained, reach, WORDS } from "chat/everyone.js";
import { t, tn } from "chat/i18n.js";
import { loadGroups } from "chat/people.js";
import { byName, learnRooms, nameOfRoom, rooms } from "chat/roomnames.js";
import * as store from "chat/store.js";
import { Avatar, html, Icon } from "chat/ui.js";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** @typedef {import("../complete.js").Asked} Asked */
/** @typedef {import("../complete.js").Offer} Offer */

/** @type {Promise<import("../complete.js").Emoji[]> | null} */
let loading = null;

/** The table of emoji, loaded when it is first needed. */
export function loadEmoji() {
  loading ??= load("emojibase-data/names").then((module) => readEmoji(module.default));
  loading.catch(() => {
    loading = null;
  });
  return loading;
}

/** What `:name:` stands for, if anything. @param {string} name */
export async function emojiOf(name) {
  return emojiNamed(await loadEmoji(), name);
}

/**
 * @param {object} props
 * @param {import("../types.js").Chat} props.chat
 * @param {Asked} props.asked
 * @param {(offer: Offer) => void} props.take
 * @param {() => void} props.close
 * @param {(active: string | null) => void} props.onActive the id of the option that is chosen now
 * @param {{current: ((event: KeyboardEvent) => boolean) | null}} props.keys what the box asks first about a key
 */
export function Suggest({ chat, asked, take: takeOpen, close, onActive, keys }) {
  const take = (/** @type {Offer} */ offer) => (offer.closed ? close() : takeOpen(offer));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  // Who was chosen with the arrows stays so, wherever a late answer puts them; else it is the best.
  const [choice, setChoice] = useState(/** @type {{word: string, offer: Offer} | null} */ (null));
  const chosen = choice?.word === asked.word ? choice.offer : null;
  const offers = keeping(
    asked.sign === "@" ? usePeople(chat, asked) : asked.sign === "#" ? useRooms(asked) : useEmoji(asked),
    chosen,
  );
  const index = Math.max(
    0,
    offers.findIndex((offer) => offer.id === chosen?.id),
  );
  const isOpen = offers.length > 0;
  const choose = (/** @type {number} */ at) => setChoice({ word: asked.word, offer: offers[at % offers.length] });

  useLayoutEffect(() => {
    onActive(isOpen ? `offer-${offers[index].id}` : null);
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });
  useEffect(() => () => onActive(null), []);
  useEffect(() => {
    if (isOpen)
      store.announce(
        tn(
          offers.length,
          "{count} suggestion. Press Enter to insert it.",
          "{count} suggestions. Choose with the arrow keys, press Enter to insert.",
        ),
      );
  }, [isOpen, offers.length]);

  keys.current = (event) => {
    if (!isOpen || event.altKey || event.ctrlKey || event.metaKey) return false;
    if (event.key === "ArrowDown") choose(index + 1);
    else if (event.key === "ArrowUp") choose(index + offers.length - 1);
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") take(offers[index]);
    else if (event.key === "Escape") close();
    else return false;
    return true;
  };
  useEffect(
    () => () => {
      keys.current = null;
    },
    [],
  );

  if (!isOpen) return null;
  return html`<div class="suggest" role="listbox" id="offers" ref=${list} aria-label=${asked.sign === "@" ? t("People") : asked.sign === "#" ? t("Rooms") : t("Emoji")}>
    ${offers.map(
      (
        offer,
        at,
      ) => html`<div class="offer" role="option" key=${offer.id} id=${`offer-${offer.id}`} aria-selected=${at === index} aria-disabled=${offer.closed || undefined}
        onPointerMove=${() => at !== index && choose(at)}
          onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => take(offer)}>
        ${
          offer.person
            ? html`<${Avatar} name=${offer.label} seed=${offer.person.id} picture=${offer.person.avatar} size="avatar-sm" online=${offer.person.is_online} />`
            : offer.icon
              ? html`<span class="offer-icon"><${Icon} name=${offer.icon} /></span>`
              : offer.room
                ? html`<${Avatar} name=${offer.label} seed=${offer.room} shape="square" size="avatar-sm" />`
                : html`<span class="offer-emoji" aria-hidden="true">${offer.emoji}</span>`
        }
        <bdi class="offer-label">${offer.label}</bdi><span class="offer-more">${offer.more}</span></div>`,
    )}
  </div>`;
}

/** @param {Asked} asked @returns {Offer[]} */
function useEmoji(asked) {
  const [all, setAll] = useState(/** @type {import("../complete.js").Emoji[]} */ ([]));
  useEffect(() => {
    loadEmoji().then(setAll, () => {});
  }, []);
  return findEmoji(all, asked);
}

/** Rooms that a name leads to. @param {Asked} asked @returns {Offer[]} */
function useRooms(asked) {
  useEffect(() => {
    learnRooms();
  }, []);
  return findRooms(
    rooms.value.filter((room) => byName.value.get(nameOfRoom(room.title))),
    asked,
    nameOfRoom,
  );
}

/** Who can be named here: the members of a room, the other one of a private chat, everybody in general. @param {import("../types.js").Chat} chat @param {Asked} asked @returns {Offer[]} */
function usePeople(chat, { word, ...rest }) {
  const [members, setMembers] = useState(() => known(chat));
  useEffect(() => {
    if (chat.kind === "private") return;
    const path = chat.kind === "room" ? `/chats/room/${chat.id}/members` : "/users";
    const timer = setTimeout(async () => {
      const answer = await api.get(`${path}?limit=20&search=${encodeURIComponent(word)}`).catch(() => null);
      if (!answer) return;
      setMembers((before) => {
        const more = new Map(before);
        for (const found of answer.results) {
          const person = found.user ?? found;
          const known = store.people.peek().get(person.id);
          if (person.id !== store.me.peek()?.id)
            more.set(person.id, known && !known.isPartial ? { ...person, ...known } : person);
        }
        return more;
      });
    }, 80);
    return () => clearTimeout(timer);
  }, [word]);
  return findPeople(members.values(), { word, ...rest }, useNames(chat));
}

/** What names several at once: all of a chat, with how many that are or why one may not, and groups. @param {import("../types.js").Chat} chat @returns {Offer[]} */
function useNames(chat) {
  const [found, setFound] = useState(/** @type {import("../everyone.js").Reach | null} */ (null));
  useEffect(() => {
    if (chat.kind === "private") return;
    reach(chat.key).then(setFound, () => {});
    loadGroups();
  }, []);
  if (chat.kind === "private") return [];
  const words = WORDS.map((word) => ({
    id: word,
    text: `@${word}`,
    label: `@${word}`,
    more: found ? explained(word, found) : "",
    icon: "users",
    closed: found?.allowed === false,
  }));
  const groups = [...(store.groups.value?.values() ?? [])].map(({ id, name, members }) => ({
    id: `group-${id}`,
    text: `@${name}`,
    label: `@${name}`,
    more: tn(members.length, "Group of {count}", "Group of {count}"),
    icon: "users",
  }));
  return [...words, ...groups];
}

/** Whom this tab knows to be here without asking. @param {import("../types.js").Chat} chat */
function known(chat) {
  const people = store.people.peek();
  const ids =
    chat.kind === "general"
      ? [...people.keys()]
      : chat.peer
        ? [chat.peer.id]
        : (store.state.peek().timelines.get(chat.key)?.messages ?? []).map((message) => message.user_id);
  /** @type {Map<number, import("../types.js").Person>} */
  const here = new Map();
  for (const id of ids) {
    const person = people.get(id);
    if (person && id !== store.me.peek()?.id) here.set(id, person);
  }
  return here;
}
