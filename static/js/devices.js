// @ts-check
/**
 * Drafts on all of a person's devices. What is written here is kept here first; the server gets it a moment later, and
 * tells the other devices. Tabs share what they know of it in localStorage, so that they are one device.
 */

import * as api from "chat/api.js";
import * as drafts from "chat/drafts.js";
import { t } from "chat/i18n.js";
import * as local from "chat/kept/local.js";
import * as messages from "chat/messages.js";
import { onFrame } from "chat/news.js";
import { toast } from "chat/screen.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";

/** So long after the last key a draft is saved, in ms. */
const PAUSE = 1000;
/** Characters of a draft at most. */
const LONGEST = 4000;
/** After a broken connection the drafts are asked for within so many ms, so that not all devices ask at once. */
const SPREAD = 2000;

/** @type {Map<string, any>} timers by chat */
const soon = new Map();
/** Chats whose draft is on its way. @type {Set<string>} */
const saving = new Set();

/** @param {string} key @param {drafts.Shared} shared */
function keepShared(key, shared) {
  local.saveShared(key, shared);
  show(key, shared);
}

/** @param {string} key @param {drafts.Shared} shared */
function show(key, shared) {
  if (shared.isOther || store.otherDrafts.peek().has(key))
    store.otherDrafts.value = put(store.otherDrafts.peek(), key, shared.isOther ? shared.words : undefined);
}

/** The server has this draft now. @param {Pick<import("./types.js").ChatDraft, "chat" | "draft" | "revision">} found */
function heard({ chat: key, draft, revision }) {
  const shared = local.keptShared(key);
  if (revision <= shared.revision) return; // the frame comes before the answer, or the other way round
  const words = { text: draft?.content ?? "", reply: draft?.reply_to ?? null };
  const next = drafts.heard(shared, messages.draftOf(key), revision, words);
  keepShared(key, next.shared);
  messages.keepDraft(key, next.draft);
}

/** @param {string} key */
function saveSoon(key) {
  clearTimeout(soon.get(key));
  const isEmptied = !drafts.isWorth(messages.draftOf(key)); // sent, or given up: nobody should go on with it
  soon.set(
    key,
    setTimeout(() => save(key), isEmptied ? 0 : PAUSE),
  );
}

/** @param {string} key */
async function save(key) {
  clearTimeout(soon.get(key));
  soon.delete(key);
  if (saving.has(key)) return;
  const shared = local.keptShared(key);
  const words = drafts.unsaved(shared, messages.draftOf(key));
  const chat = store.chats.value.get(key); // what is written in a chain of replies stays on its device
  if (!words || [...words.text].length > LONGEST || !chat || chat.archived) return;
  saving.add(key);
  keepShared(key, { ...shared, pending: words });
  try {
    const body = { content: words.text, reply_to: words.reply, base: shared.revision };
    heard(await api.call("PUT", `${api.pathOf(key)}/draft`, body));
    keepShared(key, { ...local.keptShared(key), pending: null });
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    // Without an answer it may have come: then the next one says so.
    if (error.status) keepShared(key, { ...local.keptShared(key), pending: null });
    if (error.status !== 409) return;
    const { draft, revision } = error.answer;
    heard({ chat: key, draft, revision });
  } finally {
    saving.delete(key);
  }
  if (drafts.unsaved(local.keptShared(key), messages.draftOf(key)) && !soon.has(key)) saveSoon(key);
}

const saveAll = () => [...soon.keys()].map(save);

/** What other devices did meanwhile, and what this one did. */
async function compare() {
  const answer = await api.get("/drafts?limit=1000").catch(() => null);
  if (!answer) return;
  answer.results.forEach(heard);
  for (const key of new Set([...store.drafts.value.keys(), ...local.sharedChats()])) save(key);
}

/** The other device's draft comes into the box; the one that was in it can be had back. @param {string} key */
export function takeOther(key) {
  const shared = local.keptShared(key);
  const mine = messages.draftOf(key);
  keepShared(key, { ...shared, isOther: false });
  messages.keepDraft(key, { ...mine, ...shared.words });
  toast(t("Draft replaced"), {
    action: {
      label: t("Undo"),
      run: () => messages.keepDraft(key, { ...messages.draftOf(key), ...drafts.wordsOf(mine) }),
    },
  });
}

/** The draft in the box is the one to keep. @param {string} key */
export function dropOther(key) {
  keepShared(key, { ...local.keptShared(key), isOther: false });
  save(key);
}

messages.onDraft(saveSoon);
onFrame((frame) => {
  if (frame.type === "draft_changed") heard(frame);
  if (frame.type === "connection_established") setTimeout(compare, Math.random() * SPREAD);
  if (frame.type === "room_left" || frame.type === "removed")
    store.otherDrafts.value = put(store.otherDrafts.peek(), frame.chat, undefined);
});
addEventListener("storage", ({ key: name }) => {
  const key = local.chatOfShared(name);
  if (key) show(key, local.keptShared(key));
});
addEventListener("focusout", ({ target }) => {
  if (/** @type {HTMLElement} */ (target).id === "composer") saveAll();
});
addEventListener("pagehide", saveAll);
for (const key of local.sharedChats()) show(key, local.keptShared(key));
compare();
