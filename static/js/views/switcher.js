// @ts-check
/** Ctrl+K: go to a chat, or write to a person, by a few letters of the name. */

import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { openPrivate } from "chat/chats.js";
import { keeping } from "chat/complete.js";
import { score } from "chat/fuzzy.js";
import { t } from "chat/i18n.js";
import * as screen from "chat/screen.js";
import { meet } from "chat/state.js";
import * as store from "chat/store.js";
import { Avatar, ChatAvatar, composing, html, Icon, IconButton } from "chat/ui.js";
import { useEffect, useRef, useState } from "preact/hooks";

const MOST = 30;

/** @typedef {{id: string, name: string, more: string, rank: number, chat?: import("../types.js").Chat, person?: import("../types.js").Person, icon?: string, run: () => void}} Hit */

export function Switcher() {
  const none = html`<button type="button" class="button button-small"
    onClick=${() => screen.openDialog(load("chat/views/rooms.js"), "Discover")}>${t("Discover public rooms")}</button>`;
  return html`<${Finder} title=${t("Find a chat or person")} hint=${t("Name of a chat or person")} none=${none} last=${toSearch} take=${(
    /** @type {Hit} */ hit,
  ) => {
    screen.closeDialog();
    hit.run();
  }} />`;
}
Switcher.kind = "switcher";

/** The last entry: these words in messages. @param {string} text @returns {Hit[]} */
const toSearch = (text) =>
  text
    ? [
        {
          id: "in-messages",
          name: t("Search messages for these words"),
          more: "",
          rank: 0,
          icon: "search",
          run: () => screen.openSearch(null, text),
        },
      ]
    : [];

/**
 * A field and what it finds among chats and people.
 * @param {{title: string, hint?: string, take: (hit: Hit) => void, isFit?: (hit: Hit) => boolean, none?: any, last?: (text: string) => Hit[]}} props
 *   `isFit`: may be taken; `none`: what to do where nothing is found; `last`: what else can be done with what was typed
 */
export function Finder({ title, hint = title, take, isFit = () => true, none = null, last = () => [] }) {
  const [text, setText] = useState("");
  // Who was chosen stays so, wherever they stand after an answer or a new message; else it is the first.
  const [choice, setChoice] = useState(/** @type {Hit | null} */ (null));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const found = find(text.trim()).filter(isFit).slice(0, MOST);
  const others = last(text.trim());
  const isOther = others.some(({ id }) => id === choice?.id);
  const hits = [...keeping(found, isOther ? null : choice), ...others];
  const chosen = Math.max(
    0,
    hits.findIndex((hit) => hit.id === choice?.id),
  );
  const choose = (/** @type {number} */ at) => setChoice(hits[at % hits.length] ?? null);

  // People that this tab has not met yet.
  useEffect(() => {
    const search = text.trim();
    if (!search) return;
    const timer = setTimeout(async () => {
      const answer = await api.get(`/users?limit=20&search=${encodeURIComponent(search)}`).catch(() => null);
      if (answer?.results.length) store.state.value = meet(store.state.value, answer.results);
    }, 150);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (composing(event)) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen + hits.length - 1);
    else if (event.key === "Enter" && hits[chosen]) take(hits[chosen]);
    else return;
    event.preventDefault();
  };
  return html`<h2 class="sr" id="dialog-title">${title}</h2>
    <div class="find"><${Icon} name="search" />
      <input type="text" role="combobox" aria-expanded="true" aria-controls="found" aria-autocomplete="list" autofocus
        aria-activedescendant=${hits[chosen] ? `found-${hits[chosen].id}` : undefined} aria-label=${title}
        placeholder=${hint} value=${text} onKeyDown=${onKeyDown}
        onInput=${(/** @type {any} */ event) => {
          setText(event.target.value);
          setChoice(null);
        }} /><kbd>Esc</kbd>
      <${IconButton} icon="x" label=${t("Close")} class="find-close" onClick=${screen.closeDialog} /></div>
    <div class="found" role="listbox" id="found" aria-label=${t("Results")} ref=${list}>
      ${hits.map(
        (
          hit,
          index,
        ) => html`<div class="row" role="option" key=${hit.id} id=${`found-${hit.id}`} aria-selected=${index === chosen}
            onClick=${() => take(hit)} onPointerMove=${() => index !== chosen && choose(index)}>
          ${
            hit.chat
              ? html`<${ChatAvatar} chat=${hit.chat} person=${hit.person} size="avatar-sm" />`
              : hit.icon
                ? html`<span class="offer-icon"><${Icon} name=${hit.icon} /></span>`
                : html`<${Avatar} name=${hit.name} seed=${hit.person?.id ?? hit.id} size="avatar-sm"
              online=${hit.person?.is_online ?? false} />`
          }
          <bdi class="row-title">${hit.name}</bdi><span class="row-time">${hit.more}</span></div>`,
      )}
    </div>
    ${found.length ? null : html`<div class="found-none"><p>${t("No matches")}</p>${none}</div>`}`;
}

/** Chats and people. @param {string} text @param {number} [least] how well it fits at least, see fuzzy.js @returns {Hit[]} */
export function find(text, least = 0) {
  /** @type {Hit[]} */
  const hits = [];
  const known = new Set();
  for (const chat of store.chats.value.values()) {
    if (chat.peer) known.add(chat.peer.id);
    const names = [chat.title, chat.peer?.username ?? ""];
    const rank = Math.max(...names.map((name) => score(text, name)));
    if (rank < least) continue;
    const recent = chat.last_message ? Date.parse(chat.last_message.timestamp) / 1e13 : 0;
    const person = chat.peer && store.people.value.get(chat.peer.id);
    const more = chat.kind === "room" ? t("Room") : chat.peer ? `@${chat.peer.username}` : "";
    hits.push({
      id: chat.key.replace(":", "-"),
      name: chat.title,
      more,
      chat,
      person,
      rank: rank + 0.2 + recent + (chat.unread_count ? 0.1 : 0),
      run: () => screen.go(chat.key),
    });
  }
  for (const person of store.people.value.values()) {
    if (person.id === store.me.value?.id || known.has(person.id)) continue;
    const rank = Math.max(score(text, person.display_name), score(text, person.username));
    if (rank < least) continue;
    const name = person.display_name || person.username;
    hits.push({
      id: `person-${person.id}`,
      name,
      more: `@${person.username}`,
      person,
      rank,
      run: () => openPrivate(person.id),
    });
  }
  return hits.sort((a, b) => b.rank - a.rank || a.name.localeCompare(b.name));
}
