import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./setup.mjs";

const { format, linked } = await load("chat/format.js");
const { parse } = await load("chat/markdown.js");

/** Format a text whose selection stands between [ and ] (⟦ ⟧); gives it in the same way. */
function done(kind, source) {
  const start = source.indexOf("⟦");
  const end = source.indexOf("⟧") - 1;
  const text = source.replace(/[⟦⟧]/g, "");
  const { start: from, end: to, by, ...selection } = format(text, start, end, kind);
  const out = text.slice(0, from) + by + text.slice(to);
  return `${out.slice(0, selection.from)}⟦${out.slice(selection.from, selection.to)}⟧${out.slice(selection.to)}`;
}

for (const [kind, before, after] of [
  ["strong", "a ⟦word⟧ b", "a **⟦word⟧** b"],
  ["strong", "a **⟦word⟧** b", "a ⟦word⟧ b"],
  ["strong", "a ⟦**word**⟧ b", "a ⟦word⟧ b"],
  ["strong", "a ⟦word ⟧b", "a **⟦word⟧** b"],
  ["strong", "⟦⟧", "**⟦⟧**"],
  ["strong", "**word⟦⟧**", "**word**⟦⟧"],
  ["strong", "**⟦⟧**", "⟦⟧"],
  ["strong", "*⟦word⟧*", "***⟦word⟧***"],
  ["strong", "***⟦word⟧***", "*⟦word⟧*"],
  ["strong", "⟦one\n\n- two\n> three ⟧", "⟦**one**\n\n- **two**\n> **three**⟧ "],
  ["em", "⟦word⟧", "*⟦word⟧*"],
  ["em", "**⟦word⟧**", "***⟦word⟧***"],
  ["em", "***⟦word⟧***", "**⟦word⟧**"],
  ["em", "⟦*word*⟧", "⟦word⟧"],
  ["em", "⟦**word**⟧", "*⟦**word**⟧*"],
  ["del", "⟦word⟧", "~~⟦word⟧~~"],
  ["del", "~~⟦word⟧~~", "⟦word⟧"],
  ["del", "مرحبا ⟦بك⟧", "مرحبا ~~⟦بك⟧~~"],
  ["code", "⟦x⟧", "`⟦x⟧`"],
  ["code", "`⟦x⟧`", "⟦x⟧"],
  ["code", "⟦a`b⟧", "`` ⟦a`b⟧ ``"],
  ["code", "see ⟦a\nb⟧ there", "see \n```\n⟦a\nb⟧\n```\n there"],
  ["code", "⟦```\na\nb\n```⟧", "⟦a\nb⟧"],
  ["link", "a ⟦word⟧", "a [word](⟦⟧)"],
  ["link", "⟦https://a.example/b⟧", "[⟦⟧](https://a.example/b)"],
  ["link", "⟦[word](https://a.example)⟧", "⟦word⟧"],
  ["link", "⟦⟧", "[⟦⟧]()"],
  ["quote", "one\nt⟦w⟧o", "one\n⟦> two⟧"],
  ["quote", "⟦> one\n> two⟧", "⟦one\ntwo⟧"],
  ["quote", "⟦one\n> two⟧", "⟦> one\n> two⟧"],
  ["list", "⟦one\ntwo⟧\nthree", "⟦- one\n- two⟧\nthree"],
  ["list", "- one⟦⟧", "one⟦⟧"],
  ["list", "⟦one\n⟧two", "⟦- one⟧\ntwo"],
])
  test(`${kind}: ${JSON.stringify(before)}`, () => assert.equal(done(kind, before), after));

test("what was formatted is what messages show, and doing it again takes it away", () => {
  for (const kind of ["strong", "em", "del", "code"])
    for (const text of ["word", "two words", "日本語", "مرحبا", "👍 yes"]) {
      const made = done(kind, `⟦${text}⟧`);
      const [paragraph] = parse(made.replace(/[⟦⟧]/g, ""));
      assert.equal(paragraph.children[0].type, kind, made);
      assert.equal(done(kind, made), `⟦${text}⟧`);
    }
});

test("an address that is pasted onto words makes them a link", () => {
  assert.equal(linked("the docs", " https://a.example/b?c=d "), "[the docs](https://a.example/b?c=d)");
  for (const [chosen, pasted] of [
    ["", "https://a.example"],
    ["the docs", "no address"],
    ["the docs", "https://a.example and more"],
    ["https://old.example", "https://a.example"],
    ["a [link]", "https://a.example"],
    ["two\nlines", "https://a.example"],
    ["the docs", "javascript:alert(1)"],
  ])
    assert.equal(linked(chosen, pasted), null);
});
