/** Skin tones: which emoji take one, and where it goes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { TONES, toned, untoned } = await load("chat/tones.js");
const [, LIGHT, , MEDIUM, , DARK] = TONES;

test("a tone follows the hand or person, in place of the selector of its picture", () => {
  assert.equal(toned("👍", DARK), "👍🏿");
  assert.equal(toned("✌️", LIGHT), "✌🏻");
  assert.equal(toned("👩‍💻", MEDIUM), "👩🏽‍💻");
  assert.equal(toned("🏌️‍♂️", MEDIUM), "🏌🏽‍♂️");
});

test("without a tone, a skin, or with several people, an emoji stays as it is", () => {
  for (const emoji of ["🎉", "❤️", "👨‍👩‍👧", "👪", "🧑‍🤝‍🧑", "👍🏻"]) assert.equal(toned(emoji, DARK), emoji);
  assert.equal(toned("👍", ""), "👍");
});

test("taken off again, the emoji is the plain one", () => {
  for (const tone of TONES) assert.equal(untoned(toned("👍", tone)), "👍");
});
