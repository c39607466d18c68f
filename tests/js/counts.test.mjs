/** Unread counts and mentions: whatever comes in which order, the client has what counting afresh finds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chat, hello, ME, page } from "./helpers.mjs";
import { load } from "./setup.mjs";

const states = await load("chat/state.js");
const KEY = "general";

/** Random numbers that are the same each time (mulberry32). */
function dice(seed) {
  let at = seed;
  return (sides) => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), 1 | at);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * sides);
  };
}

/** What the server has: a chat, and how far one has read in it. */
class Server {
  constructor() {
    this.log = [];
    this.version = 0;
    this.position = 0;
    this.ignores = false;
  }
  change(message, type) {
    Object.assign(message, { version: ++this.version });
    return { type, ...message };
  }
  post(user_id, mentions, mention_all) {
    const seq = this.log.length + 1;
    const message = {
      id: 100 + seq,
      chat: KEY,
      seq,
      user_id,
      username: "x",
      content: "x",
      mentions,
      mention_all,
      deleted_at: null,
    };
    this.log.push({ ...message, timestamp: "2026-11-21T12:00:00Z" });
    if (user_id === ME.id) this.position = seq;
    return this.change(this.log[seq - 1], "message");
  }
  edit(message, mentions, mention_all) {
    return this.change(Object.assign(message, { mentions, mention_all, edited_at: "…" }), "message_updated");
  }
  delete(message) {
    return this.change(
      Object.assign(message, { deleted_at: "…", mentions: [], mention_all: undefined }),
      "message_deleted",
    );
  }
  counts() {
    const left = this.log.filter((one) => one.seq > this.position && !one.deleted_at && one.user_id !== ME.id);
    const mentions = left.filter((one) => one.mentions.includes(ME.id) || (one.mention_all && !this.ignores));
    return [left.length, mentions.length];
  }
  summary() {
    const [unread_count, mention_count] = this.counts();
    const last_message = this.log.length ? { ...this.log.at(-1) } : null;
    const parts = { last_seq: this.log.length, version: this.version, last_read_seq: this.position };
    const ignore_everyone = this.ignores || undefined;
    return chat({ ...parts, unread_count, mention_count, last_message, ignore_everyone });
  }
  mark() {
    const { last_seq, version, unread_count, mention_count } = this.summary();
    return {
      type: "read",
      chat: KEY,
      user_id: ME.id,
      seq: this.position,
      unread_count,
      mention_count,
      version,
      last_seq,
    };
  }
  synced(since, most) {
    const rows = this.log.filter((one) => one.version > since).sort((a, b) => a.version - b.version);
    const messages = rows.slice(0, most).map((one) => ({ ...one }));
    const has_more = rows.length > most;
    const version = has_more ? messages.at(-1).version : this.version;
    return { type: "synced", chat: KEY, messages, version, last_seq: this.log.length, has_more };
  }
  newest(count) {
    const messages = this.log.slice(-count).map((one) => ({ ...one }));
    return { ...page(1, 0), messages, last_seq: this.log.length, version: this.version };
  }
}

/** A tab: changes reach it in order, news of its own position later or sooner. */
class Tab {
  constructor(server) {
    this.server = server;
    this.live = []; // frames on their way
    this.own = [];
    this.isLagging = false;
    this.state = states.empty();
    this.greet();
  }
  hear(frame) {
    this.state = states.reduce(this.state, structuredClone(frame), 0);
  }
  greet() {
    this.live = [];
    this.own = [];
    this.isLagging = false;
    this.hear(hello(this.server.summary()));
    this.sync();
  }
  lag() {
    this.live = [];
    this.isLagging = true;
    this.hear({ type: "lagged", chats: [KEY] });
  }
  sync() {
    let since = states.toSync(this.state)[KEY];
    if (this.isLagging) assert.notEqual(since, undefined);
    while (since !== undefined) {
      const frame = this.server.synced(since, 3);
      this.hear(frame);
      since = frame.has_more ? frame.version : undefined;
    }
    this.live = [];
    this.isLagging = false;
  }
  settle() {
    if (this.isLagging) this.sync();
    for (const frame of this.live.splice(0)) this.hear(frame);
    for (const frame of this.own.splice(0)) this.hear(frame);
    if (this.state.chats.get(KEY).doubtful) this.hear(this.server.mark()); // it asked
    assert.ok(!this.state.chats.get(KEY).doubtful);
  }
}

