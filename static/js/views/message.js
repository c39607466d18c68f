// @ts-check
/** One message, the message that it answers, and what stands around them. */
import { signal } from "@preact/signals";
import { lineOf, wholeOf } from "chat/attachments.js";
import { load } from "chat/browser.js";
import { openCard, openGroup } from "chat/card.js";
import * as drafts from "chat/drafts.js";
import { quick } from "chat/favourites.js";
import { clockTime, dayName, dayNumber, fullTime, shortTime, t, tn } from "chat/i18n.js";
import * as messages from "chat/messages.js";
import { onFrame } from "chat/news.js";
import { loadGroups, nameOf, twins, want } from "chat/people.js";
import { isPinned } from "chat/pins.js";
import { toggle } from "chat/react.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";
import { key } from "chat/text.js";
import * as timeline from "chat/timeline.js";
import { Avatar, below, html, Icon, IconButton, late, memo } from "chat/ui.js";
import { Attachments } from "chat/views/attachments.js";
import { Markdown } from "chat/views/markdown.js";
import { pick, Reactions } from "chat/views/reactions.js";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

/** @typedef {import("../types.js").Message} Message */

const Uploading = late(async () => (await load("chat/views/attach.js")).Uploading);

/** The box of the chain at the side, if one is there; else the chat's. */
export function focusComposer() {
  const side = document.activeElement?.closest("#panel")?.querySelector("textarea");
  (side ?? document.getElementById("composer"))?.focus();
}

/** The box that a draft is written in. @param {string} box @param {string} chat */
function focusBox(box, chat) {
  document.getElementById(box === chat ? "composer" : "thread-composer")?.focus();
}

/** How long a finger rests on a message until its menu opens, in ms. */
const LONG = 500;

/**
 * @typedef {object} Props
 * @property {string} id the row's key
 * @property {Message} message
 * @property {boolean} head the first of its group
 * @property {import("../outbox.js").Entry | null} entry it is on its way
 * @property {string} name
 * @property {import("../types.js").Kind} chat
 * @property {boolean} held its menu is open
 * @property {boolean} reachable by Tab
 * @property {boolean} flash
 * @property {boolean} own
 * @property {boolean} moderates
 * @property {boolean} archived
 * @property {string} [box] where one writes of it, if not in the chat's own box: in that of a chain
 * @property {(seq: number) => void} jumpTo
 * @property {(key: string, at: {x: number, y: number}) => void} openMenu
 */
export const MessageView = memo(
  /** @param {Props} props */ (props) => {
    const { id, message, head, entry, name, reachable, flash, own } = props;
    const [isPointed, setPointed] = useState(false);
    const [hasFocus, setFocus] = useState(false);
    const active = isPointed || hasFocus || props.held;
    const press = useRef(/** @type {any} */ (null));
    const release = () => clearTimeout(press.current);
    const isMention =
      !own && states.isMention(message, store.me.peek()?.id ?? 0, store.chats.peek().get(message.chat) ?? undefined);
    const state = entry?.state === "sent" ? undefined : entry?.state;
    const time = clockTime(message.timestamp);
    const reacted = message.reactions?.map(({ emoji, count }) => `${emoji} ${count}`).join(", ");
    const text = message.deleted_at
      ? t("This message was deleted")
      : wholeOf(message) + (reacted ? ` (${reacted})` : "");
    return html`<article class="message" data-key=${id} data-seq=${entry ? undefined : message.seq} data-head=${head}
        data-own=${own} data-state=${state} data-flash=${flash} data-mention=${isMention} data-active=${active}
        tabindex=${reachable ? 0 : -1} aria-label=${`${name}, ${time}: ${text}`}
        onPointerDown=${(/** @type {PointerEvent} */ event) => {
          if (event.pointerType === "mouse") return;
          press.current = setTimeout(() => props.openMenu(id, { x: event.clientX, y: event.clientY }), LONG);
        }}
        onPointerUp=${release} onPointerCancel=${release} onPointerMove=${release}
        onPointerEnter=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && setPointed(true)}
        onPointerLeave=${() => setPointed(false)} onFocusIn=${() => setFocus(true)}
        onFocusOut=${(/** @type {any} */ event) => event.currentTarget.contains(event.relatedTarget) || setFocus(false)}>
      <div class="gutter">${
        head
          ? html`<span onClick=${(/** @type {any} */ { currentTarget }) => openCard(currentTarget, message.user_id, message.username)}>
              <${Avatar} name=${name} seed=${message.user_id} /></span>`
          : html`<time aria-hidden="true">${time}</time>`
      }</div>
      <div class="message-main" onClick=${(/** @type {MouseEvent} */ event) => pressedMention(event, message)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => ["Enter", " "].includes(event.key) && pressedMention(event, message)}>${PARTS.map((part) => part(props, active))}</div>
      ${active && !entry && !message.deleted_at ? html`<${Toolbar} ...${props} />` : null}
    </article>`;
  },
);

