import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock } from "./helpers.mjs";
import { load } from "./setup.mjs";

const { Outbox, PATIENCE } = await load("chat/outbox.js");

function make({ open = true } = {}) {
  const clock = new Clock();
  const sent = [];
  const stored = new Map();
  const outbox = new Outbox({
    send: (frame) => outbox.isOpen && sent.push(frame) > 0,
    save: (entry) => stored.set(entry.client_id, entry),
    remove: (id) => stored.delete(id),
    onChange: () => {},
    later: clock.later,
    cancel: clock.cancel,
    now: () => clock.now,
  });
  if (open) outbox.opened();
  const add = (id, chat = "general") =>
    outbox.add({ client_id: id, chat, content: id, reply_to: null, user: 1, owner: "tab" });
  const ack = (id, seq = 1) => outbox.receive({ type: "ack", client_id: id, seq });
  const refuse = (id, code, more) => outbox.receive({ type: "error", client_id: id, code, detail: "No.", ...more });
  const states = () => outbox.entries.map(({ client_id, state }) => `${client_id} ${state}`);
  return { outbox, clock, sent, stored, add, ack, refuse, states, ids: () => sent.map((frame) => frame.client_id) };
}

test("one at a time in a chat, in the order they were written", () => {
  const { add, ack, ids } = make();
  for (const id of ["a", "b", "c"]) add(id);
  assert.deepEqual(ids(), ["a"]);
  ack("a");
  ack("b");
  assert.deepEqual(ids(), ["a", "b", "c"]);
});

test("chats don't wait for each other", () => {
  const { add, ids } = make();
  add("a");
  add("b", "room:2");
  assert.deepEqual(ids(), ["a", "b"]);
});

test("what is written offline is kept, and goes in order on return", () => {
  const { outbox, add, ack, ids, stored } = make({ open: false });
  for (const id of ["a", "b", "c"]) add(id);
  assert.deepEqual([ids(), [...stored.keys()]], [[], ["a", "b", "c"]]);
  outbox.opened();
  for (const id of ["a", "b", "c"]) ack(id);
  assert.deepEqual([ids(), stored.size], [["a", "b", "c"], 0]);
});

test("what had no ack when the connection broke goes again under the same id, before the rest", () => {
  const { outbox, add, ids, states } = make();
  add("a");
  add("b");
  outbox.closed();
  assert.deepEqual(states(), ["a waiting", "b waiting"]);
  outbox.opened();
  assert.deepEqual(ids(), ["a", "a"]);
});

test("an entry stays until its message stands in the chat", () => {
  const { outbox, add, ack, states } = make();
  add("a");
  ack("a", 7);
  assert.deepEqual(states(), ["a sent"]);
  assert.equal(outbox.entries[0].seq, 7);
  outbox.delivered(["x", "a", null]);
  assert.deepEqual(states(), []);
});

test("a message that comes before its ack is done, and the ack finds nothing", () => {
  const { outbox, add, ack, ids, states } = make();
  add("a");
  add("b");
  outbox.delivered(["a"]);
  ack("a");
  assert.deepEqual([ids(), states()], [["a", "b"], ["b sending"]]);
});

test("without an ack it fails after a while, and the next one goes", async () => {
  const { add, clock, ids, states, stored } = make();
  add("a");
  add("b");
  await clock.turn(PATIENCE - 1);
  assert.deepEqual(states(), ["a sending", "b waiting"]);
  await clock.turn(1);
  assert.deepEqual(
    [states(), ids()],
    [
      ["a failed", "b sending"],
      ["a", "b"],
    ],
  );
  assert.equal(stored.get("a").state, "failed");
});

test("a refusal fails with the server's words; retry keeps the id, discard forgets", () => {
  const { outbox, add, ack, refuse, ids, states, stored } = make();
  add("a");
  add("b");
  refuse("a", "invalid", { fields: { content: ["Too long."] } });
  assert.equal(outbox.entries[0].reason, "Too long.");
  ack("b");
  outbox.retry("a");
  assert.deepEqual(ids(), ["a", "b", "a"]);
  refuse("a", "forbidden");
  outbox.discard("a");
  assert.deepEqual([states(), stored.size], [["b sent"], 0]);
});

