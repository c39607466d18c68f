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

// ---------------------------------------------------------------- the same on all devices

const words = (text, reply = null) => ({ text, reply });
const { UNSHARED, NONE } = drafts;
const typed = (text) => drafts.written(NONE, text);
/** The server has "one" in its revision 1, and so has this device. */
const known = { ...UNSHARED, revision: 1, words: words("one") };

test("what the server does not have of the new message is saved; edits and blanks are not", () => {
  assert.deepEqual(drafts.unsaved(UNSHARED, begun), words("half a thought", 5));
  assert.deepEqual(drafts.unsaved(known, NONE), words(""));
  assert.equal(drafts.unsaved(known, typed("one")), null);
  assert.equal(drafts.unsaved(UNSHARED, typed("  ")), null);
  assert.equal(drafts.unsaved(UNSHARED, drafts.editing(NONE, FIRST)), null);
});

test("another device's draft appears in a box that is empty or unchanged", () => {
  for (const [shared, draft] of [
    [UNSHARED, NONE],
    [known, typed("one")],
    [known, NONE],
  ]) {
    const next = drafts.heard(shared, draft, 2, words("two", 5));
    assert.deepEqual(next.draft, { ...NONE, text: "two", reply: 5 });
    assert.deepEqual(next.shared, { revision: 2, words: words("two", 5), pending: null, isOther: false });
  }
});

test("an edit that is in the box stays there, above the other device's draft", () => {
  const next = drafts.heard(known, drafts.editing(typed("one"), FIRST), 2, words("two"));
  assert.equal(drafts.textOf(next.draft), "frist");
  assert.equal(next.draft.text, "two");
});

test("what was changed here stays, the other words stand beside it, and nothing is saved until one chooses", () => {
  const mine = typed("one and more");
  const next = drafts.heard(known, mine, 2, words("two"));
  assert.equal(next.draft, mine);
  assert.equal(next.shared.isOther, true);
  assert.equal(drafts.unsaved(next.shared, mine), null);
  const later = drafts.heard(next.shared, mine, 3, words("three"));
  assert.equal(later.draft, mine);
  assert.deepEqual(later.shared.words, words("three"));
  assert.deepEqual(drafts.unsaved({ ...later.shared, isOther: false }, mine), words("one and more"));
});

test("once the other device's draft is sent or given up, what was written here is the draft", () => {
  const mine = typed("one and more");
  const next = drafts.heard({ ...known, isOther: true }, mine, 2, words(""));
  assert.equal(next.draft, mine);
  assert.deepEqual(drafts.unsaved(next.shared, mine), words("one and more"));
});

test("what comes back is not another device's, though one has written on", () => {
  const mine = typed("one and more");
  const next = drafts.heard({ ...known, pending: words("one and") }, mine, 2, words("one and"));
  assert.equal(next.draft, mine);
  assert.equal(next.shared.isOther, false);
  assert.deepEqual(drafts.unsaved(next.shared, mine), words("one and more"));
  assert.equal(drafts.heard(known, mine, 2, words("one and more")).shared.isOther, false);
});
