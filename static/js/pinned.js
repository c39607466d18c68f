// @ts-check
/** A list of pinned messages, and how changes of messages change it. Pure. */

/** @typedef {import("./types.js").Message} Message */

/**
 * The pinned messages after changes, some of which the list may include already. The newest pin first.
 * @param {Message[]} list @param {Message[]} changes in any order @returns {Message[]}
 */
export function merged(list, changes) {
  const found = new Map(list.map((message) => [message.id, message]));
  for (const message of [...changes].sort((a, b) => a.version - b.version)) {
    if ((found.get(message.id)?.version ?? 0) > message.version) continue;
    if (message.pinned_at && !message.deleted_at) found.set(message.id, message);
    else found.delete(message.id);
  }
  const time = (/** @type {Message} */ message) => Date.parse(message.pinned_at ?? "");
  return [...found.values()].sort((a, b) => time(b) - time(a) || b.id - a.id);
}
