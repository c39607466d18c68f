// @ts-check
/**
 * What this browser keeps in localStorage: preferences, and drafts per person and chat. Gone after log-out, but for
 * the look (theme and language), which says nothing about anybody.
 *
 * @typedef {{text: string, reply?: number | null}} Draft `reply`: id of the message that is answered
 */

const KEPT = ["theme", "language"];

/** @param {string} name @param {any} fallback */
export function read(name, fallback) {
  try {
    const text = localStorage.getItem(name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {any} value null or undefined takes it away */
export function write(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the client works on without.
  }
}

/** @param {number} user @param {string} chat */
const draftName = (user, chat) => `draft:${user}:${chat}`;

/** @param {number} user @param {string} chat @returns {Draft | null} */
export function draft(user, chat) {
  const found = read(draftName(user, chat), null);
  return found && typeof found.text === "string" ? found : null;
}

/** @param {number} user @param {string} chat @param {Draft | null} value */
export function saveDraft(user, chat, value) {
  write(draftName(user, chat), value && (value.text.trim() || value.reply) ? value : null);
}

/** All drafts of a person, by chat. @param {number} user @returns {Map<string, Draft>} */
export function drafts(user) {
  const prefix = `draft:${user}:`;
  const found = new Map();
  for (const name of Object.keys(localStorage)) {
    const value = name.startsWith(prefix) ? draft(user, name.slice(prefix.length)) : null;
    if (value) found.set(name.slice(prefix.length), value);
  }
  return found;
}

/** Forget everything private. */
export function clear() {
  for (const name of Object.keys(localStorage)) if (!KEPT.includes(name)) localStorage.removeItem(name);
  sessionStorage.clear();
}
