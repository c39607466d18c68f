// @ts-check
/** Where one writes: grows with the text, and shows the draft: a new message, an answer or an edit. */

import { lineOf } from "chat/attachments.js";
import { load } from "chat/browser.js";
import * as drafts from "chat/drafts.js";
import { attach } from "chat/drops.js";
import { t, tn } from "chat/i18n.js";
import { enterSends, isTouched } from "chat/kept/local.js";
import { flat, isCode } from "chat/markdown.js";
import * as messages from "chat/messages.js";
import { nameOf } from "chat/people.js";
import { namingRoom } from "chat/roomnames.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { isBlank, naming, trim } from "chat/text.js";
import { arrival, takeTray } from "chat/trays.js";
import { composing, html, Icon, IconButton, isKey, isMac, late } from "chat/ui.js";
import { edit as startEdit, useMessage } from "chat/views/message.js";
import { turn } from "chat/views/timeline.js";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const FormatBar = late(async () => (await load("chat/views/format.js")).FormatBar);
const Tray = late(async () => (await load("chat/views/attach.js")).Tray);
const EmojiGrid = late(async () => (await load("chat/views/emoji.js")).EmojiGrid);

/** Characters of a message, counted as the server counts: code points. */
const LONGEST = 4000;
/** From here on the number left is shown. */
const SHOW_FROM = 3600;
/** An emoji (`:sm`) is being named in front of the cursor. */
const NAMING = /(?<![\p{L}\p{N}_@:/]):([\p{L}\p{N}_.+-]{0,50})$/u;
/** An emoji was named: `:smile:`. */
const NAMED = /(?<![\p{L}\p{N}_:])(:)([\p{L}\p{N}_+-]{2,50}):$/u;
/** All of a chat may be meant: the rest is looked at by everyone.js. */
const TO_ALL = /@(?:everyone|here)/iu;
/** The box grows by itself (`field-sizing` in the style sheet), or has to be helped, which costs a layout for each key. */
const GROWS = CSS.supports("field-sizing", "content");
/** Only pages that came over https have a microphone. */
const RECORDS = "MediaRecorder" in globalThis && Boolean(navigator.mediaDevices);
/** Without a key for so long one is not typing any more, in ms. */
const IDLE = 4000;

/**
 * @typedef {object} Within what is other where one writes in a chain of replies
 * @property {string} name under which the draft is kept
 * @property {number} root what a message answers if it answers nothing else
 * @property {() => import("../types.js").Message | undefined} lastOwn
 * @property {(key: string) => boolean} turn
 */

