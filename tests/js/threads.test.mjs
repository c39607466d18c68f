import assert from "node:assert/strict";
import { test } from "node:test";
import { message } from "./helpers.mjs";
import { load } from "./setup.mjs";
import { random } from "./texts.mjs";

const threads = await load("chat/threads.js");

const ROOT = 7;
const root = (more = {}) => message(ROOT, { reply_count: 4, ...more });
const reply = (seq, more = {}) =>
  message(seq, { thread_root_id: root().id, reply_to: root().id, version: seq * 2, ...more });
const page = (seqs, more = {}) => ({
  root: root(),
  messages: seqs.map((seq) => reply(seq)),
  has_more: false,
  has_newer: false,
  following: false,
  ...more,
});
const seqs = (chain) => chain.replies.map(({ seq }) => seq);

test("what a reply says is not quoted where all answer the same, but an answer to another reply is", () => {
  const chain = threads.merge(threads.fromPage(page([10])), [reply(12, { reply_to: reply(10).id })]);
  assert.deepEqual(
    chain.replies.map(({ reply_to }) => reply_to),
    [null, reply(10).id],
  );
});

test("what comes live is put in its place once, and changes only to what is newer", () => {
  let chain = threads.fromPage(page([10, 20]));
  chain = threads.heard(chain, { type: "message", ...reply(30) });
  assert.deepEqual(seqs(chain), [10, 20, 30]);
  assert.equal(threads.heard(chain, { type: "message", ...reply(30) }), chain);
  assert.equal(threads.heard(chain, { type: "message", ...message(31) }), chain);
  chain = threads.heard(chain, { type: "message_updated", ...reply(20, { version: 90, content: "edited" }) });
  assert.equal(chain.replies[1].content, "edited");
  assert.equal(threads.heard(chain, { type: "message_updated", ...reply(20) }), chain);
  chain = threads.heard(chain, { type: "message_updated", ...root({ version: 91, reply_count: 5 }) });
  assert.equal(chain.root.reply_count, 5);
  const missed = [reply(15), reply(30, { version: 99, content: "", deleted_at: "2026-11-21T12:00:00Z" }), message(40)];
  chain = threads.heard(chain, { type: "synced", chat: "general", messages: missed });
  assert.deepEqual(seqs(chain), [10, 15, 20, 30]);
  assert.ok(chain.replies[3].deleted_at);
});

test("older pages go above, and what is above the first page waits for them", () => {
  let chain = threads.fromPage(page([50, 60], { has_more: true }));
  assert.equal(threads.merge(chain, [reply(40, { version: 200 })]), chain);
  chain = threads.older(chain, page([20, 40, 50], { has_more: true }));
  assert.deepEqual(seqs(chain), [20, 40, 50, 60]);
  assert.equal(chain.hasMore, true);
  chain = threads.older(chain, page([10]));
  assert.deepEqual(seqs(chain), [10, 20, 40, 50, 60]);
  assert.equal(chain.hasMore, false);
});

test("whether one follows is what another device says of this chain", () => {
  const chain = threads.fromPage(page([10]));
  const frame = { type: "follow_changed", chat: "general", root_id: root().id, following: true };
  assert.equal(threads.heard(chain, frame).following, true);
  assert.equal(threads.heard(chain, { ...frame, root_id: 1 }), chain);
  assert.equal(threads.heard(chain, { ...frame, following: false }), chain);
});

test("what is on its way belongs to the chain if it answers anything there", () => {
  const chain = threads.fromPage(page([10]));
  const entry = { chat: "general", reply_to: root().id };
  assert.equal(threads.awaits(chain, entry), true);
  assert.equal(threads.awaits(chain, { ...entry, reply_to: reply(10).id }), true);
  assert.equal(threads.awaits(chain, { ...entry, reply_to: 5 }), false);
  assert.equal(threads.awaits(chain, { ...entry, reply_to: null }), false);
  assert.equal(threads.awaits(chain, { ...entry, chat: "room:3" }), false);
});

test("in whatever order changes come, the chain ends as the newest of each says", () => {
  const choose = random(42);
  for (let round = 0; round < 50; round += 1) {
    const changes = [];
    for (let version = 100; version < 130; version += 1) {
      const seq = 10 + Math.floor(choose() * 12);
      changes.push(reply(seq, { version, content: `${version}` }));
    }
    const expected = new Map(changes.map((change) => [change.seq, change.content]));
    let chain = threads.fromPage(page([]));
    for (const change of [...changes].sort(() => choose() - 0.5)) chain = threads.merge(chain, [change]);
    const found = chain.replies.map(({ seq, content }) => [seq, content]);
    assert.deepEqual(
      found,
      [...expected].sort(([a], [b]) => a - b),
    );
  }
});
