// @ts-check
/** Pinned messages: the newest below the header of its chat, and all of them at the side. And saved ones, at the side. */

import * as api from "chat/api.js";
import { lineOf } from "chat/attachments.js";
import { openCard } from "chat/card.js";
import { fullTime, shortTime, t, tn } from "chat/i18n.js";
import { onFrame } from "chat/news.js";
import { nameOf } from "chat/people.js";
import { hidden, hide, isHidden, pin, pins } from "chat/pins.js";
import * as screen from "chat/screen.js";
import { save, saved } from "chat/stars.js";
import * as store from "chat/store.js";
import { Avatar, Empty, html, Icon, IconButton, passFocus } from "chat/ui.js";
import { Failure, PanelHead, ShowMore } from "chat/views/panel.js";
import { useEffect, useRef, useState } from "preact/hooks";

/**
 * @typedef {import("../types.js").Message} Message
 * @typedef {{message_id: number, message: Message | null, gone: boolean, starred_at: string}} Starred
 */

/** The newest pin. @param {{chat: import("../types.js").Chat}} props */
export function PinBanner({ chat }) {
  const messages = pins.value.get(chat.key)?.messages ?? [];
  const newest = messages[0];
  if (!newest || isHidden(chat.key, newest)) return null;
  const isOpen = store.panel.value === "pins";
  return html`<section class="pin" aria-label=${t("Pinned message")}>
    <button type="button" class="pin-message" onClick=${() => screen.go(chat.key, newest.seq)}>
      <${Icon} name="pin" />
      <span class="pin-text"><bdi class="pin-name">${nameOf(newest.user_id, newest.username)}</bdi>${" "}
        <span dir="auto">${lineOf(newest)}</span></span>
    </button>
    <${IconButton} icon="list" aria-expanded=${isOpen} aria-controls="panel"
      label=${tn(messages.length, "Show {count} pinned message", "Show all {count} pinned messages")}
      onClick=${() => screen.showPanel(isOpen ? null : "pins")} />
    <${IconButton} icon="x" label=${t("Hide pinned message")} onClick=${passFocus(() => hide(chat.key, newest))} />
  </section>`;
}

/** A message to go to. @param {{message: Message, where?: string, note?: string, children: any}} props `children`: what can be done with it */
function Entry({ message, where, note, children }) {
  const name = nameOf(message.user_id, message.username);
  const showCard = (/** @type {any} */ { currentTarget }) => openCard(currentTarget, message.user_id, message.username);
  return html`<li class="kept">
    <span class="kept-face" onClick=${showCard}><${Avatar} name=${name} seed=${message.user_id} size="avatar-sm" /></span>
    <div class="kept-main">
      <div class="kept-line">
        <button type="button" class="kept-name" aria-haspopup="dialog" onClick=${showCard}><bdi>${name}</bdi></button>
        <time dateTime=${message.timestamp} title=${fullTime(message.timestamp)}>
          ${shortTime(message.timestamp, new Date(store.now.value))}
        </time></div>
      ${where ? html`<bdi class="kept-more">${where}</bdi>` : null}
      <button type="button" class="kept-message" onClick=${() => screen.go(message.chat, message.seq)}>
        <span class="kept-text" dir="auto">${lineOf(message)}</span>
      </button>
      ${note ? html`<span class="kept-more">${note}</span>` : null}
    </div>
    ${children}</li>`;
}

/** All pinned messages of a chat. @param {{chat: import("../types.js").Chat}} props */
export function Pinned({ chat }) {
  const known = pins.value.get(chat.key);
  const messages = known?.messages ?? [];
  return html`<${PanelHead} title=${t("Pinned messages")} back=${t("Back")} />
    <div class="panel-body">
      ${
        chat.key in hidden.value && messages.length
          ? html`<div class="panel-tools"><button type="button" class="button button-small" onClick=${() => hide(chat.key, null)}>
              ${t("Show the newest in the chat")}
            </button></div>`
          : null
      }
      <ul>${messages.map(
        (message) => html`<${Entry} key=${message.id} message=${message}
          note=${message.pinned_by ? t("Pinned by {name}", { name: nameOf(message.pinned_by) }) : ""}>
          ${
            known?.mayPin
              ? html`<${IconButton} icon="pin-off" label=${t("Unpin")} onClick=${passFocus(() => pin(message, false))} />`
              : null
          }</${Entry}>`,
      )}</ul>
      ${
        known && !messages.length
          ? html`<${Empty} icon="pin" title=${t("No pinned messages")}
              text=${
                known.mayPin
                  ? t("Choose Pin in a message's menu to keep it at hand for everyone here.")
                  : t("What matters to everyone here can be pinned by a moderator.")
              } />`
          : null
      }
    </div>`;
}

