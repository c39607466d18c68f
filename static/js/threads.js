// @ts-check
/**
 * A chain of replies: its first message, and a run of its replies that ends at the newest.
 * Pure: every function takes a chain and gives a new one (or the same, if nothing changed).
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").Page & {root: Message, following: boolean}} ThreadPage
 *
 * @typedef {object} Chain
 * @property {Message} root
 * @property {Message[]} replies in the order of `seq`; those to the root itself quote nothing
 * @property {boolean} hasMore there are older ones
 * @property {boolean} following
 */

/** The key of a chain's draft, among those of chats. @param {string} chat @param {number} root */
export const boxOf = (chat, root) => `${chat}#${root}`;

/** The id of the first message of the chain whose draft has this key; null: it is a chat's. @param {string} box */
export const rootOf = (box) => (box.includes("#") ? Number(box.split("#")[1]) : null);

/** A reply as the chain shows it: one to the root doesn't quote it. @param {Message} message @param {number} root @returns {Message} */
const shown = (message, root) => (message.reply_to === root ? { ...message, reply_to: null } : message);

/** @param {ThreadPage} page @returns {Chain} */
export function fromPage({ root, messages, has_more, following }) {
  return { root, replies: messages.map((message) => shown(message, root.id)), hasMore: has_more, following };
}

/** An older page above. @param {Chain} chain @param {ThreadPage} page @returns {Chain} */
export function older(chain, page) {
  const first = chain.replies[0]?.seq ?? Number.POSITIVE_INFINITY;
  const { replies } = fromPage(page);
  return {
    ...chain,
    replies: [...replies.filter(({ seq }) => seq < first), ...chain.replies],
    hasMore: page.has_more,
  };
}

/** Put those of a chat's new or changed messages that are of this chain in their places. @param {Chain} chain @param {Message[]} changed @returns {Chain} */
export function merge(chain, changed) {
  let { root, replies } = chain;
  for (const message of changed) {
    if (message.id === root.id && message.version > root.version) root = message;
    if (message.thread_root_id !== chain.root.id) continue;
    const place = replies.findLastIndex(({ seq }) => seq <= message.seq);
    if (place < 0 && chain.hasMore) continue;
    const isThere = replies[place]?.seq === message.seq;
    if (isThere && replies[place].version >= message.version) continue;
    replies = [...replies.slice(0, isThere ? place : place + 1), shown(message, root.id), ...replies.slice(place + 1)];
  }
  return root === chain.root && replies === chain.replies ? chain : { ...chain, root, replies };
}

/** The chain after a frame. @param {Chain} chain @param {import("./types.js").Frame} frame @returns {Chain} */
export function heard(chain, frame) {
  if (frame.type === "synced") return frame.chat === chain.root.chat ? merge(chain, frame.messages) : chain;
  if (frame.type === "message" || frame.type === "message_updated" || frame.type === "message_deleted") {
    const { type: _, ...message } = frame;
    return merge(chain, [/** @type {Message} */ (message)]);
  }
  if (frame.type === "follow_changed" && frame.root_id === chain.root.id)
    return chain.following === frame.following ? chain : { ...chain, following: frame.following };
  return chain;
}

/** Whether a message that is being sent will be in the chain. @param {Chain} chain @param {import("./outbox.js").Entry} entry */
export function awaits(chain, { chat, reply_to }) {
  if (chat !== chain.root.chat || !reply_to) return false;
  return reply_to === chain.root.id || chain.replies.some(({ id }) => id === reply_to);
}