test("too fast: it waits as long as the server asks, and nothing overtakes it", async () => {
  const { add, refuse, clock, ids, states } = make();
  add("a");
  add("b");
  refuse("a", "rate_limited", { retry_after: 3 });
  assert.deepEqual(states(), ["a waiting", "b waiting"]);
  await clock.turn(2999);
  assert.deepEqual(ids(), ["a"]);
  await clock.turn(1);
  assert.deepEqual(ids(), ["a", "a"]);
});

test("a server that stays unavailable is not asked for ever", async () => {
  const { add, refuse, clock, states } = make();
  add("a");
  for (let n = 0; n < 6; n += 1) {
    refuse("a", "unavailable", { retry_after: 1 });
    await clock.turn(1000);
  }
  assert.deepEqual(states(), ["a failed"]);
});

test("what a closed tab left is adopted in its order; what failed stays failed", () => {
  const { outbox, add, ids, states } = make({ open: false });
  add("new");
  const left = { chat: "general", content: "", reply_to: null, user: 1, owner: "tab" };
  outbox.adopt([
    { ...left, client_id: "old", created: -2, state: "sending" },
    { ...left, client_id: "bad", created: -1, state: "failed" },
    { ...left, client_id: "new", created: 0, state: "waiting" },
  ]);
  assert.deepEqual(states(), ["old waiting", "bad failed", "new waiting"]);
  outbox.opened();
  assert.deepEqual(ids(), ["old"]);
});

test("in another log what was acked is there or lost, and what waits is sent as an answer to nothing", () => {
  const { outbox, add, ack, sent, states, stored } = make();
  outbox.begin("A");
  add("acked");
  ack("acked");
  outbox.add({ client_id: "answer", chat: "general", content: "yes", reply_to: 7, user: 1, owner: "tab" });
  add("waits");
  outbox.closed();
  outbox.begin("A");
  assert.deepEqual(states(), ["acked sent", "answer waiting", "waits waiting"]);
  outbox.begin("B");
  assert.deepEqual(states(), ["answer waiting", "waits waiting"]);
  outbox.opened();
  assert.deepEqual([sent.at(-1).client_id, sent.at(-1).reply_to], ["answer", undefined]);
  ack("answer");
  ack("waits");
  assert.equal(stored.size, 0);
  // What a tab left behind that had only seen the other log.
  outbox.adopt([
    { client_id: "old", chat: "room:2", content: "old", reply_to: 7, created: 0, epoch: "A", state: "waiting" },
  ]);
  assert.deepEqual([sent.at(-1).client_id, sent.at(-1).reply_to], ["old", undefined]);
});

test("a message that is held can be taken back, and else goes when its time is over, before what came later", async () => {
  const { outbox, clock, sent, stored, ids } = make();
  const hold = (id) =>
    outbox.add({
      client_id: id,
      chat: "general",
      content: id,
      reply_to: null,
      user: 1,
      owner: "t",
      until: clock.now + 5000,
    });
  hold("a");
  await clock.turn(1000);
  hold("b");
  assert.deepEqual([ids(), outbox.lastHeld().client_id], [[], "b"]);
  assert.equal(outbox.recall("b").content, "b");
  assert.equal(outbox.recall("b"), undefined);
  assert.deepEqual([...stored.keys()], ["a"]);
  hold("c");
  await clock.turn(4000);
  assert.deepEqual([ids(), outbox.recall("a")], [["a"], undefined]);
  outbox.receive({ type: "ack", client_id: "a", seq: 1 });
  assert.deepEqual(ids(), ["a"]);
  await clock.turn(1000);
  assert.deepEqual(ids(), ["a", "c"]);
  assert.equal("until" in sent[1], false);
});

test("nothing is held when the page is left", () => {
  const { outbox, clock, ids } = make();
  outbox.add({
    client_id: "a",
    chat: "general",
    content: "a",
    reply_to: null,
    user: 1,
    owner: "t",
    until: clock.now + 5000,
  });
  assert.deepEqual(
    outbox.release().map((entry) => entry.client_id),
    ["a"],
  );
  assert.deepEqual([ids(), outbox.release()], [["a"], []]);
});
