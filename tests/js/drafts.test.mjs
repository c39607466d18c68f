import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const drafts = await load("chat/drafts.js");
const { isCode } = await load("chat/markdown.js");
const { keeping } = await load("chat/complete.js");

const FIRST = { id: 7, content: "frist" };
const OTHER = { id: 8, content: "other" };
const begun = drafts.answering(drafts.written(drafts.NONE, "half a thought"), 5);

test("an edit leaves the new text and what it answers as they were", () => {
  const editing = drafts.written(drafts.editing(begun, FIRST), "first");
  assert.equal(drafts.textOf(editing), "first");
  assert.deepEqual(drafts.stopped(editing), begun);
  assert.deepEqual(drafts.saved(editing, 7, "first"), begun);
});

test("an answer that is begun during an edit keeps what was changed, and drops what was not", () => {
  const changed = drafts.answering(drafts.written(drafts.editing(begun, FIRST), "first"), 6);
  assert.equal(drafts.textOf(changed), "half a thought");
  assert.equal(changed.reply, 6);
  assert.equal(drafts.textOf(drafts.editing(changed, FIRST)), "first");
  const untouched = drafts.answering(drafts.editing(begun, FIRST), 6);
  assert.deepEqual(untouched.edits, {});
});

test("edits of several messages are kept apart, and end one by one", () => {
  const first = drafts.written(drafts.editing(begun, FIRST), "first");
  const both = drafts.written(drafts.editing(first, OTHER), "another");
  assert.equal(drafts.textOf(both), "another");
  assert.equal(drafts.textOf(drafts.editing(drafts.stopped(both), FIRST)), "first");
});

test("what is written while an edit is being saved goes on", () => {
  const sent = drafts.written(drafts.editing(begun, FIRST), "first");
  const more = drafts.saved(drafts.written(sent, "first, and more"), 7, "first");
  assert.equal(drafts.textOf(more), "first, and more");
  assert.equal(more.edits[7].was, "first");
  assert.equal(drafts.saved(begun, 7, "first"), begun);
});

test("an edit follows what another device made of the message only while nothing was changed in it", () => {
  const edited = { ...FIRST, content: "the first" };
  const untouched = drafts.editing(begun, FIRST);
  assert.equal(drafts.textOf(drafts.followed(untouched, edited)), "the first");
  const changed = drafts.written(untouched, "mine");
  assert.equal(drafts.followed(changed, edited), changed);
  assert.equal(drafts.followed(untouched, FIRST), untouched);
});

test("words outlive the message that they were for, and the log", () => {
  const editing = drafts.written(drafts.editing(begun, FIRST), "first");
  const orphaned = drafts.orphaned(editing);
  assert.deepEqual(orphaned, { ...begun, text: "half a thought\n\nfirst" });
  assert.equal(drafts.orphaned(drafts.editing(drafts.NONE, FIRST)).text, "frist");
  assert.deepEqual(drafts.uprooted(editing), { ...drafts.NONE, text: "half a thought\n\nfirst" });
  assert.equal(drafts.uprooted(drafts.editing(begun, FIRST)).text, "half a thought");
});

test("drafts are read as this version, an earlier one or nobody wrote them", () => {
  const editing = drafts.editing(begun, FIRST);
  assert.deepEqual(drafts.read(JSON.parse(JSON.stringify(editing))), editing);
  assert.deepEqual(drafts.read({ text: "old", reply: 3 }), { ...drafts.NONE, text: "old", reply: 3 });
  assert.deepEqual(drafts.read({ text: "x", edit: 9, edits: { 8: {}, 10: null } }), { ...drafts.NONE, text: "x" });
  for (const odd of [null, 3, "text", [], { text: 5 }]) assert.equal(drafts.read(odd), null);
});

test("what is answered or edited is worth keeping without a word; blanks are not", () => {
  assert.equal(drafts.isWorth(drafts.NONE), false);
  assert.equal(drafts.isWorth({ ...drafts.NONE, text: " \n" }), false);
  assert.equal(drafts.isWorth(drafts.answering(drafts.NONE, 5)), true);
  assert.equal(drafts.isWorth(drafts.editing(drafts.NONE, FIRST)), true);
});

for (const [marked, isIt] of [
  ["`:tada:|", true],
  ["`:tada:|`", true],
  ["`` a ` :tada:|", true],
  ["see `code` :tada:|", false],
  ["```\n:tada:|", true],
  ["```js\nlet a;\n:tada:|\n```\nafter", true],
  ["```\ncode\n```\n:tada:|", false],
  ["~~~\n:tada:|", true],
  ["- item\n  ```\n  :tada:|", true],
  ["> `quoted :tada:|", true],
  ["an open ` up there\n\n:tada:|", false],
  ["\\` :tada:|", false],
  ["~~:tada:|", false],
  [":tada:|", false],
])
  test(`${JSON.stringify(marked)} is ${isIt ? "" : "not "}in code`, () => {
    assert.equal(isCode(marked.replace("|", ""), marked.indexOf("|")), isIt);
  });

test("what was chosen stays among the offers, whatever comes", () => {
  const offers = ["a", "b", "c"].map((id) => ({ id }));
  assert.equal(keeping(offers, null), offers);
  assert.equal(keeping(offers, { id: "b" }), offers);
  assert.deepEqual(
    keeping(offers, { id: "z" }).map(({ id }) => id),
    ["a", "b", "z"],
  );
  assert.deepEqual(keeping([], { id: "z" }), [{ id: "z" }]);
});
