// @ts-check
/**
 * A window onto a chat's messages: a run of them without gaps, at most MAX_ROWS long.
 * Pure: every function takes a timeline and gives a new one (or the same, if nothing changed).
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").Page} Page
 *
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./state.js").Line} Line
 *
 * @typedef {{type: "day", key: string, time: string}} DayRow
 * @typedef {{type: "new", key: string}} NewRow
 * @typedef {{type: "message", key: string, message: Message, head: boolean, entry: Entry | null}} MessageRow
 * @typedef {{type: "lines", key: string, joined: string, left: string}} LinesRow names, joined by tabs
 * @typedef {DayRow | NewRow | MessageRow | LinesRow} Row
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
  if (after.length ? after[0].seq !== lastSeq(timeline) + 1 : page.messages.length) return timeline;
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

// ---------------------------------------------------------------- what stands under what when it is drawn

/** One author's messages within this time share a header, in ms. */
export const TOGETHER = 5 * 60_000;

/**
 * Days, the line above what is new, messages in groups, who came and went.
 * @param {object} from
 * @param {Message[]} from.messages
 * @param {Entry[]} from.entries on their way, of this chat; [] unless the window is at the chat's end
 * @param {Line[]} from.lines as far as the window reaches
 * @param {number} from.unreadFrom position of the first unread message; 0: none
 * @param {{id: number, username: string}} from.me
 * @param {(iso: string) => number} from.dayOf
 * @returns {Row[]}
 */
export function rows({ messages, entries, lines, unreadFrom, me, dayOf }) {
  /** @type {Row[]} */
  const out = [];
  /** @type {Message | null} the one above, if a group may go on */
  let above = null;
  let day = Number.NaN;
  let line = 0;
  const first = messages[0]?.seq ?? 0;
  while (line < lines.length && lines[line].after < first - 1) line += 1;
  const there = new Set(messages.map((message) => message.client_id));

  /** @param {Message} message @param {Entry | null} entry */
  const add = (message, entry) => {
    const its = dayOf(message.timestamp);
    // Never back: what waits since yesterday stands among what was said today.
    if (!(its <= day)) {
      out.push({ type: "day", key: `day-${its}`, time: message.timestamp });
      day = its;
      above = null;
    }
    if (!entry && message.seq === unreadFrom) {
      out.push({ type: "new", key: "new" });
      above = null;
    }
    const key = message.user_id === me.id && message.client_id ? message.client_id : `seq-${message.seq}`;
    out.push({ type: "message", key, message, head: !joins(above, message), entry });
    above = message;
  };

  /** Who came and went below the message `seq`. @param {number} seq */
  const addLines = (seq) => {
    const from = line;
    while (line < lines.length && lines[line].after <= seq) line += 1;
    if (line === from) return;
    out.push(folded(lines.slice(from, line), seq));
    above = null;
  };

  for (const message of messages) {
    addLines(message.seq - 1);
    add(message, null);
  }
  addLines(Number.POSITIVE_INFINITY);
  for (const entry of entries)
    if (!there.has(entry.client_id)) add(asMessage(entry, me, messages.at(-1)?.seq ?? 0), entry);
  return out;
}

/** Whether a message goes on under the header of the one above. @param {Message | null} above @param {Message} message */
function joins(above, message) {
  if (!above || above.user_id !== message.user_id || message.reply_to) return false;
  const gap = Date.parse(message.timestamp) - Date.parse(above.timestamp);
  return Math.abs(gap) < TOGETHER;
}

/** @param {Line[]} lines @param {number} seq @returns {LinesRow} */
function folded(lines, seq) {
  /** @type {Map<number, Line>} the last word on each person */
  const last = new Map();
  for (const line of lines) last.set(line.id, line);
  const names = (/** @type {string} */ kind) =>
    [...last.values()].filter((line) => line.kind === kind).map((line) => line.name);
  return { type: "lines", key: `lines-${seq}`, joined: names("joined").join("\t"), left: names("left").join("\t") };
}

/** What is on its way, as the message that it will be. @param {Entry} entry @param {{id: number, username: string}} me @param {number} last @returns {Message} */
function asMessage(entry, me, last) {
  return {
    id: 0,
    chat: entry.chat,
    seq: entry.seq ?? last + 1,
    version: 0,
    user_id: me.id,
    username: me.username,
    content: entry.content,
    timestamp: new Date(entry.created).toISOString(),
    client_id: entry.client_id,
    reply_to: entry.reply_to,
    attachments: (entry.files ?? []).map(asAttachment),
  };
}

/** A file of a message that is on its way, as the message will have it; a mere file until there is something to show. @param {import("./uploads.js").Attached} file @param {number} index @returns {import("./uploads.js").Attachment} */
export function asAttachment(
  { name, size, mime, kind, alt, width, height, url, poster, measures, attachment },
  index = 0,
) {
  const known = {
    id: -1 - index,
    name,
    size,
    mime,
    kind: url ? kind : "file",
    alt,
    width,
    height,
    duration: measures?.duration ?? null,
    waveform: measures?.waveform ?? null,
  };
  const shown = url ? { url, thumb: poster ?? (kind === "image" ? url : null) } : {};
  return { ...known, thumb: null, url: "", ...attachment, ...shown };
}

/** Those that one has just deleted are shown so, before the server says it. @param {import("./types.js").Message[]} messages @param {Map<number, any>} deletions */
export function withDeletions(messages, deletions) {
  if (!deletions.size) return messages;
  return messages.map((message) =>
    deletions.has(message.id) && !message.deleted_at
      ? { ...message, content: "", mentions: [], reactions: [], deleted_at: message.timestamp }
      : message,
  );
}
