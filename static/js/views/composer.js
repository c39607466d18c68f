// @ts-check
/** Where one writes: grows with the text, keeps drafts, knows replies and edits. */

import * as actions from "chat/actions.js";
import { t, tn } from "chat/i18n.js";
import { load } from "chat/load.js";
import { flat } from "chat/markdown.js";
import { naming } from "chat/mentions.js";
import * as store from "chat/store.js";
import { isBlank, trim } from "chat/text.js";
import { composing, html, Icon, IconButton, late } from "chat/ui.js";
import { edit as startEdit } from "chat/views/message.js";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const EmojiGrid = late(async () => (await load("chat/views/emoji.js")).EmojiGrid);

/** Characters of a message, counted as the server counts: code points. */
const LONGEST = 4000;
/** From here on the number left is shown. */
const SHOW_FROM = 3600;
/** An emoji (`:sm`) is being named in front of the cursor. */
const NAMING = /(?<![\p{L}\p{N}_@:/]):([\p{L}\p{N}_.+-]{0,50})$/u;
/** An emoji was named: `:smile:`. */
const NAMED = /(?<![\p{L}\p{N}_:])(:)([\p{L}\p{N}_+-]{2,50}):$/u;
/** The box grows by itself (`field-sizing` in the style sheet), or has to be helped, which costs a layout for each key. */
const GROWS = CSS.supports("field-sizing", "content");
/** Without a key for so long one is not typing any more, in ms. */
const IDLE = 4000;

