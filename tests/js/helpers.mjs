/** Chats and messages to test with. */

export const ME = { id: 1, username: "ann", display_name: "Ann", is_online: true };
export const BOB = 2;

export function message(seq, more = {}) {
  return {
    id: 100 + seq,
    chat: "general",
    seq,
    version: seq,
    user_id: BOB,
    username: "bob",
    content: `message ${seq}`,
    timestamp: new Date(Date.UTC(2026, 10, 21, 12, 0, seq)).toISOString(),
    client_id: null,
    reply_to: null,
    mentions: [],
    ...more,
  };
}

export const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

export function page(from, to, { last = to, version = last } = {}) {
  return { messages: messages(from, to), last_seq: last, version, has_more: from > 1, has_newer: to < last };
}

export function chat(more = {}) {
  return {
    key: "general",
    id: 1,
    kind: "general",
    title: "General",
    last_message: message(10),
    last_seq: 10,
    version: 10,
    last_read_seq: 10,
    unread_count: 0,
    mention_count: 0,
    muted: false,
    role: "member",
    online_count: 1,
    ...more,
  };
}

export const hello = (...chats) => ({ type: "connection_established", user: ME, session: "s", chats });

/** A clock that a test turns. */
export class Clock {
  constructor() {
    this.now = 0;
    this.timers = new Map();
    this.count = 0;
  }
  later = (work, ms) => {
    this.timers.set(++this.count, { work, at: this.now + ms });
    return this.count;
  };
  cancel = (id) => this.timers.delete(id);
  async turn(ms) {
    const end = this.now + ms;
    for (;;) {
      const [id, next] = [...this.timers].sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (!next || next.at > end) break;
      this.timers.delete(id);
      this.now = next.at;
      next.work();
      await flush();
    }
    this.now = end;
  }
}

/** Let promises that are ready go on. */
export const flush = () => new Promise((resolve) => setImmediate(resolve));