/** So many more with each press; the server gives no more than twice as many at a time. */
const PAGE = 100;
const MOST = 200;

/** The first so many saved messages. @param {number} count @returns {Promise<{entries: Starred[], hasMore: boolean}>} */
async function first(count) {
  /** @type {Map<number, Starred>} between two pages something may have been saved */
  const entries = new Map();
  for (let offset = 0; ; ) {
    const limit = Math.min(MOST, count - offset);
    const answer = await api.get(`/starred?limit=${limit}&offset=${offset}`);
    for (const entry of answer.results) entries.set(entry.message_id, entry);
    offset += limit;
    if (!answer.next || offset >= count) return { entries: [...entries.values()], hasMore: Boolean(answer.next) };
  }
}

/** What one saved, in all chats. */
export function Saved() {
  const [entries, setEntries] = useState(/** @type {Starred[] | null} */ (null));
  const [hasMore, setMore] = useState(false);
  const [failure, setFailure] = useState("");
  const count = useRef(PAGE);
  const asked = useRef(0); // an answer to an earlier question may come after that to a later one
  const load = async () => {
    asked.current += 1;
    const number = asked.current;
    try {
      const found = await first(count.current);
      if (number !== asked.current) return;
      setEntries(found.entries);
      setMore(found.hasMore);
      setFailure("");
    } catch (error) {
      if (error instanceof api.Refused && number === asked.current) setFailure(error.sentence);
    }
  };
  useEffect(() => {
    load();
    return onFrame((frame) => {
      const { type } = frame;
      if (type === "connection_established" || type === "removed" || type === "room_left" || type === "room_joined")
        load();
      else if (type === "star_changed" && frame.starred) load();
      else if (type === "message_deleted") keep((entry) => entry.message_id !== frame.id);
      else if (type === "message_updated") {
        const message = /** @type {Message} */ (frame);
        setEntries(
          (before) => before?.map((entry) => (entry.message_id === frame.id ? { ...entry, message } : entry)) ?? null,
        );
      }
    });
  }, []);
  /** @param {(entry: Starred) => boolean} which */
  const keep = (which) => setEntries((before) => before?.filter(which) ?? null);
  // What was removed, here or on another device, goes at once.
  const known = useRef(saved.value);
  useEffect(() => {
    const gone = [...known.current].filter((id) => !saved.value.has(id));
    known.current = saved.value;
    if (gone.length) keep((entry) => !gone.includes(entry.message_id));
  }, [saved.value]);
  const remove = async (/** @type {number} */ id) => {
    keep((entry) => entry.message_id !== id);
    if (!(await save(id, false))) load();
  };
  return html`<${PanelHead} title=${t("Saved messages")} back=${t("Back")} />
    <div class="panel-body">
      <${Failure} failure=${failure} load=${load} />
      <ul>${entries?.map((entry) => {
        const undo = html`<${IconButton} icon="bookmark-minus" label=${t("Remove from saved")}
          onClick=${passFocus(() => remove(entry.message_id))} />`;
        if (!entry.message)
          return html`<li class="kept kept-gone" key=${entry.message_id}><p>${t("No longer available")}</p>${undo}</li>`;
        const where = store.chats.value.get(entry.message.chat)?.title;
        return html`<${Entry} key=${entry.message_id} message=${entry.message} where=${where}>${undo}</${Entry}>`;
      })}</ul>
      ${
        entries?.length === 0
          ? html`<${Empty} icon="bookmark" title=${t("Nothing saved yet")}
              text=${t("Choose Save in a message's menu to find it here later. Nobody else sees this list.")} />`
          : null
      }
      <${ShowMore} hasMore=${hasMore} onClick=${() => {
        count.current += PAGE;
        load();
      }} />
    </div>`;
}