/** @param {{chat: import("../types.js").Chat}} props */
export function Composer({ chat }) {
  const key = chat.key;
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [text, setText] = useState(() => store.drafts.peek().get(key)?.text ?? "");
  const aside = useRef(/** @type {string | null} */ (null)); // what was being written when an edit began
  const idle = useRef(/** @type {any} */ (null));
  const answers = useRef(store.drafts.peek().get(key)?.reply ?? null); // what a draft answers, until it is loaded
  const intent = store.intents.value.get(key);
  const reply = intent?.reply ?? null;
  const edit = intent?.edit ?? null;
  const [asked, setAsked] = useState(/** @type {import("../complete.js").Asked | null} */ (null));
  const [hasEmoji, setEmoji] = useState(false);
  const [suggest, setSuggest] = useState(/** @type {any} */ (null)); // the module with the list of suggestions
  const [active, setActive] = useState(/** @type {string | null} */ (null));
  const keys = useRef(/** @type {((event: KeyboardEvent) => boolean) | null} */ (null));
  const length = [...trim(text)].length;
  const isTooLong = length > LONGEST;

  useLayoutEffect(() => {
    const area = box.current;
    if (!area || GROWS) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text, edit]);

  useEffect(() => {
    if (intent) answers.current = null;
    if (answers.current)
      actions.fetchMessage(answers.current).then((message) => {
        if (message && answers.current && !store.intents.peek().has(key)) actions.intend(key, { reply: message });
        answers.current = null;
      });
    if (matchMedia("(hover: hover)").matches) box.current?.focus({ preventScroll: true });
    return () => clearTimeout(idle.current);
  }, []);

  // A draft that was changed in another tab, while nothing is being written here.
  useEffect(() => {
    const changed = (/** @type {StorageEvent} */ event) => {
      if (event.key !== `draft:${store.me.peek()?.id}:${key}` || document.hasFocus() || aside.current !== null) return;
      setText(event.newValue ? (JSON.parse(event.newValue).text ?? "") : "");
    };
    addEventListener("storage", changed);
    return () => removeEventListener("storage", changed);
  }, [key]);

  // An edit puts the old text into the box, and gives back what was there when it ends.
  useLayoutEffect(() => {
    if (edit) {
      aside.current ??= text;
      setText(edit.content);
    } else if (aside.current !== null) {
      setText(aside.current);
      aside.current = null;
    }
    box.current?.setSelectionRange(1e6, 1e6);
  }, [edit]);

  useLayoutEffect(() => {
    if (!edit) actions.keepDraft(key, { text, reply: reply?.id ?? answers.current });
  }, [text, reply, edit]);

  /** Put something in the place of a part of the text, as if it was typed: it can be undone. */
  const replace = (/** @type {string} */ by, /** @type {number} */ start, /** @type {number} */ end) => {
    const area = box.current;
    if (!area) return;
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, by)) {
      area.setRangeText(by, start, end, "end");
      write(area.value);
    }
  };

  /** Offer what may be meant, or put in what was named. */
  const look = async (/** @type {string} */ value, /** @type {number} */ cursor) => {
    const before = value.slice(Math.max(0, cursor - 60), cursor);
    const named = NAMED.exec(before);
    const person = named ? null : naming(before);
    const sign = person === null ? ":" : "@";
    const word = person ?? (named ? null : NAMING.exec(before))?.[1] ?? "";
    const isAsked = person !== null || /^\p{L}.|^[+-]1?$/u.test(word);
    setAsked(isAsked ? { sign, word, start: cursor - word.length - 1, end: cursor } : null);
    if (!isAsked && !named) return;
    const module = await load("chat/views/suggest.js").catch(() => null);
    setSuggest(module);
    const emoji = named && (await module?.emojiOf(named[2]));
    const area = box.current;
    if (!emoji || !area) return;
    const start = cursor - named[2].length - 2;
    if (area.value.slice(start, cursor) !== `:${named[2]}:`) return; // it was changed meanwhile
    const rest = area.value.length - area.selectionStart;
    replace(emoji, start, cursor);
    area.setSelectionRange(area.value.length - rest, area.value.length - rest);
  };

  const take = (/** @type {import("../complete.js").Offer} */ offer) => {
    if (asked) replace(`${offer.text} `, asked.start, asked.end);
    setAsked(null);
  };

  const takeEmoji = (/** @type {string} */ emoji) => {
    const area = box.current;
    setEmoji(false);
    if (area) replace(emoji, area.selectionStart, area.selectionEnd);
  };
  const closeEmoji = () => {
    setEmoji(false);
    box.current?.focus();
  };

  const write = (/** @type {string} */ value, isComposing = false) => {
    setText(value);
    if (!isComposing) look(value, box.current?.selectionStart ?? value.length);
    if (edit) return;
    actions.typing(key, !isBlank(value));
    clearTimeout(idle.current);
    idle.current = setTimeout(() => actions.typing(key, false), IDLE);
  };

  const send = async () => {
    const content = trim(text);
    if (isTooLong || isBlank(content)) return;
    if (edit) {
      if (content === edit.content || (await actions.edit(edit, content))) actions.intend(key, {});
      return;
    }
    clearTimeout(idle.current);
    actions.send(key, content, reply?.id ?? answers.current);
    answers.current = null;
    actions.typing(key, false);
    actions.intend(key, {});
    actions.keepDraft(key, null);
    setText("");
    setAsked(null);
    box.current?.focus();
  };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (composing(event)) return;
    if (asked && keys.current?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) setAsked(null);
    const wantsToSend = store.preferences.value.enterSends
      ? event.key === "Enter" && !event.shiftKey && !event.altKey
      : event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (wantsToSend) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && (edit || reply)) {
      event.preventDefault();
      event.stopPropagation();
      actions.intend(key, {});
    } else if (event.key === "ArrowUp" && !text && !edit && !event.altKey) {
      const own = lastOwn(key);
      if (!own) return;
      event.preventDefault();
      startEdit(own);
    }
  };

  if (chat.archived)
    return html`<div class="composer composer-closed"><${Icon} name="lock" />${
      chat.kind === "private"
        ? t("This account is no longer active. You can read what was said, but not write any more.")
        : t("This room is archived. It can be read, but nothing more be said in it.")
    }</div>`;

  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  }}>
    ${
      reply &&
      html`<div class="intent"><${Icon} name="reply" /><span class="intent-text"><b>${t("Reply to {name}", { name: store.nameOf(reply.user_id, reply.username) })}</b>
      <span dir="auto">${reply.deleted_at ? t("This message was deleted") : flat(reply.content)}</span></span>
      <${IconButton} icon="x" label=${t("Don't reply")} onClick=${() => actions.intend(key, {})} /></div>`
    }
    ${
      edit &&
      html`<div class="intent"><${Icon} name="pencil" /><span class="intent-text"><b>${t("Edit message")}</b><span>${t("Esc gives up, Enter saves.")}</span></span>
      <${IconButton} icon="x" label=${t("Stop editing")} onClick=${() => actions.intend(key, {})} /></div>`
    }
    <div class="composer-box">
      ${hasEmoji ? html`<${EmojiGrid} take=${takeEmoji} close=${closeEmoji} />` : null}
      ${
        asked && suggest
          ? html`<${suggest.Suggest} key=${asked.sign} chat=${chat} asked=${asked} take=${take} keys=${keys} onActive=${setActive}
            close=${() => setAsked(null)} />`
          : null
      }
      <textarea id="composer" ref=${box} rows="1" dir="auto" value=${text} enterkeyhint=${store.preferences.value.enterSends ? "send" : "enter"}
        aria-label=${t("Message to {chat}", { chat: chat.title })} aria-invalid=${isTooLong || undefined}
        aria-autocomplete="list" aria-controls=${active ? "offers" : undefined} aria-activedescendant=${active ?? undefined}
        placeholder=${t("Message to {chat}", { chat: chat.title })}
        onInput=${(/** @type {any} */ event) => write(event.target.value, event.isComposing)} onKeyDown=${onKeyDown}
        onClick=${() => setAsked(null)}
        onBlur=${() => {
          setAsked(null);
          if (!edit) actions.typing(key, false);
        }}></textarea>
      ${length > SHOW_FROM ? html`<span class="count" data-over=${isTooLong} role="status">${isTooLong ? tn(length - LONGEST, "{count} character too many", "{count} characters too many") : tn(LONGEST - length, "{count} left", "{count} left")}</span>` : null}
      <${IconButton} icon="smile" label=${t("Emoji")} class="emoji-button" aria-haspopup="dialog" aria-expanded=${hasEmoji} onClick=${() => setEmoji(!hasEmoji)} />
      <button type="submit" class="send" aria-label=${edit ? t("Save") : t("Send")} title=${edit ? t("Save") : t("Send")} disabled=${isBlank(text) || isTooLong}>
        <${Icon} name=${edit ? "check" : "send-horizontal"} /></button>
    </div>
  </form>`;
}

/** One's own newest message that can be edited. @param {string} key */
function lastOwn(key) {
  const me = store.me.peek()?.id;
  return store.state
    .peek()
    .timelines.get(key)
    ?.messages.findLast((message) => message.user_id === me && !message.deleted_at);
}
