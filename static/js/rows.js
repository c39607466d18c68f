// @ts-check
/**
 * What stands under what in a timeline: days, the line above what is new, messages in groups, who came and went.
 * Pure.
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./state.js").Line} Line
 *
 * @typedef {{type: "day", key: string, time: string}} DayRow
 * @typedef {{type: "new", key: string}} NewRow
 * @typedef {{type: "message", key: string, message: Message, head: boolean, entry: Entry | null}} MessageRow
 * @typedef {{type: "lines", key: string, joined: string, left: string}} LinesRow names, joined by tabs
 * @typedef {DayRow | NewRow | MessageRow | LinesRow} Row
 */

/** One author's messages within this time share a header, in ms. */
export const TOGETHER = 5 * 60_000;

/**
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
    if (its !== day) {
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
  };
}