/** @param {{chat: import("../types.js").Chat, thread?: Within}} props */
export function Composer({ chat, thread }) {
  const key = chat.key;
  const name = thread?.name ?? key; // of the draft
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const idle = useRef(/** @type {any} */ (null));
  const draft = messages.draftOf(name);
  const text = drafts.textOf(draft);
  const { reply, edit } = draft;
  const answered = useMessage(reply, key);
  const edited = useMessage(edit, key);
  const isSaving = edit !== null && store.saving.value.has(edit);
  const sends = enterSends();
  const files = edit === null ? store.trays.value.get(name) : undefined;
  const recorded = edit === null && store.recording.value?.box === name ? store.recording.value : null;
  const isEmpty = isBlank(text) && !files;
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [asked, setAsked] = useState(/** @type {import("../complete.js").Asked | null} */ (null));
  const [hasEmoji, setEmoji] = useState(false);
  const [suggest, setSuggest] = useState(/** @type {any} */ (null)); // the module with the list of suggestions
  const [active, setActive] = useState(/** @type {string | null} */ (null));
  const isAsking = useRef(false); // whether a message to all is really to be sent
  const [bar, setBar] = useState(/** @type {"" | "selection" | "fixed"} */ ("")); // what the formatting buttons are there for
  const keys = useRef(/** @type {((event: KeyboardEvent) => boolean) | null} */ (null));
  const length = [...trim(text)].length;
  const isTooLong = length > LONGEST;
  const other = edit === null && !thread ? store.otherDrafts.value.get(key) : undefined;

  useLayoutEffect(() => {
    const area = box.current;
    if (!area || GROWS) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  useEffect(() => {
    // Who opens one message after the other from a list at the side stays there.
    const isAtSide = !thread && document.activeElement?.closest("#panel");
    if (!isAtSide && matchMedia("(hover: hover)").matches) box.current?.focus({ preventScroll: true });
    return () => clearTimeout(idle.current);
  }, []);

  /** @param {drafts.Draft} next */
  const keep = (next) => messages.keepDraft(name, next);

  useLayoutEffect(() => box.current?.setSelectionRange(1e6, 1e6), [edit]);

  // What is edited or answered may change, or go, while one writes.
  useEffect(() => {
    const draft = messages.draftOf(name); // as it is now: one may have written since the drawing
    if (draft.edit !== edit) return;
    if (edit !== null && isGone(edited)) {
      screen.toast(t("The message was deleted. Your text is kept as a draft."));
      keep(drafts.orphaned(draft));
    } else if (edited) keep(drafts.followed(draft, edited));
    else if (reply !== null && isGone(answered)) {
      screen.toast(t("The message you were replying to was deleted. Your draft is kept."));
      keep(drafts.answering(draft, null));
    }
  }, [edited, answered]);

  /** Put something in the place of a part of the text, as if it was typed: it can be undone. */
  const replace = (/** @type {string} */ by, /** @type {number} */ start, /** @type {number} */ end) => {
    const area = box.current;
    if (!area) return;
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand(by ? "insertText" : "delete", false, by)) {
      area.setRangeText(by, start, end, "end");
      write(area.value);
    }
  };

  /** What `work` makes of the text and its selection. @param {(module: typeof import("../format.js"), area: HTMLTextAreaElement) => import("../format.js").Change} work */
  const change = async (work) => {
    const area = box.current;
    if (!area) return;
    const [value, start, end] = [area.value, area.selectionStart, area.selectionEnd];
    const module = await load("chat/format.js").catch(screen.notLoaded);
    const isSame = area.value === value && area.selectionStart === start && area.selectionEnd === end;
    if (!module || !isSame) return;
    const made = work(module, area);
    if (made.by || made.end > made.start) replace(made.by, made.start, made.end);
    area.focus();
    area.setSelectionRange(made.from, made.to);
  };
  const format = (/** @type {import("../format.js").Kind} */ kind) =>
    change((module, area) => module.format(area.value, area.selectionStart, area.selectionEnd, kind));

  /** Files are attached, and an address that is pasted onto words makes them a link. */
  const onPaste = (/** @type {ClipboardEvent} */ event) => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    const given = [...(event.clipboardData?.files ?? [])];
    // Words from a text or a table come with a picture of them.
    if (given.length && !(pasted && event.clipboardData?.getData("text/html"))) {
      event.preventDefault();
      return edit === null ? attach(name, given) : screen.toast(t("Files can't be added to a message that was sent."));
    }
    const { selectionStart: start, selectionEnd: end, value } = /** @type {HTMLTextAreaElement} */ (event.target);
    if (start === end || !/^\s*https?:\/\/\S+\s*$/i.test(pasted)) return;
    event.preventDefault();
    change((module) => {
      const by = module.linked(value.slice(start, end), pasted) ?? pasted;
      return { start, end, by, from: start + by.length, to: start + by.length };
    });
  };

  /** Offer what may be meant, or put in what was named. */
  const look = async (/** @type {string} */ value, /** @type {number} */ cursor, isTyped = true) => {
    const before = value.slice(Math.max(0, cursor - 60), cursor);
    const named = isTyped ? NAMED.exec(before) : null;
    const person = named ? null : naming(before);
    const room = named || person !== null ? null : namingRoom(before);
    const sign = person !== null ? "@" : room !== null ? "#" : ":";
    const word = person ?? room ?? (named ? null : NAMING.exec(before))?.[1] ?? "";
    const isMeant = named || person !== null || room !== null || /^\p{L}.|^[+-]1?$/u.test(word);
    if (isMeant && isCode(value, cursor)) return setAsked(null);
    const isAsked = isMeant && !named;
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

  const write = (/** @type {string} */ value, /** @type {InputEvent | null} */ event = null) => {
    keep(drafts.written(messages.draftOf(name), value));
    // What was undone or deleted is not to be put in again.
    const isTyped = !/^(?:history|delete)/.test(event?.inputType ?? "");
    if (!event?.isComposing) look(value, box.current?.selectionStart ?? value.length, isTyped);
    if (edit !== null) return;
    messages.typing(key, !isBlank(value));
    clearTimeout(idle.current);
    idle.current = setTimeout(() => messages.typing(key, false), IDLE);
  };

  /** Whether one of the files was refused, which is said. */
  const hasRefused = (/** @type {import("../uploads.js").Attached[] | undefined} */ files) => {
    const isSo = files?.some((file) => file.wrong) ?? false;
    if (isSo) screen.toast(t("Remove the files that couldn't be uploaded, or upload them again."), { tone: "error" });
    return isSo;
  };

  /** Have what is recorded in the tray. Gives when it is, undefined if it is. */
  const recordedIn = () => {
    if (store.recording.peek()?.box === name) store.recording.peek()?.recording.stop();
    return arrival(name);
  };

  const send = () => {
    const draft = messages.draftOf(name); // as it is now: the key may come before the next drawing
    const coming = recordedIn();
    if (coming && draft.edit === null) return void coming.then(send);
    const content = trim(drafts.textOf(draft));
    const files = draft.edit === null ? store.trays.peek().get(name) : undefined;
    if ([...content].length > LONGEST || (isBlank(content) && !files)) return;
    setAsked(null);
    if (hasRefused(files)) return;
    if (draft.edit !== null && content === edited?.content) return stop();
    const post = () => {
      if (draft.edit !== null) return messages.saveEdit(name, draft.edit, content);
      clearTimeout(idle.current);
      messages.send(key, content, draft.reply ?? thread?.root ?? null, {
        box: thread?.name,
        files: takeTray(thread?.name ?? key),
      });
      messages.typing(key, false);
      // Before it was sent, the text may have been changed.
      if (messages.draftOf(name).text === draft.text) keep({ ...messages.draftOf(name), text: "", reply: null });
      box.current?.focus();
    };
    if (chat.kind === "private" || !TO_ALL.test(content.normalize("NFKC"))) return post();
    if (isAsking.current) return;
    isAsking.current = true;
    askForAll(chat, content, post).finally(() => {
      isAsking.current = false;
    });
  };

  const record = () => load("chat/views/recorder.js").then((recorder) => recorder.record(name), screen.notLoaded);

  /** Have the message sent at a time; with nothing to send, see what is to be sent. */
  const sendLater = () => {
    const coming = recordedIn();
    if (coming) return void coming.then(sendLater);
    const draft = messages.draftOf(name);
    const files = store.trays.peek().get(name);
    const module = load("chat/views/later.js");
    if (isBlank(draft.text) && !files) return screen.openDialog(module, "Later");
    if ([...trim(draft.text)].length > LONGEST || hasRefused(files)) return;
    const [content, reply_to] = [trim(draft.text), draft.reply ?? thread?.root ?? null];
    screen.openDialog(module, "SendLater", {
      message: { chat: key, content, reply_to },
      box: name,
      done: () => keep({ ...messages.draftOf(name), text: "", reply: null }),
    });
  };

  const withOther = (/** @type {(devices: any) => void} */ work) => {
    withDevices(work);
    box.current?.focus();
  };

  const stop = () => {
    keep(drafts.stopped(messages.draftOf(name)));
    box.current?.focus();
  };

  /** Edit one's newest message, if it is still there and the box still empty when it is found. */
  const editLast = async () => {
    const own = thread ? thread.lastOwn() : await lastOwn(key);
    const now = messages.draftOf(name);
    if (own && now.edit === null && !now.text) startEdit(own, name);
  };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (composing(event)) return;
    if (asked && keys.current?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) setAsked(null);
    const kind = formatOf(event);
    if (kind) {
      event.preventDefault();
      format(kind);
      return;
    }
    const wantsToSend = sends
      ? event.key === "Enter" && !event.shiftKey && !event.altKey
      : event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (wantsToSend) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && (edit !== null || reply !== null)) {
      event.preventDefault();
      event.stopPropagation();
      stop();
    } else if (event.key === "ArrowUp" && !text && edit === null && !event.altKey) {
      event.preventDefault();
      editLast();
    } else if (!needs(/** @type {HTMLTextAreaElement} */ (event.target), event) && (thread?.turn ?? turn)(event.key)) {
      event.preventDefault();
    }
  };

  if (chat.archived)
    return html`<div class="composer composer-closed"><${Icon} name="lock" />${
      chat.kind === "private"
        ? t("This account is no longer active. You can read the conversation, but not reply.")
        : t("This room is archived. You can read it, but not write in it.")
    }</div>`;

  const label = thread ? t("Reply in this thread") : t("Message to {chat}", { chat: chat.title });
  return html`<form class="composer" data-box=${edit === null ? name : undefined} onSubmit=${(
    /** @type {Event} */ event,
  ) => {
    event.preventDefault();
    send();
  }}>
    ${
      other
        ? html`<div class="intent" key="other"><${Icon} name="square-pen" /><span class="intent-text">
            <b>${t("Draft from another device")}</b><span dir="auto">${flat(other.text)}</span></span>
            <button type="button" class="button button-quiet" onClick=${() => withOther((devices) => devices.takeOther(key))}>
              ${t("Use it")}</button>
            <${IconButton} icon="x" label=${t("Discard the other draft")}
              onClick=${() => withOther((devices) => devices.dropOther(key))} /></div>`
        : null
    }
    ${
      edit !== null
        ? html`<div class="intent" key="edit"><${Icon} name="pencil" /><span class="intent-text"><b>${t("Edit message")}</b>
            <span dir="auto">${edited ? lineOf(edited) : "…"}</span></span>
            ${
              isTouched()
                ? null
                : html`<span class="intent-hint">
              ${sends ? t("Esc to cancel, Enter to save.") : t("Esc to cancel, Ctrl+Enter to save.")}
            </span>`
            }
            <${IconButton} icon="x" label=${t("Cancel editing")} onClick=${stop} /></div>`
        : reply !== null
          ? html`<div class="intent" key="reply"><${Icon} name="reply" /><span class="intent-text">
              <b>${
                answered ? t("Reply to {name}", { name: nameOf(answered.user_id, answered.username) }) : t("Reply")
              }</b>
              <span dir="auto">${answered ? lineOf(answered) : "…"}</span></span>
              <${IconButton} icon="x" label=${t("Cancel reply")} onClick=${stop} /></div>`
          : null
    }
    ${files ? html`<${Tray} box=${name} files=${files} />` : null}
    ${recorded ? html`<${recorded.view} key=${recorded} recording=${recorded.recording} />` : null}
    <div class="composer-box">
      ${bar ? html`<${FormatBar} box=${box} fixed=${bar === "fixed"} format=${format} close=${() => setBar("")} />` : null}
      ${hasEmoji ? html`<${EmojiGrid} take=${takeEmoji} close=${closeEmoji} />` : null}
      ${
        asked && suggest
          ? html`<${suggest.Suggest} key=${asked.sign} chat=${chat} asked=${asked} take=${take} keys=${keys} onActive=${setActive}
            close=${() => setAsked(null)} />`
          : null
      }
      <textarea id=${thread ? "thread-composer" : "composer"} ref=${box} rows="1" dir="auto" value=${text} enterkeyhint=${sends ? "send" : "enter"}
        aria-label=${label} aria-invalid=${isTooLong || undefined}
        aria-autocomplete="list" aria-controls=${active ? "offers" : undefined} aria-activedescendant=${active ?? undefined}
        placeholder=${label}
        onInput=${(/** @type {any} */ event) => write(event.target.value, event)} onKeyDown=${onKeyDown}
        onPaste=${onPaste} onSelect=${() => bar || isTouched() || setBar("selection")}
        onClick=${() => setAsked(null)}
        onBlur=${() => {
          setAsked(null);
          if (edit === null) messages.typing(key, false);
        }}></textarea>
      ${
        length > SHOW_FROM
          ? html`<span class="count" data-over=${isTooLong} role="status">${
              isTooLong
                ? tn(length - LONGEST, "{count} character over the limit", "{count} characters over the limit")
                : tn(LONGEST - length, "{count} left", "{count} left")
            }</span>`
          : null
      }
      ${
        edit === null
          ? html`<input type="file" multiple hidden ref=${picker} onChange=${(/** @type {any} */ { currentTarget }) => {
              attach(name, [...currentTarget.files]);
              currentTarget.value = "";
            }} />
            <${IconButton} icon="paperclip" label=${t("Attach files")} onClick=${() => picker.current?.click()} />`
          : null
      }
      <${IconButton} icon="type" label=${t("Formatting")} class="format-toggle" aria-expanded=${bar === "fixed"}
        onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()}
        onClick=${() => setBar(bar === "fixed" ? "" : "fixed")} />
      <${IconButton} icon="smile" label=${t("Emoji")} class="emoji-button" aria-haspopup="dialog"
        aria-expanded=${hasEmoji} onClick=${() => setEmoji(!hasEmoji)} />
      ${
        edit === null
          ? html`<${IconButton} icon="clock" label=${t("Schedule message")} aria-haspopup="dialog" onClick=${sendLater} />`
          : null
      }
      ${
        RECORDS && edit === null
          ? html`<${IconButton} icon="mic" label=${t("Record audio")} class="mic" data-empty=${isEmpty} disabled=${recorded !== null}
            onClick=${record} />`
          : null
      }
      <button type="submit" class="send" aria-label=${edit === null ? t("Send") : t("Save")}
        title=${edit === null ? t("Send") : t("Save")} aria-busy=${isSaving}
        disabled=${(isEmpty && !recorded) || isTooLong || isSaving}>
        <${Icon} name=${edit === null ? "send-horizontal" : "check"} /></button>
    </div>
  </form>`;
}

