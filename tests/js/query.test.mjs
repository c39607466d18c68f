import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./setup.mjs";

const query = await load("chat/query.js");
const { speak } = await load("chat/i18n.js");

const PEOPLE = { bob: "Bob", "ann lee": "Ann" };
const KNOWN = {
  person: (name) => (PEOPLE[name] ? { value: name, label: PEOPLE[name] } : null),
  chat: (name) => (name === "gardening" ? { value: "room:3", label: "Gardening" } : null),
};
const taken = (text, isAll) => query.taken(text, KNOWN, isAll);
const short = ({ filters, words }) => [...filters.map(query.nameOfFilter), words];

test("an operator becomes a filter once it is whole, and the rest stays as it is typed", () => {
  assert.deepEqual(short(taken("from:@bob ")), ["from: Bob", ""]);
  assert.deepEqual(short(taken("red from:bob apples ")), ["from: Bob", "red apples "]);
  assert.deepEqual(short(taken("from:bo")), ["from:bo"]);
  assert.deepEqual(short(taken("from:bo", true)), ["from: bo", ""]);
  assert.deepEqual(short(taken("in:#gardening -has:link HAS:Photo x")), [
    "in: Gardening",
    "not has: Link",
    "has: Photo",
    "x",
  ]);
  assert.deepEqual(short(taken('in:"gardening" x')), ["in: Gardening", "x"]);
  assert.deepEqual(short(taken("from:“ann lee” x")), ["from: Ann", "x"]);
});

test("what is no operator, or has a value that there is not, is text", () => {
  for (const text of [
    "note:this ",
    "10:30 ",
    "before:lunch ",
    "has:dragons ",
    "https://in:80/ ",
    "from: ",
    "on:2026-02-30 ",
  ])
    assert.deepEqual(short(taken(text)), [text]);
  assert.deepEqual(short(taken("before:lunch", true)), ["before:lunch"]);
});

test("the operator at the end is still being typed, and nobody is asked for it", () => {
  assert.equal(query.pending("red from:").value, "");
  const { name, value, start, isExcluded } = query.pending("red -from:@bo");
  assert.deepEqual([name, value, start, isExcluded], ["from", "@bo", 4, true]);
  assert.equal(query.pending('in:"my ro').value, "my ro");
  for (const text of ["from:bob ", "note:this", "red", "xfrom", ""]) assert.equal(query.pending(text), null);
  assert.equal(query.settled("red from:bo"), "red");
  assert.equal(query.asText({ filters: [], words: "red from:" }), "red");
});

test("days are taken as they may be written", () => {
  assert.equal(query.dayOf("2026-3-1").value, "2026-03-01");
  assert.equal(query.dayOf("27.11.2026").value, "2026-11-27");
  assert.equal(query.dayOf("2026-11").value, "2026-11");
  assert.equal(query.dayOf("2026").label, "2026");
  assert.equal(query.dayOf("Yesterday").value, "yesterday");
  for (const text of ["2026-13", "0000-01-01", "31.02.2026", "26-01-01", "2026-1-1-1", "lunch", ""])
    assert.equal(query.dayOf(text), null, text);
});

test("operators may be typed in the language of the page, and are asked for in the server's", () => {
  speak({ from: "von", Photo: "Foto", Today: "Heute" }, (n) => Number(n !== 1));
  const found = taken("von:bob has:foto on:heute Beete ");
  assert.equal(query.asText(found), "from:bob has:image on:today Beete");
  assert.deepEqual(short(found)[0], "von: Bob");
  assert.deepEqual(query.operatorsLike("vo"), ["from"]);
  speak({}, (n) => Number(n !== 1));
});

test("a search is asked for as it can be read again", () => {
  const { filters } = taken('from:"ann lee" -is:saved before:2026-11 ');
  const text = query.asText({ filters, words: '  "red apples" -pie ' });
  assert.equal(text, 'from:"ann lee" -is:saved before:2026-11 "red apples" -pie');
  assert.deepEqual(taken(`${text} `).filters, filters);
  assert.ok(!query.isWorth(taken("in:gardening with:bob ")));
  assert.ok(query.isWorth(taken("has:link ")));
  assert.ok(!query.isWorth({ filters: [], words: " from:bo" }));
});

