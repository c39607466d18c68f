import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, flush } from "./helpers.mjs";
import { load } from "./setup.mjs";

const { Uploads } = await load("chat/uploads.js");
const { Outbox } = await load("chat/outbox.js");

const attached = (id, more = {}) => ({
  id,
  name: `${id}.txt`,
  size: 1,
  kind: "file",
  alt: "",
  original: false,
  ...more,
});
const refused = (status, more = {}) => Object.assign(new Error(), { status, sentence: "No.", ...more });

/** Uploads whose server answers when the test says so. */
function make() {
  const clock = new Clock();
  const asked = [];
  const done = [];
  const wrong = [];
  const uploads = new Uploads({
    put: (file, stored, signal) =>
      new Promise((answer, refuse) => asked.push({ id: file.id, file, stored, signal, answer, refuse })),
    onDone: (id, attachment) => done.push([id, attachment.id]),
    onRefused: (id, reason) => wrong.push([id, reason]),
    later: clock.later,
    cancel: clock.cancel,
    random: () => 1,
  });
  uploads.opened();
  return { uploads, clock, asked, done, wrong, ids: () => asked.map(({ id }) => id) };
}

test("two files at a time, the next one when one is done", async () => {
  const { uploads, asked, done, ids } = make();
  for (const id of ["a", "b", "c"]) uploads.want(attached(id));
  assert.deepEqual(ids(), ["a", "b"]);
  asked[1].answer({ id: 7 });
  await flush();
  assert.deepEqual([ids(), done], [["a", "b", "c"], [["b", 7]]]);
  uploads.drop("a");
  assert.equal(asked[0].signal.aborted, true);
  asked[0].answer({ id: 8 });
  await flush();
  assert.deepEqual(done, [["b", 7]]);
});

test("without a network it is tried again, less and less often, and at once when the connection is back", async () => {
  const { uploads, clock, asked, wrong } = make();
  uploads.want(attached("a"));
  for (const wait of [1000, 2000, 4000]) {
    asked.at(-1).refuse(refused(0));
    const tries = asked.length;
    await flush();
    await clock.turn(wait - 1);
    assert.equal(asked.length, tries);
    await clock.turn(1);
    assert.equal(asked.length, tries + 1);
  }
  asked.at(-1).refuse(refused(0));
  await flush();
  uploads.closed();
  await clock.turn(60_000);
  assert.equal(asked.length, 4);
  uploads.opened();
  assert.deepEqual([asked.length, wrong], [5, []]);
});

test("a busy server is asked six times at the intervals that it names, and a refusal is final", async () => {
  const { uploads, clock, asked, wrong } = make();
  uploads.want(attached("a"));
  for (let tries = 1; tries <= 6; tries += 1) {
    assert.equal(asked.length, tries);
    asked.at(-1).refuse(refused(503, { retryAfter: 3 }));
    await flush();
    await clock.turn(3000);
  }
  assert.deepEqual([asked.length, wrong], [6, [["a", "No."]]]);
  uploads.want(attached("b"));
  asked.at(-1).refuse(refused(429, { code: "quota_exceeded" }));
  await flush();
  assert.deepEqual(wrong.at(-1), ["b", "No."]);
});

test("a description that came while the file was uploaded follows it", async () => {
  const { uploads, asked, done } = make();
  uploads.want(attached("a"));
  uploads.want(attached("a", { alt: "a cat" }));
  asked[0].answer({ id: 7, alt: "" });
  await flush();
  assert.deepEqual([asked.length, done, asked[1].stored.attachment.id, asked[1].file.alt], [2, [], 7, "a cat"]);
  asked[1].answer({ id: 7, alt: "a cat" });
  await flush();
  assert.deepEqual(done, [["a", 7]]);
  uploads.want(attached("a", { original: true }));
  uploads.want(attached("a", { original: false }));
  assert.deepEqual([asked.length, asked[2].signal.aborted], [4, true]);
});

/** An outbox, and the files of its messages. */
function outboxOf() {
  const clock = new Clock();
  const sent = [];
  const stored = new Map();
  const outbox = new Outbox({
    send: (frame) => sent.push(frame) > 0,
    save: (entry) => stored.set(entry.client_id, entry),
    remove: (id) => stored.delete(id),
    onChange: () => {},
    later: clock.later,
    cancel: clock.cancel,
    now: () => clock.now,
  });
  outbox.opened();
  const add = (id, files, more) =>
    outbox.add({ client_id: id, chat: "general", content: "", reply_to: null, user: 1, owner: "t", files, ...more });
  const states = () => outbox.entries.map(({ client_id, state }) => `${client_id} ${state}`);
  const done = (file, id) => outbox.changeFile(file, { attachment: { id } });
  return { outbox, clock, sent, stored, add, states, done, ids: () => sent.map((frame) => frame.client_id) };
}

