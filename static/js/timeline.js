// @ts-check
/**
 * A window onto a chat's messages: a run of them without gaps, at most MAX_ROWS long.
 * Pure: every function takes a timeline and gives a new one (or the same, if nothing changed).
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").Page} Page
 *
 * @typedef {object} Timeline
 * @property {Message[]} messages in the order of `seq`, without gaps
 * @property {boolean} atEnd the newest message of the chat is in the window
 * @property {number} version everything up to this version of the chat is in here
 * @property {boolean} stale something after `version` was missed; a `sync` is under way
 * @property {boolean} follow the reader is at the bottom: new messages push old ones out, not the other way round
 */

export const MAX_ROWS = 300;

/** @param {Page} page @returns {Timeline} */
export function fromPage(page) {
  return {
    messages: page.messages.slice(-MAX_ROWS),
    atEnd: !page.has_newer,
    version: page.version,
    stale: false,
    follow: true,
  };
}

/** Whether the first message of the chat is in the window (or there is none). @param {Timeline} timeline */
export function atStart(timeline) {
  return timeline.messages.length === 0 ? timeline.atEnd : timeline.messages[0].seq === 1;
}

/** @param {Timeline} timeline */
export const firstSeq = (timeline) => timeline.messages[0]?.seq ?? 1;

/** @param {Timeline} timeline */
export const lastSeq = (timeline) => timeline.messages.at(-1)?.seq ?? 0;

/** @param {Timeline} timeline @param {number} seq */
export function holds(timeline, seq) {
  return timeline.messages.length > 0 && seq >= firstSeq(timeline) && seq <= lastSeq(timeline);
}

/** The message at a position. @param {Timeline} timeline @param {number} seq @returns {Message | undefined} */
export function at(timeline, seq) {
  return timeline.messages[seq - firstSeq(timeline)];
}

/** An older page above the window; the far end gives way. @param {Timeline} timeline @param {Page} page */
export function addOlder(timeline, page) {
  const before = page.messages.filter((message) => message.seq < firstSeq(timeline));
  if (!before.length || before[before.length - 1].seq !== firstSeq(timeline) - 1) return timeline;
  const messages = [...before, ...timeline.messages];
  const kept = messages.slice(0, MAX_ROWS);
  return { ...timeline, messages: kept, atEnd: timeline.atEnd && kept.length === messages.length };
}

/** A newer page below the window; the far end gives way. @param {Timeline} timeline @param {Page} page */
export function addNewer(timeline, page) {
  const after = page.messages.filter((message) => message.seq > lastSeq(timeline));
  if (after.length && after[0].seq !== lastSeq(timeline) + 1) return timeline;
  const messages = [...timeline.messages, ...after].slice(-MAX_ROWS);
  return { ...timeline, messages, atEnd: !page.has_newer };
}

/**
 * Messages as they now are, in any order: new ones at the end, changed ones in their places.
 * What does not join on leaves the window's end open (`atEnd` false).
 *
 * @param {Timeline} timeline
 * @param {Message[]} changed
 * @returns {Timeline}
 */
export function merge(timeline, changed) {
  let { messages, atEnd } = timeline;
  let copied = false;
  const copy = () => {
    if (!copied) messages = messages.slice();
    copied = true;
  };
  for (const message of [...changed].sort((a, b) => a.seq - b.seq)) {
    const first = messages[0]?.seq ?? message.seq;
    const next = first + messages.length;
    if (message.seq < first) continue;
    if (message.seq < next) {
      if (messages[message.seq - first].version >= message.version) continue;
      copy();
      messages[message.seq - first] = message;
    } else if (atEnd && message.seq === next && (messages.length || message.seq === 1)) {
      if (messages.length >= MAX_ROWS && !timeline.follow) {
        atEnd = false;
        continue;
      }
      copy();
      messages.push(message);
    } else {
      atEnd = false;
    }
  }
  if (messages.length > MAX_ROWS) messages = messages.slice(-MAX_ROWS);
  return copied || atEnd !== timeline.atEnd ? { ...timeline, messages, atEnd } : timeline;
}

/** The message with this id, if it is in the window. @param {Timeline} timeline @param {number} id */
export function byId(timeline, id) {
  return timeline.messages.find((message) => message.id === id);
}