/** @param {(devices: any) => void} work */
function withDevices(work) {
  load("chat/devices.js").then(work, screen.notLoaded);
}

/** Send a message that may be to all of a chat, after asking if these are many. @param {import("../types.js").Chat} chat @param {string} content @param {() => void} post */
async function askForAll(chat, content, post) {
  const module = await load("chat/everyone.js").catch(() => null);
  if (!module) return post();
  await module.ask(chat, content, post);
}

/** @type {Record<string, import("../format.js").Kind>} */
const FORMATS = { b: "strong", i: "em", e: "code", k: "link" };

/** What a key does to the text in the box; Ctrl+K without a selection finds a chat, as everywhere. @param {KeyboardEvent} event @returns {import("../format.js").Kind | null} */
function formatOf(event) {
  const [control, other] = isMac() ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (!control || other || event.altKey) return null;
  if (event.shiftKey) return isKey(event, "x") ? "del" : null;
  const letter = Object.keys(FORMATS).find((letter) => isKey(event, letter));
  const area = /** @type {HTMLTextAreaElement} */ (event.target);
  return letter && (letter !== "k" || area.selectionStart !== area.selectionEnd) ? FORMATS[letter] : null;
}

/** One's own newest message that can be edited; none while a newer one is on its way. @param {string} key */
async function lastOwn(key) {
  const newest = await messages.newest(key);
  const there = new Set(newest.map((message) => message.client_id));
  const isUnderWay = store.outbox
    .peek()
    .some((entry) => entry.chat === key && entry.state !== "failed" && !there.has(entry.client_id));
  if (isUnderWay) return undefined;
  return newest.findLast(messages.canEdit);
}

/** @param {import("../types.js").Message | null | undefined} message */
const isGone = (message) => message === null || Boolean(message?.deleted_at);

/** Whether a key that could scroll the messages has something to do in the text. @param {HTMLTextAreaElement} area @param {KeyboardEvent} event */
function needs(area, { key, altKey, shiftKey, ctrlKey, metaKey }) {
  if (shiftKey || metaKey) return true;
  if (altKey || !area.value) return false;
  const isLong = area.value.includes("\n") || area.scrollHeight > area.clientHeight + 1;
  if (key === "Home" || key === "End") {
    const end = key === "Home" ? 0 : area.value.length;
    return isLong || area.selectionStart !== end || area.selectionEnd !== end;
  }
  return isLong && !ctrlKey;
}