test("a message goes when the server has all its files, and what was written after it goes after it", () => {
  const { outbox, sent, stored, add, done, ids } = outboxOf();
  add("a", [attached("x"), attached("y")]);
  add("b");
  outbox.add({ client_id: "c", chat: "room:2", content: "c", reply_to: null, user: 1, owner: "t" });
  assert.deepEqual(ids(), ["c"]);
  done("y", 8);
  assert.equal(stored.get("a").files[1].attachment.id, 8); // so that a reload uploads it no more
  assert.deepEqual(ids(), ["c"]);
  done("x", 7);
  assert.deepEqual(
    [ids(), sent[1].attachments],
    [
      ["c", "a"],
      [7, 8],
    ],
  );
  outbox.receive({ type: "ack", client_id: "a", seq: 1 });
  assert.deepEqual([ids(), "attachments" in sent[2]], [["c", "a", "b"], false]);
});

test("files that the server lost are uploaded again once", () => {
  const { outbox, sent, add, states, done } = outboxOf();
  add("a", [attached("x")]);
  done("x", 7);
  const refuse = () =>
    outbox.receive({
      type: "error",
      client_id: "a",
      code: "invalid",
      detail: "No.",
      fields: { attachments: ["Gone."] },
    });
  refuse();
  assert.deepEqual([states(), outbox.entries[0].files[0].attachment], [["a waiting"], undefined]);
  done("x", 9);
  assert.deepEqual(sent.at(-1).attachments, [9]);
  refuse();
  assert.deepEqual([states(), outbox.entries[0].reason], [["a failed"], "Gone."]);
});

test("a refused file fails its message, which goes without it, and lets others pass", () => {
  const { outbox, sent, add, states, done, ids } = outboxOf();
  add("a", [attached("x"), attached("y")]);
  add("b");
  outbox.changeFile("x", { wrong: "Too large." });
  assert.deepEqual([states(), outbox.entries[0].reason], [["a failed", "b sending"], "x.txt: Too large."]);
  outbox.receive({ type: "ack", client_id: "b", seq: 1 });
  outbox.leaveOut("a");
  done("y", 8);
  assert.deepEqual([ids(), sent.at(-1).attachments], [["b", "a"], [8]]);
  const given = [];
  outbox.onDiscard(({ client_id }) => given.push(client_id));
  add("c", [attached("z")]);
  outbox.changeFile("z", { wrong: "No." });
  outbox.leaveOut("c"); // nothing is left of it
  assert.deepEqual(given, ["c"]);
});

test("in another log the files of what waits are uploaded again", () => {
  const { outbox, sent, add, done } = outboxOf();
  outbox.begin("A");
  add("a", [attached("x")]);
  outbox.closed();
  done("x", 7);
  outbox.begin("B");
  outbox.opened();
  assert.equal(sent.length, 0);
  done("x", 1);
  assert.deepEqual(sent[0].attachments, [1]);
});

test("what is held can be taken back with its files", () => {
  const { outbox, clock, stored, add, done } = outboxOf();
  add("a", [attached("x")], { until: clock.now + 5000 });
  done("x", 7);
  assert.equal(outbox.recall("a").files[0].attachment.id, 7);
  assert.equal(stored.size, 0);
});

test("what else is being sent at the same moment is waited for", async () => {
  const { uploads, clock, asked, wrong } = make();
  uploads.want(attached("a"));
  asked[0].refuse(refused(409));
  await flush();
  await clock.turn(1000);
  assert.deepEqual([asked.length, wrong], [2, []]);
});

test("a file of many parts may fail often, as long as parts get through in between", async () => {
  const { uploads, clock, asked, wrong } = make();
  uploads.want(attached("a"));
  for (let part = 1; part <= 20; part += 1) {
    uploads.advanced("a");
    asked.at(-1).refuse(refused(503));
    await flush();
    await clock.turn(1000);
    assert.deepEqual([asked.length, wrong], [part + 1, []]);
  }
  uploads.advanced("unknown");
});
