// @ts-check
/**
 * Addresses: every chat and every message has one.
 *
 * @typedef {object} Place
 * @property {string | null} chat its key; null: the list alone
 * @property {number | null} seq the message that is linked to
 */

/** @param {string} path @param {string} [query] @returns {Place} */
export function parse(path, query = "") {
  const match = /^\/chat\/(general|private\/\d{1,18}|room\/\d{1,18})(?:\/(\d{1,15}))?\/?$/.exec(path);
  const asked = new URLSearchParams(query).get("message");
  const seq = match?.[2] ?? (asked && /^\d{1,15}$/.test(asked) ? asked : null);
  return { chat: match ? match[1].replace("/", ":") : null, seq: seq ? Number(seq) : null };
}

/** @param {string | null} chat @param {number | null} [seq] */
export function url(chat, seq) {
  if (!chat) return "/chat";
  return `/chat/${chat.replace(":", "/")}${seq ? `/${seq}` : ""}`;
}