function play(seed) {
  const roll = dice(seed);
  const server = new Server();
  const toAll = () => ["everyone", "here"][roll(8)];
  for (let n = roll(5); n > 0; n -= 1) server.post(2, roll(2) ? [ME.id] : [], toAll());
  const tab = new Tab(server);
  const publish = (frame) => tab.isLagging || tab.live.push(structuredClone(frame));
  const tell = () => tab.own.push(server.mark());
  const steps = [
    () => publish(server.post(2 + roll(2), roll(2) ? [ME.id] : [], toAll())),
    () => publish(server.post(2 + roll(2), [])),
    () => roll(3) || publish(server.post(ME.id, [], toAll())),
    () => {
      if (roll(4)) return;
      server.ignores = !server.ignores;
      tab.own.push({ type: "notify_changed", chat: KEY, ignore_everyone: server.ignores });
      tell();
    },
    () => {
      const message = server.log[roll(server.log.length)];
      if (!message || message.deleted_at) return;
      const was = message.mentions.includes(ME.id);
      const now = message.user_id !== ME.id && roll(2) === 1;
      publish(server.edit(message, now ? [ME.id] : [], toAll()));
      if (was !== now) tell();
    },
    () => {
      const message = server.log[roll(server.log.length)];
      if (!message || message.deleted_at) return;
      const was = message.mentions.includes(ME.id) && message.user_id !== ME.id;
      publish(server.delete(message));
      if (was) tell();
    },
    () => {
      server.position = Math.max(server.position, roll(server.log.length + 1));
      tell();
    },
    () => {
      if (roll(3)) return;
      server.position = roll(server.log.length + 1);
      tell();
    },
    () => {
      const seq = 1 + roll(server.log.length);
      tab.state = states.seen(tab.state, KEY, Math.min(seq, tab.state.chats.get(KEY).last_seq));
      server.position = Math.max(server.position, Math.min(seq, server.log.length));
      tell();
    },
    () => {
      for (let n = 1 + roll(4); n > 0 && tab.live.length; n -= 1) tab.hear(tab.live.shift());
    },
    () => {
      for (let n = 1 + roll(2); n > 0 && tab.own.length; n -= 1) tab.hear(tab.own.shift());
    },
    () => roll(4) || tab.lag(),
    () => tab.isLagging && tab.sync(),
    () => roll(6) || tab.greet(),
    () => {
      if (!tab.isLagging) tab.state = states.opened(tab.state, KEY, server.newest(5));
    },
    check,
  ];
  for (let n = 0; n < 60; n += 1) steps[roll(steps.length)]();
  check();

  function check() {
    tab.settle();
    const { unread_count, mention_count, last_read_seq } = tab.state.chats.get(KEY);
    const should = [server.position, ...server.counts()];
    assert.deepEqual([last_read_seq, unread_count, mention_count], should, `seed ${seed}`);
  }
}

test("counts are those of counting afresh, whatever came in which order", () => {
  for (let seed = 0; seed < 1500; seed += 1) play(seed);
});

test("a reply to a message that was deleted unread long ago does not take it off the unread ones once more", () => {
  const root = { id: 101, chat: KEY, seq: 1, version: 4, user_id: 2, username: "x", content: "", mentions: [] };
  const deleted = { ...root, deleted_at: "2026-11-21T12:00:00Z" };
  const start = () =>
    states.reduce(states.empty(), hello(chat({ last_seq: 3, version: 4, last_read_seq: 0, unread_count: 2 })), 0);
  const replied = { ...deleted, version: 5, reply_count: 1, last_reply_at: "2026-11-21T12:05:00Z" };
  const after = (frame) => states.reduce(start(), { type: "message_deleted", ...frame }, 0).chats.get(KEY).unread_count;
  assert.equal(after(replied), 2);
  assert.equal(after({ ...replied, last_reply_at: "2026-11-21T11:00:00Z" }), 1);
});
