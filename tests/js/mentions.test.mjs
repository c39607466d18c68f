/** Whom a text names, and what the server makes of text. The server reads the same table. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { split } = await load("chat/text.js");
const { parse } = await load("chat/markdown.js");
const { isBlank, key, trim } = await load("chat/text.js");
const { members, cases, to_all } = JSON.parse(readFileSync(new URL("../mentions.json", import.meta.url), "utf8"));

/** Keys of those that are marked in a message's tree. */
function marked(nodes, names) {
  return nodes.flatMap((node) => {
    if (node.type === "link" || node.type === "code" || node.type === "block") return [];
    if (node.type === "text") return split(node.text, names).flatMap((part) => (part.key ? [part.key] : []));
    return marked(node.children ?? [], names);
  });
}

test("the client marks whom the server finds", () => {
  const names = new Set(members.map(key));
  for (const [text, wanted] of cases)
    assert.deepEqual([...new Set(marked(parse(text), names))], wanted.map(key), JSON.stringify(text));
});

test("the client marks the words that the server takes for everyone", () => {
  const names = new Set(["ann", "everyone", "here"]);
  for (const [text, wanted] of to_all) {
    const found = marked(parse(text), names);
    assert.equal(["everyone", "here"].find((word) => found.includes(word)) ?? null, wanted, JSON.stringify(text));
  }
});

test("what stands between mentions stays as it was typed", () => {
  const names = new Set(["ann", "bob"]);
  for (const text of ["请@ann看一下 👋@BOB…", "@ann", "x @nobody https://a.example/@ann y", "＠ａｎｎ."])
    assert.equal(
      split(text, names)
        .map((part) => part.text ?? part)
        .join(""),
      text,
    );
});

test("the work for a text grows with its length", () => {
  const names = new Set(["ann"]);
  for (const text of [
    "@".repeat(4000),
    "@ann".repeat(1000),
    `@${"看".repeat(3999)}`,
    `@${".".repeat(3999)}`,
    "_@".repeat(2000),
    "a.".repeat(2000),
  ]) {
    const begun = performance.now();
    split(text, names);
    assert.ok(performance.now() - begun < 200, text.slice(0, 9));
  }
});

test("spellings of a name have one key", () => {
  for (const [a, b] of [
    ["ΝΙΚΟΣ", "νικος"],
    ["straße", "STRASSE"],
    ["Zoe\u0308", "zoë"],
    ["ＡＮＮ", "ann"],
    ["İbrahim", "i\u0307brahim"],
    ["ann\u200b", "ann"],
  ])
    assert.equal(key(a), key(b));
  assert.notEqual(key("annа"), key("anna"));
});

test("text is trimmed as the server trims it", () => {
  const table = JSON.parse(readFileSync(new URL("../trimmed.json", import.meta.url), "utf8"));
  for (const [typed, kept] of table) {
    assert.equal(trim(typed), kept, JSON.stringify(typed));
    assert.equal(trim(kept), kept, JSON.stringify(kept));
  }
});

test("the work to trim grows with the length", () => {
  for (const text of ["\u200b\n", "a\u200b", " ", "\u2800", "\u{e0041}", "❤\ufe0f", "क्\u200d", "\0\u200b"]) {
    const begun = performance.now();
    trim(text.repeat(4000));
    trim(`a${text.repeat(4000)}b`);
    assert.ok(performance.now() - begun < 200, JSON.stringify(text));
  }
});

test("only invisible characters are nothing", () => {
  for (const nothing of [
    "",
    " \n",
    "\u200b",
    "\u2800",
    "\u3164",
    "\u00ad",
    "\u034f",
    "\u{e0041}\u{e007f}",
    "\ufe0f",
    " \u200b\u2800\u2060",
    "\u202e",
    "\u0007",
  ])
    assert.ok(isBlank(nothing), JSON.stringify(nothing));
  for (const something of ["a", "❤️", "👨‍👩‍👧", "\u0301", "1️⃣", "\u200ba", "‍क", "."])
    assert.ok(!isBlank(something), something);
});
