import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { difference } = await load("chat/difference.js");

/** `-gone-` and `+new+` between what is the same. */
const shown = (before, after) =>
  difference(before, after)
    .map(({ kind, text }) => ({ same: text, gone: `-${text}-`, new: `+${text}+` })[kind])
    .join("");

test("words that were changed stand out, in their place", () => {
  assert.equal(shown("I like red apples", "I like green apples"), "I like -red-+green+ apples");
  assert.equal(shown("one", "one two"), "one+ two+");
  assert.equal(shown("one two three", "two three"), "-one -two three");
  assert.equal(shown("same", "same"), "same");
  assert.equal(shown("at 5 pm", "on Monday morning"), "-at 5 pm-+on Monday morning+");
});

test("neither text loses anything, whatever they are", () => {
  const texts = ["", "a b\n\nc", "请看一下", "請看 now", "👩‍👩‍👧 yes", "x ".repeat(1999), "y z ".repeat(999)];
  for (const before of texts)
    for (const after of texts) {
      const parts = difference(before, after);
      const join = (kind) =>
        parts
          .filter((part) => part.kind !== kind)
          .map((part) => part.text)
          .join("");
      assert.deepEqual([join("new"), join("gone")], [before, after]);
    }
});