/**
 * What stands in a message, from top to bottom; null: nothing of this kind. What messages show besides is one more entry.
 * @type {((props: Props, active: boolean) => any)[]} `active`: the pointer, the focus or its menu is on it
 */
const PARTS = [author, answered, words, files, edited, pinned, reactions, replies, underWay];

/** A mention is pressed: the card of the person or group it names. @param {MouseEvent | KeyboardEvent} event @param {Message} message */
function pressedMention(event, message) {
  const mention = /** @type {Element} */ (event.target).closest(".mention[role=button]");
  const name = key(mention?.textContent?.slice(1) ?? "");
  const person = message.mentions
    ?.map((id) => store.people.peek().get(id))
    .find((one) => one && key(one.username) === name);
  const group = store.groups.peek()?.get(name);
  if (!mention || !(person ?? group)) return;
  event.preventDefault();
  if (person) openCard(mention, person.id, person.username);
  else if (group) openGroup(mention, group.id);
}

/** @param {Props} props @param {boolean} active */
function author({ message, head, name }, active) {
  if (!head) return null;
  const handle = twins.value.has(message.user_id) ? html`<bdi class="handle">@${message.username}</bdi>` : null;
  return html`<header>
    <button type="button" class="author" tabindex=${active ? 0 : -1} aria-haspopup="dialog"
      onClick=${(/** @type {any} */ { currentTarget }) => openCard(currentTarget, message.user_id, message.username)}><bdi>${name}</bdi></button>${handle}
    <time dateTime=${message.timestamp} title=${fullTime(message.timestamp)}>${clockTime(message.timestamp)}</time>
  </header>`;
}

/** @param {Props} props */
function answered({ message, jumpTo }) {
  return message.reply_to ? html`<${Quote} id=${message.reply_to} chat=${message.chat} jumpTo=${jumpTo} />` : null;
}

/** @param {Props} props */
function words({ message }) {
  if (message.deleted_at)
    return html`<p class="deleted"><${Icon} name="trash-2" /><span dir="auto">${deletedLine(message)}</span>
      <${Waiting} message=${message} /></p>`;
  if (!message.content && message.attachments?.length) return null;
  const names = message.mentions?.length || message.mention_all ? mentioned(message) : undefined;
  return html`<${Markdown} text=${message.content} names=${names} />`;
}

/** @param {Props} props @param {boolean} active */
function files({ message }, active) {
  if (message.deleted_at || !message.attachments?.length) return null;
  return html`<${Attachments} message=${message} active=${active} />`;
}

/** @param {Message} message */
function deletedLine({ deleted_by, delete_reason: reason }) {
  if (!deleted_by) return t("This message was deleted");
  return reason ? t("Deleted by a moderator: {reason}", { reason }) : t("Deleted by a moderator");
}

/** A deletion that waits for a connection can be taken back until there is one. @param {{message: Message}} props */
function Waiting({ message: { id, seq } }) {
  if (store.deletions.value.get(id)?.state !== "waiting") return null;
  const undo = async () => (await load("chat/undo.js")).undoDeletion(id, seq);
  return html`<span>${t("Others will see that when you're back online.")}</span>
    <button type="button" class="undo" onClick=${undo}>${t("Undo")}</button>`;
}

/** @param {Props} props @param {boolean} active */
function edited({ message }, active) {
  if (!message.edited_at || message.deleted_at) return null;
  return html`<button type="button" class="edited" tabindex=${active ? 0 : -1} title=${fullTime(message.edited_at)}
    onClick=${() => screen.openDialog(load("chat/views/dialogs.js"), "Edits", { message })}>${t("(edited)")}</button>`;
}

/** @param {Props} props @param {boolean} active */
function replies({ message, box }, active) {
  if (!message.reply_count || box) return null;
  const count = tn(message.reply_count, "{count} reply", "{count} replies");
  const last = message.last_reply_at;
  return html`<button type="button" class="replies" tabindex=${active ? 0 : -1} title=${t("Open thread")}
    onClick=${() => screen.showThread(message)}>
    <${Icon} name="messages-square" /><b>${count}</b>
    ${last ? html`<span>${t("last {time}", { time: shortTime(last) })}</span>` : null}</button>`;
}

