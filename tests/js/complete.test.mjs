import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { emojiNamed, findEmoji, findPeople, readEmoji } = await load("chat/complete.js");

const TABLE = readFileSync(
  new URL("../../static/vendor/emojibase-data@17.0.0/names.mjs", import.meta.url),
  "utf8",
).split("`")[1];
const EMOJI = readEmoji(TABLE);
const asked = (sign, word) => ({ sign, word, start: 0, end: word.length + 1 });
const texts = (offers) => offers.map((offer) => offer.text);
const person = (id, username, display_name = "", is_online = false) => ({ id, username, display_name, is_online });

test("an emoji is found by its beginning before its inside, and by a word for it", () => {
  assert.equal(findEmoji(EMOJI, asked(":", "tada"))[0].text, "🎉");
  assert.equal(findEmoji(EMOJI, asked(":", "smile"))[0].text, "😄");
  assert.ok(texts(findEmoji(EMOJI, asked(":", "celebrat"))).includes("🎉"));
  assert.ok(texts(findEmoji(EMOJI, asked(":", "+1"))).some((emoji) => emoji.startsWith("👍")));
  assert.deepEqual(findEmoji(EMOJI, asked(":", "no_such_thing")), []);
  assert.ok(findEmoji(EMOJI, asked(":", "a")).length <= 8);
});

test("a whole short name names one emoji, and no letters of markup stand in the table", () => {
  assert.equal(emojiNamed(EMOJI, "Tada"), "🎉");
  assert.equal(emojiNamed(EMOJI, "constructor"), undefined);
  assert.ok(
    EMOJI.every(({ emoji, names }) => emoji && names.length && names.every((name) => /^[\p{L}\d_+-]+$/u.test(name))),
  );
});

test("people are found by either name, the best fit first; without letters those who are here", () => {
  const people = [
    person(1, "zoe", "Mara Lind"),
    person(2, "mateusz", "Mateusz K"),
    person(3, "rosa", "Rosa Almeida", true),
  ];
  assert.deepEqual(texts(findPeople(people, asked("@", "ma"))), ["@mateusz", "@zoe"]);
  assert.deepEqual(texts(findPeople(people, asked("@", "zo"))), ["@zoe"]);
  assert.equal(findPeople(people, asked("@", ""))[0].text, "@rosa");
});
