// @ts-check
/**
 * What is being written in a chat: a new message, which may answer another, and changes of earlier ones. Each is kept
 * until it is sent or given up, whatever else is begun meanwhile. Pure: every function gives a new draft.
 *
 * @typedef {{text: string, was: string}} Edit the new text of a message, and what it said when the edit began
 * @typedef {object} Draft
 * @property {string} text of the new message
 * @property {number | null} reply id of the message that it answers
 * @property {number | null} edit id of the message whose edit is in the box; null: the new message is
 * @property {Record<string, Edit>} edits by the id of the message
 */

/** @type {Draft} */
export const NONE = { text: "", reply: null, edit: null, edits: {} };

/** Whether there is anything to keep. @param {Draft} draft */
export const isWorth = ({ text, reply, edits }) =>
  Boolean(text.trim() || reply !== null || Object.keys(edits).length > 0);

/** What was kept, as this version or an earlier one wrote it; null if it is nothing of the kind. @param {any} kept @returns {Draft | null} */
export function read(kept) {
  if (typeof kept?.text !== "string") return null;
  const edits = Object.entries(kept.edits ?? {}).filter(([, edit]) => typeof edit?.text === "string");
  const draft = {
    text: kept.text,
    reply: kept.reply ?? null,
    edit: kept.edit ?? null,
    edits: Object.fromEntries(edits),
  };
  return draft.edit === null || draft.edits[draft.edit] ? draft : { ...draft, edit: null };
}

/** What stands in the box. @param {Draft} draft */
export const textOf = (draft) => (draft.edit === null ? draft.text : draft.edits[draft.edit].text);

/** @param {Draft} draft @param {string} text @returns {Draft} */
export function written(draft, text) {
  if (draft.edit === null) return { ...draft, text };
  return { ...draft, edits: { ...draft.edits, [draft.edit]: { ...draft.edits[draft.edit], text } } };
}

/** Without the edit of a message. @param {Draft} draft @param {number} id @returns {Draft} */
function without(draft, id) {
  const { [id]: _, ...edits } = draft.edits;
  return { ...draft, edits, edit: draft.edit === id ? null : draft.edit };
}

/** The edit in the box makes room. @param {Draft} draft @returns {Draft} */
function setAside(draft) {
  if (draft.edit === null) return draft;
  const { text, was } = draft.edits[draft.edit];
  return text === was ? without(draft, draft.edit) : { ...draft, edit: null };
}

/** The new message answers one. @param {Draft} draft @param {number | null} id @returns {Draft} */
export const answering = (draft, id) => ({ ...setAside(draft), reply: id });

/** Begin to edit a message, or go on with it. @param {Draft} draft @param {{id: number, content: string}} message @returns {Draft} */
export function editing(draft, { id, content }) {
  const { edits, ...rest } = setAside(draft);
  return { ...rest, edit: id, edits: { ...edits, [id]: edits[id] ?? { text: content, was: content } } };
}

/** The edit in the box is given up, or else the answer; the new text stays. @param {Draft} draft @returns {Draft} */
export const stopped = (draft) => (draft.edit === null ? { ...draft, reply: null } : without(draft, draft.edit));

/** The message says something else now, by another device: an edit that nothing was changed in follows. @param {Draft} draft @param {{id: number, content: string}} message @returns {Draft} */
export function followed(draft, { id, content }) {
  const edit = draft.edits[id];
  if (!edit || edit.text !== edit.was || edit.was === content) return draft;
  return { ...draft, edits: { ...draft.edits, [id]: { text: content, was: content } } };
}

/** An edit was accepted; what was written since goes on. @param {Draft} draft @param {number} id @param {string} sent the text in the box when it was sent @returns {Draft} */
export function saved(draft, id, sent) {
  const edit = draft.edits[id];
  if (!edit) return draft;
  return edit.text === sent
    ? without(draft, id)
    : { ...draft, edits: { ...draft.edits, [id]: { ...edit, was: sent } } };
}

/** The message whose edit is in the box is gone: its text becomes that of a new one. @param {Draft} draft @returns {Draft} */
export function orphaned(draft) {
  if (draft.edit === null) return draft;
  const text = [draft.text, draft.edits[draft.edit].text].filter((part) => part.trim()).join("\n\n");
  return { ...without(draft, draft.edit), text };
}

/** A message was taken back before it was sent: it stands before what was written since. @param {Draft} draft @param {{content: string, reply_to: number | null}} sent @returns {Draft} */
export function recalled(draft, { content, reply_to }) {
  const text = [content, draft.text].filter((part) => part.trim()).join("\n\n");
  return { ...draft, text, reply: draft.reply ?? reply_to };
}

/** The log has other messages now: only the words are left, of the new message and of all edits. @param {Draft} draft @returns {Draft} */
export function uprooted(draft) {
  const changed = Object.values(draft.edits).filter(({ text, was }) => text !== was);
  const text = [draft.text, ...changed.map((edit) => edit.text)].filter((part) => part.trim()).join("\n\n");
  return { ...NONE, text };
}

// ---------------------------------------------------------------- the same on all devices

/**
 * What the server has of a chat's draft, as this browser last heard. Edits of messages stay on their device.
 * @typedef {{text: string, reply: number | null}} Words
 * @typedef {object} Shared
 * @property {number} revision
 * @property {Words} words
 * @property {Words | null} pending on their way to the server
 * @property {boolean} isOther the words are another device's, and the person has not said yet which to keep
 */

/** @type {Shared} */
export const UNSHARED = { revision: 0, words: { text: "", reply: null }, pending: null, isOther: false };

/** @param {Words | null} one @param {Words} other */
const same = (one, other) => one !== null && one.text === other.text && one.reply === other.reply;

/** What of a draft is shared; blanks are nothing. @param {Draft} draft @returns {Words} */
export const wordsOf = ({ text, reply }) => ({ text: text.trim() || reply !== null ? text : "", reply });

/** What of the draft the server is to have instead of what it has; null: nothing. @param {Shared} shared @param {Draft} draft @returns {Words | null} */
export function unsaved(shared, draft) {
  const words = wordsOf(draft);
  return shared.isOther || same(shared.words, words) ? null : words;
}

/**
 * The server has another revision. In an unchanged or empty box its words appear; what was written here stays otherwise,
 * and the other words beside it.
 * @param {Shared} shared @param {Draft} draft @param {number} revision @param {Words} words
 * @returns {{shared: Shared, draft: Draft}}
 */
export function heard(shared, draft, revision, words) {
  const here = wordsOf(draft);
  const isOwn = same(shared.pending, words) || same(here, words);
  const isFree = (!shared.isOther && same(shared.words, here)) || (!here.text && here.reply === null);
  const isGone = !words.text && words.reply === null;
  const isOther = !isOwn && !isFree && !isGone;
  const next = isFree && !isOwn ? { ...draft, ...words } : draft;
  return { shared: { revision, words, pending: null, isOther }, draft: next };
}