/** @param {Props} props */
function pinned({ message }) {
  if (!isPinned(message) || message.deleted_at) return null;
  const by = message.pinned_by;
  return html`<span class="pinned" title=${by ? t("Pinned by {name}", { name: nameOf(by) }) : ""}>
    <${Icon} name="pin" />${t("Pinned")}
  </span>`;
}

/** @param {Props} props @param {boolean} active */
function reactions({ message, entry, archived }, active) {
  if (entry || message.deleted_at) return null;
  return html`<${Reactions} message=${message} active=${active} closed=${archived} />`;
}

/** @param {Props} props */
function underWay({ entry }) {
  if (!entry || entry.state === "sent") return null;
  if (entry.state === "failed") return html`<${Failed} entry=${entry} />`;
  return html`<span class="under-way"><${Icon} name="clock" label=${t("Sending")} /></span>${
    entry.files ? html`<${Uploading} entry=${entry} />` : null
  }${
    entry.until ? html`<button type="button" class="undo" onClick=${() => takeBack(entry)}>${t("Undo")}</button>` : null
  }`;
}

/** @param {import("../outbox.js").Entry} entry */
const takeBack = async (entry) => (await load("chat/undo.js")).undoSending(entry);

/** Keys of the names that a message mentions, and whether each means oneself. @param {Message} message */
function mentioned(message) {
  const names = new Map();
  const me = store.me.peek()?.id ?? 0;
  if (message.mention_all) {
    const isMe = message.user_id !== me && !store.chats.value.get(message.chat)?.ignore_everyone;
    for (const word of ["everyone", "here"]) names.set(word, { isMe, hasCard: false });
  }
  if (message.mentions?.length && !store.groups.value) loadGroups();
  for (const [name, { members }] of store.groups.value ?? [])
    if (members.some((id) => message.mentions?.includes(id)))
      names.set(name, { isMe: members.includes(me) && Boolean(message.mentions?.includes(me)), hasCard: true });
  for (const id of message.mentions ?? []) {
    const person = store.people.value.get(id);
    if (!person) want(id);
    else names.set(key(person.username), { isMe: id === me, hasCard: true });
  }
  return names;
}

/** @param {{entry: import("../outbox.js").Entry}} props */
function Failed({ entry }) {
  return html`<div class="failed" role="alert"><${Icon} name="circle-alert" />
    <span>${t("Not sent.")} ${t(entry.reason ?? "")}</span>
    <button type="button" onClick=${() => session.outbox.retry(entry.client_id)}>${t("Retry")}</button>
    ${
      entry.files?.some((file) => file.wrong)
        ? html`<button type="button" onClick=${() => session.outbox.leaveOut(entry.client_id)}>${t("Leave out the file")}</button>`
        : null
    }
    <button type="button" onClick=${() => session.outbox.discard(entry.client_id)}>${t("Discard")}</button>
  </div>`;
}

/** A button that reacts with one emoji. @param {{message: Message, emoji: string, [more: string]: any}} props */
export function Quick({ message, emoji, onClick, ...rest }) {
  const label = t("React with {emoji}", { emoji });
  return html`<button type="button" class="icon-button quick" aria-label=${label} title=${label} ...${rest}
    onClick=${() => {
      onClick?.();
      toggle(message, emoji);
    }}>${emoji}</button>`;
}

/** Tab skips the single emoji: they are in the menu too. @param {{message: Message}} props */
function QuickReactions({ message }) {
  return html`${quick()
    .slice(0, 3)
    .map((emoji) => html`<${Quick} key=${emoji} message=${message} emoji=${emoji} tabindex="-1" />`)}
    <${IconButton} icon="smile-plus" label=${t("Add reaction")} class="emoji-button" aria-haspopup="dialog"
      onClick=${(/** @type {any} */ event) => pick(message, event.currentTarget)} />`;
}

/** @param {Props} props */
function Toolbar({ id, message, archived, box, openMenu }) {
  return html`<div class="toolbar" role="toolbar" aria-label=${t("Message actions")}>
    ${archived ? null : html`<${QuickReactions} message=${message} />`}
    ${archived ? null : html`<${IconButton} icon="reply" label=${t("Reply")} onClick=${() => reply(message, box)} />`}
    ${messages.canEdit(message) ? html`<${IconButton} icon="pencil" label=${t("Edit")} onClick=${() => edit(message, box)} />` : null}
    <${IconButton} icon="ellipsis" label=${t("More actions")} aria-haspopup="menu" onClick=${(
      /** @type {any} */ event,
    ) => {
      openMenu(id, below(event.currentTarget));
    }} />
  </div>`;
}