test("a filter takes the place of what does not go with it", () => {
  const all = (text) => taken(text).filters.reduce(query.withFilter, []).map(query.nameOfFilter);
  assert.deepEqual(all("in:gardening from:x from:bob has:link has:file has:link with:bob "), [
    "from: Bob",
    "has: File",
    "has: Link",
    "with: Bob",
  ]);
  assert.deepEqual(all("-from:x -from:bob from:bob after:2020 after:2021 "), [
    "not from: x",
    "not from: Bob",
    "from: Bob",
    "after: 2021",
  ]);
});

const found = (content, highlights) =>
  query
    .excerpt(content, highlights)
    .map(({ text, isFound }) => (isFound ? `[${text}]` : text))
    .join("");

/** The places of words in a text, as the server counts. */
const places = (content, ...words) =>
  words.map((word) => {
    const start = Array.from(content.slice(0, content.indexOf(word))).length;
    return [start, start + Array.from(word).length];
  });
const foundWords = (content, ...words) => found(content, places(content, ...words));

test("what is found is marked where it stands, beyond signs that take two places, too", () => {
  assert.equal(foundWords("Ü🚀 Über 👩‍💻 den Fluß", "Über", "Fluß"), "Ü🚀 [Über] 👩‍💻 den [Fluß]");
  assert.equal(foundWords("𝒜𝒷 red", "𝒷"), "𝒜[𝒷] red");
  assert.equal(foundWords("one", "one"), "[one]");
  assert.equal(found("nothing here", []), "nothing here");
  assert.equal(found("", []), "");
});

test("signs of Markdown are not shown, but where something is found in them", () => {
  assert.equal(foundWords("**red** and _blue_\n\n- green", "red", "green"), "[red] and blue - [green]");
  assert.equal(foundWords("see [the plan](https://example.org/beds)", "plan"), "see the [plan]");
  assert.equal(foundWords("see [it](https://example.org/beds)", "beds"), "see [it](https://example.org/[beds])");
  assert.equal(foundWords("`a_b` *x", "a_b"), "[a_b] *x");
  assert.equal(found("[a b](https://c.example)", [[1, 8]]), "[[a b](ht]tps://c.example)");
  assert.equal(found("\ufdd0 red \ufdd1", [[2, 5]]), "\ufffd [red] \ufffd");
});

test("a long message is cut around the first place, at a word, and never within a sign", () => {
  const long = `${"word ".repeat(100)}needle ${"more ".repeat(100)}`;
  assert.match(foundWords(long, "needle"), /^…(word ){9,10}\[needle\] (more ){40,}.*…$/);
  assert.equal(found("a".repeat(400), []).length, 301);
  for (let shift = 0; shift < 4; shift += 1) {
    const text = `${"x".repeat(shift)}${"🚀".repeat(200)}needle${"🚀".repeat(200)}`;
    const shown = foundWords(text, "needle");
    assert.ok(shown.isWellFormed?.() ?? !/(?<![\ud800-\udbff])[\udc00-\udfff]/.test(shown), shown);
    assert.match(shown, /^….*\[needle\].*…$/u);
  }
});

test("results are by chat within each page, and what is shown stays where it is", () => {
  const result = (id, chat) => ({ message: { id, chat }, highlights: [], chat_title: chat });
  const page = (...all) => all.map(([id, chat]) => result(id, chat));
  const shape = (pages) =>
    query.grouped(pages).map(({ key, results }) => [key, ...results.map(({ message }) => message.id)]);
  const first = page([9, "a"], [8, "b"], [7, "a"]);
  assert.deepEqual(shape([first]), [
    ["a", 9, 7],
    ["b", 8],
  ]);
  assert.deepEqual(shape([first, page([6, "b"], [5, "a"])]), [
    ["a", 9, 7],
    ["b", 8, 6],
    ["a", 5],
  ]);
  assert.deepEqual(shape([[]]), []);
});
