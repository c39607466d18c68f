import assert from "node:assert/strict";
import { test } from "node:test";
import { message } from "./helpers.mjs";
import { load } from "./setup.mjs";

const { merged } = await load("chat/pinned.js");

const at = (minute) => `2026-11-21T12:${minute}:00Z`;
const pinned = (seq, minute, more) => message(seq, { pinned_at: at(minute), pinned_by: 1, ...more });
const seqs = (list) => list.map(({ seq }) => seq);
const LIST = [pinned(3, 30, { version: 20 }), pinned(1, 10, { version: 11 })];

test("a new pin comes to its place, the newest first", () => {
  assert.deepEqual(seqs(merged(LIST, [pinned(2, 40, { version: 21 })])), [2, 3, 1]);
  assert.deepEqual(seqs(merged(LIST, [pinned(2, 20, { version: 21 })])), [3, 2, 1]);
  assert.deepEqual(seqs(merged([], LIST)), [3, 1]);
});

test("an edit shows, and who is unpinned or deleted goes", () => {
  const [first] = merged(LIST, [pinned(3, 30, { version: 21, content: "better" })]);
  assert.equal(first.content, "better");
  assert.deepEqual(seqs(merged(LIST, [message(3, { version: 21 })])), [1]);
  assert.deepEqual(seqs(merged(LIST, [pinned(1, 10, { version: 21, deleted_at: at(50), content: "" })])), [3]);
});

test("what came before the list was read changes nothing, in whatever order it is known", () => {
  assert.deepEqual(merged(LIST, [message(3, { version: 3 }), pinned(1, 55, { version: 10 })]), LIST);
  const [again, gone] = [pinned(2, 40, { version: 23 }), message(2, { version: 22 })];
  assert.deepEqual(seqs(merged(LIST, [again, gone])), [2, 3, 1]);
  assert.deepEqual(seqs(merged(LIST, [pinned(2, 40, { version: 21 }), gone])), [3, 1]);
});