/** @param {Message} message @param {string} [box] */
export function reply(message, box = message.chat) {
  messages.keepDraft(box, drafts.answering(messages.draftOf(box), message.id));
  focusBox(box, message.chat);
}

/** @param {Message} message @param {string} [box] */
export function edit(message, box = message.chat) {
  messages.keepDraft(box, drafts.editing(messages.draftOf(box), message));
  focusBox(box, message.chat);
}

/** Messages that are shown elsewhere than in a window; null: there is none, "away": it could not be had. */
const quotes = signal(/** @type {Map<number, Message | null | "away">} */ (new Map()));

/** Which log they are of. @type {string | null | undefined} */
let logOfQuotes;

/** They follow edits and deletions; those that could not be had are asked for again with the next connection. */
onFrame((frame) => {
  if (frame.type === "connection_established") {
    const isAnother = logOfQuotes !== undefined && logOfQuotes !== frame.epoch;
    logOfQuotes = frame.epoch;
    const there = isAnother ? [] : [...quotes.peek()].filter(([, message]) => message && message !== "away");
    if (there.length < quotes.peek().size) quotes.value = new Map(there);
    return;
  }
  const isChanged = frame.type === "message_updated" || frame.type === "message_deleted";
  const changed = frame.type === "synced" ? frame.messages : isChanged ? [frame] : [];
  for (const message of changed) {
    const known = quotes.peek().get(message.id);
    if (known && known !== "away" && known.version < message.version)
      quotes.value = states.put(quotes.peek(), message.id, message);
  }
});

/** A message as it now is, wherever it is; null: there is none, undefined: it is not known yet. @param {number | null} id @param {string} chat @returns {Message | null | undefined} */
export function useMessage(id, chat) {
  const found = id === null ? undefined : store.state.value.timelines.get(chat);
  const known = id === null ? null : ((found && timeline.byId(found, id)) ?? quotes.value.get(id));
  useEffect(() => {
    if (id === null || known !== undefined) return;
    messages.fetchMessage(id).then((message) => {
      quotes.value = states.put(quotes.value, id, message === undefined ? "away" : message);
    });
  }, [id, known === undefined]);
  return known === "away" ? undefined : known;
}

/** @param {{id: number, chat: string, jumpTo: (seq: number) => void}} props */
export function Quote({ id, chat, jumpTo }) {
  const known = useMessage(id, chat);
  if (!known)
    return html`<span class="quote quote-empty">${known === null ? t("This message is no longer available") : "…"}</span>`;
  const [name, text] = [nameOf(known.user_id, known.username), lineOf(known)];
  const shown = known.deleted_at ? t("This message was deleted") : text;
  return html`<button type="button" class="quote" onClick=${() => jumpTo(known.seq)}>
    <span class="sr">${t("In reply to:")}</span>
    <bdi class="quote-name">${name}</bdi>${" "}
    <span dir="auto">${shown}</span>
  </button>`;
}

/** @param {{time: string, today: number}} props `today` makes it follow midnight */
export function Day({ time, today }) {
  const name = useMemo(() => dayName(time), [time, today]);
  return html`<div class="day" data-key=${`day-${dayNumber(new Date(time))}`} role="separator"><span>${name}</span></div>`;
}

/** What stands above the first message. @param {{chat: import("../types.js").Chat, empty: boolean}} props */
export function Beginning({ chat, empty }) {
  const title =
    chat.kind === "private"
      ? t("You and {name}", { name: chat.title })
      : chat.kind === "room"
        ? chat.title
        : t("Everyone is here");
  const text = empty ? t("No messages yet. Say something!") : t("This is the beginning of the conversation.");
  return html`<div class="beginning"><h2><bdi>${title}</bdi></h2><p>${text}</p>
    ${
      empty && !chat.archived
        ? html`<button type="button" class="button" onClick=${() => messages.send(chat.key, "👋", null)}>${t("Say hello")} 👋</button>`
        : null
    }
    ${
      empty && chat.kind === "room" && chat.role !== "member"
        ? html`<button type="button" class="button"
            onClick=${() => screen.openDialog(load("chat/views/rooms.js"), "Invite", { chat })}>
            <${Icon} name="user-plus" />${t("Invite people")}
          </button>`
        : null
    }
  </div>`;
}
